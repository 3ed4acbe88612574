/**
 * The seam between the engine and a warehouse: intents, not SQL. DuckDB and BigQuery sit behind it.
 *
 * The way of the rows: `sync/` spools them as NDJSON files → `prepare` puts them where the warehouse can read them
 * and answers what they would change → `commit` writes rows, rejects, drift, deletions and checkpoints in ONE
 * transaction, guarded by the version of every checkpoint. Either all of a commit is there afterwards or nothing.
 */
import type { Checks } from './checks.ts';
import type { Erasure, Inventory, KnownNames, Lookup, Tombstone } from './erasure.ts';
import type { HistoryRepair } from './history-repair.ts';
import type { LoadResult, PreparedLoad, TableLoad } from './load.ts';
import type { FlatView, Row, Table } from './table.ts';

export type * from './load.ts';

/** What differs between warehouses, so that the engine never asks for their names. */
export interface Capabilities {
  /** How many small windows (report months, batches of parents) are best committed together. */
  readonly windowsPerCommit: number;
  /** How many rows of a full listing are best compared at once: memory against what each comparison costs. */
  readonly rowsPerListing: number;
  /** Loads that are staged at the same time; more would only take memory. */
  readonly loadsAtOnce: number;
}

/** A stream's newest checkpoint. `version` counts its commits and fences them. */
export interface StoredState {
  readonly stream: string;
  readonly version: number;
  /** What the stream is complete up to, by Harvest's clock: ISO instant (UTC) or null during a first load. */
  readonly cursor: string | null;
  /** The engine's own notes, JSON. */
  readonly state: unknown;
  readonly runId: string;
  readonly committedAt: string;
}

/** A checkpoint to write: succeeds only if the stored version is still `expectedVersion` (0: none stored). */
export interface StateChange {
  readonly stream: string;
  readonly expectedVersion: number;
  readonly cursor: string | null;
  readonly state: unknown;
}

/** New names for embedded references: where `idColumn` is a key of `names`, `column` is set to its value. */
export interface Rename {
  readonly table: Table;
  /** REPEATED RECORD that holds the two columns, or null where they are columns of the table. */
  readonly list: string | null;
  readonly idColumn: string;
  readonly column: string;
  readonly names: ReadonlyMap<string, string | null>;
  /** Where deletions are kept, rows that were noted as gone keep the name of their day. */
  readonly deletes: TableLoad['deletes'];
  /** The history whose open versions get the name too; null: there is none. Closed ones keep the name of their day. */
  readonly history: Table | null;
}

/** An unknown or missing property, counted. */
export interface DriftNote {
  readonly stream: string;
  readonly path: string;
  readonly typeSeen: string;
  readonly occurrences: number;
}

/** One transaction. Each table has one load at most. */
export interface Commit {
  readonly runId: string;
  /** The stream on whose account it is done; null: the run's. */
  readonly stream: string | null;
  /** ISO instant; `_synced_at` of the rows, `committed_at` of the checkpoints. */
  readonly committedAt: string;
  readonly loads: readonly PreparedLoad[];
  readonly renames: readonly Rename[];
  /** Histories that are brought to their tables, after everything else. Absent: none. */
  readonly histories?: readonly HistoryRepair[];
  /** Rows for `_rejects`. */
  readonly rejects: readonly Row[];
  readonly drift: readonly DriftNote[];
  readonly states: readonly StateChange[];
}

/** What a commit has stored: what became of each load, in the order of the commit's. */
export interface CommitResult {
  readonly loads: readonly LoadResult[];
  /** Rows that got a new name. */
  readonly renamed: number;
}

/** Columns of a stream whose stored values must not be kept any more; `line_items.description`: a field of a list. */
export interface Emptied {
  readonly stream: string;
  readonly columns: readonly string[];
}

/** Columns that are emptied, and the checkpoints that say so. */
export interface Emptying {
  readonly runId: string;
  /** ISO instant; `_synced_at` of the rows, `committed_at` of the checkpoints. */
  readonly committedAt: string;
  readonly streams: readonly Emptied[];
  readonly states: readonly StateChange[];
}

/** What `ensure` did to a table. */
export interface SchemaChange {
  readonly table: string;
  readonly change: 'table created' | 'column added' | 'view created';
  readonly column?: string;
  readonly type?: string;
}

/** What `ensure` would do. */
export interface TablePlan {
  readonly changes: readonly SchemaChange[];
  /**
   * The statements for it, in order, descriptions included. Where a warehouse is not spoken to in SQL they are what its
   * requests amount to.
   */
  readonly statements: readonly string[];
  /** Bytes of each table that is there, where reading a table is billed by them; null: nothing is billed. */
  readonly bytes: ReadonlyMap<string, number> | null;
}

