/** The sandbox's own clock: it starts where it is told to, runs on with real time or stands, and can be put forward. */
import { instantOf } from './calendar.ts';

export class SandboxClock {
  #offsetMs: number;
  /** The real time that counts: null where it runs on. */
  readonly #standsAtMs: number | null;

  /**
   * @param startsAt ISO instant; absent: the real clock.
   * @param stands whether it moves only where it is put forward
   */
  constructor(startsAt?: string, stands = false) {
    this.#standsAtMs = stands ? Date.now() : null;
    this.#offsetMs = startsAt === undefined ? 0 : Date.parse(startsAt) - this.#realMs();
  }

  nowMs(): number {
    return this.#realMs() + this.#offsetMs;
  }

  /** Whole seconds, as Harvest stamps records. */
  seconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** `2026-03-01T08:30:00Z` */
  instant(): string {
    return instantOf(this.seconds());
  }

  /** Today's date in UTC. */
  today(): string {
    return this.instant().slice(0, 10);
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }

  /** Puts the clock to an ISO instant, from which it runs on or where it stands. */
  set(instant: string): void {
    this.#offsetMs = Date.parse(instant) - this.#realMs();
  }

  #realMs(): number {
    return this.#standsAtMs ?? Date.now();
  }
}
