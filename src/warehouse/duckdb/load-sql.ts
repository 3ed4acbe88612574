/**
 * Statements of one load. Enters: the shape of a table and the names of the load's own temporary tables. Leaves:
 * the statements that stage rows, compare them with the table and write what differs. What must always hold: each
 * key stands in the staged rows once, and a row of the table is touched by one statement of its load at most. Pure.
 */
import type { SequenceRange } from './compare-ranges.ts';
import { IS_NOTED, joinNoted } from './live-sql.ts';
import { createNext, type Replacement } from './replace-sql.ts';
import { columnList, kept, literal, quote, sameKey, temporary, type Statement } from './sql.ts';

/** A column that the load writes. */
export interface LoadColumn {
  readonly name: string;
  readonly type: string;
  /** The type in the file where it differs: a list of records with fields that the load does not have. */
  readonly liveType: string;
  /** An absent list is an empty one. */
  readonly isList: boolean;
  /** How the rows' files carry it. */
  readonly fileType: string;
}

/** What the statements need to know of a load. */
export interface LoadShape {
  readonly table: string;
  readonly staged: string;
  readonly gone: string;
  readonly key: readonly string[];
  readonly columns: readonly LoadColumn[];
  readonly newestBy: string | null;
  /** Whether the table in the file has `_deleted_at`. */
  readonly hasMark: boolean;
  readonly deletes: 'remove' | 'mark' | 'keep';
}

/** `_change` of a staged row; `_cause` of a gone one. */
export const INSERT = 'insert';
export const UPDATE = 'update';
export const UNCHANGED = 'unchanged';
export const BY_SCOPE = 'scope';
export const BY_REMOVAL = 'removal';

/** An empty table for the staged rows. */
export function createStaged({ staged, columns }: LoadShape): Statement {
  const lines = columns.map(({ name, type }) => `${quote(name)} ${type}`);
  return {
    sql: `CREATE TEMP TABLE ${temporary(staged)} (\n  ${[...lines, '"_seq" BIGINT', '"_change" VARCHAR'].join(',\n  ')}\n)`,
  };
}

/** Reads the rows' files. Types are given, never guessed, so that no digit goes through floating point. */
export function readFiles({ staged, columns }: LoadShape, files: readonly string[]): Statement {
  const types = [...columns, SEQUENCE].map(({ name, fileType }) => `${quote(name)}: ${literal(fileType)}`);
  return {
    sql: [
      `INSERT INTO ${temporary(staged)} (${columnList([...columns.map(({ name }) => name), '_seq', '_change'])})`,
      `SELECT ${[...columns.map(readValue), '"_seq"', literal(INSERT)].join(',\n  ')}`,
      `FROM read_json([${files.map(literal).join(', ')}], format = 'newline_delimited', hive_partitioning = false, maximum_object_size = ${LONGEST_ROW},`,
      `  columns = {${types.join(', ')}})`,
    ].join('\n'),
  };
}

/**
 * How DuckDB reads a column from the file: decimals and JSON as text. It reads texts into wide decimals ten times
 * slower than into narrow ones, and re-writes the numbers of inline JSON through floating point.
 */
export function fileTypeOf(type: string): string {
  return type === WIDE_DECIMAL || type === 'JSON' ? 'VARCHAR' : type;
}

const WIDE_DECIMAL = 'DECIMAL(38,9)';
const NARROW_DECIMAL = 'DECIMAL(18,9)';

function readValue({ name, type, isList }: LoadColumn): string {
  const read = quote(name);
  if (isList) return `COALESCE(${read}, [])`;
  if (type === 'JSON') return `CAST(${read} AS JSON)`;
  if (type !== WIDE_DECIMAL) return read;
  return `COALESCE(CAST(TRY_CAST(${read} AS ${NARROW_DECIMAL}) AS ${type}), CAST(${read} AS ${type}))`;
}

/** Bytes of the longest row that can be read: DuckDB's reader takes twice that as a buffer, and 16 MB by default. */
const LONGEST_ROW = 8 * 1024 * 1024;

const SEQUENCE = { name: '_seq', fileType: 'BIGINT' };

/** Leaves of the staged rows of one key the newest, of equally new ones the one that arrived last. */
export function dropDuplicates({ staged, key, newestBy }: LoadShape): Statement {
  const newest = newestBy === null ? '' : `${quote(newestBy)} DESC NULLS LAST, `;
  return {
    sql: [
      `DELETE FROM ${temporary(staged)} WHERE rowid IN (`,
      `  SELECT rowid FROM ${temporary(staged)}`,
      `  QUALIFY row_number() OVER (PARTITION BY ${columnList(key)} ORDER BY ${newest}"_seq" DESC) > 1`,
      ')',
    ].join('\n'),
  };
}

/** Forgets an earlier comparison. */
export function resetChanges({ staged }: LoadShape): Statement {
  return { sql: `UPDATE ${temporary(staged)} SET "_change" = ${literal(INSERT)}` };
}

/**
 * Tells of every staged row that the table has whether it changes it: not if older, not if the same. One that was marked
 * or noted as gone is there again.
 */
