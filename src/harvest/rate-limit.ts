/** Timers around `schedule.ts`: starts requests when their turn has come, and tells of waits. */
import type { LimitClass } from '../catalog/stream.ts';
import type { Emit } from '../events.ts';
import { interruption } from './abort.ts';
import * as schedule from './schedule.ts';

/** Lengths of the two windows in milliseconds. */
export interface Windows {
  readonly generalMs: number;
  readonly reportsMs: number;
}

/**
 * Harvest's windows, and a quarter of a second for requests that travel at different speeds.
 * @see Harvest API v2 docs, page "Overview: general", rate limiting: 100 requests per 15 seconds, for reports 100 per
 * 15 minutes (checked 2026-11-20). Whether reports count against the general limit too is not said; here they do.
 */
export const HARVEST_WINDOWS: Windows = { generalMs: 15_250, reportsMs: 900_250 };

/**
 * Requests in the air at once, whatever the limits allow: enough for the usual limit of 90 in 15 s at answers that
 * take two and a half seconds. Lists that are read ahead come near it; lists of one page each, such as those of children,
 * do not, since no more than `sync.concurrency` of them (8 by default) are asked for at a time, enough for answers that
 * take 1.3 s. Reports may take the better part of a minute, and must not keep the others out.
 */
export const REQUESTS_IN_FLIGHT = { general: 16, reports: 8 } as const;

/** Two general windows. */
const PATIENCE_WINDOWS = 2;

/** Shorter waits are not worth an event. */
const REPORTED_WAIT_MS = 1000;

/** What the limiter needs. Limits are requests per window; null is no limit. */
export interface RateLimiterOptions {
  readonly general: number | null;
  readonly reports: number | null;
  readonly emit: Emit;
  readonly windows?: Windows;
  /** General requests in the air at once. */
  readonly inFlight?: number;
}

/** How urgent a request is. */
export interface Turn {
  readonly rank: schedule.Rank;
  /** When its first attempt was wanted, by `performance.now()`; absent: now. */
  readonly sinceMs?: number;
}

/** Tells the limiter that a request has left this machine only now: it counts from then on. */
export type Left = () => void;

interface Waiter extends schedule.Waiting {
  readonly queuedMs: number;
  readonly begin: (startedMs: number) => void;
}

/** Starts requests within Harvest's limits; waits of a second or more become `rate.waited` events. */
export class RateLimiter implements Disposable {
  readonly #rules: schedule.ScheduleRules;
  readonly #emit: Emit;
  #state = schedule.IDLE;
  #waiting: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When each limit was last seen to be full or held. */
  readonly #limitedMs: Record<LimitClass, number> = { general: -Infinity, reports: -Infinity };

  constructor(options: RateLimiterOptions) {
    const { generalMs, reportsMs } = options.windows ?? HARVEST_WINDOWS;
    const limit = (requests: number | null, windowMs: number): schedule.WindowLimit | null =>
      requests === null ? null : { requests, windowMs };
    this.#emit = options.emit;
    this.#rules = {
      general: limit(options.general, generalMs),
      reports: limit(options.reports, reportsMs),
      inFlight: { ...REQUESTS_IN_FLIGHT, general: options.inFlight ?? REQUESTS_IN_FLIGHT.general },
      patienceMs: generalMs * PATIENCE_WINDOWS,
    };
  }

  /**
   * Runs the task when its turn has come; every attempt of a request is a task of its own. The task may say when
   * its request has left.
   * @throws ConnectorError RUN_INTERRUPTED as soon as the signal aborts, and whatever the task throws
   */
  async run<T>(
    bucket: LimitClass,
    task: (left: Left) => Promise<T>,
    signal: AbortSignal,
    turn: Turn = { rank: bucket === 'reports' ? 0 : 1 },
  ): Promise<T> {
    if (signal.aborted) throw interruption(signal);
    const startedMs = await this.#turnOf(bucket, turn, signal);
    const left = (): void => {
      this.#state = schedule.leftLater(this.#state, bucket, startedMs, performance.now());
    };
    try {
      return await task(left);
    } catch (error) {
      throw signal.aborted ? interruption(signal) : error;
    } finally {
      this.#state = schedule.ended(this.#state, bucket);
      this.#look();
    }
  }

  /** Lets nothing of a bucket start for so many milliseconds. A shorter time than is already set changes nothing. */
  hold(bucket: LimitClass, ms: number): void {
    this.#state = schedule.heldBack(this.#state, bucket, performance.now() + ms);
    this.#look();
  }

  /** Forgets what still waits to be let go. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  /** Answers when the request has started. */
  #turnOf(bucket: LimitClass, { rank, sinceMs }: Turn, signal: AbortSignal): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const queuedMs = performance.now();
    const giveUp = (): void => {
      this.#waiting = this.#waiting.filter((each) => each !== waiter);
      reject(interruption(signal));
    };
    const begin = (startedMs: number): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(startedMs);
    };
    const waiter: Waiter = { bucket, rank, sinceMs: sinceMs ?? queuedMs, queuedMs, begin };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(waiter);
    this.#look();
    return promise;
  }

  /** Starts what may start, and looks again when the next one may. */
  #look(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const now = performance.now();
      const decision = schedule.decide(this.#state, this.#waiting, this.#rules, now);
      for (const bucket of ['general', 'reports'] as const) {
        if (schedule.limitedUntilMs(bucket, this.#state, this.#rules) > now) this.#limitedMs[bucket] = now;
      }
      if (decision.kind === 'wait') {
        if (decision.untilMs !== null) {
          this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(decision.untilMs - now)));
        }
        return;
      }
      const [waiter] = this.#waiting.splice(decision.index, 1);
      if (waiter === undefined) return;
      this.#state = schedule.started(this.#state, waiter.bucket, this.#rules, now);
      this.#tellWait(waiter, now);
      waiter.begin(now);
    }
  }

  /**
   * A wait counts as a limit's if that was full or held at some time during it, not if only lines were busy. A report may
   * have waited for either; its own is the scarcer one.
   */
  #tellWait({ bucket, queuedMs }: Waiter, nowMs: number): void {
    const waitedMs = nowMs - queuedMs;
    const limits: readonly LimitClass[] = bucket === 'reports' ? ['reports', 'general'] : ['general'];
    const limit = limits.find((each) => this.#limitedMs[each] >= queuedMs);
    if (waitedMs < REPORTED_WAIT_MS || limit === undefined) return;
    this.#emit({ event: 'rate.waited', bucket: limit, seconds: Math.round(waitedMs / 100) / 10 });
  }
}
