/**
 * Statements of one load. Enters: the shape of a table, its staging table and its table of changes. Leaves: the query
 * that compares the two and the statements that write what differs. What must always hold: each key stands in the
 * staging table once (staging.ts sees to it), each in the table of changes once, and bounds are put on the key alone,
 * since a bound on a column that can change would let a MERGE insert a second copy. Pure.
 */
import type { Field } from './columns.ts';
import { isList, typeName } from './columns.ts';
import {
  AT,
  columnList,
  place,
  quote,
  sameKey,
  stampOf,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

/** What the statements need to know of a load. */
export interface LoadShape {
  readonly table: TableRef;
  readonly staged: TableRef;
  readonly key: readonly string[];
  /** The columns that the load writes, with the fields that the table has. */
  readonly columns: readonly Field[];
  /** Of the REPEATED RECORDs among them the fields that the load fills, where the table has others too. */
  readonly partial: ReadonlyMap<string, readonly string[]>;
  readonly newestBy: string | null;
  /** Whether the table has `_deleted_at`. */
  readonly hasMark: boolean;
  readonly deletes: 'remove' | 'mark' | 'keep';
  /** Columns whose values before are wanted. */
  readonly watch: readonly string[];
}

/** `_change` of a staged row. */
export const UPSERT = 'upsert';
export const REMOVE = 'remove';
export const SPARE = 'spare';

/** `_change` in the table of changes; GONE by scope, MOVED because the load asked for it. */
export const INSERT = 'insert';
export const UPDATE = 'update';
export const GONE = 'gone';
export const MOVED = 'moved';

/** The least and the greatest value of the first column of the key, as literals; null where it has no order to use. */
export type Bounds = { readonly least: string; readonly greatest: string } | null;

/** Which rows of the table are gone unless they were staged: SQL on `target`, or null for none. */
export type ScopeSql = string | null;

/** The scope of a full listing. */
export const EVERYTHING = 'TRUE';

/** The columns of the table of changes, in their order. */
export function changeColumns({ columns, watch, newestBy }: LoadShape): readonly string[] {
  return [
    ...columns.map(({ name }) => name),
    '_change',
    '_stored_at',
    ...watch.map((_name, at) => `_before_${at}`),
    ...(newestBy === null ? [] : ['_newest']),
  ];
}

/** Finds what differs between the staged rows and the table; rows that are the same are left out. */
export function compare(shape: LoadShape, scope: ScopeSql, bounds: Bounds): Statement {
  const { staged, key, columns, newestBy, watch } = shape;
  const first = quote(key[0] ?? '');
  const values = columns.map(({ name }) =>
    key.includes(name) && scope !== null
      ? `COALESCE(staged.${quote(name)}, target.${quote(name)}) AS ${quote(name)}`
      : `staged.${quote(name)}`,
  );
  const before = watch.map((name, at) => `target.${quote(name)} AS ${quote(`_before_${at}`)}`);
  const newest =
    newestBy === null
      ? []
      : [`COALESCE(staged.${quote(newestBy)}, target.${quote(newestBy)}) AS \`_newest\``];
  // rows of the table that no row was staged for matter only where a scope says that they are gone
  const join = scope === null ? 'LEFT JOIN' : 'FULL JOIN';
  const bound =
    bounds === null || scope !== null
      ? ''
      : `\n  AND target.${first} BETWEEN ${bounds.least} AND ${bounds.greatest}`;
  const sql = [
    'SELECT',
    `  ${[...values, `${changeOf(shape)} AS \`_change\``, 'target.`_synced_at` AS `_stored_at`', ...before, ...newest].join(',\n  ')}`,
    `FROM ${place(staged)} AS staged`,
    `${join} ${scoped(shape, scope, bounds)} AS target`,
    `  ON ${sameKey('target', 'staged', key)}${bound}`,
    `WHERE ${[changed(shape), removed(shape), ...(scope === null ? [] : [gone(shape, scope)])].join('\n  OR ')}`,
  ].join('\n');
  return { sql, parameters: [] };
}

/** The part of the table that a comparison can touch: the scope, and the extent of the staged keys. */
function scoped({ table, key }: LoadShape, scope: ScopeSql, bounds: Bounds): string {
  if (scope === null || scope === EVERYTHING || bounds === null) return place(table);
  const first = quote(key[0] ?? '');
  const near = `target.${first} BETWEEN ${bounds.least} AND ${bounds.greatest}`;
  return `(SELECT * FROM ${place(table)} AS target WHERE ${scope} OR ${near})`;
}

function changeOf({ key }: LoadShape): string {
  const isNew = `target.${quote(key[0] ?? '')} IS NULL`;
  return `CASE WHEN staged.\`_change\` IS NULL THEN '${GONE}' WHEN staged.\`_change\` = '${REMOVE}' THEN '${MOVED}' WHEN ${isNew} THEN '${INSERT}' ELSE '${UPDATE}' END`;
}

