import { DuckDBListType, DuckDBStructType, type DuckDBType } from '@duckdb/node-api';
import type { Session } from './client.ts';
import type { LiveTable, LiveType } from './columns.ts';
import { kept, literal } from './sql.ts';

const OURS = "database_name = current_database() AND schema_name = 'main'";

/** The tables of these names as they stand in the file, by lower-case name; missing ones are left out. */
export async function readLiveTables(
  session: Session,
  names: readonly string[],
): Promise<ReadonlyMap<string, LiveTable>> {
  if (names.length === 0) return new Map();
  const among = names.map((name) => literal(name.toLowerCase())).join(', ');
  const tables = await session.read({
    sql: `SELECT table_name, comment FROM duckdb_tables() WHERE ${OURS} AND lower(table_name) IN (${among})`,
  });
  const comments = await session.read({
    sql:
      'SELECT lower(table_name), column_name, comment FROM duckdb_columns() ' +
      `WHERE ${OURS} AND comment IS NOT NULL AND lower(table_name) IN (${among})`,
  });
  const keys = await session.read({
    sql:
      'SELECT lower(table_name), unnest(constraint_column_names) FROM duckdb_constraints() ' +
      `WHERE ${OURS} AND constraint_type = 'PRIMARY KEY' AND lower(table_name) IN (${among})`,
  });
  const live = new Map<string, LiveTable>();
  for (const [name, comment] of tables.rows) {
    if (name === null || name === undefined) continue;
    const id = name.toLowerCase();
    const described = new Map(comments.rows.filter(([table]) => table === id).map((row) => [row[1], row[2]]));
    const types = await session.types({ sql: `SELECT * FROM ${kept(name)} LIMIT 0` });
    live.set(id, {
      name,
      comment: comment ?? null,
      columns: types.map(([column, type]) => ({
        name: column,
        type: liveType(type),
        comment: described.get(column) ?? null,
      })),
      primaryKey: keys.rows.filter(([table]) => table === id).map((row) => row[1] ?? ''),
    });
  }
  return live;
}

/** A view as it stands in the file. */
export interface LiveView {
  /** Its text as DuckDB writes it, from `AS` on. */
  readonly body: string;
  readonly comment: string | null;
}

/** All views of the file, by lower-case name; those of the connection instead where `temporary`. */
export async function readLiveViews(
  session: Session,
  temporary = false,
): Promise<ReadonlyMap<string, LiveView>> {
  const where = temporary ? 'temporary' : OURS;
  const { rows } = await session.read({
    sql: `SELECT lower(view_name), sql, comment FROM duckdb_views() WHERE NOT internal AND ${where}`,
  });
  return new Map(
    rows.map(([name, sql, comment]) => [name ?? '', { body: bodyOf(sql ?? ''), comment: comment ?? null }]),
  );
}

function bodyOf(sql: string): string {
  return sql.slice(sql.indexOf(' AS ') + ' AS '.length);
}

function liveType(type: DuckDBType): LiveType {
  if (type instanceof DuckDBListType) return { kind: 'list', of: liveType(type.valueType) };
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, at) => {
      const entry = type.entryTypes[at];
      return { name, type: entry === undefined ? UNKNOWN : liveType(entry), comment: null };
    });
    return { kind: 'record', fields };
  }
  return { kind: 'scalar', name: type.alias ?? type.toString() };
}

const UNKNOWN: LiveType = { kind: 'scalar', name: 'UNKNOWN' };
