/** Queries for what the engine and people read. Pure. */
import type { Table } from '../table.ts';
import { columnList, place, quote, typedLiteral, type Statement, type TableRef } from './sql.ts';

/**
 * Columns of the rows whose column has one of these values, without marked ones; null where none of the values is one of
 * the column's type.
 */
export function readMatching(
  table: TableRef,
  columns: readonly string[],
  { type, hasMark }: { readonly type: string; readonly hasMark: boolean },
  where: { readonly column: string; readonly values: readonly string[] },
): Statement | null {
  const values = where.values.map((value) => typedLiteral(type, value)).filter((value) => value !== null);
  if (values.length === 0) return null;
  const unmarked = hasMark ? ' AND `_deleted_at` IS NULL' : '';
  return {
    sql: `SELECT ${columnList(columns)} FROM ${place(table)}\nWHERE ${quote(where.column)} IN (${values.join(', ')})${unmarked}`,
    parameters: [],
  };
}

/** Rows of a table, newest first; a column that the table does not have yet is NULL. */
export function readNewest(
  table: Table,
  ref: TableRef,
  present: (name: string) => boolean,
  orderBy: string,
  limit: number,
): Statement {
  const columns = table.columns.map(({ name }) => (present(name) ? quote(name) : `NULL AS ${quote(name)}`));
  const order = present(orderBy) ? `\nORDER BY ${quote(orderBy)} DESC NULLS LAST` : '';
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${place(ref)}${order}\nLIMIT ${Math.trunc(limit)}`,
    parameters: [],
  };
}
