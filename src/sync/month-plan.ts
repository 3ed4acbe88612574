import type { Emit } from '../events.ts';

/** Tells which months a report stream reads, each once, although they become known little by little. */
export class MonthPlan {
  readonly #stream: string;
  readonly #emit: Emit;
  readonly #told = new Set<string>();
  #isWhole = false;

  constructor(stream: string, emit: Emit) {
    this.#stream = stream;
    this.#emit = emit;
  }

  /**
   * Emits `work.planned` for those of the months that were not told before, or are read once more in this run.
   *
   * @param readInRun months that were read in this run
   * @param isWhole whether no others are to be expected; stays so
   */
  tell(months: readonly string[], readInRun: ReadonlyMap<string, string>, isWhole: boolean): void {
    this.#isWhole ||= isWhole;
    const { length: count } = months.filter((month) => !this.#told.has(month) || readInRun.has(month));
    for (const month of months) this.#told.add(month);
    const more = this.#isWhole ? {} : ({ more: true } as const);
    const stream = this.#stream;
    this.#emit({ event: 'work.planned', stream, unit: 'months', count, requests: count, ...more });
  }
}
