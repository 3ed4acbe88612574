/** How far streams are, and how long the rest takes at the least. Pure. */
import type { LimitClass } from '../../catalog/stream.ts';
import { waitMs } from './budget.ts';
import type { LiveState } from './state.ts';
import type { LiveStream } from './stream-state.ts';

/** How far a stream is. */
export interface Measure {
  readonly done: number;
  /** Null: nobody knows. */
  readonly total: number | null;
  readonly unit: 'rows' | 'lists' | 'months' | 'slices';
  /** Requests that are still to come, as far as is known. */
  readonly requestsLeft: number;
}

/** Records of a full page. @see Harvest API v2 docs, page "Pagination": per_page (checked 2026-11-20) */
const PAGE_RECORDS = 2000;

/** How far a stream is, by what was planned for it, else by Harvest's totals. */
export function measureOf({ plan, isPlanWhole, rows, records, lists, slices }: LiveStream): Measure {
  if (plan === null || plan.unit === 'records') {
    const known = Math.max(records ?? 0, plan?.count ?? 0);
    const total = known === 0 ? null : Math.max(known, rows);
    const requestsLeft = total === null ? 0 : Math.ceil((total - rows) / PAGE_RECORDS);
    return { done: rows, total, unit: 'rows', requestsLeft };
  }
  const { unit, count, requests } = plan;
  if (!isPlanWhole) return { done: lists, total: null, unit, requestsLeft: 0 };
  const done = Math.min(unit === 'slices' ? slices : lists, count);
  return { done, total: count, unit, requestsLeft: Math.ceil(((count - done) * requests) / count) };
}

/** Requests whose rhythm tells how fast the next ones go. */
const RECENT = 20;

/** Before that many milliseconds nothing is foretold. */
const TOO_EARLY_MS = 3000;

/**
 * Seconds that what is known to be left takes, by the rhythm of the newest requests or by Harvest's limits, whichever is slower;
 * null where that is too little to say anything, and while any stream of the run has neither ended nor told how much it reads.
 */
export function secondsLeft(state: LiveState, nowMs: number): number | null {
  if (state.startedAtMs === null || nowMs - state.startedAtMs < TOO_EARLY_MS) return null;
  const left: Record<LimitClass, number> = { general: 0, reports: 0 };
  let known = state.done;
  for (const stream of state.streams.values()) {
    if (stream.ending !== null) continue;
    left[stream.bucket] += measureOf(stream).requestsLeft;
    if (isMeasured(stream)) known += 1;
  }
  if (known < state.total) return null;
  if (left.general + left.reports < 2) return null;
  return Math.max(bucketMs(state, 'general', left, nowMs), bucketMs(state, 'reports', left, nowMs)) / 1000;
}

/** Whether it is known how much a stream reads: from its plan, or from the total of a list that is not planned. */
function isMeasured({ plan, isPlanWhole, page, records, bucket }: LiveStream): boolean {
  if (plan !== null || isPlanWhole) return isPlanWhole;
  return bucket === 'general' && page !== null && records !== null;
}

function bucketMs(
  { budgets }: LiveState,
  bucket: LimitClass,
  left: Readonly<Record<LimitClass, number>>,
  nowMs: number,
): number {
  const count = left[bucket];
  if (count === 0) return 0;
  const recent = budgets[bucket].sentAtMs.slice(-RECENT);
  const [first] = recent;
  const last = recent.at(-1);
  const pace =
    first === undefined || last === undefined || recent.length < 2 ? 0 : (last - first) / (recent.length - 1);
  return Math.max(count * pace, waitMs(budgets[bucket], bucket, nowMs, count - 1));
}
