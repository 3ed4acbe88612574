/** What the engine and people read from the file; nothing here writes. */
import { ConnectorError } from '../../errors.ts';
import type { Table } from '../table.ts';
import type { TableLoad } from '../warehouse.ts';
import type { Session, TextRows } from './client.ts';
import { liveSqlType, type LiveTable } from './columns.ts';
import { findColumn } from '../own-columns.ts';
import { readNewest } from './housekeeping-sql.ts';
import { countLive } from './live-sql.ts';
import { readLiveTables } from './live.ts';
import { columnList, jsonValue, kept, quote, textAs, textItems } from './sql.ts';

/** Up to `limit` distinct values of a column, ascending; rows that are marked as deleted do not count. */
export async function readIds(
  session: Session,
  table: string,
  column: string,
  after: string | null,
  limit: number,
): Promise<readonly string[]> {
  const live = (await readLiveTables(session, [table])).get(table.toLowerCase());
  if (live === undefined) return [];
  const conditions = [
    `${quote(column)} IS NOT NULL`,
    ...(after === null ? [] : [`${quote(column)} > $after::BIGINT`]),
    ...(hasMark(live) ? ['"_deleted_at" IS NULL'] : []),
  ];
  const { rows } = await session.read({
    sql: `SELECT DISTINCT ${quote(column)} FROM ${kept(table)} WHERE ${conditions.join(' AND ')}\nORDER BY 1 LIMIT $limit::BIGINT`,
    values: { ...(after === null ? {} : { after }), limit: String(limit) },
  });
  return rows.flatMap(([id]) => (id === null || id === undefined ? [] : [id]));
}

/** Columns of the rows whose `column` has one of `values` and that are not marked; none where the table is missing. */
export async function readRows(
  session: Session,
  table: string,
  columns: readonly string[],
  where: { readonly column: string; readonly values: readonly string[] },
): Promise<TextRows['rows']> {
  const live = (await readLiveTables(session, [table])).get(table.toLowerCase());
  if (live === undefined || where.values.length === 0) return [];
  const found = findColumn(live.columns, where.column);
  if (found === undefined) throw new ConnectorError('INTERNAL', `${table} has no column ${where.column}`);
  const { rows } = await session.read({
    sql: [
      `SELECT ${columnList(columns)} FROM ${kept(table)}`,
      `WHERE ${quote(where.column)} IN (SELECT ${textAs('"item"', liveSqlType(found.type))} FROM (${textItems('values')}))`,
      ...(hasMark(live) ? ['  AND "_deleted_at" IS NULL'] : []),
    ].join('\n'),
    values: { values: jsonValue(where.values) },
  });
  return rows;
}

/** How many rows are there, by the values of a column (the empty text for none), or all of them under the empty text. */
export async function readLive(
  session: Session,
  table: string,
  column: string | null,
  deletes: TableLoad['deletes'],
): Promise<ReadonlyMap<string, number>> {
  const live = (await readLiveTables(session, [table])).get(table.toLowerCase());
  if (live === undefined) return new Map();
  const standing = { table: live.name, key: live.primaryKey, hasMark: hasMark(live), deletes };
  const { rows } = await session.read(countLive(standing, column));
  const counts = rows.map(([value, count]) => [value ?? '', Number(count)] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}

function hasMark({ columns }: LiveTable): boolean {
  return findColumn(columns, '_deleted_at') !== undefined;
}

/** Rows per table that exists. */
export async function countRows(
  session: Session,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const live = await readLiveTables(session, tables);
  const present = tables.filter((table) => live.has(table.toLowerCase()));
  if (present.length === 0) return new Map();
  const counts = present.map((table) => `(SELECT count(*) FROM ${kept(table)})`);
  const { rows } = await session.read({ sql: `SELECT ${counts.join(', ')}` });
  return new Map(present.map((table, at) => [table, Number(rows[0]?.[at])]));
}

/** The newest rows of a housekeeping table; none where it is missing. */
export async function readHousekeeping(
  session: Session,
  table: Table,
  orderBy: string,
  limit: number,
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const live = (await readLiveTables(session, [table.name])).get(table.name.toLowerCase());
  if (live === undefined) return [];
  const present = (name: string): boolean => findColumn(live.columns, name) !== undefined;
  const { columns, rows } = await session.read(readNewest(table, present, orderBy, limit));
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
}

/** Runs a query that cannot write. */
export async function readQuery(session: Session, sql: string): Promise<TextRows> {
  await session.run({ sql: 'BEGIN TRANSACTION READ ONLY' });
  try {
    return await session.read({ sql });
  } finally {
    await session.run({ sql: 'ROLLBACK' });
  }
}
