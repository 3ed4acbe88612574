/** What a load is, and what it does to its table: rows on their way through the seam of `warehouse.ts`. */
import type { Table } from './table.ts';

/** Which stored rows a load stands for, so that those it does not hold are gone. */
export type Scope =
  /** None: rows are added and updated only. */
  | { readonly kind: 'merge' }
  /** The whole table. Refused when it would shrink implausibly, unless that is allowed. */
  | { readonly kind: 'all'; readonly allowShrink: boolean }
  /** The rows whose `column` has one of `values` (text; compared as text). */
  | { readonly kind: 'where'; readonly column: string; readonly values: readonly string[] }
  /** The rows whose date lies from `from` to `to`, both inclusive (null: open), and those without one if `undated`. */
  | {
      readonly kind: 'dates';
      readonly column: string;
      readonly from: string | null;
      readonly to: string | null;
      readonly undated: boolean;
    };

/** How a row that is gone from Harvest was found out. */
export type DeletionHow = 'count' | 'sweep' | 'parent' | 'moved' | 'backfill';

/** What of a load is noted in `_restatements`; its table's key is period, entity and currency, in this order. */
export interface Restated {
  /** Values of the period: what changes in others is not noted. */
  readonly periods: readonly string[];
  /** Columns whose values before and after are noted where they differ. */
  readonly columns: readonly string[];
}

/** Rows for one table. */
export interface TableLoad {
  readonly table: Table;
  /** The stream on whose account the work is done; jobs carry its name, and what they bill is noted under it. */
  readonly stream: string;
  /** NDJSON files, one row a line plus `_seq` (a number that grows with the order of arrival). */
  readonly files: readonly string[];
  readonly scope: Scope;
  /** Keys whose rows have to go (the record now lies outside of what is stored). Values of the primary key as text. */
  readonly removals: readonly (readonly string[])[];
  /** Keys of records that an earlier look found to be gone: their rows go like those that a scope does not hold. */
  readonly gone: readonly (readonly string[])[];
  /**
   * What becomes of rows that the scope does not hold any more: they go, or their keys are only told in
   * `PreparedLoad.missing` and their rows left alone.
   */
  readonly missing: 'go' | 'tell';
  /** Keys whose rows stay though they were not staged: their records came, but were rejected. */
  readonly spared: readonly (readonly string[])[];
  /** Whether rows that are gone are removed, marked with `_deleted_at`, or kept. */
  readonly deletes: 'remove' | 'mark' | 'keep';
  /** Noted in `_deletions` for each row that goes by scope; null: not noted (report months, snapshots). */
  readonly how: DeletionHow | null;
  /** Columns of which the engine wants to know how they change. */
  readonly watch: readonly string[];
  /** The table that keeps a version of every row for each of its changes; null: none does. */
  readonly history: Table | null;
  /** Report months that were read before; absent: there are none. */
  readonly restated?: Restated;
  /**
   * A name for the whole scope's content, where the engine knows of none that is stored: a warehouse that can store
   * the rows at once, for free and at most once for each name, may do so in `prepare`. Absent: nothing is known.
   */
  readonly once?: string;
}

/** How watched columns change: distinct pairs over all changed rows, as text. `before` null: new; `after` null: gone. */
export interface Transition {
  readonly before: readonly (string | null)[] | null;
  readonly after: readonly (string | null)[] | null;
  /** The newest `newestBy` value among these rows, as an ISO instant; null where the table has none. */
  readonly latest: string | null;
}

/** A load whose rows are staged and compared with the table. */
export interface PreparedLoad {
  readonly load: TableLoad;
  readonly transitions: readonly Transition[];
  /** Keys of live rows that the scope does not hold any more, where the load only wants to be told. */
  readonly missing: readonly (readonly string[])[];
  /** Rows that are gone from Harvest, whatever becomes of them; those that only lie elsewhere now do not count. */
  readonly gone: number;
  /** Whether a commit would write anything for it. */
  readonly willWrite: boolean;
  /** What it does to the table as it was compared; `commit` tells it again as it was done. */
  readonly result: LoadResult;
  /** Drops what was staged, if it was not committed. */
  discard(): Promise<void>;
}

/** What a load did: staged = inserted + updated + unchanged + duplicates. */
export interface LoadResult {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  /** Rows that were there already with the same values or newer ones; not touched, `_synced_at` stays. */
  readonly unchanged: number;
  /** Staged rows that another staged row of the same key outdid. */
  readonly duplicates: number;
  /** Rows that went or were marked. */
  readonly deleted: number;
}
