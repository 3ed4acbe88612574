/** What a comparison of the warehouse with Harvest has found; the history, documents and screens share these words. */

/** How something differs. */
export type DifferenceKind =
  /** A table has more or fewer rows than Harvest has records. */
  | 'count'
  /** Hours or amounts of a client, project, task, person or category are not those of Harvest's report. */
  | 'sum'
  /** A month of a report table is not the sum of the entries or expenses beside it. */
  | 'report'
  /** An invoice's amount less what is due is not the sum of its payments. */
  | 'balance'
  /** A key stands more than once. */
  | 'duplicate'
  /** A row points at one that is not there. */
  | 'orphan'
  /** Harvest has a record of which there is no row. */
  | 'missing'
  /** There is a row of which Harvest has no record. */
  | 'extra'
  /** A cell says something else than the record. */
  | 'cell'
  /** The history of a row does not end with the row as it is. */
  | 'history';

/**
 * Why it differs. Only `differs` counts. `changed`: Harvest changed the record after the last sync. `lag`: Harvest
 * changes this value without telling; the row has it as of the record's last delivery.
 */
export type DifferenceCause = 'differs' | 'changed' | 'lag';

/** One difference, as it is named. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly cause: DifferenceCause;
  readonly table: string;
  /** `2026-10`, or `2026` where only the year was compared; null: not of a period. */
  readonly month: string | null;
  /** Whose sum it is, such as `client 5735774 EUR`; null: not a sum. */
  readonly group: string | null;
  /** The row, by the values of its key joined by `|`; null: not of a row. */
  readonly key: string | null;
  readonly column: string | null;
  /** What the warehouse says; null: nothing, or it is not told. */
  readonly ours: string | null;
  /** What Harvest says; null: nothing, or it is not told. */
  readonly harvest: string | null;
}

/** Something that was not compared, and why. */
export interface LeftOut {
  readonly table: string;
  readonly reason: string;
}

/** The result of a comparison. */
export interface Verification {
  readonly form: 'quick' | 'full';
  /** `nothing`: of what was asked for nothing could be compared; `left_out` says why. */
  readonly outcome: 'equal' | 'differs' | 'nothing';
  /** How many of the found differences count. */
  readonly differences: number;
  /** How many do not count, since Harvest changed the record after the last sync. */
  readonly changed: number;
  /** How many do not count, since they lag as it is granted. */
  readonly lagging: number;
  /** Numbers (quick) or cells (full) that were compared. */
  readonly compared: number;
  /** How many of them count in each table that differs. */
  readonly tables: Readonly<Record<string, number>>;
  /** What was found, those that count first; the first ones of many, and the first of each kind and column of a table. */
  readonly found: readonly Difference[];
  readonly left_out: readonly LeftOut[];
  /** Tables that were put right before the comparison, where that was asked for. */
  readonly repaired?: readonly string[];
}
