/** Statements that give embedded references their new name. Only rows whose name differs are touched. Pure. */
import type { Rename } from '../warehouse.ts';
import type { Stamp } from './load-sql.ts';
import { jsonValue, kept, quote, recordItems, type Statement } from './sql.ts';

/** Sets the new names in one table. `idType` is the type of the id column in the file. */
export function renameRows(rename: Rename, idType: string, stamp: Stamp): Statement {
  const names = [...rename.names].map(([id, name]) => ({ id, name }));
  const values = { names: jsonValue(names), ...stamp };
  const sql = rename.list === null ? renameColumn(rename, idType) : renameField(rename, rename.list);
  return { sql, values };
}

const STAMP = '"_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run';

function renameColumn({ table, idColumn, column }: Rename, idType: string): string {
  return [
    `UPDATE ${kept(table.name)} AS target SET ${quote(column)} = renamed."name", ${STAMP}`,
    `FROM (SELECT TRY_CAST("item"."id" AS ${idType}) AS "id", "item"."name" AS "name"`,
    `  FROM (${recordItems('names', ['id', 'name'])})) AS renamed`,
    `WHERE target.${quote(idColumn)} = renamed."id" AND target.${quote(column)} IS DISTINCT FROM renamed."name"`,
  ].join('\n');
}

function renameField({ table, idColumn, column }: Rename, list: string): string {
  const id = `CAST(element.${quote(idColumn)} AS VARCHAR)`;
  return [
    `UPDATE ${kept(table.name)} AS target SET ${quote(list)} = renamed."list", ${STAMP}`,
    'FROM (',
    `  SELECT document.rowid AS "row", list_transform(document.${quote(list)}, lambda element:`,
    `    CASE WHEN map_contains(names."by_id", ${id})`,
    `    THEN struct_update(element, ${quote(column)} := names."by_id"[${id}]) ELSE element END) AS "list"`,
    `  FROM ${kept(table.name)} AS document,`,
    `    (SELECT map_from_entries(list({'k': "item"."id", 'v': "item"."name"})) AS "by_id"`,
    `     FROM (${recordItems('names', ['id', 'name'])})) AS names`,
    `  WHERE list_has_any(map_keys(names."by_id"), list_transform(document.${quote(list)}, lambda element: ${id}))`,
    ') AS renamed',
    `WHERE target.rowid = renamed."row" AND target.${quote(list)} IS DISTINCT FROM renamed."list"`,
  ].join('\n');
}
