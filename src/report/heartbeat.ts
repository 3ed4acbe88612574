import type { SyncEvent } from '../events.ts';
import { isFull, waitMs } from './live/budget.ts';
import type { RunProgress } from './progress.ts';
import { formatClock, plural } from './quantity.ts';

/** Silence that is broken with a sign of life. */
const BEAT_MS = 30_000;

/** Says something when nothing else has been said for 30 seconds. Starts with the first `restart`. */
export class Heartbeat {
  #timer: NodeJS.Timeout | null = null;
  readonly #beat: () => void;

  constructor(beat: () => void) {
    this.#beat = beat;
  }

  /** An event was told: counts the silence from here, but for a wait, which is no sign of life, and for the end of a run. */
  heard({ event }: SyncEvent): void {
    if (event !== 'run.finished' && event !== 'rate.waited') this.restart();
  }

  /** Something was said: counts the silence from here. Does not keep the process alive. */
  restart(): void {
    this.stop();
    this.#timer = setInterval(this.#beat, BEAT_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

/** Streams under way that a sign of life names. */
const NAMED_STREAMS = 3;

/** Shorter waits are part of the ordinary rhythm of the limits. */
const WAIT_WORTH_TELLING_MS = 5000;

/** What streams under way wait for: `waiting 7:55 for Harvest's report limit`; null: nothing that takes long. */
function waitingText({ heard }: RunProgress, nowMs: number): string | null {
  const { streams, budgets } = heard;
  for (const bucket of ['reports', 'general'] as const) {
    const ms = isFull(budgets[bucket], bucket, nowMs) ? waitMs(budgets[bucket], bucket, nowMs) : 0;
    const waits = [...streams.values()].some(
      (stream) => stream.bucket === bucket && stream.ending === null && stream.activeAtMs !== null,
    );
    if (!waits || ms < WAIT_WORTH_TELLING_MS) continue;
    const what = bucket === 'reports' ? 'report limit' : 'request limit';
    return `waiting ${formatClock(Math.ceil(ms / 1000))} for Harvest's ${what}`;
  }
  return null;
}

/** `1:30 · 12 of 32 streams · 14 302 rows · 45 requests · time_entries page 6/10 · waiting 7:55 for Harvest's report limit` */
export function beatText(progress: RunProgress, seconds: number, nowMs: number): string {
  const waiting = waitingText(progress, nowMs);
  const running = [...progress.running].map(([stream, page]) => (page === '' ? stream : `${stream} ${page}`));
  const more = running.length > NAMED_STREAMS ? `, ${running.length - NAMED_STREAMS} more` : '';
  return [
    formatClock(seconds),
    `${progress.done} of ${plural(progress.streams, 'stream')}`,
    plural(progress.rows, 'row'),
    plural(progress.requests, 'request'),
    ...(running.length === 0 ? [] : [running.slice(0, NAMED_STREAMS).join(', ') + more]),
    ...(waiting === null ? [] : [waiting]),
  ].join(' · ');
}
