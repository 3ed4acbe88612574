/** Columns that a warehouse adds to those of a table, and what all warehouses say of columns. Pure. */
import type { ColumnType } from '../catalog/column.ts';
import type { Table, TableColumn } from './table.ts';
import type { Rename } from './warehouse.ts';

/** Two types of one column that cannot be brought together. */
export interface Mismatch {
  readonly table: string;
  readonly column: string;
  readonly wanted: string;
  readonly found: string;
}

const meta = (name: string, type: ColumnType, description: string): TableColumn => ({
  name,
  type,
  mode: 'NULLABLE',
  description,
});

const DELETED_AT = meta(
  '_deleted_at',
  'TIMESTAMP',
  'When a run noticed that Harvest no longer has it; NULL while it has.',
);
const SYNCED_AT = meta(
  '_synced_at',
  'TIMESTAMP',
  'When this row was last changed here; a delivery that changes nothing leaves it.',
);
const RUN_ID = meta('_run_id', 'STRING', 'The run that last changed this row; see _sync_runs.');

/** All columns of a table, those that the warehouse writes itself included. */
export function allColumns(table: Table): readonly TableColumn[] {
  if (table.kind !== 'stream') return table.columns;
  return [...table.columns, ...(table.marksDeletions === true ? [DELETED_AT] : []), SYNCED_AT, RUN_ID];
}

/** Names are compared as DuckDB and BigQuery compare them: without regard to case. */
export function findColumn<T extends { readonly name: string }>(
  columns: readonly T[],
  name: string,
): T | undefined {
  return columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
}

/** The same rename for the open versions in the history of its table; null where there is none. */
export function renameInHistory(rename: Rename): Rename | null {
  if (rename.history === null) return null;
  return { ...rename, table: rename.history, deletes: 'remove', history: null };
}
