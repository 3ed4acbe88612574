/** Statements for the rows of a table that a load no longer holds. Pure. */
import type { Scope } from '../warehouse.ts';
import { isDate } from '../value-text.ts';
import type { Field } from './columns.ts';
import { findColumn } from '../own-columns.ts';
import { typeName } from './columns.ts';
import { recordKey } from './live-sql.ts';
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
  if (scope.kind === 'dates') return datesSql(scope);
  const type = typeName(findColumn(fields, scope.column)?.type ?? '');
  const values = scope.values.map((value) => typedLiteral(type, value)).filter((value) => value !== null);
  return values.length === 0 ? null : `target.${quote(scope.column)} IN (${values.join(', ')})`;
}

function datesSql({ column, from, to, undated }: Extract<Scope, { kind: 'dates' }>): ScopeSql {
  const target = `target.${quote(column)}`;
  const bounds = [
    ...(from === null ? [] : [{ sign: '>=', text: from }]),
    ...(to === null ? [] : [{ sign: '<=', text: to }]),
  ];
  const parts = undated ? [`${target} IS NULL`] : [];
  if (bounds.length === 0) parts.push(`${target} IS NOT NULL`);
  // a bound that is no date holds no row
  else if (bounds.every(({ text }) => isDate(text)))
    parts.push(
      `(${bounds.map(({ sign, text }) => `${target} ${sign} DATE ${literal(text)}`).join(' AND ')})`,
    );
  return parts.length === 0 ? null : `(${parts.join(' OR ')})`;
}

/** Notes in `_deletions` which rows are gone; `how` null: only those that the load asked to remove. */
export function noteGone(
  { table, deletions, key }: LoadShape,
  changes: TableRef,
  how: string | null,
  stamp: Stamp,
): Statement {
  const moved = `changed.\`_change\` = '${MOVED}'`;
  return {
    sql: [
      `INSERT INTO ${place(deletions)} (\`stream\`, \`record_key\`, \`how\`, \`run_id\`, \`found_at\`)`,
      `SELECT ${literal(table.table)}, ${recordKey('changed', key)},`,
      `  CASE WHEN ${moved} THEN 'moved' ELSE ${how === null ? 'NULL' : literal(how)} END, @run, ${AT}`,
      `FROM ${place(changes)} AS changed`,
      `WHERE ${how === null ? moved : `changed.\`_change\` IN ('${GONE}', '${MOVED}')`}`,
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
