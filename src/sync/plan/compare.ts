/**
 * Compares rows that came with those that are stored, as far as a plan can: by their `updated_at`, and where that is the same
 * by the columns that it has looked up. Pure.
 */
import type { Row, TableColumn } from '../../warehouse/table.ts';
import type { TableLoad, Transition } from '../../warehouse/load.ts';
import { plainDecimal, plainText } from '../cast.ts';
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

/** The columns of a table whose values can be compared as text. */
export function comparable({ table }: Pick<TableLoad, 'table'>): readonly TableColumn[] {
  return table.columns.filter(
    ({ type, mode }) => mode !== 'REPEATED' && type !== 'RECORD' && type !== 'JSON',
  );
}

/** Compares; `stored` holds the rows of the same keys, with `columns`. */
export function compareRows(
  rows: readonly Row[],
  stored: ReadonlyMap<string, StoredRow>,
  { table }: Pick<TableLoad, 'table'>,
  columns: readonly TableColumn[],
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
    else if (!isOther(before, after, newestBy, columns)) continue;
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

function isOther(
  before: StoredRow,
  after: Row,
  newestBy: string | undefined,
  columns: readonly TableColumn[],
): boolean {
  const [old, now] = [instantOf(before, newestBy), instantOf(after, newestBy)];
  if (now !== old) return now > old;
  return columns.some((column) => !isSame(column, after[column.name], before[column.name] ?? null));
}

/** Whether a value that came is the one that is stored as this text. */
function isSame({ type }: TableColumn, value: unknown, text: string | null): boolean {
  if (value === null || value === undefined || text === null) return (value ?? null) === text;
  const came = typeof value === 'boolean' ? String(value) : plainText(value);
  if (came === text) return true;
  if (type === 'NUMERIC' || type === 'INT64') return plainDecimal(came) === plainDecimal(text);
  return type === 'TIMESTAMP' && Date.parse(came) === Date.parse(text);
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
