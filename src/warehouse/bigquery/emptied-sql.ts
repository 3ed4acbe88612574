/** Statements that take the values of columns out of stored rows. Only rows that hold one are touched. Pure. */
import { findColumn } from '../own-columns.ts';
import type { EmptiedColumns } from '../emptied-columns.ts';
import { isList, type Field, type LiveTable } from './columns.ts';
import {
  literal,
  place,
  quote,
  text,
  type Parameter,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

/** Empties columns of a table; null where it has none of them. Without a stamp rows keep theirs. */
export function emptyColumnsOf(
  { fields }: Pick<LiveTable, 'fields'>,
  table: TableRef,
  emptied: EmptiedColumns,
  stamp: Stamp | null,
): Statement | null {
  const values: string[] = [];
  const conditions: string[] = [];
  for (const name of emptied.whole) {
    const field = findColumn(fields, name);
    if (field === undefined) continue;
    values.push(`${quote(field.name)} = ${isList(field) ? '[]' : 'NULL'}`);
    conditions.push(isList(field) ? `ARRAY_LENGTH(${target(field)}) > 0` : `${target(field)} IS NOT NULL`);
  }
  for (const [name, unwanted] of emptied.fields) {
    const list = findColumn(fields, name);
    const inner = list?.fields ?? [];
    const isUnwanted = (field: Field): boolean =>
      unwanted.some((each) => each.toLowerCase() === field.name.toLowerCase());
    if (list === undefined || !inner.some(isUnwanted)) continue;
    values.push(emptyFields(list, inner, isUnwanted));
    const held = inner.filter(isUnwanted).map((field) => `element.${quote(field.name)} IS NOT NULL`);
    conditions.push(`EXISTS (SELECT 1 FROM UNNEST(${target(list)}) AS element WHERE ${held.join(' OR ')})`);
  }
  if (conditions.length === 0) return null;
  // a new `_synced_at` would bring rows back that are noted as gone
  const stamped = stamp === null ? [] : ['`_run_id` = @run'];
  return {
    sql: [
      `UPDATE ${place(table)} AS target SET`,
      `  ${[...values, ...stamped].join(',\n  ')}`,
      `WHERE ${conditions.join('\n  OR ')}`,
    ].join('\n'),
    parameters: stamp === null ? [] : [text('run', stamp.run)],
  };
}

/** The list with NULL in some fields of its elements; the IF gives the NULL its type. */
function emptyFields(list: Field, inner: readonly Field[], isUnwanted: (field: Field) => boolean): string {
  const parts = inner.map((field) => {
    const value = `element.${quote(field.name)}`;
    return `${isUnwanted(field) ? `IF(FALSE, ${value}, NULL)` : value} AS ${quote(field.name)}`;
  });
  return [
    `${quote(list.name)} = ARRAY(`,
    `    SELECT AS STRUCT ${parts.join(', ')}`,
    `    FROM UNNEST(${target(list)}) AS element WITH OFFSET AS position ORDER BY position)`,
  ].join('\n');
}

/** Takes columns out of the records of a stream's rejects; of a list some fields of which are emptied, all of it. */
export function emptyRejects(
  table: TableRef,
  stream: string,
  { whole, fields }: EmptiedColumns,
  number: number,
): Statement {
  const paths = [...whole, ...fields.keys()].map((name) => literal(`$.${name}`));
  const left = paths.reduce((record, path) => `JSON_REMOVE(${record}, ${path})`, 'reject.`record`');
  const held = paths.map((path) => `JSON_QUERY(reject.\`record\`, ${path}) IS NOT NULL`);
  return {
    sql: [
      `UPDATE ${place(table)} AS reject SET \`record\` = ${left}`,
      `WHERE reject.\`stream\` = @stream_${number} AND (${held.join(' OR ')})`,
    ].join('\n'),
    parameters: [text(`stream_${number}`, stream)],
  };
}

/** Takes the restatements of columns away. */
export function dropRestated(
  table: TableRef,
  stream: string,
  columns: readonly string[],
  number: number,
): Statement {
  const parameters: readonly Parameter[] = [text(`stream_${number}`, stream)];
  return {
    sql: `DELETE FROM ${place(table)} WHERE \`stream\` = @stream_${number} AND \`column_name\` IN (${columns.map(literal).join(', ')})`,
    parameters,
  };
}

/** One transaction of these statements, which answers how many rows each of them touched: `place`, `touched`. */
export function countingTransaction(before: readonly Statement[], counted: readonly Statement[]): Statement {
  const lines = [
    'DECLARE touched ARRAY<INT64> DEFAULT [];',
    'BEGIN TRANSACTION;',
    ...before.map(({ sql }) => `${sql};`),
    ...counted.map(({ sql }) => `${sql};\nSET touched = ARRAY_CONCAT(touched, [@@row_count]);`),
    'COMMIT TRANSACTION;',
    'SELECT place, touched[OFFSET(place)] AS touched FROM UNNEST(GENERATE_ARRAY(0, ARRAY_LENGTH(touched) - 1)) AS place ORDER BY place;',
  ];
  const parameters = new Map(
    [...before, ...counted].flatMap((each) => each.parameters).map((each) => [each.name, each]),
  );
  return { sql: lines.join('\n'), parameters: [...parameters.values()] };
}

function target({ name }: Field): string {
  return `target.${quote(name)}`;
}
