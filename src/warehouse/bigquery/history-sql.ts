/**
 * Statements for the versions of rows. What must always hold: a row that is there has one version that is open
 * (`_valid_to` NULL), which equals it, and one that is gone has none; the versions of a row do not overlap, even where two
 * commits fall into one moment or the clock was put back. Pure.
 */
import { findColumn } from '../own-columns.ts';
import { isList, typeName, typeText, type Field } from './columns.ts';
import { isLive, joinNoted, type Standing } from './live-sql.ts';
import { GONE, INSERT, MOVED, UPDATE, UPSERT, type Bounds } from './load-sql.ts';
import {
  AT,
  columnList,
  place,
  quote,
  sameKey,
  stampOf,
  text,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

/** A column of the row that its versions have too. */
export interface VersionedColumn {
  readonly name: string;
  /** As the table of the rows has it, and as the history does: a list may have more fields in one of them. */
  readonly row: Field;
  readonly version: Field;
  /** Of a REPEATED RECORD the fields that are compared. */
  readonly fields: readonly string[];
}

/** A history in the dataset. */
export interface HistoryShape {
  readonly table: TableRef;
  /** The key of the row. */
  readonly key: readonly string[];
  readonly columns: readonly VersionedColumn[];
}

/** A history and the table that it belongs to. */
export interface HistoryOf {
  readonly rows: Standing;
  readonly history: HistoryShape;
}

/** Where the changes of a load stand, and the extent of their keys. */
export interface Changes {
  readonly from: TableRef;
  readonly bounds: Bounds;
}

const IS_OPEN = 'version.`_valid_to` IS NULL';

/** A version lasts a microsecond at least: its end is the beginning of the next. */
const ENDS = `GREATEST(${AT}, TIMESTAMP_ADD(version.\`_valid_from\`, INTERVAL 1 MICROSECOND))`;

/** What happens to rows that are there afterwards, and to those that are not. */
const WRITTEN = `'${INSERT}', '${UPDATE}', '${UPSERT}'`;
const LEAVING = `'${GONE}', '${MOVED}'`;

/** Closes the open versions of rows that a load writes or lets go; none is open of a row that is new. */
export function closeChanged({ table, key }: HistoryShape, changes: Changes, { at }: Stamp): Statement {
  return {
    sql: [
      `UPDATE ${place(table)} AS version SET`,
      `  \`_valid_to\` = ${ENDS}, \`_is_deleted\` = changed.\`_change\` IN (${LEAVING})`,
      `FROM ${place(changes.from)} AS changed`,
      `WHERE ${[sameKey('version', 'changed', key), ...within(key, changes), IS_OPEN].join(' AND ')}`,
      `  AND changed.\`_change\` IN (${WRITTEN}, ${LEAVING})`,
    ].join('\n'),
    parameters: [text('at', at)],
  };
}

/** Opens a version of each row that a load writes. */
export function openChanged(history: HistoryShape, changes: Changes, stamp: Stamp): Statement {
  const { table, key } = history;
  const near = within(key, changes);
  return {
    sql: [
      insertVersions(history, 'changed'),
      `FROM ${place(changes.from)} AS changed LEFT JOIN (`,
      `  SELECT ${columnList(key)}, MAX(\`_valid_to\`) AS until FROM ${place(table)} AS version`,
      ...(near.length === 0 ? [] : [`  WHERE ${near.join(' AND ')}`]),
      `  GROUP BY ${columnList(key)}`,
      `) AS before ON ${sameKey('before', 'changed', key)}`,
      `WHERE changed.\`_change\` IN (${WRITTEN})`,
    ].join('\n'),
    parameters: stampOf(stamp),
  };
}

function within(key: readonly string[], { bounds }: Changes): readonly string[] {
  if (bounds === null) return [];
  return [`version.${quote(key[0] ?? '')} BETWEEN ${bounds.least} AND ${bounds.greatest}`];
}

/** Inserts the rows of `from`; `before.until` is when their last version ended. */
function insertVersions({ table, columns }: HistoryShape, from: string): string {
  const names = columns.map(({ name }) => name);
  return [
    `INSERT INTO ${place(table)} (${columnList([...names, '_valid_from', '_valid_to', '_is_deleted', '_run_id'])})`,
    `SELECT ${columns.map((column) => asVersion(from, column)).join(', ')},`,
    `  GREATEST(${AT}, IFNULL(before.until, ${AT})), CAST(NULL AS TIMESTAMP), FALSE, @run`,
  ].join('\n');
}

/** A value of the row as the history has it; fields of a list that it has and the row has not are NULL. */
function asVersion(from: string, { name, row, version }: VersionedColumn): string {
  const value = `${from}.${quote(name)}`;
  if (version.fields === undefined || typeText(row) === typeText(version)) return value;
  const fields = version.fields.map((field) => {
    const known = findColumn(row.fields ?? [], field.name);
    if (known !== undefined) return `element.${quote(known.name)} AS ${quote(field.name)}`;
    const nothing = isList(field) ? '[]' : `CAST(NULL AS ${typeText(field)})`;
    return `${nothing} AS ${quote(field.name)}`;
  });
  return listOf(value, fields);
}

function listOf(value: string, fields: readonly string[]): string {
  return `ARRAY(SELECT AS STRUCT ${fields.join(', ')} FROM UNNEST(${value}) AS element WITH OFFSET AS position ORDER BY position)`;
}

/** Closes open versions that do not equal their row, or whose row is gone. */
export function closeOthers(of: HistoryOf, { at }: Stamp): Statement {
  const { table, key } = of.history;
  return {
    sql: [
      `UPDATE ${place(table)} AS version SET`,
      `  \`_valid_to\` = ${ENDS}, \`_is_deleted\` = other.fault = '${LEFT}'`,
      `FROM (${found(of)}) AS other`,
      `WHERE ${sameKey('version', 'other', key)} AND ${IS_OPEN}`,
    ].join('\n'),
    parameters: [text('at', at)],
  };
}

/** Opens a version of each row that has none which is open. */
export function openMissing({ rows, history }: HistoryOf, stamp: Stamp): Statement {
  const { table, key } = history;
  return {
    sql: [
      insertVersions(history, 'target'),
      `FROM ${place(rows.table)} AS target`,
      ...joinNoted(rows),
      `LEFT JOIN (SELECT ${columnList(key)}, MAX(\`_valid_to\`) AS until, LOGICAL_OR(\`_valid_to\` IS NULL) AS is_open`,
      `    FROM ${place(table)} GROUP BY ${columnList(key)}) AS before ON ${sameKey('before', 'target', key)}`,
      `WHERE ${['NOT IFNULL(before.is_open, FALSE)', ...isLive(rows)].join(' AND ')}`,
    ].join('\n'),
    parameters: stampOf(stamp),
  };
}

/** What is wrong with a key: no open version, one that is open though the row is gone, other values, several. */
const MISSING = 'missing';
const LEFT = 'left';
const DIFFERS = 'differs';
const SEVERAL = 'several';

/** How many keys have a history that is wrong; the keys, and what is wrong. */
export function readFaults(of: HistoryOf, limit: number): Statement {
  const { key } = of.history;
  return {
    sql: [
      `SELECT COUNT(*) OVER () AS found, ${columnList(key)}, fault FROM (${found(of)}) AS wrong`,
      `ORDER BY ${columnList(key)} LIMIT ${limit}`,
    ].join('\n'),
    parameters: [],
  };
}

/** The keys whose history is wrong, each once. */
function found(of: HistoryOf): string {
  return `SELECT DISTINCT ${columnList(of.history.key)}, fault FROM (\n${faults(of)}\n) AS looked WHERE fault IS NOT NULL`;
}

/** Each key of a live row or an open version, and what is wrong with it. */
function faults({ rows, history }: HistoryOf): string {
  const { key, columns, table } = history;
  const first = quote(key[0] ?? '');
  const differences = columns
    .filter(({ name }) => !key.includes(name))
    .map((column) => `${comparable('target', column)} IS DISTINCT FROM ${comparable('version', column)}`);
  const keys = key.map((name) => `COALESCE(target.${quote(name)}, version.${quote(name)}) AS ${quote(name)}`);
  return [
    `  SELECT ${keys.join(', ')}, CASE`,
    `    WHEN version.${first} IS NULL THEN '${MISSING}'`,
    `    WHEN target.${first} IS NULL THEN '${LEFT}'`,
    `    WHEN version.\`_versions\` > 1 THEN '${SEVERAL}'`,
    `    WHEN ${differences.length === 0 ? 'FALSE' : differences.join('\n      OR ')} THEN '${DIFFERS}' END AS fault`,
    `  FROM ${liveRows(rows)} AS target`,
    `  FULL JOIN (SELECT *, COUNT(*) OVER (PARTITION BY ${columnList(key)}) AS \`_versions\``,
    `    FROM ${place(table)} AS version WHERE ${IS_OPEN}) AS version ON ${sameKey('version', 'target', key)}`,
  ].join('\n');
}

/** Lists and JSON cannot be compared in GoogleSQL, their text can. */
function comparable(side: 'target' | 'version', { name, row, fields }: VersionedColumn): string {
  const value = `${side}.${quote(name)}`;
  if (!isList(row)) return typeName(row.type) === 'JSON' ? `TO_JSON_STRING(${value})` : value;
  if (fields.length === 0) return `TO_JSON_STRING(IFNULL(${value}, []))`;
  const values = fields.map((field) => `element.${quote(field)} AS ${quote(field)}`);
  return `TO_JSON_STRING(${listOf(value, values)})`;
}

function liveRows(of: Standing): string {
  const conditions = isLive(of);
  if (conditions.length === 0) return place(of.table);
  return [
    `(SELECT target.* FROM ${place(of.table)} AS target`,
    ...joinNoted(of),
    `WHERE ${conditions.join(' AND ')})`,
  ].join('\n    ');
}

/** Forgets versions that had ended before an instant; `asked` makes it a piece of work of its own. */
export function pruneVersions(table: TableRef, before: string, asked: string): Statement {
  return {
    sql: `-- ${asked}\nDELETE FROM ${place(table)} WHERE \`_valid_to\` < TIMESTAMP(@before)`,
    parameters: [text('before', before)],
  };
}
