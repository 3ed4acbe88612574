/** When what happened in a run: the first request and the end of each stream, and the waits for Harvest's limits. */
import type { LimitClass } from '../catalog/stream.ts';
import type { SyncEvent } from '../events.ts';

/** From when to when a stream was at work, as ISO instants; null where it never was. */
export interface StreamSpan {
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** A stretch of time in which requests waited for a limit, as `_sync_runs.waits` has it. */
export interface Wait {
  readonly bucket: LimitClass;
  /** ISO instant. */
  readonly started_at: string;
  readonly seconds: number;
}

/** A stretch of time in milliseconds of this machine's clock. */
interface Stretch {
  startMs: number;
  endMs: number;
}

/** Stretches of one limit that are kept; of more, the nearest are taken together. */
const MOST_STRETCHES = 100;

/** Requests that wait one after the other, at most this far apart, wait together. */
const SAME_WAIT_MS = 1000;

/** Listens to a run and remembers its times. */
export class Timeline {
  readonly #now: () => Date;
  readonly #first = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #waits: Record<LimitClass, Stretch[]> = { general: [], reports: [] };

  constructor(now: () => Date) {
    this.#now = now;
  }

  hear(event: SyncEvent): void {
    const at = this.#now().getTime();
    if (event.event === 'request.sent' && event.stream !== null && !this.#first.has(event.stream)) {
      this.#first.set(event.stream, at);
    }
    if (event.event === 'stream.finished' || event.event === 'stream.failed')
      this.#last.set(event.stream, at);
    if (event.event !== 'rate.waited') return;
    const stretches = this.#waits[event.bucket];
    addStretch(stretches, { startMs: at - event.seconds * 1000, endMs: at });
    if (stretches.length > MOST_STRETCHES) joinNearest(stretches);
  }

  /** From the first request of a stream to its last commit. A stream that asked nothing has no start. */
  span(stream: string): StreamSpan {
    return { startedAt: isoOf(this.#first.get(stream)), finishedAt: isoOf(this.#last.get(stream)) };
  }

  /** The waits of the run, by limit and in the order of time; those of several requests at once are one. */
  waits(): readonly Wait[] {
    return (['general', 'reports'] as const).flatMap((bucket) =>
      this.#waits[bucket].map(({ startMs, endMs }) => ({
        bucket,
        started_at: new Date(startMs).toISOString(),
        seconds: Math.round((endMs - startMs) / 100) / 10,
      })),
    );
  }
}

/** Waits are told of when they end, so a new one can only reach back over the last ones. */
function addStretch(stretches: Stretch[], added: Stretch): void {
  const whole = { ...added };
  for (let last = stretches.at(-1); last !== undefined; last = stretches.at(-1)) {
    if (last.endMs + SAME_WAIT_MS < whole.startMs) break;
    whole.startMs = Math.min(whole.startMs, last.startMs);
    whole.endMs = Math.max(whole.endMs, last.endMs);
    stretches.pop();
  }
  stretches.push(whole);
}

function joinNearest(stretches: Stretch[]): void {
  const gaps = stretches.slice(1).map((next, at) => next.startMs - (stretches[at]?.endMs ?? 0));
  const at = gaps.indexOf(Math.min(...gaps));
  const [left, right] = [stretches[at], stretches[at + 1]];
  if (left === undefined || right === undefined) return;
  stretches.splice(at, 2, { startMs: left.startMs, endMs: right.endMs });
}

function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
