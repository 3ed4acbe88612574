import type { RowValue } from '../table.ts';
import { findColumn } from '../own-columns.ts';
import { typeName, type Field } from './columns.ts';
import type { Bounds } from './load-sql.ts';
import { typedLiteral } from './sql.ts';

/** The least and the greatest value of the first column of a key, where that is a number or a date. */
export class Extent {
  readonly #column: string;
  readonly #type: string;
  #least: string | null = null;
  #greatest: string | null = null;

  constructor(column: string, fields: readonly Field[]) {
    this.#column = column;
    this.#type = typeName(findColumn(fields, column)?.type ?? '');
  }

  /** Takes a row into account. */
  see(row: Readonly<Record<string, RowValue>>): void {
    const value = row[this.#column];
    if (typeof value !== 'string' && typeof value !== 'number') return;
    const text = String(value);
    if (this.#least === null || this.#isLess(text, this.#least)) this.#least = text;
    if (this.#greatest === null || this.#isLess(this.#greatest, text)) this.#greatest = text;
  }

  /** Both ends as literals; null where nothing was seen or the type has no order to use. */
  get bounds(): Bounds {
    if (this.#type !== 'INTEGER' && this.#type !== 'DATE') return null;
    if (this.#least === null || this.#greatest === null) return null;
    const [least, greatest] = [this.#least, this.#greatest].map((text) => typedLiteral(this.#type, text));
    return least == null || greatest == null ? null : { least, greatest };
  }

  #isLess(left: string, right: string): boolean {
    if (this.#type !== 'INTEGER') return left < right;
    return /^-?\d+$/.test(left) && /^-?\d+$/.test(right) && BigInt(left) < BigInt(right);
  }
}
