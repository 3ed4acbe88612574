import { DateTime } from 'luxon';
import { ConnectorError } from '../errors.ts';
import { sleep } from './abort.ts';

/** How often and how patiently a request is tried again. */
export interface RetryPolicy {
  /** Attempts in all when the network, the server or its answer fails. */
  readonly attempts: number;
  /** Attempts in all when Harvest says that there are too many requests. */
  readonly throttledAttempts: number;
  /** Longest wait before the first retry; doubles each time. */
  readonly baseMs: number;
  /** Longest wait between two attempts of our own choosing. */
  readonly longestMs: number;
  /** Longest wait that Harvest may impose; a longer one ends the request. */
  readonly longestThrottleMs: number;
}

/** Patient enough for a restart at Harvest's side (about 20 s) and for the whole of its longest window, 15 minutes. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 5,
  throttledAttempts: 10,
  baseMs: 500,
  longestMs: 30_000,
  longestThrottleMs: 20 * 60_000,
};

/** What a failed attempt leads to. */
export type RetryDecision = { readonly kind: 'stop' } | { readonly kind: 'wait'; readonly ms: number };

/** Failures of one request so far, the present one included. */
export interface Failures {
  readonly throttled: number;
  readonly other: number;
}

/** Full jitter: anything from 0 to a limit that doubles with each failure. `random` gives 0 to 1. */
export function backoffMs(failures: number, policy: RetryPolicy, random: () => number): number {
  return Math.round(random() * Math.min(policy.longestMs, policy.baseMs * 2 ** (failures - 1)));
}

/**
 * The wait that a Retry-After header asks for, in milliseconds, 0 at least; null where there is none to be understood.
 * A date is compared with the server's own clock where it sent one, so that a wrong clock here does no harm.
 * @see RFC 9110 section 10.2.3: seconds or an HTTP date (checked 2026-11-20)
 */
export function retryAfterMs(
  header: string | undefined,
  serverDate: string | undefined,
  now: Date,
): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const until = DateTime.fromHTTP(text);
  if (!until.isValid) return null;
  const server = DateTime.fromHTTP(serverDate ?? '');
  return Math.max(0, until.toMillis() - (server.isValid ? server.toMillis() : now.getTime()));
}

/** Decides from the kind of an error and what has failed so far; pure but for the dice it is given. */
export function planRetry(
  error: ConnectorError,
  failures: Failures,
  policy: RetryPolicy,
  random: () => number,
): RetryDecision {
  if (error.kind !== 'transient') return { kind: 'stop' };
  if (error.code !== 'HARVEST_THROTTLED') {
    if (failures.other >= policy.attempts) return { kind: 'stop' };
    return { kind: 'wait', ms: backoffMs(failures.other, policy, random) };
  }
  const asked = error.details['retry_after_ms'];
  if (failures.throttled >= policy.throttledAttempts) return { kind: 'stop' };
  if (typeof asked !== 'number' || asked === 0) {
    return { kind: 'wait', ms: backoffMs(failures.throttled, policy, random) };
  }
  return asked > policy.longestThrottleMs ? { kind: 'stop' } : { kind: 'wait', ms: asked };
}

/** What a retried piece of work needs beside the policy. */
export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Told before each wait; `attempt` is the one that failed, from 1. Returns true if the wait happens elsewhere. */
  readonly onRetry: (error: ConnectorError, attempt: number, waitMs: number) => boolean;
}

/**
 * Repeats work that failed for a passing reason.
 * @throws ConnectorError the last failure, which says how many attempts there were; RUN_INTERRUPTED on abort
 */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  let failures: Failures = { throttled: 0, other: 0 };
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      const throttled = error.code === 'HARVEST_THROTTLED' ? 1 : 0;
      failures = { throttled: failures.throttled + throttled, other: failures.other + 1 - throttled };
      const decision = planRetry(error, failures, options.policy, options.random);
      if (decision.kind === 'stop') throw afterAttempts(error, attempt);
      const waitsElsewhere = options.onRetry(error, attempt, decision.ms);
      if (!waitsElsewhere) await sleep(decision.ms, options.signal);
    }
  }
}

/** Who was interrupted did not fail so many times: the run tells of that once, in the same words. */
function afterAttempts(error: ConnectorError, attempts: number): ConnectorError {
  if (attempts === 1 || error.kind === 'interrupted') return error;
  return new ConnectorError(error.code, `${error.message} (${attempts} attempts)`, {
    hint: error.hint,
    details: { ...error.details, attempts },
    cause: error.cause,
    ...(error.stream !== undefined && { stream: error.stream }),
  });
}
