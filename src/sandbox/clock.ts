/** The sandbox's own clock: it starts where it is told to, runs on with real time and can be put forward. */
import { instantOf } from './calendar.ts';

export class SandboxClock {
  #offsetMs: number;

  /** @param startsAt ISO instant; absent: the real clock. */
  constructor(startsAt?: string) {
    this.#offsetMs = startsAt === undefined ? 0 : Date.parse(startsAt) - Date.now();
  }

  nowMs(): number {
    return Date.now() + this.#offsetMs;
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

  /** Puts the clock to an ISO instant, from which it runs on. */
  set(instant: string): void {
    this.#offsetMs = Date.parse(instant) - Date.now();
  }
}
