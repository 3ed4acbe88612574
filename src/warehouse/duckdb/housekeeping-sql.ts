/** Statements for the connector's own tables: checkpoints, rejects, drift and whatever is appended. Pure. */
import { BUDGET_HISTORY } from '../../catalog/tables.ts';
import type { Row, RowValue, Table } from '../table.ts';
import type { DriftNote, StateChange } from '../warehouse.ts';
import { sqlType } from './columns.ts';
import type { Stamp } from './load-sql.ts';
import { columnList, jsonValue, kept, literal, quote, recordItems, type Statement } from './sql.ts';

/** Rows in one statement: each travels as text in a bound value, so this bounds memory. */
const ROWS_PER_STATEMENT = 1_000;

/** Appends rows to a table, each value as text that is cast to its column's type. */
export function appendRows(table: Table, rows: readonly Row[]): readonly Statement[] {
  const names = table.columns.map(({ name }) => name);
  const values = table.columns.map((column) => {
    const text = `"item".${quote(column.name)}`;
    const isNested = column.mode === 'REPEATED' || column.type === 'RECORD';
    return `CAST(${isNested ? `CAST(${text} AS JSON)` : text} AS ${sqlType(column)})`;
  });
  const sql = [
    `INSERT INTO ${kept(table.name)} (${columnList(names)})`,
    `SELECT ${values.join(', ')}`,
    `FROM (${recordItems('rows', names)})`,
  ].join('\n');
  const statements: Statement[] = [];
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const texts = rows.slice(at, at + ROWS_PER_STATEMENT).map((row) => textsOf(table, row));
    statements.push({ sql, values: { rows: jsonValue(texts) } });
  }
  return statements;
}

function textsOf(table: Table, row: Row): Record<string, string | null> {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      column.type === 'JSON' ? jsonText(row[column.name] ?? null) : plainText(row[column.name] ?? null),
    ]),
  );
}

function plainText(value: RowValue): string | null {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' ? jsonValue(value) : String(value);
}

/** A text that is JSON already stays as it is, so that no number in it is read and written again. */
function jsonText(value: RowValue): string | null {
  if (value === null) return null;
  if (typeof value !== 'string') return jsonValue(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return jsonValue(value);
  }
}

/** Writes a checkpoint if the stored version is still the expected one; changes no row otherwise. */
export function writeState(state: StateChange, stamp: Stamp): Statement {
  return {
    sql: [
      `INSERT INTO ${kept('_sync_state')} ("stream", "version", "cursor", "state", "run_id", "committed_at")`,
      'SELECT $stream, $version::BIGINT + 1, $cursor::TIMESTAMPTZ, $state::JSON, $run, $at::TIMESTAMPTZ',
      `WHERE $version::BIGINT = (SELECT COALESCE(max("version"), 0) FROM ${kept('_sync_state')} WHERE "stream" = $stream)`,
    ].join('\n'),
    values: {
      stream: state.stream,
      version: String(state.expectedVersion),
      cursor: state.cursor,
      state: jsonValue(state.state ?? null),
      ...stamp,
    },
  };
}

/** The newest checkpoint of every stream; of two with one version the one with the older cursor. */
export function readStates(): Statement {
  return {
    sql: [
      `SELECT "stream", "version", "cursor", "state", "run_id", "committed_at" FROM ${kept('_sync_state')}`,
      'QUALIFY row_number() OVER (PARTITION BY "stream" ORDER BY "version" DESC, "cursor" NULLS FIRST) = 1',
      'ORDER BY "stream"',
    ].join('\n'),
  };
}

/** Counts drift: known paths go up, new ones are added. */
export function countDrift(notes: readonly DriftNote[], at: string): readonly Statement[] {
  const sums = new Map<string, { stream: string; path: string; type_seen: string; occurrences: number }>();
  for (const { stream, path, typeSeen, occurrences } of notes) {
    const id = JSON.stringify([stream, path, typeSeen]);
    const before = sums.get(id)?.occurrences ?? 0;
    sums.set(id, { stream, path, type_seen: typeSeen, occurrences: before + occurrences });
  }
  if (sums.size === 0) return [];
  const texts = [...sums.values()].map((sum) => ({ ...sum, occurrences: String(sum.occurrences) }));
  const source = `(${recordItems('notes', ['stream', 'path', 'type_seen', 'occurrences'])}) AS seen`;
  const same = ['stream', 'path', 'type_seen'].map((name) => `drift.${quote(name)} = "item".${quote(name)}`);
  const values = { notes: jsonValue(texts), at };
  const count = {
    sql: [
      `UPDATE ${kept('_schema_drift')} AS drift SET`,
      '  "occurrences" = drift."occurrences" + CAST("item"."occurrences" AS BIGINT), "last_seen_at" = $at::TIMESTAMPTZ',
      `FROM ${source}`,
      `WHERE ${same.join(' AND ')}`,
    ].join('\n'),
    values,
  };
  const add = {
    sql: [
      `INSERT INTO ${kept('_schema_drift')} ("stream", "path", "type_seen", "occurrences", "first_seen_at", "last_seen_at")`,
      'SELECT "item"."stream", "item"."path", "item"."type_seen", CAST("item"."occurrences" AS BIGINT), $at::TIMESTAMPTZ, $at::TIMESTAMPTZ',
      `FROM ${source}`,
      `WHERE NOT EXISTS (SELECT 1 FROM ${kept('_schema_drift')} AS drift WHERE ${same.join(' AND ')})`,
    ].join('\n'),
    values,
  };
  return [count, add];
}

/** Rows of a housekeeping table, newest first; a column that the file does not have yet is NULL. */
export function readNewest(
  table: Table,
  present: (name: string) => boolean,
  orderBy: string,
  limit: number,
): Statement {
  const columns = table.columns.map(({ name }) => (present(name) ? quote(name) : `NULL AS ${quote(name)}`));
  const order = present(orderBy) ? `\nORDER BY ${quote(orderBy)} DESC NULLS LAST, rowid DESC` : '';
  return {
    sql: `SELECT ${columns.join(', ')} FROM ${kept(table.name)}${order}\nLIMIT ${literal(String(limit))}::BIGINT`,
  };
}

/** Forgets what was noted before an instant; of checkpoints and daily budgets those that newer ones follow. */
export function pruneNotes(table: string, before: string): Statement {
  if (table === BUDGET_HISTORY) {
    return {
      sql: [
        `DELETE FROM ${kept(table)} WHERE "snapshot_date" < $before::DATE`,
        `  AND "snapshot_date" < (SELECT max("snapshot_date") FROM ${kept(table)})`,
      ].join('\n'),
      values: { before: before.slice(0, 10) },
    };
  }
  const isStates = table === '_sync_state';
  const newest = `(SELECT max(newer."version") FROM ${kept(table)} AS newer WHERE newer."stream" = old."stream")`;
  const followed = isStates ? `\n  AND old."version" < ${newest}` : '';
  const at = isStates ? 'committed_at' : 'noticed_at';
  return {
    sql: `DELETE FROM ${kept(table)} AS old WHERE old."${at}" < $before::TIMESTAMPTZ${followed}`,
    values: { before },
  };
}
