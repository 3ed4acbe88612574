/** What the engine and people read from BigQuery; nothing here writes. */
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { findColumn } from '../own-columns.ts';
import type { Table } from '../table.ts';
import type { TableLoad } from '../warehouse.ts';
import { typeName, type LiveTable } from './columns.ts';
import { countLive } from './live-sql.ts';
import { inOrder, listRows, readLiveTable, readResult } from './live.ts';
import type { Place } from './place.ts';
import { readMatching, readNewest } from './reads-sql.ts';
import type { Statement } from './sql.ts';

/** A query may be 1 MB long. @see Google Cloud, BigQuery quotas, query length (checked 2026-11-24) */
const VALUES_PER_QUERY = 20_000;

type Rows = readonly (readonly (string | null)[])[];

/** All distinct values of an INT64 column, ascending; rows that are marked as deleted do not count. Bills nothing. */
export async function listIds(table: string, column: string, place: Place): Promise<readonly string[]> {
  const live = await liveTable(table, place);
  if (live === null) return [];
  const ids = new Set<bigint>();
  const fields = inOrder(live, [column, '_deleted_at']);
  for await (const row of listRows(place.jobs.client, place.table(table), fields, place.signal)) {
    const id = row.get(column) ?? null;
    if (id !== null && (row.get('_deleted_at') ?? null) === null) ids.add(BigInt(id));
  }
  return [...ids].toSorted((a, b) => (a < b ? -1 : 1)).map(String);
}

/** Columns of the rows whose `column` has one of `values` and that are not marked; none where the table is missing. */
export async function readRows(
  table: string,
  columns: readonly string[],
  where: { readonly column: string; readonly values: readonly string[] },
  stream: string,
  place: Place,
): Promise<Rows> {
  const live = where.values.length === 0 ? null : await liveTable(table, place);
  if (live === null) return [];
  const found = findColumn(live.fields, where.column);
  if (found === undefined) throw new ConnectorError('INTERNAL', `${table} has no column ${where.column}`);
  const of = { type: typeName(found.type), hasMark: hasMark(live) };
  const rows: (readonly (string | null)[])[] = [];
  for (let at = 0; at < where.values.length; at += VALUES_PER_QUERY) {
    const some = { ...where, values: where.values.slice(at, at + VALUES_PER_QUERY) };
    const statement = readMatching(place.table(table), columns, of, some);
    if (statement !== null) rows.push(...(await runQuery(statement, stream, place)).rows);
  }
  return rows;
}

/**
 * How many rows are there, by the values of a column (the empty text for none), or all of them under the empty text. Bills
 * nothing where all rows of the table count and no column is asked for: BigQuery knows how many it has.
 */
export async function readLive(
  table: string,
  column: string | null,
  deletes: TableLoad['deletes'],
  stream: string,
  place: Place,
): Promise<ReadonlyMap<string, number>> {
  const live = await liveTable(table, place);
  if (live === null) return new Map();
  const standing = {
    table: place.table(live.name),
    deletions: place.table(HOUSEKEEPING.deletions.name),
    key: live.primaryKey,
    hasMark: hasMark(live),
    deletes,
  };
  const isKnown = column === null && !standing.hasMark && deletes !== 'keep';
  const { rows } = isKnown
    ? { rows: [['', String(live.rows)]] }
    : await runQuery(countLive(standing, column), stream, place);
  const counts = rows.map(([value, count]) => [value ?? '', Number(count)] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}

function hasMark({ fields }: LiveTable): boolean {
  return findColumn(fields, '_deleted_at') !== undefined;
}

/** Rows per table that exists, by BigQuery's own count. Bills nothing. */
export async function countRows(
  tables: readonly string[],
  place: Place,
): Promise<ReadonlyMap<string, number>> {
  const live = await Promise.all(tables.map((table) => liveTable(table, place)));
  return new Map(
    live.flatMap((table) => (table === null || table.kind === 'view' ? [] : [[table.name, table.rows]])),
  );
}

/** The newest rows of a housekeeping table; none where it is missing. A column that it lacks is NULL. */
export async function readHousekeeping(
  table: Table,
  orderBy: string,
  limit: number,
  place: Place,
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const live = await liveTable(table.name, place);
  if (live === null) return [];
  const present = (name: string): boolean => findColumn(live.fields, name) !== undefined;
  const statement = readNewest(table, place.table(table.name), present, orderBy, limit);
  const { columns, rows } = await runQuery(statement, null, place);
  return rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
}

/** Runs a query that cannot write: BigQuery is asked first, for nothing, what kind of statement it is. */
export async function readQuery(
  sql: string,
  place: Place,
): Promise<{ columns: readonly string[]; rows: Rows }> {
  const statement = fresh({ sql, parameters: [] }, place);
  const { dataset } = place.table('');
  const order = { kind: 'read', stream: null, statement, dataset, isAbortable: true } as const;
  const { statistics } = await place.jobs.query({ ...order, dryRun: true });
  const { statementType } = (statistics as { query?: { statementType?: string } }).query ?? {};
  if (statementType !== 'SELECT') {
    throw new ConnectorError(
      'BIGQUERY_REFUSED',
      `Only a SELECT can be asked here, not ${statementType ?? 'this'}`,
    );
  }
  const { id } = await place.jobs.query(order);
  return readResult(place.jobs.client, id, place.jobs.defaults.location, place.signal);
}

/** Runs a query on a stream's account. */
export async function runQuery(
  statement: Statement,
  stream: string | null,
  place: Place,
): Promise<{ columns: readonly string[]; rows: Rows }> {
  const { id } = await place.jobs.query({
    kind: 'read',
    stream,
    statement: fresh(statement, place),
    isAbortable: true,
  });
  return readResult(place.jobs.client, id, place.jobs.defaults.location, place.signal);
}

/** The same question asked later is another one: its job must not be taken for the earlier one's. */
function fresh({ sql, parameters }: Statement, place: Place): Statement {
  return { sql: `-- ${place.nameOf([sql, parameters])}\n${sql}`, parameters };
}

function liveTable(table: string, place: Place): Promise<LiveTable | null> {
  return readLiveTable(place.jobs.client, place.table(table), place.signal);
}