/** What a query answers, as text. */
export interface TextRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** An open warehouse. */
export interface Warehouse extends AsyncDisposable {
  /** For people: `harvest_demo.duckdb`. */
  readonly label: string;
  readonly capabilities: Capabilities;
  /** What `verify` asks. */
  readonly checks: Checks;
  /**
   * Makes tables and views exist with these columns, adding what is missing and never dropping anything.
   * Descriptions are brought up to date.
   * @throws ConnectorError SCHEMA_INCOMPATIBLE before anything is changed
   */
  ensure(tables: readonly Table[], views: readonly FlatView[]): Promise<readonly SchemaChange[]>;
  /**
   * Tells what `ensure` would do, and does nothing of it.
   * @throws ConnectorError SCHEMA_INCOMPATIBLE
   */
  planTables(tables: readonly Table[], views: readonly FlatView[]): Promise<TablePlan>;
  /** The newest checkpoint of every stream; empty where the table does not exist. */
  readStates(): Promise<ReadonlyMap<string, StoredState>>;
  /** Up to `limit` distinct values of an INT64 column, ascending, greater than `after`, as text. */
  readIds(table: string, column: string, after: string | null, limit: number): Promise<readonly string[]>;
  /**
   * Columns (as text) of the rows whose `column` has one of `values`, read for `stream`; rows that are marked as deleted
   * do not count. Missing table: none.
   */
  readRows(
    table: string,
    columns: readonly string[],
    where: { readonly column: string; readonly values: readonly string[] },
    stream: string,
  ): Promise<readonly (readonly (string | null)[])[]>;
  /**
   * How many live rows a stream's table has, by the values of a date column (the empty text for none; with `column` null all
   * of them under the empty text). A row is live unless it is marked as deleted or, where deletions are kept, noted
   * in `_deletions` since it was last written. Missing table: empty.
   */
  readLive(
    table: string,
    column: string | null,
    deletes: TableLoad['deletes'],
    stream: string,
  ): Promise<ReadonlyMap<string, number>>;
  /** Stages a load and compares it with its table. */
  prepare(load: TableLoad): Promise<PreparedLoad>;
  /**
   * Writes everything in one transaction.
   * @throws ConnectorError STATE_CONFLICT when a checkpoint has moved, REFRESH_SHRINKS when `scope: all` would
   * remove more than half of a table and more than 100 rows; nothing is written then.
   */
  commit(commit: Commit): Promise<CommitResult>;
  /**
   * Forgets the versions of a history that had ended before an instant (ISO, UTC), of `_restatements` what was noticed and
   * of `_sync_state` what was followed by a newer checkpoint before it, and tells how many. A missing table has none.
   */
  pruneHistory(table: string, before: string): Promise<number>;
  /**
   * Takes the values of columns out of everything that is stored of a stream, in one transaction: out of its table and
   * its history (NULL, or an empty list), out of its rejects; restatements of these columns go. The columns
   * stay, and so do tables and columns that are not there. Answers how many rows were touched, by table.
   * @throws ConnectorError STATE_CONFLICT
   */
  emptyColumns(emptying: Emptying): Promise<ReadonlyMap<string, number>>;
  /** Who was erased; empty where the table does not exist. Bills nothing. */
  readErasures(): Promise<readonly Tombstone[]>;
  /** Answers look-ups, in their order, marked rows included; a table or column that is not there has no values. */
  lookUp(lookups: readonly Lookup[]): Promise<readonly (readonly (readonly (string | null)[])[])[]>;
  /**
   * Takes values out of stored rows, each table in one transaction. Answers the rows touched, by table, of those that
   * are there. What is erased already is not touched again.
   */
  eraseValues(erasure: Erasure): Promise<ReadonlyMap<string, number>>;
  /** Leaves nothing behind of values that are not stored any more, as far as that is in its hands. */
  forgetTraces(): Promise<void>;
  /** What is there; `known`: names of tables and views that the connector makes. */
  inventory(known: KnownNames): Promise<Inventory>;
  /** Drops tables and views, and what was staged. */
  drop(names: readonly string[]): Promise<void>;
  /** Appends rows to a housekeeping table. */
  append(table: Table, rows: readonly Row[]): Promise<void>;
  /** Rows per table that exists. */
  counts(tables: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The rows of a housekeeping table, newest first by `orderBy`, values as text. */
  readHousekeeping(
    table: Table,
    orderBy: string,
    limit: number,
  ): Promise<readonly Readonly<Record<string, string | null>>[]>;
  /** Runs a read-only query and gives values as text; for `demo` and for people. */
  query(sql: string): Promise<TextRows>;
}
