/** The arithmetic of Harvest's limits: the time below which so many requests cannot be made. Pure. */
import type { RequestSums } from './counts.ts';

/** A limit as it is configured: so many requests in any stretch of so many seconds. */
export interface Limit {
  readonly requests: number;
  readonly seconds: number;
}

/** What the connector is configured to by default: nine tenths of what Harvest allows, the rest is for others. */
export const CONFIGURED: { readonly general: Limit; readonly reports: Limit } = {
  general: { requests: 90, seconds: 15 },
  reports: { requests: 90, seconds: 900 },
};

/** Records that a page holds at most. */
export const LARGEST_PAGE = 2000;

/** The earliest second at which the last of so many requests may start: the first window is full at once. */
export function earliestSeconds(requests: number, limit: Limit): number {
  return requests <= 0 ? 0 : Math.floor((requests - 1) / limit.requests) * limit.seconds;
}

/** The same for a whole run: the bucket that takes longest, and the answer to the last request. */
export function limitSeconds({ general, reports }: RequestSums, latencySeconds: number): number {
  return (
    Math.max(
      earliestSeconds(general + reports, CONFIGURED.general),
      earliestSeconds(reports, CONFIGURED.reports),
    ) + latencySeconds
  );
}

/** The most requests that a list of so many rows may take: a twentieth more than its full pages, and a few to plan with. */
export function mostPages(rows: number, few: number): number {
  return Math.floor(1.05 * Math.ceil(rows / LARGEST_PAGE)) + few;
}
