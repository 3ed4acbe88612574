/** Statements for the rows of a table that a load no longer holds. Pure. */
import type { Scope } from '../warehouse.ts';
import { BY_REMOVAL, BY_SCOPE, type LoadShape, type Stamp } from './load-sql.ts';
import {
  columnList,
  jsonValue,
  kept,
  literal,
  quote,
  sameKey,
  temporary,
  textItems,
  type Statement,
} from './sql.ts';

/** An empty table for the keys of gone rows, why each is gone and since when the table has had it so. */
export function createGone({ table, gone, key }: LoadShape): Statement {
  return {
    sql: [
      `CREATE TEMP TABLE ${temporary(gone)} AS`,
      `SELECT ${columnList(key)}, "_synced_at", ${literal(BY_SCOPE)} AS "_cause" FROM ${kept(table)} LIMIT 0`,
    ].join('\n'),
  };
}

/** Finds the rows that lie in the scope and were not staged. Rows that are marked already do not go again. */
export function findGone(
  shape: LoadShape,
  scope: Exclude<Scope, { kind: 'merge' }>,
  type: string,
): Statement {
  const { table, staged, gone, key } = shape;
  const inScope =
    scope.kind === 'all'
      ? []
      : [
          `target.${quote(scope.column)} IN (SELECT TRY_CAST("item" AS ${type}) FROM (${textItems('values')}))`,
        ];
  return {
    sql: [
      `INSERT INTO ${temporary(gone)}`,
      `SELECT ${columnList(key, 'target')}, target."_synced_at", ${literal(BY_SCOPE)} FROM ${kept(table)} AS target`,
      `WHERE NOT EXISTS (SELECT 1 FROM ${temporary(staged)} AS staged WHERE ${sameKey('staged', 'target', key)})`,
      ...[...inScope, ...unmarked(shape)].map((condition) => `  AND ${condition}`),
    ].join('\n'),
    ...(scope.kind === 'all' ? {} : { values: { values: jsonValue(scope.values) } }),
  };
}

/** Adds the rows of the given keys, unless they were staged as well: then they are there after all. */
export function findRemovals(
  shape: LoadShape,
  keyTypes: readonly string[],
  removals: readonly (readonly string[])[],
): Statement {
  const { table, staged, gone, key } = shape;
  return {
    sql: [
      `INSERT INTO ${temporary(gone)}`,
      `SELECT ${columnList(key, 'target')}, target."_synced_at", ${literal(BY_REMOVAL)} FROM ${kept(table)} AS target`,
      `WHERE EXISTS (SELECT 1 FROM ${givenKeys(key, keyTypes)} AS removed`,
      `    WHERE ${sameKey('removed', 'target', key)})`,
      `  AND NOT EXISTS (SELECT 1 FROM ${temporary(staged)} AS staged WHERE ${sameKey('staged', 'target', key)})`,
      `  AND NOT EXISTS (SELECT 1 FROM ${temporary(gone)} AS gone WHERE ${sameKey('gone', 'target', key)})`,
      ...unmarked(shape).map((condition) => `  AND ${condition}`),
    ].join('\n'),
    values: { keys: jsonValue(removals) },
  };
}

/** Takes keys out again whose rows have to stay. */
export function spareRows(
  { gone, key }: LoadShape,
  keyTypes: readonly string[],
  spared: readonly (readonly string[])[],
): Statement {
  return {
    sql: [
      `DELETE FROM ${temporary(gone)} AS gone USING ${givenKeys(key, keyTypes)} AS spared`,
      `WHERE ${sameKey('spared', 'gone', key)}`,
    ].join('\n'),
    values: { keys: jsonValue(spared) },
  };
}

/** The keys in `$keys`, a JSON list of lists of text, as a table. */
function givenKeys(key: readonly string[], keyTypes: readonly string[]): string {
  const parts = key.map(
    (name, at) => `TRY_CAST("item"[${at + 1}] AS ${keyTypes[at] ?? 'VARCHAR'}) AS ${quote(name)}`,
  );
  return `(SELECT ${parts.join(', ')}\n    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item"))`;
}

function unmarked({ deletes, hasMark }: LoadShape): readonly string[] {
  return hasMark && deletes === 'mark' ? ['target."_deleted_at" IS NULL'] : [];
}

/** How many rows are gone by scope and by removal. */
export function countGone({ gone }: LoadShape): Statement {
  const count = (cause: string): string => `count(*) FILTER ("_cause" = ${literal(cause)})`;
  return { sql: `SELECT ${count(BY_SCOPE)}, ${count(BY_REMOVAL)} FROM ${temporary(gone)}` };
}

/** How many rows the table has; marked ones do not count. */
export function countPresent({ table, hasMark }: LoadShape): Statement {
  return { sql: `SELECT count(*) FROM ${kept(table)}${hasMark ? ' WHERE "_deleted_at" IS NULL' : ''}` };
}

/** Removes or marks the gone rows; where deletions are kept, only those that have to go. */
export function dropGone({ table, gone, key, deletes }: LoadShape, stamp: Stamp): Statement {
  const match = sameKey('target', 'gone', key);
  if (deletes === 'mark') {
    return {
      sql: [
        `UPDATE ${kept(table)} AS target SET`,
        '  "_deleted_at" = $at::TIMESTAMPTZ, "_synced_at" = $at::TIMESTAMPTZ, "_run_id" = $run',
        `FROM ${temporary(gone)} AS gone WHERE ${match}`,
      ].join('\n'),
      values: { ...stamp },
    };
  }
  const only = deletes === 'keep' ? ` AND gone."_cause" = ${literal(BY_REMOVAL)}` : '';
  return {
    sql: `DELETE FROM ${kept(table)} AS target USING ${temporary(gone)} AS gone\nWHERE ${match}${only}`,
  };
}

/**
 * Notes in `_deletions` which rows are gone. A row that is kept stays gone at the next look: it is noted again only
 * if it was there in between.
 */
export function noteGone(
  { table, gone, key, deletes }: LoadShape,
  how: string | null,
  stamp: Stamp,
): Statement {
  const recordKey = `concat_ws('|', ${key.map((name) => `CAST(gone.${quote(name)} AS VARCHAR)`).join(', ')})`;
  const moved = `gone."_cause" = ${literal(BY_REMOVAL)}`;
  const conditions = [
    ...(how === null ? [moved] : []),
    ...(deletes === 'keep'
      ? [
          `(${moved} OR NOT EXISTS (SELECT 1 FROM ${kept('_deletions')} AS noted WHERE noted."stream" = ${literal(table)}` +
            ` AND noted."record_key" = ${recordKey} AND noted."found_at" >= gone."_synced_at"))`,
        ]
      : []),
  ];
  return {
    sql: [
      `INSERT INTO ${kept('_deletions')} ("stream", "record_key", "how", "run_id", "found_at")`,
      `SELECT ${literal(table)}, ${recordKey},`,
      `  CASE WHEN ${moved} THEN 'moved' ELSE ${how === null ? 'NULL' : literal(how)} END, $run, $at::TIMESTAMPTZ`,
      `FROM ${temporary(gone)} AS gone${conditions.length === 0 ? '' : `\nWHERE ${conditions.join(' AND ')}`}`,
    ].join('\n'),
    values: { ...stamp },
  };
}
