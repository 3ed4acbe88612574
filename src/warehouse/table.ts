import type { ColumnMode, ColumnType } from '../catalog/column.ts';

/** A column as a warehouse needs to know it. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: ColumnMode;
  readonly description: string;
  readonly fields?: readonly TableColumn[];
}

/**
 * A table that the connector keeps. A `stream` table also gets `_synced_at` TIMESTAMP and `_run_id` STRING after
 * its columns (and `_deleted_at` TIMESTAMP where deletions are marked), which the warehouse writes itself. A `history`
 * table names all of its columns, those of `catalog/history.ts` last.
 */
export interface Table {
  readonly name: string;
  readonly kind: 'stream' | 'history' | 'housekeeping';
  readonly description: string;
  readonly columns: readonly TableColumn[];
  /** Empty for append-only housekeeping tables. */
  readonly primaryKey: readonly string[];
  /** Of two rows with one key the one with the newer value here wins; absent: the one staged later. */
  readonly newestBy?: string;
  /** Whether the table has `_deleted_at` (sync.deletes: mark). */
  readonly marksDeletions?: boolean;
}

/** A view that the connector keeps: one row per element of a REPEATED RECORD of a table. */
export interface FlatView {
  readonly name: string;
  readonly description: string;
  readonly table: string;
  /** Columns of the table that every row of the view repeats. */
  readonly columns: readonly { readonly name: string; readonly as: string }[];
  /** The REPEATED RECORD. */
  readonly list: string;
  /** Fields of the list's elements; `as` is the name in the view. */
  readonly fields: readonly { readonly name: string; readonly as: string }[];
}

/** A value of a row, ready for NDJSON: NUMERIC and large INT64 as text, lists never null. */
export type RowValue =
  string | number | boolean | null | readonly RowValue[] | { readonly [name: string]: RowValue };

/** A row by column name. */
export type Row = Readonly<Record<string, RowValue>>;
