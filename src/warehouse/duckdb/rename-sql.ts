/**
 * Statements that give embedded references their new name. Only rows whose name differs are touched, and of a history
 * only open versions, which are the rows as they are. Pure.
 */
import type { Rename } from '../warehouse.ts';
import { notNoted } from './live-sql.ts';
import type { Stamp } from './load-sql.ts';
import { createNext, type Replacement } from './replace-sql.ts';
import { jsonValue, kept, quote, recordItems, type Statement } from './sql.ts';

/** Sets the new names in a column. `idType` is the type of the id column in the file. */
export function renameColumn(rename: Rename, idType: string, stamp: Stamp): Statement {
  const { table, idColumn, column } = rename;
  return {
    sql: [
      `UPDATE ${kept(table.name)} AS target SET`,
      `  ${[`${quote(column)} = renamed."name"`, ...stamped(rename).map(([name, value]) => `${quote(name)} = ${value}`)].join(', ')}`,
      `FROM (SELECT TRY_CAST("item"."id" AS ${idType}) AS "id", "item"."name" AS "name"`,
      `  FROM (${NAMES})) AS renamed`,
      `WHERE target.${quote(idColumn)} = renamed."id" AND target.${quote(column)} IS DISTINCT FROM renamed."name"`,
      ...touched(rename).map((condition) => `  AND ${condition}`),
    ].join('\n'),
    values: valuesOf(rename, stamp),
  };
}

/** Makes the whole new rows of those whose list has an element that gets a new name. */
export function createRenamed(
  rename: Rename,
  list: string,
  replacement: Replacement,
  stamp: Stamp,
): Statement {
  const { table, idColumn, column } = rename;
  const id = `CAST(element.${quote(idColumn)} AS VARCHAR)`;
  const renamed = [
    `list_transform(target.${quote(list)}, lambda element: CASE WHEN map_contains(names."by_id", ${id})`,
    `    THEN struct_update(element, ${quote(column)} := names."by_id"[${id}]) ELSE element END)`,
  ].join('\n');
  const written = new Map([[list.toLowerCase(), renamed], ...stamped(rename)]);
  const values = replacement.columns.map(
    (name) => written.get(name.toLowerCase()) ?? `target.${quote(name)}`,
  );
  const from = [
    `FROM ${kept(table.name)} AS target,`,
    `  (SELECT map_from_entries(list({'k': "item"."id", 'v': "item"."name"})) AS "by_id" FROM (${NAMES})) AS names`,
    'WHERE target.rowid IN (',
    `  SELECT part."row" FROM (SELECT rowid AS "row", unnest(${quote(list)}) AS element FROM ${kept(table.name)}) AS part`,
    `  JOIN (${NAMES}) AS renamed ON ${id} = "item"."id"`,
    `  WHERE element.${quote(column)} IS DISTINCT FROM "item"."name")`,
    ...touched(rename).map((condition) => `  AND ${condition}`),
  ];
  return {
    sql: createNext(replacement, values, from.join('\n')),
    values: valuesOf(rename, stamp),
  };
}

/** Which rows, beside those that have another name. */
function touched({ table, deletes }: Rename): readonly string[] {
  if (table.kind === 'history') return ['target."_valid_to" IS NULL'];
  return notNoted({ table: table.name, key: table.primaryKey, hasMark: false, deletes });
}

/** What a row that is written says of it; a version says which run stored it, and keeps that. */
function stamped({ table }: Rename): readonly (readonly [string, string])[] {
  if (table.kind === 'history') return [];
  return [
    ['_synced_at', '$at::TIMESTAMPTZ'],
    ['_run_id', '$run'],
  ];
}

function valuesOf(rename: Rename, stamp: Stamp): Record<string, string> {
  return { names: namesOf(rename), ...(rename.table.kind === 'history' ? {} : stamp) };
}

const NAMES = recordItems('names', ['id', 'name']);

function namesOf({ names }: Rename): string {
  return jsonValue([...names].map(([id, name]) => ({ id, name })));
}
