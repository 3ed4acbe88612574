/** What an erasure asks of a warehouse: which cells go, and what tells that they are the person's. Intents, not SQL. */

/** What tells that a cell is the person's: the text of a column, or of a field of a REPEATED RECORD. */
export type Sign =
  /** It is this text. */
  | {
      readonly kind: 'equals';
      readonly list: string | null;
      readonly column: string;
      readonly value: string;
    }
  /** It matches a regular expression of RE2, which DuckDB and BigQuery share. */
  | {
      readonly kind: 'matches';
      readonly list: string | null;
      readonly column: string;
      readonly pattern: string;
    }
  /** A property of a JSON column is this text or number. */
  | {
      readonly kind: 'property';
      readonly column: string;
      readonly property: string;
      readonly value: string;
    };

/**
 * A cell that becomes NULL where one of `signs` holds, of which all parts have to. For a field of a list, signs of the
 * same list look at the same element; for a column of the table, at any of its elements.
 */
export interface ErasedCell {
  readonly list: string | null;
  readonly column: string;
  readonly signs: readonly (readonly Sign[])[];
}

/** What goes from one table. A table, or a column, that is not there is passed over; a sign of such a column never holds. */
export interface TableErasure {
  readonly table: string;
  readonly cells: readonly ErasedCell[];
}

/** Who erases, when; the rows of streams say so by `_run_id`, and keep their `_synced_at`. */
export interface Erasure {
  readonly runId: string;
  /** ISO instant, UTC. */
  readonly at: string;
  readonly tables: readonly TableErasure[];
  /** Nothing is written: the rows are only counted. */
  readonly dryRun: boolean;
}

/** Values that are looked up: distinct `columns`, as text, of the rows whose `column` reads `value`. */
export interface Lookup {
  readonly table: string;
  readonly columns: readonly string[];
  readonly where: { readonly column: string; readonly value: string };
}

/** The tombstone of a person, as `_erasures` keeps it. */
export interface Tombstone {
  /** `user`, `contact` or `client`. */
  readonly kind: string;
  readonly recordId: string;
  /** Keyed hashes of names and e-mail addresses. */
  readonly digests: readonly string[];
}

/** What the connector makes, by name: a column that its table has, whoever else may call one so; null: a view. */
export type KnownNames = ReadonlyMap<string, string | null>;

/** What a warehouse holds, by whose it is. */
export interface Inventory {
  /** Tables and views that the connector made. */
  readonly own: readonly string[];
  /** Everything else. */
  readonly foreign: readonly string[];
}

/** The texts of the columns in which an erasure looks, so that whoever reads SQL or logs meets no name. */
export function patternsOf({ cells }: TableErasure): readonly string[] {
  const signs = cells.flatMap((cell) => cell.signs.flat());
  return [...new Set(signs.flatMap((sign) => (sign.kind === 'matches' ? [sign.pattern] : [])))];
}
