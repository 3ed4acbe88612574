import type { Difference, DifferenceCause, LeftOut, Verification } from '../verification.ts';

/** Differences that are kept for naming, of each cause; more are only counted. */
const NAMED = 1000;

/** Differences of one table that are kept for naming, so that one table does not hide the others. */
const NAMED_OF_TABLE = 100;

/** The parts of a difference that a check knows; the rest is null. */
export type Finding = Pick<Difference, 'kind' | 'table'> & Partial<Difference>;

/** Gathers what the checks of one verification find, in bounded memory. */
export class Findings {
  readonly #form: Verification['form'];
  readonly #found: Difference[] = [];
  readonly #counts: Record<DifferenceCause, number> = { differs: 0, changed: 0, lag: 0 };
  readonly #named = new Map<string, number>();
  readonly #leftOut: LeftOut[] = [];
  #compared = 0;

  constructor(form: Verification['form']) {
    this.#form = form;
  }

  /** Takes note of a difference. */
  add(finding: Finding): void {
    const difference: Difference = {
      cause: 'differs',
      month: null,
      group: null,
      key: null,
      column: null,
      ours: null,
      harvest: null,
      ...finding,
    };
    const { cause, table } = difference;
    this.#counts[cause] += 1;
    const id = `${cause} ${table}`;
    const named = this.#named.get(id) ?? 0;
    const total = this.#found.filter((each) => each.cause === cause).length;
    if (named >= NAMED_OF_TABLE || total >= NAMED) return;
    this.#named.set(id, named + 1);
    this.#found.push(difference);
  }

  /** Counts differences that are not named. */
  more(cause: DifferenceCause, count: number): void {
    this.#counts[cause] += count;
  }

  /** Counts numbers or cells that were compared. */
  compared(count: number): void {
    this.#compared += count;
  }

  /** Takes note of something that cannot be compared. */
  leaveOut(table: string, reason: string): void {
    if (this.#leftOut.some((each) => each.table === table && each.reason === reason)) return;
    this.#leftOut.push({ table, reason });
  }

  /** Everything that was found, what counts first. */
  result(): Verification {
    const { differs, changed, lag } = this.#counts;
    const rank: Readonly<Record<DifferenceCause, number>> = { differs: 0, changed: 1, lag: 2 };
    return {
      form: this.#form,
      outcome: differs > 0 ? 'differs' : 'equal',
      differences: differs,
      changed,
      lagging: lag,
      compared: this.#compared,
      found: this.#found.toSorted((a, b) => rank[a.cause] - rank[b.cause]),
      left_out: this.#leftOut,
    };
  }
}
