/** What a planned run would have made of one table so far, over what is stored. Pure, but remembers what it is told. */
import type { Row } from '../../warehouse/table.ts';
import { plainText } from '../cast.ts';

/** A row as it is stored, values as text. */
export type StoredRow = Readonly<Record<string, string | null>>;

/** A row that is new or another one now; `before` null: it was not there. */
export interface ChangedRow {
  readonly before: StoredRow | null;
  readonly after: Row;
}

/** The changes of one table by key. */
export class Overlay {
  readonly changed = new Map<string, ChangedRow>();
  /** Rows that are gone, as they were stored. */
  readonly removed = new Map<string, StoredRow>();
  /** Rows that are gone though nobody knows which. */
  unnamed = 0;

  /** Takes over a row as it is now. */
  put(key: string, row: ChangedRow): void {
    const { before } = this.changed.get(key) ?? { before: this.removed.get(key) ?? row.before };
    this.removed.delete(key);
    this.changed.set(key, { before, after: row.after });
  }

  /** Takes a row away. */
  remove(key: string, stored: StoredRow | null): void {
    const known = this.changed.get(key);
    this.changed.delete(key);
    const before = known === undefined ? stored : known.before;
    if (before !== null) this.removed.set(key, before);
    else if (known === undefined) this.unnamed += 1;
  }

  /** How many rows more there are than stored. */
  get growth(): number {
    const inserted = [...this.changed.values()].filter(({ before }) => before === null).length;
    return inserted - this.removed.size - this.unnamed;
  }

  /** Whether a stored row counts no more as it is stored. */
  hides(key: string): boolean {
    return this.removed.has(key) || this.changed.has(key);
  }

  /** Rows by a column, as they are after the changes; `stored` is how many there are by its values. */
  counts(stored: ReadonlyMap<string, number>, column: string | null): ReadonlyMap<string, number> {
    const after = new Map(stored);
    const add = (value: string, by: number): void => {
      const sum = (after.get(value) ?? 0) + by;
      if (sum > 0) after.set(value, sum);
      else after.delete(value);
    };
    const valueOf = (row: Readonly<Record<string, unknown>>): string =>
      column === null ? '' : plainText(row[column]);
    for (const { before, after: row } of this.changed.values()) {
      if (before !== null) add(valueOf(before), -1);
      add(valueOf(row), 1);
    }
    for (const row of this.removed.values()) add(valueOf(row), -1);
    return after;
  }
}
