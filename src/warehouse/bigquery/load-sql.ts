/**
 * Statements of one load. Enters: the shape of a table and its table of changes. Leaves: the statements that write what
 * differs. What must always hold: each key stands in the staging table once (staging.ts sees to it), each in the table
 * of changes once, and bounds are put on the key alone, since a bound on a column that can change would let a MERGE
 * insert a second copy. Pure.
 */
import type { Field } from './columns.ts';
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
  /** The table `_deletions`. */
  readonly deletions: TableRef;
  readonly key: readonly string[];
  /** The columns that the load writes, with the fields that the table has. */
  readonly columns: readonly Field[];
  /** Of the REPEATED RECORDs among them the fields that the load fills, where the table has others too. */
  readonly partial: ReadonlyMap<string, readonly string[]>;
  readonly newestBy: string | null;
  /** Whether the table has `_deleted_at`. */
  readonly hasMark: boolean;
  readonly deletes: 'remove' | 'mark' | 'keep';
  readonly missing: 'go' | 'tell';
  /** Columns whose values before are wanted. */
  readonly watch: readonly string[];
}

/** `_change` of a staged row; LOSE for a key that an earlier look found to be gone. */
export const UPSERT = 'upsert';
export const REMOVE = 'remove';
export const SPARE = 'spare';
export const LOSE = 'lose';

/**
 * `_change` in the table of changes; GONE by scope or by an earlier look, MOVED because the load asked for it, MISSING
 * where a row is only told of.
 */
export const INSERT = 'insert';
export const UPDATE = 'update';
export const GONE = 'gone';
export const MOVED = 'moved';
export const MISSING = 'missing';

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
    ...watch.map((_name, at) => `_before_${at}`),
    ...(newestBy === null ? [] : ['_newest']),
  ];
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
