/**
 * Compares rows that came with those that are stored, as far as a plan can: by their `updated_at`. Pure. A row with the same
 * one counts as unchanged; a stream whose records carry none has only new rows.
 */
import type { Row } from '../../warehouse/table.ts';
import type { TableLoad, Transition } from '../../warehouse/load.ts';
import { plainText } from '../cast.ts';
import type { ChangedRow, StoredRow } from './overlay.ts';

/** What rows that came make of a table. */
export interface Compared {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly duplicates: number;
  /** By key. */
  readonly changed: ReadonlyMap<string, ChangedRow>;
}

/** The key of a row. */
export function keyOfRow(row: Readonly<Record<string, unknown>>, primaryKey: readonly string[]): string {
  return primaryKey.map((name) => plainText(row[name])).join('|');
}

/** Compares; `stored` holds the rows of the same keys. */
export function compareRows(
  rows: readonly Row[],
  stored: ReadonlyMap<string, StoredRow>,
  { table }: Pick<TableLoad, 'table'>,
): Compared {
  const { primaryKey, newestBy } = table;
  const newest = new Map<string, Row>();
  for (const row of rows) {
    const key = keyOfRow(row, primaryKey);
    const other = newest.get(key);
    if (other === undefined || instantOf(row, newestBy) >= instantOf(other, newestBy)) newest.set(key, row);
  }
  const changed = new Map<string, ChangedRow>();
  let inserted = 0;
  for (const [key, after] of newest) {
    const before = stored.get(key) ?? null;
    if (before === null) inserted += 1;
    else if (newestBy === undefined || instantOf(after, newestBy) <= instantOf(before, newestBy)) continue;
    changed.set(key, { before, after });
  }
  return {
    inserted,
    updated: changed.size - inserted,
    unchanged: newest.size - changed.size,
    duplicates: rows.length - newest.size,
    changed,
  };
}

/** How watched columns change, a pair for each row. */
export function transitionsOf(
  { watch, table }: Pick<TableLoad, 'watch' | 'table'>,
  changed: Iterable<ChangedRow>,
  gone: Iterable<StoredRow>,
): readonly Transition[] {
  if (watch.length === 0) return [];
  const values = (row: Readonly<Record<string, unknown>>): readonly (string | null)[] =>
    watch.map((name) => (row[name] === null || row[name] === undefined ? null : plainText(row[name])));
  const transitions: Transition[] = [];
  for (const { before, after } of changed) {
    const latest = table.newestBy === undefined ? null : plainText(after[table.newestBy]);
    transitions.push({
      before: before === null ? null : values(before),
      after: values(after),
      latest: latest === '' ? null : latest,
    });
  }
  for (const before of gone) transitions.push({ before: values(before), after: null, latest: null });
  return transitions;
}

function instantOf(row: Readonly<Record<string, unknown>>, newestBy: string | undefined): number {
  const instant = Date.parse(plainText(row[newestBy ?? '']));
  return Number.isNaN(instant) ? 0 : instant;
}
