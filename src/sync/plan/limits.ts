/** What Harvest's limits make of a number of requests. Pure. */
import type { LimitClass } from '../../catalog/stream.ts';

/** In seconds: how long a limit counts for. @see Harvest API v2 docs, "Overview: general", rate limiting (checked 2026-11-20) */
const PERIOD_SECONDS: Readonly<Record<LimitClass, number>> = { general: 15, reports: 900 };

/**
 * Seconds until the last of the requests may be sent, with windows that are empty at the start; 0 where there is no limit.
 * Reports count against the general limit too.
 */
export function secondsAtLimits(
  requests: Readonly<Record<LimitClass, number>>,
  limits: Readonly<Record<LimitClass, number | null>>,
): number {
  const of = (count: number, bucket: LimitClass): number => {
    const limit = limits[bucket];
    return limit === null || count === 0 ? 0 : Math.floor((count - 1) / limit) * PERIOD_SECONDS[bucket];
  };
  return Math.max(of(requests.general + requests.reports, 'general'), of(requests.reports, 'reports'));
}
