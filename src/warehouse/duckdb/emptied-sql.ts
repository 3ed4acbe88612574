/**
 * Statements that take the values of columns out of stored rows. Only rows that hold one are touched. Pure.
 */
import { findColumn } from '../own-columns.ts';
import type { EmptiedColumns } from '../emptied-columns.ts';
import { fieldsOf, liveSqlType, type LiveColumn, type LiveTable } from './columns.ts';
import type { Stamp } from './load-sql.ts';
import { createNext, type Replacement } from './replace-sql.ts';
import { jsonValue, kept, quote, recordItems, textItems, type Statement } from './sql.ts';

/** Makes the whole new rows of those that hold a value in one of the columns; null where the table has none of them. */
export function createEmptied(
  live: LiveTable,
  emptied: EmptiedColumns,
  replacement: Replacement,
  stamp: Stamp | null,
): Statement | null {
  const values = new Map<string, string>();
  const conditions: string[] = [];
  for (const name of emptied.whole) {
    const column = findColumn(live.columns, name);
    if (column === undefined) continue;
    const isList = column.type.kind === 'list';
    values.set(column.name, `CAST(${isList ? '[]' : 'NULL'} AS ${liveSqlType(column.type)})`);
    conditions.push(isList ? `len(${target(column)}) > 0` : `${target(column)} IS NOT NULL`);
  }
  for (const [name, fields] of emptied.fields) {
    const column = findColumn(live.columns, name);
    const inner = (column === undefined ? null : fieldsOf(column.type)) ?? [];
    const known = inner.filter((field) =>
      findColumn(
        fields.map((each) => ({ name: each })),
        field.name,
      ),
    );
    if (column === undefined || known.length === 0) continue;
    const empty = known.map((field) => `${quote(field.name)} := CAST(NULL AS ${liveSqlType(field.type)})`);
    const held = known.map((field) => `element.${quote(field.name)} IS NOT NULL`).join(' OR ');
    values.set(
      column.name,
      `list_transform(${target(column)}, lambda element: struct_update(element, ${empty.join(', ')}))`,
    );
    conditions.push(`len(list_filter(${target(column)}, lambda element: ${held})) > 0`);
  }
  if (conditions.length === 0) return null;
  // a new `_synced_at` would bring rows back that are noted as gone
  if (stamp !== null) values.set('_run_id', '$run');
  const next = replacement.columns.map((name) => values.get(name) ?? `target.${quote(name)}`);
  const from = `FROM ${kept(live.name)} AS target\nWHERE ${conditions.join('\n  OR ')}`;
  return {
    sql: createNext(replacement, next, from),
    ...(stamp === null ? {} : { values: { run: stamp.run } }),
  };
}

/** The rejects of a stream, with where each stands in the file. */
export function readRejects(stream: string): Statement {
  return {
    sql: `SELECT rowid, "record" FROM ${kept('_rejects')} WHERE "stream" = $stream AND "record" IS NOT NULL`,
    values: { stream },
  };
}

/** Puts other records in the place of those of rejects. */
export function writeRejects(records: readonly (readonly [row: string, record: string])[]): Statement {
  return {
    sql: [
      `UPDATE ${kept('_rejects')} AS reject SET "record" = CAST("item"."record" AS JSON)`,
      `FROM (${recordItems('records', ['row', 'record'])}) AS emptied`,
      'WHERE reject.rowid = CAST("item"."row" AS BIGINT)',
    ].join('\n'),
    values: { records: jsonValue(records.map(([row, record]) => ({ row, record }))) },
  };
}

/** Takes the restatements of columns away. */
export function dropRestated(stream: string, columns: readonly string[]): Statement {
  return {
    sql: [
      `DELETE FROM ${kept('_restatements')}`,
      `WHERE "stream" = $stream AND "column_name" IN (SELECT "item" FROM (${textItems('columns')}))`,
    ].join('\n'),
    values: { stream, columns: jsonValue(columns) },
  };
}

function target({ name }: LiveColumn): string {
  return `target.${quote(name)}`;
}
