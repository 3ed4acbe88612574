/** Statements for the rows of a table that a load no longer holds. Pure. */
import { isLive, joinNoted, recordKey } from './live-sql.ts';
import { BY_REMOVAL, BY_SCOPE, type LoadShape, type Stamp } from './load-sql.ts';
import { scopeSql, type HoldingScope } from './scope-sql.ts';
import {
  columnList,
  jsonValue,
  kept,
  literal,
  quote,
  sameKey,
  temporary,
  textAs,
  type Statement,
} from './sql.ts';

/** An empty table for the keys of gone rows and why each is gone. */
export function createGone({ table, gone, key }: LoadShape): Statement {
  return {
    sql: [
      `CREATE TEMP TABLE ${temporary(gone)} AS`,
      `SELECT ${columnList(key)}, ${literal(BY_SCOPE)} AS "_cause" FROM ${kept(table)} LIMIT 0`,
    ].join('\n'),
  };
}

/** Finds the rows that lie in the scope and were not staged; those that went already do not go again. */
export function findGone(shape: LoadShape, scope: HoldingScope, type: string): Statement {
  const { conditions, values } = scopeSql(scope, type);
  const sql = insertGone(shape, BY_SCOPE, [...conditions, ...goes(shape)]);
  return { sql, ...(scope.kind === 'all' ? {} : { values }) };
}

/** Adds the rows of the given keys, unless they were staged as well: then they are there after all. */
export function findKeys(
  shape: LoadShape,
  keyTypes: readonly string[],
  keys: readonly (readonly string[])[],
  cause: typeof BY_SCOPE | typeof BY_REMOVAL,
): Statement {
  const given = `EXISTS (SELECT 1 FROM ${givenKeys(shape.key, keyTypes)} AS given\n    WHERE ${sameKey('given', 'target', shape.key)})`;
  const more = cause === BY_SCOPE ? goes(shape) : unmarked(shape);
  return { sql: insertGone(shape, cause, [given, ...more]), values: { keys: jsonValue(keys) } };
}

function insertGone(shape: LoadShape, cause: string, conditions: readonly string[]): string {
  const { table, gone, key } = shape;
  return [
    `INSERT INTO ${temporary(gone)}`,
    `SELECT ${columnList(key, 'target')}, ${literal(cause)} FROM ${kept(table)} AS target`,
    ...(cause === BY_SCOPE ? joinNoted(shape) : []),
    `WHERE ${[notAmong('staged', shape), notAmong('gone', shape), ...conditions].join('\n  AND ')}`,
  ].join('\n');
}

/**
 * The keys of rows that are there, lie in the scope and were not staged, without the spared ones and, where the load
 * has a table of gone rows, those in it.
 */
export function readMissing(
  shape: LoadShape,
  scope: HoldingScope,
  types: { readonly scope: string; readonly key: readonly string[] },
  spared: readonly (readonly string[])[],
  hasGone: boolean,
): Statement {
  const { table, key } = shape;
  const { conditions, values } = scopeSql(scope, types.scope);
  const isSpared = `EXISTS (SELECT 1 FROM ${givenKeys(key, types.key)} AS spared\n    WHERE ${sameKey('spared', 'target', key)})`;
  const all = [
    notAmong('staged', shape),
    ...(hasGone ? [notAmong('gone', shape)] : []),
    ...(spared.length > 0 ? [`NOT ${isSpared}`] : []),
    ...conditions,
    ...isLive(shape),
  ];
  return {
    sql: [
      `SELECT ${columnList(key, 'target')} FROM ${kept(table)} AS target`,
      ...joinNoted(shape),
      `WHERE ${all.join('\n  AND ')}`,
    ].join('\n'),
    values: { ...values, ...(spared.length > 0 ? { keys: jsonValue(spared) } : {}) },
  };
}

function notAmong(name: 'staged' | 'gone', shape: LoadShape): string {
  return `NOT EXISTS (SELECT 1 FROM ${temporary(shape[name])} AS ${name} WHERE ${sameKey(name, 'target', shape.key)})`;
}

/** Takes keys out again whose rows have to stay; not those of rows that the load asks to remove. */
export function spareRows(
  { gone, key }: LoadShape,
  keyTypes: readonly string[],
  spared: readonly (readonly string[])[],
): Statement {
  return {
    sql: [
      `DELETE FROM ${temporary(gone)} AS gone USING ${givenKeys(key, keyTypes)} AS spared`,
      `WHERE ${sameKey('spared', 'gone', key)} AND gone."_cause" = ${literal(BY_SCOPE)}`,
    ].join('\n'),
    values: { keys: jsonValue(spared) },
  };
}

/** The keys in `$keys`, a JSON list of lists of text, as a table. */
function givenKeys(key: readonly string[], keyTypes: readonly string[]): string {
  const parts = key.map(
    (name, at) => `${textAs(`"item"[${at + 1}]`, keyTypes[at] ?? 'VARCHAR')} AS ${quote(name)}`,
  );
  return `(SELECT ${parts.join(', ')}\n    FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS "item"))`;
}

/** A row that is marked already does not go again, and one that is kept does not if it was noted and not written since. */
function goes(shape: LoadShape): readonly string[] {
  return shape.deletes === 'keep' ? isLive({ ...shape, hasMark: false }) : unmarked(shape);
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

/** Notes in `_deletions` which rows are gone; `how` null: only those that the load asked to remove. */
export function noteGone({ table, gone, key }: LoadShape, how: string | null, stamp: Stamp): Statement {
  const moved = `gone."_cause" = ${literal(BY_REMOVAL)}`;
  return {
    sql: [
      `INSERT INTO ${kept('_deletions')} ("stream", "record_key", "how", "run_id", "found_at")`,
      `SELECT ${literal(table)}, ${recordKey('gone', key)},`,
      `  CASE WHEN ${moved} THEN 'moved' ELSE ${how === null ? 'NULL' : literal(how)} END, $run, $at::TIMESTAMPTZ`,
      `FROM ${temporary(gone)} AS gone${how === null ? `\nWHERE ${moved}` : ''}`,
    ].join('\n'),
    values: { ...stamp },
  };
}
