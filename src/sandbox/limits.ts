/** Harvest's rate limits as true sliding windows, shared by all tokens of the account and measured in real time. */
import { Refusal } from './answer.ts';
import type { SandboxLimit, SandboxLimits } from './options.ts';

class Window {
  readonly #limit: SandboxLimit;
  #taken: number[] = [];

  constructor(limit: SandboxLimit) {
    this.#limit = limit;
  }

  /** Milliseconds until there is room; 0: there is. */
  waitMs(now: number): number {
    this.#taken = this.#taken.filter((at) => at > now - this.#limit.windowMs);
    const oldest = this.#taken[0];
    if (oldest === undefined || this.#taken.length < this.#limit.requests) return 0;
    return oldest + this.#limit.windowMs - now;
  }

  take(now: number): void {
    this.#taken.push(now);
  }
}

/** Counts requests; reports count against both windows, refused ones against none. */
export class Limiter {
  readonly #general: Window;
  readonly #reports: Window;

  constructor(limits: SandboxLimits) {
    this.#general = new Window(limits.general);
    this.#reports = new Window(limits.reports);
  }

  /** @throws Refusal 429 with `Retry-After` in whole seconds */
  admit(isReport: boolean): void {
    const now = performance.now();
    const windows = isReport ? [this.#general, this.#reports] : [this.#general];
    const waitMs = Math.max(...windows.map((window) => window.waitMs(now)));
    if (waitMs > 0) {
      const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
      throw new Refusal(429, { message: 'Too many requests' }, { 'retry-after': seconds });
    }
    for (const window of windows) window.take(now);
  }
}