/** A staged row that is new, or differs and is not older. */
function changed({ key, columns, partial, newestBy, hasMark }: LoadShape): string {
  const isNew = `target.${quote(key[0] ?? '')} IS NULL`;
  const differences = columns
    .filter(({ name }) => !key.includes(name))
    .map((field) => difference(field, partial.get(field.name) ?? null));
  if (hasMark) differences.push('target.`_deleted_at` IS NOT NULL');
  const differs = differences.length === 0 ? 'FALSE' : `(${differences.join('\n      OR ')})`;
  const newer =
    newestBy === null ? '' : ` AND NOT IFNULL(staged.${quote(newestBy)} < target.${quote(newestBy)}, FALSE)`;
  return `(staged.\`_change\` = '${UPSERT}' AND (${isNew} OR (${differs}${newer})))`;
}

function removed(shape: LoadShape): string {
  const isThere = `target.${quote(shape.key[0] ?? '')} IS NOT NULL`;
  return `(staged.\`_change\` = '${REMOVE}' AND ${[isThere, ...unmarked(shape)].join(' AND ')})`;
}

function gone(shape: LoadShape, scope: string): string {
  return `(${['staged.`_change` IS NULL', scope, ...unmarked(shape)].join(' AND ')})`;
}

function unmarked({ deletes, hasMark }: LoadShape): readonly string[] {
  return hasMark && deletes === 'mark' ? ['target.`_deleted_at` IS NULL'] : [];
}

/** Lists and JSON cannot be compared in GoogleSQL, their text can. */
function difference(field: Field, only: readonly string[] | null): string {
  const [left, right] = ['staged', 'target'].map((side) => comparable(side, field, only));
  return `${left} IS DISTINCT FROM ${right}`;
}

function comparable(side: string, field: Field, only: readonly string[] | null): string {
  const value = `${side}.${quote(field.name)}`;
  if (isList(field) && only !== null) {
    const fields = only.map((name) => `element.${quote(name)} AS ${quote(name)}`).join(', ');
    return `TO_JSON_STRING(ARRAY(SELECT AS STRUCT ${fields} FROM UNNEST(${value}) AS element WITH OFFSET AS position ORDER BY position))`;
  }
  if (isList(field)) return `TO_JSON_STRING(IFNULL(${value}, []))`;
  return typeName(field.type) === 'JSON' ? `TO_JSON_STRING(${value})` : value;
}

/**
 * Adds rows that the table does not have; those of a staging table where it was empty. A MERGE all the same: two
 * transactions that INSERT both commit, of two that MERGE into one table the later one is aborted, and the fence then
 * refuses its repetition. A MERGE that only inserts is billed for the key alone.
 * @see Google Cloud, BigQuery, "Transactions", concurrency; "DML", MERGE pricing (checked 2026-11-24)
 */
export function addRows(
  shape: LoadShape,
  from: TableRef,
  change: typeof INSERT | typeof UPSERT,
  bounds: Bounds,
  stamp: Stamp,
): Statement {
  return {
    sql: [...mergeHead(shape, from, bounds), ...insertClause(shape, change)].join('\n'),
    parameters: stampOf(stamp),
  };
}

/** Writes new, changed and gone rows in one statement. */
export function mergeRows(shape: LoadShape, from: TableRef, bounds: Bounds, stamp: Stamp): Statement {
  const { key, columns, hasMark, deletes } = shape;
  const sets = columns
    .filter(({ name }) => !key.includes(name))
    .map(({ name }) => `${quote(name)} = changed.${quote(name)}`);
  const stamped = [`\`_synced_at\` = ${AT}`, '`_run_id` = @run'];
  const alive = hasMark ? ['`_deleted_at` = CAST(NULL AS TIMESTAMP)'] : [];
  const leaves = deletes === 'keep' ? `= '${MOVED}'` : `IN ('${GONE}', '${MOVED}')`;
  const goes = deletes === 'mark' ? `UPDATE SET \`_deleted_at\` = ${AT}, ${stamped.join(', ')}` : 'DELETE';
  return {
    sql: [
      ...mergeHead(shape, from, bounds),
      `WHEN MATCHED AND changed.\`_change\` = '${UPDATE}' THEN UPDATE SET`,
      `  ${[...sets, ...alive, ...stamped].join(',\n  ')}`,
      `WHEN MATCHED AND changed.\`_change\` ${leaves} THEN ${goes}`,
      ...insertClause(shape, INSERT),
    ].join('\n'),
    parameters: stampOf(stamp),
  };
}

function mergeHead({ table, key }: LoadShape, from: TableRef, bounds: Bounds): readonly string[] {
  const first = quote(key[0] ?? '');
  const bound =
    bounds === null ? '' : `\n  AND target.${first} BETWEEN ${bounds.least} AND ${bounds.greatest}`;
  return [
    `MERGE INTO ${place(table)} AS target`,
    `USING ${place(from)} AS changed`,
    `ON ${sameKey('target', 'changed', key)}${bound}`,
  ];
}

function insertClause({ columns }: LoadShape, change: string): readonly string[] {
  const names = columns.map(({ name }) => name);
  return [
    `WHEN NOT MATCHED BY TARGET AND changed.\`_change\` = '${change}' THEN`,
    `  INSERT (${columnList([...names, '_synced_at', '_run_id'])})`,
    `  VALUES (${columnList(names, 'changed')}, ${AT}, @run)`,
  ];
}
