/**
 * What `verify` asks of a warehouse, beside what a run asks of it: intents, not SQL. Nothing here writes. A table that
 * is missing answers as one without rows.
 */
import type { TableColumn } from './table.ts';
import type { TableLoad } from './warehouse.ts';

/** The live rows of a stream's table: not those that are marked or noted as gone. */
export interface LiveRows {
  readonly table: string;
  readonly key: readonly string[];
  readonly deletes: TableLoad['deletes'];
}

/** How rows are put into groups: by a value, or by the month (`2026-10`) or year (`2026`) of a date. */
export interface GroupBy {
  readonly column: string;
  readonly part: 'value' | 'month' | 'year';
}

/** What is worked out for a group, exactly. `where`: a BOOL column that has to be true; null: all rows. */
export type Sum =
  | { readonly kind: 'rows'; readonly where: string | null }
  | { readonly kind: 'sum'; readonly column: string; readonly where: string | null }
  /** The sum of the products of two columns; a row without one of them counts as nothing. */
  | { readonly kind: 'products'; readonly columns: readonly [string, string]; readonly where: string | null }
  /** How many rows have a product that is not a whole number of cents. */
  | {
      readonly kind: 'fractions';
      readonly columns: readonly [string, string];
      readonly where: string | null;
    };

/** Sums over the live rows of a table, group by group. */
export interface SumsQuestion {
  readonly of: LiveRows;
  /** Rows whose date lies from `from` to `to`, both inclusive (null: open); null: all rows. */
  readonly between: {
    readonly column: string;
    readonly from: string | null;
    readonly to: string | null;
  } | null;
  readonly by: readonly GroupBy[];
  readonly sums: readonly Sum[];
}

/** Live rows that point at a row of another table that is not there. */
export interface OrphansQuestion {
  readonly of: LiveRows;
  /** The column that points; rows without a value in it point at nothing. */
  readonly column: string;
  /** What is pointed at, by its key of one column. */
  readonly at: LiveRows;
}

/** Live rows of which a total less what is open of it is not the sum of the rows that point at them. */
export interface BalanceQuestion {
  readonly of: LiveRows;
  readonly total: string;
  readonly open: string;
  /** Rows with this value in this column are not looked at; null: all are. */
  readonly except: { readonly column: string; readonly value: string } | null;
  readonly parts: LiveRows;
  /** Column of the parts that points, and the one that is summed. */
  readonly pointer: string;
  readonly amount: string;
}

/** Live rows and the open versions of their history, which have to be the same. */
export interface HistoryQuestion {
  readonly of: LiveRows;
  readonly history: string;
  /** The columns that are compared, the key among them. */
  readonly columns: readonly TableColumn[];
}

/** Up to `limit` rows that were found, as text, and how many there are. */
export interface Found {
  readonly count: number;
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Answers the questions of `verify`; each is asked on a stream's account. */
export interface Checks {
  /** The columns of those tables that are there, by the name of the table. */
  readColumns(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** One row a group: the values it is grouped by, then the sums; all as text without zeros at the end. */
  readSums(question: SumsQuestion, stream: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Keys that stand in a table more than once, and how often; rows that are gone count too. */
  readDuplicates(of: LiveRows, limit: number, stream: string): Promise<Found>;
  /** The keys of rows that point at nothing, and what they point at. */
  readOrphans(question: OrphansQuestion, limit: number, stream: string): Promise<Found>;
  /** The keys of rows that do not balance, their total less what is open, and the sum of their parts. */
  readUnbalanced(question: BalanceQuestion, limit: number, stream: string): Promise<Found>;
  /**
   * The keys whose history is wrong, and how: `missing` (no version is open), `left` (one is, of a row that is gone),
   * `several` (are open), `differs`.
   */
  readHistoryFaults(question: HistoryQuestion, limit: number, stream: string): Promise<Found>;
}
