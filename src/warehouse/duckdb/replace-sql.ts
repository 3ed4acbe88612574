/**
 * Statements that put new rows in the place of stored ones: the whole rows are made in a temporary table, the old
 * ones go, the new ones come. DuckDB 1.5.6 does the same inside where an UPDATE sets a list, but takes a millisecond for
 * each row, a thousand times longer. Pure.
 */
import { columnList, kept, sameKey, temporary, type Statement } from './sql.ts';

/** Rows of a table that are to be replaced. */
export interface Replacement {
  readonly table: string;
  readonly key: readonly string[];
  /** All columns that the table has. */
  readonly columns: readonly string[];
  /** The temporary table that holds the new rows. */
  readonly next: string;
}

/** Makes the new rows; `values` are the columns' values in the order of `columns`, `from` where they come from. */
export function createNext({ columns, next }: Replacement, values: readonly string[], from: string): string {
  return [
    `CREATE TEMP TABLE ${temporary(next)} (${columnList(columns)}) AS`,
    `SELECT ${values.join(',\n  ')}`,
    from,
  ].join('\n');
}

/** Takes the old rows away, for each row of the temporary table one. */
export function dropOld({ table, key, next }: Replacement): Statement {
  return {
    sql: [
      `DELETE FROM ${kept(table)} AS target USING ${temporary(next)} AS next`,
      `WHERE ${sameKey('target', 'next', key)}`,
    ].join('\n'),
  };
}

/** Brings the new rows in. */
export function insertNext({ table, columns, next }: Replacement): Statement {
  return {
    sql: `INSERT INTO ${kept(table)} (${columnList(columns)})\nSELECT ${columnList(columns)} FROM ${temporary(next)}`,
  };
}

/** Forgets the temporary table. */
export function dropNext({ next }: Replacement): Statement {
  return { sql: `DROP TABLE ${temporary(next)}` };
}