export function compareRows(shape: LoadShape, only: SequenceRange | null = null): Statement {
  const { table, staged, key, columns, newestBy, hasMark, deletes } = shape;
  const differences = columns
    .filter(({ name }) => !key.includes(name))
    .map(({ name, type, liveType }) => {
      const stored = type === liveType ? `target.${quote(name)}` : `CAST(target.${quote(name)} AS ${type})`;
      return `staged.${quote(name)} IS DISTINCT FROM ${stored}`;
    });
  if (hasMark) differences.push('target."_deleted_at" IS NOT NULL');
  if (deletes === 'keep') differences.push(IS_NOTED);
  const older = newestBy === null ? [] : [`staged.${quote(newestBy)} < target.${quote(newestBy)}`];
  return {
    sql: [
      `UPDATE ${temporary(staged)} AS staged SET "_change" = CASE`,
      ...older.map((condition) => `  WHEN ${condition} THEN ${literal(UNCHANGED)}`),
      `  WHEN ${differences.length === 0 ? 'false' : differences.join('\n    OR ')} THEN ${literal(UPDATE)}`,
      `  ELSE ${literal(UNCHANGED)} END`,
      `FROM ${kept(table)} AS target`,
      ...joinNoted(shape),
      `WHERE ${sameKey('target', 'staged', key)}`,
      ...(only === null ? [] : [`  AND staged."_seq" >= ${only.from} AND staged."_seq" < ${only.to}`]),
    ].join('\n'),
  };
}

/** How many staged rows are new, changed and unchanged. */
export function countChanges({ staged }: LoadShape): Statement {
  const counts = [INSERT, UPDATE, UNCHANGED].map(
    (change) => `count(*) FILTER ("_change" = ${literal(change)})`,
  );
  return { sql: `SELECT ${counts.join(', ')} FROM ${temporary(staged)}` };
}

/** Adds the rows that the table does not have. */
export function insertRows({ table, staged, columns }: LoadShape, stamp: Stamp): Statement {
  const names = columns.map(({ name }) => name);
  const values = columns.map((column) => incoming(column));
  return {
    sql: [
      `INSERT INTO ${kept(table)} (${columnList([...names, '_synced_at', '_run_id'])})`,
      `SELECT ${[...values, '$at::TIMESTAMPTZ', '$run'].join(', ')}`,
      `FROM ${temporary(staged)} AS staged WHERE "_change" = ${literal(INSERT)}`,
    ].join('\n'),
    values: { ...stamp },
  };
}

/** Brings the rows that changed up to date; a row that was marked as deleted is there again. */
export function updateRows({ table, staged, key, columns, hasMark }: LoadShape, stamp: Stamp): Statement {
  const values = columns
    .filter(({ name }) => !key.includes(name))
    .map((column) => `${quote(column.name)} = ${incoming(column)}`);
  const mark = hasMark ? ['"_deleted_at" = NULL'] : [];
  return {
    sql: [
      `UPDATE ${kept(table)} AS target SET`,
      `  ${[...values, ...mark, '"_synced_at" = $at::TIMESTAMPTZ', '"_run_id" = $run'].join(',\n  ')}`,
      `FROM ${temporary(staged)} AS staged`,
      `WHERE staged."_change" = ${literal(UPDATE)} AND ${sameKey('target', 'staged', key)}`,
    ].join('\n'),
    values: { ...stamp },
  };
}

/** Makes the whole new rows of those that changed; what the load does not have stays as it is in the table. */
export function createChanged(shape: LoadShape, replacement: Replacement, stamp: Stamp): Statement {
  const { table, staged, key, columns } = shape;
  const written = new Map(columns.map((column) => [column.name.toLowerCase(), incoming(column)]));
  written.set('_deleted_at', 'NULL').set('_synced_at', '$at::TIMESTAMPTZ').set('_run_id', '$run');
  const values = replacement.columns.map(
    (name) => written.get(name.toLowerCase()) ?? `target.${quote(name)}`,
  );
  const from = [
    `FROM ${temporary(staged)} AS staged JOIN ${kept(table)} AS target ON ${sameKey('target', 'staged', key)}`,
    `WHERE staged."_change" = ${literal(UPDATE)}`,
  ];
  return { sql: createNext(replacement, values, from.join('\n')), values: { ...stamp } };
}

function incoming({ name, type, liveType }: LoadColumn): string {
  return type === liveType ? `staged.${quote(name)}` : `CAST(staged.${quote(name)} AS ${liveType})`;
}

/** When and by which run rows are written. */
export interface Stamp {
  readonly at: string;
  readonly run: string;
}

/** Distinct values of the watched columns before and after, over all rows that the load changes. */
export function readTransitions(shape: LoadShape, watch: readonly string[], hasGone: boolean): Statement {
  const { table, staged, gone, key, newestBy } = shape;
  const columns = (before: string | null, after: string | null, newest: string): string =>
    [
      ...watch.map(
        (name, at) => `${before === null ? 'NULL' : `${before}.${quote(name)}`} AS "before_${at}"`,
      ),
      ...watch.map((name, at) => `${after === null ? 'NULL' : `${after}.${quote(name)}`} AS "after_${at}"`),
      `${newestBy === null ? 'NULL' : `${newest}.${quote(newestBy)}`} AS "newest"`,
    ].join(', ');
  const parts = [
    `SELECT 'new' AS "kind", ${columns(null, 'staged', 'staged')}`,
    `FROM ${temporary(staged)} AS staged WHERE "_change" = ${literal(INSERT)}`,
    'UNION ALL',
    `SELECT 'changed', ${columns('target', 'staged', 'staged')}`,
    `FROM ${temporary(staged)} AS staged JOIN ${kept(table)} AS target ON ${sameKey('target', 'staged', key)}`,
    `WHERE "_change" = ${literal(UPDATE)}`,
  ];
  if (hasGone) {
    parts.push(
      'UNION ALL',
      `SELECT 'gone', ${columns('target', null, 'target')}`,
      `FROM ${temporary(gone)} AS gone JOIN ${kept(table)} AS target ON ${sameKey('target', 'gone', key)}`,
    );
  }
  return { sql: `SELECT * EXCLUDE ("newest"), max("newest") FROM (\n${parts.join('\n')}\n) GROUP BY ALL` };
}
