import { setTimeout as wait } from 'node:timers/promises';
import { classify } from '../../classify/classify.ts';

/** How often and how patiently something is tried again. */
export interface Patience {
  /** Attempts in all. */
  readonly attempts: number;
  /** Longest wait before the first repetition, in milliseconds; doubles each time. */
  readonly baseMs: number;
  readonly longestMs: number;
  /** Wait between two looks at a job that is under way, in milliseconds; grows by half each time. */
  readonly pollMs: number;
  readonly longestPollMs: number;
  /** A job that is still not done by then is given up, in milliseconds. */
  readonly jobWithinMs: number;
}

/**
 * Patient enough for a minute's quota to be renewed and for a short outage: about a minute in all.
 * @see Google Cloud, BigQuery, SLA: back off from 1 s to 32 s (checked 2026-11-24)
 */
export const DEFAULT_PATIENCE: Patience = {
  attempts: 7,
  baseMs: 1_000,
  longestMs: 32_000,
  pollMs: 250,
  longestPollMs: 4_000,
  jobWithinMs: 30 * 60_000,
};

/** The wait before attempt + 1: anything between half of a limit and the limit, which doubles with each failure. */
export function backoffMs(attempt: number, { baseMs, longestMs }: Patience, random = Math.random): number {
  const limit = Math.min(longestMs, baseMs * 2 ** (attempt - 1));
  return Math.round(limit / 2 + (random() * limit) / 2);
}

/** Waits before attempt + 1. @throws ConnectorError RUN_INTERRUPTED, or the reason of the abort */
export async function backoff(attempt: number, patience: Patience, signal: AbortSignal): Promise<void> {
  await pause(backoffMs(attempt, patience), signal);
}

/** Waits. @throws ConnectorError RUN_INTERRUPTED, or the reason of the abort */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch (error) {
    throw classify(signal.aborted ? (signal.reason ?? error) : error);
  }
}
