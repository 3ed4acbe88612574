/**
 * Which request may start now, and if none, when to look again. Pure: enters what has started, what is in the air, what
 * is held back, what waits, and the time; leaves a decision or the next state. Timers are in `rate-limit.ts`.
 *
 * What must always hold: no stretch of time as long as a window sees more starts than its limit; nothing of a bucket
 * starts while it is held back; nothing waits that could start.
 */
import type { LimitClass } from '../catalog/stream.ts';

/** So many starts in any stretch of this length. */
export interface WindowLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** What is allowed. Reports count against both limits; null is no limit. */
export interface ScheduleRules {
  readonly general: WindowLimit | null;
  readonly reports: WindowLimit | null;
  /** Requests in the air at once, by bucket, whatever the limits allow. */
  readonly inFlight: Readonly<Record<LimitClass, number>>;
  /** After so long a request that lets others go first moves up one class, so that it is never kept out for good. */
  readonly patienceMs: number;
}

/** Whose turn it is when there is room for one: reports, whose limit is the scarcest; lists; then those that yield. */
export type Rank = 0 | 1 | 2;

/** A request that waits for its turn. */
export interface Waiting {
  readonly bucket: LimitClass;
  readonly rank: Rank;
  /** When it was first wanted; a repetition keeps the time of the first attempt. Milliseconds of any clock. */
  readonly sinceMs: number;
}

/** What has happened so far, as far as it still counts. */
export interface ScheduleState {
  /** When requests started, oldest first; reports are in both. */
  readonly starts: Readonly<Record<LimitClass, readonly number[]>>;
  readonly inAir: Readonly<Record<LimitClass, number>>;
  readonly heldUntilMs: Readonly<Record<LimitClass, number>>;
}

/** Nothing has started yet. */
export const IDLE: ScheduleState = {
  starts: { general: [], reports: [] },
  inAir: { general: 0, reports: 0 },
  heldUntilMs: { general: -Infinity, reports: -Infinity },
};

/** What to do: start the request with this index, or look again at a time; null: when something ends. */
export type Decision =
  | { readonly kind: 'start'; readonly index: number }
  | { readonly kind: 'wait'; readonly untilMs: number | null };

/** Decides about all that waits. Of equals the one that has waited longest goes first. */
export function decide(
  state: ScheduleState,
  waiting: readonly Waiting[],
  rules: ScheduleRules,
  nowMs: number,
): Decision {
  const roomAt = { general: roomAtMs('general', state, rules), reports: roomAtMs('reports', state, rules) };
  let best = -1;
  let untilMs = Infinity;
  for (const [index, each] of waiting.entries()) {
    const at = roomAt[each.bucket];
    if (at > nowMs) untilMs = Math.min(untilMs, at);
    else if (best < 0 || goesBefore(each, waiting[best] ?? each, rules, nowMs)) best = index;
  }
  if (best >= 0) return { kind: 'start', index: best };
  return { kind: 'wait', untilMs: untilMs === Infinity ? null : untilMs };
}

/**
 * When the bucket has room as far as is known; Infinity: as soon as something ends, since enough is in the air. Holding
 * reports back does not hold the general requests, but a report needs room among those too.
 */
export function roomAtMs(bucket: LimitClass, state: ScheduleState, rules: ScheduleRules): number {
  if (state.inAir[bucket] >= rules.inFlight[bucket]) return Infinity;
  const own = limitedUntilMs(bucket, state, rules);
  return bucket === 'general' ? own : Math.max(own, limitedUntilMs('general', state, rules));
}

/** Until when a limit keeps requests back, by its window or because it is held. */
export function limitedUntilMs(limit: LimitClass, state: ScheduleState, rules: ScheduleRules): number {
  return Math.max(state.heldUntilMs[limit], freeAtMs(state.starts[limit], rules[limit]));
}

/** When a window has room for one more. */
function freeAtMs(starts: readonly number[], limit: WindowLimit | null): number {
  if (limit === null || starts.length < limit.requests) return -Infinity;
  return (starts.at(-limit.requests) ?? -Infinity) + limit.windowMs;
}

function goesBefore(one: Waiting, other: Waiting, { patienceMs }: ScheduleRules, nowMs: number): boolean {
  const a = one.rank - Math.floor((nowMs - one.sinceMs) / patienceMs);
  const b = other.rank - Math.floor((nowMs - other.sinceMs) / patienceMs);
  return a === b ? one.sinceMs < other.sinceMs : a < b;
}

/** The state once a request has started. Times do not run backwards. */
export function started(
  state: ScheduleState,
  bucket: LimitClass,
  rules: ScheduleRules,
  nowMs: number,
): ScheduleState {
  const { starts, inAir } = state;
  const general = withStart(starts.general, rules.general, nowMs);
  const reports = bucket === 'reports' ? withStart(starts.reports, rules.reports, nowMs) : starts.reports;
  return { ...state, starts: { general, reports }, inAir: { ...inAir, [bucket]: inAir[bucket] + 1 } };
}

/**
 * The state once it is known that a request which started at one time has left only later: Harvest counts it from when
 * it comes in.
 */
export function leftLater(
  state: ScheduleState,
  bucket: LimitClass,
  startedMs: number,
  leftMs: number,
): ScheduleState {
  if (leftMs <= startedMs) return state;
  const move = (times: readonly number[]): readonly number[] => {
    const index = times.indexOf(startedMs);
    return index < 0 ? times : times.toSpliced(index, 1, leftMs).toSorted((a, b) => a - b);
  };
  const { general, reports } = state.starts;
  return {
    ...state,
    starts: { general: move(general), reports: bucket === 'reports' ? move(reports) : reports },
  };
}

/** The state once a request has ended, well or not. */
export function ended(state: ScheduleState, bucket: LimitClass): ScheduleState {
  return { ...state, inAir: { ...state.inAir, [bucket]: state.inAir[bucket] - 1 } };
}

/** The state with a bucket held back until a time; an earlier one than is already set changes nothing. */
export function heldBack(state: ScheduleState, bucket: LimitClass, untilMs: number): ScheduleState {
  const until = Math.max(state.heldUntilMs[bucket], untilMs);
  return { ...state, heldUntilMs: { ...state.heldUntilMs, [bucket]: until } };
}

/** Only the newest starts decide when there is room again: as many as the limit has. */
function withStart(starts: readonly number[], limit: WindowLimit | null, nowMs: number): readonly number[] {
  return limit === null ? [] : [...starts, nowMs].slice(-limit.requests);
}
