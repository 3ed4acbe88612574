import type { Difference, DifferenceCause, LeftOut, Verification } from '../verification.ts';

/** Differences that are kept for naming, of each cause; more are only counted. */
const NAMED = 1000;

/** Differences of one table that are kept for naming, so that one table does not hide the others. */
const NAMED_OF_TABLE = 100;

/** Elements of a list differ in the same column: `line_items[2].unit_price`. */
const PLACE = /\[\d+\]/g;

/** The parts of a difference that a check knows; the rest is null. */
export type Finding = Pick<Difference, 'kind' | 'table'> & Partial<Difference>;

/**
 * Gathers what the checks of one verification find, in bounded memory. Only the naming is cut: each table's differences are
 * counted, and the first of each kind and column of a table is named, however many there are.
 */
export class Findings {
  readonly #form: Verification['form'];
  readonly #found: Difference[] = [];
  readonly #counts: Record<DifferenceCause, number> = { differs: 0, changed: 0, lag: 0 };
  readonly #tables = new Map<string, number>();
  readonly #named = new Map<string, number>();
  readonly #kinds = new Set<string>();
  readonly #leftOut: LeftOut[] = [];
  #compared = 0;
  #isLooked = false;

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
    const { cause, table, kind, column } = difference;
    this.#count(cause, table, 1);
    const of = `${cause} ${table}`;
    const [ofTable, ofCause] = [this.#named.get(of) ?? 0, this.#named.get(cause) ?? 0];
    const first = `${of} ${kind} ${column?.replaceAll(PLACE, '') ?? ''}`;
    const isFirst = !this.#kinds.has(first);
    if (!isFirst && (ofTable >= NAMED_OF_TABLE || ofCause >= NAMED)) return;
    this.#kinds.add(first);
    this.#named.set(of, ofTable + 1).set(cause, ofCause + 1);
    this.#found.push(difference);
  }

  /** Counts differences of a table that are not named. */
  more(cause: DifferenceCause, table: string, count: number): void {
    if (count > 0) this.#count(cause, table, count);
  }

  #count(cause: DifferenceCause, table: string, count: number): void {
    this.#counts[cause] += count;
    if (cause === 'differs') this.#tables.set(table, (this.#tables.get(table) ?? 0) + count);
  }

  /** Counts numbers or cells that were compared. */
  compared(count: number): void {
    this.#compared += count;
    this.#isLooked ||= this.#form === 'quick' && count > 0;
  }

  /** Counts the cells of rows that Harvest sent again and that were compared, even if there are none. */
  comparedAgain(cells: number): void {
    this.#compared += cells;
    this.#isLooked = true;
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
      outcome: differs > 0 ? 'differs' : this.#isLooked ? 'equal' : 'nothing',
      differences: differs,
      changed,
      lagging: lag,
      compared: this.#compared,
      tables: Object.fromEntries(this.#tables),
      found: this.#found.toSorted((a, b) => rank[a.cause] - rank[b.cause]),
      left_out: this.#leftOut,
    };
  }
}
