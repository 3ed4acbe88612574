/** How much lists hold, with as few questions as will do. */
import type { Stream } from '../../catalog/stream.ts';
import type { JsonObject } from '../../harvest/json.ts';
import { LARGEST_PAGE } from '../../harvest/types.ts';
import { FACTS } from '../follow-ups.ts';
import { addMonths, firstDay, lastDay, monthOf } from '../month.ts';
import type { DateSpan } from '../state.ts';
import type { Desk } from './desk.ts';
import type { Looks, Query } from './looks.ts';
import { pagesOf, shareOfSpan, SpanPages, type WholeList } from './spread.ts';

/** Future months that are looked at for facts. */
const MOST_FUTURE_MONTHS = 24;

/** How much a list holds. */
export interface Size {
  readonly held: number;
  readonly pages: number;
}

/** Tells how many live rows a kept table has in a span. */
export type RowsIn = (stream: Stream, span: DateSpan) => Promise<number>;

/** Sizes of lists of one account. */
export class Sizes {
  readonly #startDate: string | null;
  readonly #looks: Looks;
  readonly #desk: Desk;
  readonly #spread = new Map<string, SpanPages>();
  readonly #sampled = new Set<string>();

  constructor(startDate: string | null, looks: Looks, desk: Desk) {
    this.#startDate = startDate;
    this.#looks = looks;
    this.#desk = desk;
  }

  /** The query of everything that has a date and is to be stored. */
  get wholeQuery(): Query {
    return this.#startDate === null ? {} : { from: this.#startDate };
  }

  /** How many records a list has, by one small request. */
  async counted(of: Stream, query: Query): Promise<number> {
    const { total } = await this.#looks.count(of, query);
    this.seen(of, query, total);
    return total;
  }

  /** Takes note of how many records a list has. */
  seen(of: Stream, query: Query, total: number): void {
    if (isWhole(query, of, this.#startDate)) this.#desk.noteTotal(of.name, total);
  }

  /** The size of a list that is to be stored: counted where that tells of all of it, else worked out from its dates. */
  async ofNew(of: Stream, query: Query): Promise<Size> {
    const isSpan = of.dated !== undefined && ('to' in query || 'from' in query);
    const isSure = this.#looks.isCounted(of, query) || isWhole(query, of, this.#startDate);
    if (isSure || !isSpan) {
      const held = await this.counted(of, query);
      return { held, pages: pagesOf(held) };
    }
    const held = shareOfSpan(spanOf(query), await this.#wholeOf(of));
    const spread = this.#spread.get(of.name) ?? new SpanPages();
    this.#spread.set(of.name, spread);
    return { held, pages: spread.take(held) };
  }

  /** The size of a part of a kept table's list: what the table has in it, unless Harvest has another number over all. */
  async ofKept(of: Stream, query: Query, rowsIn: RowsIn): Promise<Size> {
    const ours = await rowsIn(of, spanOf(query));
    if (ours <= LARGEST_PAGE) return { held: ours, pages: 1 };
    const all = await rowsIn(of, spanOf(this.wholeQuery));
    const isSame = (await this.counted(of, of.dated === undefined ? {} : this.wholeQuery)) === all;
    const held = isSame ? ours : await this.counted(of, query);
    return { held, pages: pagesOf(held) };
  }

  async #wholeOf(of: Stream): Promise<WholeList> {
    const { total } = await this.#looks.count(of, this.wholeQuery);
    const { newest, oldest } = await this.#looks.ends(of, this.wholeQuery);
    const today = this.#looks.date.slice(0, 10);
    return { total, newest: dateIn(newest, of) ?? today, oldest: dateIn(oldest, of) ?? today };
  }

  /** The facts at both ends of a list that is not read, and one of each month to come: reports go by them. Once a stream. */
  async sample(of: Stream, query: Query): Promise<readonly JsonObject[]> {
    if (!FACTS.some((name) => name === of.name) || this.#sampled.has(of.name)) return [];
    this.#sampled.add(of.name);
    const { newest, oldest } = await this.#looks.ends(of, query);
    const sample = [newest, oldest].filter((record) => record !== null);
    const last = monthOf(dateIn(newest, of) ?? '');
    let month = addMonths(monthOf(this.#looks.date), 1);
    for (let looked = 0; month < last && looked < MOST_FUTURE_MONTHS; looked += 1) {
      const { first } = await this.#looks.count(of, { from: firstDay(month), to: lastDay(month) });
      if (first !== null) sample.push(first);
      month = addMonths(month, 1);
    }
    return sample;
  }

  /**
   * Whether a plain list leaves out what `hidden_by` filters for: it then has fewer records than the list under the filter and
   * the one under its opposite together. Three small requests at most.
   */
  async hides(of: Stream): Promise<boolean> {
    const { hidden_by: filter = {} } = of;
    const { total: hidden } = await this.#looks.count(of, filter);
    if (hidden === 0) return false;
    const opposite = Object.fromEntries(
      Object.entries(filter).map(([name, value]) => [name, value === 'false' ? 'true' : 'false']),
    );
    const { total: others } = await this.#looks.count(of, opposite);
    return (await this.counted(of, {})) < hidden + others;
  }
}

/** The dates of a query. Pure. */
export function spanOf({ from, to }: Query): DateSpan {
  return { from: from === undefined ? null : String(from), to: to === undefined ? null : String(to) };
}

/** Whether a query asks for everything that is to be stored. */
function isWhole(query: Query, { dated, undated }: Stream, startDate: string | null): boolean {
  const names = Object.keys(query);
  if (names.length === 0) return dated === undefined || startDate === null || undated === true;
  return names.length === 1 && dated !== undefined && startDate !== null && query['from'] === startDate;
}

function dateIn(record: JsonObject | null, { dated }: Stream): string | null {
  const date = record?.[dated ?? ''];
  return typeof date === 'string' ? date : null;
}
