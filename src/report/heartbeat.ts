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

/** `1:30 · 12 of 32 streams · 14 302 rows · 45 requests · time_entries page 6/10` */
export function beatText(progress: RunProgress, seconds: number): string {
  const running = [...progress.running].map(([stream, page]) => (page === '' ? stream : `${stream} ${page}`));
  const more = running.length > NAMED_STREAMS ? `, ${running.length - NAMED_STREAMS} more` : '';
  return [
    formatClock(seconds),
    `${progress.done} of ${plural(progress.streams, 'stream')}`,
    plural(progress.rows, 'row'),
    plural(progress.requests, 'request'),
    ...(running.length === 0 ? [] : [running.slice(0, NAMED_STREAMS).join(', ') + more]),
  ].join(' · ');
}
