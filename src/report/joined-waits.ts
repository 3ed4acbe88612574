import type { LimitClass } from '../catalog/stream.ts';
import type { SyncEvent } from '../events.ts';

/** Requests that wait one after the other, at most this far apart, wait together. */
const SAME_WAIT_MS = 1000;

/** A stretch of time in milliseconds of this machine's clock. */
interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/** Makes one wait of those of several requests that overlap, as they are told of when each has ended. */
export class JoinedWaits {
  readonly #open: Record<LimitClass, Stretch | null> = { general: null, reports: null };

  /** What is to be told now: waits that no other one has joined for a second, and the event itself, but for a wait. */
  hear(event: SyncEvent, nowMs: number): readonly SyncEvent[] {
    if (event.event === 'run.finished') return [...this.rest(), event];
    if (event.event !== 'rate.waited') return [...this.#close(nowMs - SAME_WAIT_MS), event];
    const startMs = nowMs - event.seconds * 1000;
    const over = this.#close(startMs - SAME_WAIT_MS);
    const before = this.#open[event.bucket];
    this.#open[event.bucket] = { startMs: Math.min(startMs, before?.startMs ?? startMs), endMs: nowMs };
    return over;
  }

  /** The waits that are still to be told. */
  rest(): readonly SyncEvent[] {
    return this.#close(Infinity);
  }

  /** Takes out the waits that ended before an instant. */
  #close(beforeMs: number): readonly SyncEvent[] {
    return (['general', 'reports'] as const).flatMap((bucket) => {
      const stretch = this.#open[bucket];
      if (stretch === null || stretch.endMs >= beforeMs) return [];
      this.#open[bucket] = null;
      const seconds = Math.round((stretch.endMs - stretch.startMs) / 100) / 10;
      return [{ event: 'rate.waited', bucket, seconds }];
    });
  }
}
