/**
 * Two limits at once. A general request starts when the general window has room; a report request when both have.
 * What must always hold: no stretch of time as long as a window sees more starts than its limit, retries included,
 * and nothing of a bucket starts while that bucket is held back.
 *
 * A report request takes its place in the report window first and then queues, ahead of the others, for the general
 * one. Only one at a time is between the two, and the report window is longer by the general one, so that the
 * moment in between cannot squeeze two windows' worth together.
 */
import PQueue from 'p-queue';
import type { LimitClass } from '../catalog/stream.ts';
import type { Emit } from '../events.ts';
import { interruption } from './abort.ts';

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

/** Requests in the air at once, whatever the limits allow. */
const REQUESTS_IN_FLIGHT = 16;

/** Shorter waits are not worth an event. */
const REPORTED_WAIT_MS = 1000;

/** One bucket: its queue, and since when it is not limiting any more. */
interface Lane {
  readonly queue: PQueue;
  limitedUntilMs: number;
  heldUntilMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** What the limiter needs. Limits are requests per window; null is no limit. */
export interface RateLimiterOptions {
  readonly general: number | null;
  readonly reports: number | null;
  readonly emit: Emit;
  readonly windows?: Windows;
  readonly inFlight?: number;
}

/** Starts requests within Harvest's limits; waits of a second or more become `rate.waited` events. */
export class RateLimiter implements Disposable {
  readonly #lanes: Readonly<Record<LimitClass, Lane>>;
  readonly #emit: Emit;

  constructor(options: RateLimiterOptions) {
    const windows = options.windows ?? HARVEST_WINDOWS;
    const reportsMs = windows.reportsMs + (options.general === null ? 0 : windows.generalMs);
    this.#emit = options.emit;
    this.#lanes = {
      general: openLane(options.general, windows.generalMs, options.inFlight ?? REQUESTS_IN_FLIGHT),
      reports: openLane(options.reports, reportsMs, 1),
    };
  }

  /**
   * Runs the task when its bucket allows; every attempt of a request is a task of its own.
   * @throws ConnectorError RUN_INTERRUPTED as soon as the signal aborts, and whatever the task throws
   */
  async run<T>(bucket: LimitClass, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return bucket === 'general'
        ? await this.#start(task, signal, 0)
        : await this.#startReport(task, signal);
    } catch (error) {
      throw signal.aborted ? interruption(signal) : error;
    }
  }

  /** Lets nothing of a bucket start for so many milliseconds. A shorter time than is already set changes nothing. */
  hold(bucket: LimitClass, ms: number): void {
    const lane = this.#lanes[bucket];
    const until = Date.now() + ms;
    if (until <= lane.heldUntilMs) return;
    lane.heldUntilMs = until;
    lane.queue.pause();
    clearTimeout(lane.timer);
    lane.timer = setTimeout(() => lane.queue.start(), ms);
  }

  /** Forgets what still waits to be let go; tasks in the queues are dropped. */
  [Symbol.dispose](): void {
    for (const lane of Object.values(this.#lanes)) {
      clearTimeout(lane.timer);
      lane.queue.clear();
    }
  }

  #start<T>(task: () => Promise<T>, signal: AbortSignal, priority: number): Promise<T> {
    const queuedAt = Date.now();
    const started = (): Promise<T> => {
      this.#report('general', queuedAt);
      return task();
    };
    return this.#lanes.general.queue.add(started, { signal, priority });
  }

  async #startReport<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const queuedAt = Date.now();
    const passOn = async (): Promise<{ finished: Promise<T> }> => {
      this.#report('reports', queuedAt);
      const started = Promise.withResolvers<void>();
      const finished = this.#start(
        () => {
          started.resolve();
          return task();
        },
        signal,
        1,
      );
      await Promise.race([started.promise, finished]);
      return { finished };
    };
    const { finished } = await this.#lanes.reports.queue.add(passOn, { signal });
    return finished;
  }

  /** A wait counts as the limit's if the bucket was full or held at some time during it, not if only lines were busy. */
  #report(bucket: LimitClass, queuedAtMs: number): void {
    const waitedMs = Date.now() - queuedAtMs;
    const { limitedUntilMs, heldUntilMs } = this.#lanes[bucket];
    if (waitedMs < REPORTED_WAIT_MS || Math.max(limitedUntilMs, heldUntilMs) <= queuedAtMs) return;
    this.#emit({ event: 'rate.waited', bucket, seconds: Math.round(waitedMs / 100) / 10 });
  }
}

function openLane(limit: number | null, windowMs: number, concurrency: number): Lane {
  const window = limit === null ? {} : { intervalCap: limit, interval: windowMs, strict: true };
  const lane: Lane = {
    queue: new PQueue({ concurrency, ...window }),
    limitedUntilMs: 0,
    heldUntilMs: 0,
    timer: undefined,
  };
  lane.queue.addEventListener('rateLimit', () => {
    lane.limitedUntilMs = Infinity;
  });
  lane.queue.addEventListener('rateLimitCleared', () => {
    lane.limitedUntilMs = Date.now();
  });
  return lane;
}
