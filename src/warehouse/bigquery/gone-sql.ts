/** Statements for the rows of a table that a load no longer holds. Pure. */
import type { Scope } from '../warehouse.ts';
import type { Field } from './columns.ts';
import { findColumn } from '../own-columns.ts';
import { typeName } from './columns.ts';
import { EVERYTHING, GONE, MOVED, type LoadShape, type ScopeSql } from './load-sql.ts';
import {
  AT,
  literal,
  place,
  quote,
  stampOf,
  typedLiteral,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

/** Which rows a scope stands for, on `target`; null: none. Texts that are no values of the column equal no row. */
export function scopeSql(scope: Scope, fields: readonly Field[]): ScopeSql {
  if (scope.kind === 'merge') return null;
  if (scope.kind === 'all') return EVERYTHING;
  const type = typeName(findColumn(fields, scope.column)?.type ?? '');
  const values = scope.values.map((value) => typedLiteral(type, value)).filter((value) => value !== null);
  return values.length === 0 ? null : `target.${quote(scope.column)} IN (${values.join(', ')})`;
}

/**
 * Notes in `_deletions` which rows are gone. A row that is kept stays gone at the next look: it is noted again only
 * if it was there in between.
 */
export function noteGone(
  { table, key, deletes }: LoadShape,
  changes: TableRef,
  deletions: TableRef,
  how: string | null,
  stamp: Stamp,
): Statement {
  const recordKey = `CONCAT(${key.map((name) => `CAST(changed.${quote(name)} AS STRING)`).join(", '|', ")})`;
  const moved = `changed.\`_change\` = '${MOVED}'`;
  const noted = [
    `SELECT 1 FROM ${place(deletions)} AS noted WHERE noted.\`stream\` = ${literal(table.table)}`,
    `AND noted.\`record_key\` = ${recordKey} AND noted.\`found_at\` >= changed.\`_stored_at\``,
  ].join(' ');
  const conditions = [
    how === null ? moved : `changed.\`_change\` IN ('${GONE}', '${MOVED}')`,
    ...(deletes === 'keep' ? [`(${moved} OR NOT EXISTS (${noted}))`] : []),
  ];
  return {
    sql: [
      `INSERT INTO ${place(deletions)} (\`stream\`, \`record_key\`, \`how\`, \`run_id\`, \`found_at\`)`,
      `SELECT ${literal(table.table)}, ${recordKey},`,
      `  CASE WHEN ${moved} THEN 'moved' ELSE ${how === null ? 'NULL' : literal(how)} END, @run, ${AT}`,
      `FROM ${place(changes)} AS changed`,
      `WHERE ${conditions.join(' AND ')}`,
    ].join('\n'),
    parameters: stampOf(stamp),
  };
}

/** How many rows a table has that are not marked as deleted; `asked` makes it a question of its own. */
export function countUnmarked(table: TableRef, asked: string): Statement {
  return {
    sql: `-- ${asked}\nSELECT COUNT(*) FROM ${place(table)} WHERE \`_deleted_at\` IS NULL`,
    parameters: [],
  };
}
