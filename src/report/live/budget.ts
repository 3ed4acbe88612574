/** What is used of Harvest's two rate limits, as far as the requests of this process tell. Pure. */
import type { LimitClass } from '../../catalog/stream.ts';

/**
 * Lengths of the windows in milliseconds.
 * @see Harvest API v2 docs, page "Overview: general", rate limiting (checked 2026-11-20)
 */
export const WINDOW_MS: Readonly<Record<LimitClass, number>> = { general: 15_000, reports: 900_000 };

/** More sendings need not be remembered where there is no limit. */
const MOST_REMEMBERED = 1000;

/** One of the limits, and when requests went out. */
export interface Budget {
  /** Requests per window; null: no limit. */
  readonly limit: number | null;
  /** Instants of the requests of the last window, oldest first, in milliseconds. */
  readonly sentAtMs: readonly number[];
  /** Until when Harvest has asked for silence; 0: it has not. */
  readonly heldUntilMs: number;
  /** Requests since the beginning. */
  readonly sent: number;
}

export const FRESH_BUDGET: Budget = { limit: null, sentAtMs: [], heldUntilMs: 0, sent: 0 };

/** The budget after one more request. */
export function spend(budget: Budget, bucket: LimitClass, nowMs: number): Budget {
  const recent = budget.sentAtMs.filter((at) => at > nowMs - WINDOW_MS[bucket]);
  return {
    ...budget,
    sent: budget.sent + 1,
    sentAtMs: [...recent, nowMs].slice(-Math.max(budget.limit ?? 0, MOST_REMEMBERED)),
  };
}

/** Requests of the window that ends now. */
export function usedOf({ sentAtMs }: Budget, bucket: LimitClass, nowMs: number): number {
  return sentAtMs.filter((at) => at > nowMs - WINDOW_MS[bucket]).length;
}

/** Whether nothing may go out now. */
export function isFull(budget: Budget, bucket: LimitClass, nowMs: number): boolean {
  const isUsedUp = budget.limit !== null && usedOf(budget, bucket, nowMs) >= budget.limit;
  return isUsedUp || budget.heldUntilMs > nowMs;
}

/** Milliseconds until the request after `ahead` others may go out; 0: at once. */
export function waitMs(budget: Budget, bucket: LimitClass, nowMs: number, ahead = 0): number {
  const { limit, heldUntilMs } = budget;
  const held = Math.max(0, heldUntilMs - nowMs);
  if (limit === null || limit <= 0) return held;
  const window = budget.sentAtMs.filter((at) => at > nowMs - WINDOW_MS[bucket]);
  const over = window.length + ahead - limit;
  if (over < 0) return held;
  // the windows after this one see the same rhythm again
  const rounds = Math.floor(over / limit);
  const oldest = window[over % limit] ?? nowMs;
  return Math.max(held, oldest + WINDOW_MS[bucket] - nowMs + rounds * WINDOW_MS[bucket]);
}
