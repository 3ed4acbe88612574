/**
 * Statements for the versions of rows. What must always hold: a row that is there has one version that is open
 * (`_valid_to` NULL), which equals it, and one that is gone has none; the versions of a row do not overlap, even where two
 * commits fall into one moment or the clock was put back. Pure.
 */
import { isLive, joinNoted, type Standing } from './live-sql.ts';
import { INSERT, UPDATE, type LoadShape, type Stamp } from './load-sql.ts';
import { columnList, kept, quote, sameKey, temporary, type Statement } from './sql.ts';

/** A column of the row that its versions have too. */
export interface VersionedColumn {
  readonly name: string;
  /** The type that is wanted, in which both are compared. */
  readonly type: string;
  /** The type that the history has in the file. */
  readonly versionType: string;
}

/** A history in the file. */
export interface HistoryShape {
  readonly table: string;
  /** The key of the row. */
  readonly key: readonly string[];
  readonly columns: readonly VersionedColumn[];
}

/** A history and the table that it belongs to. */
export interface HistoryOf {
  readonly rows: Standing;
  readonly history: HistoryShape;
}

const IS_OPEN = 'version."_valid_to" IS NULL';

/** A version lasts a microsecond at least: its end is the beginning of the next. */
const ENDS = 'greatest($at::TIMESTAMPTZ, version."_valid_from" + INTERVAL 1 MICROSECOND)';

/** Closes the open versions of rows that a load writes; none is open of a row that is new. */
export function closeChanged(history: HistoryShape, { staged }: LoadShape, { at }: Stamp): Statement {
  return {
    sql: [
      `UPDATE ${kept(history.table)} AS version SET "_valid_to" = ${ENDS}`,
      `FROM ${temporary(staged)} AS staged`,
      `WHERE ${isWritten('staged')} AND ${IS_OPEN} AND ${sameKey('version', 'staged', history.key)}`,
    ].join('\n'),
    values: { at },
  };
}

/** Closes the open versions of rows that are gone. */
export function closeGone(history: HistoryShape, { gone }: LoadShape, { at }: Stamp): Statement {
  return {
    sql: [
      `UPDATE ${kept(history.table)} AS version SET "_valid_to" = ${ENDS}, "_is_deleted" = true`,
      `FROM ${temporary(gone)} AS gone`,
      `WHERE ${IS_OPEN} AND ${sameKey('version', 'gone', history.key)}`,
    ].join('\n'),
    values: { at },
  };
}

/** Opens a version of each row that a load writes. */
export function openChanged(history: HistoryShape, { staged }: LoadShape, stamp: Stamp): Statement {
  return {
    sql: [
      insertVersions(history, 'staged'),
      `FROM ${temporary(staged)} AS staged LEFT JOIN (`,
      `  SELECT ${columnList(history.key, 'version')}, max(version."_valid_to") AS "until"`,
      `  FROM ${kept(history.table)} AS version JOIN ${temporary(staged)} AS staged`,
      `    ON ${isWritten('staged')} AND ${sameKey('version', 'staged', history.key)} GROUP BY ALL`,
      `) AS before ON ${sameKey('before', 'staged', history.key)}`,
      `WHERE ${isWritten('staged')}`,
    ].join('\n'),
    values: { ...stamp },
  };
}

function isWritten(alias: string): string {
  return `${alias}."_change" IN ('${INSERT}', '${UPDATE}')`;
}

/** Inserts the rows of `from`; `before."until"` is when their last version ended. */
function insertVersions({ table, columns }: HistoryShape, from: string): string {
  const names = columns.map(({ name }) => name);
  const values = columns.map(({ name, versionType }) => `CAST(${from}.${quote(name)} AS ${versionType})`);
  return [
    `INSERT INTO ${kept(table)} (${columnList([...names, '_valid_from', '_valid_to', '_is_deleted', '_run_id'])})`,
    `SELECT ${values.join(', ')},`,
    '  greatest($at::TIMESTAMPTZ, COALESCE(before."until", $at::TIMESTAMPTZ)), NULL, false, $run',
  ].join('\n');
}

/** Closes open versions that do not equal their row, or whose row is gone. */
export function closeOthers(of: HistoryOf, { at }: Stamp): Statement {
  const { history } = of;
  return {
    sql: [
      `UPDATE ${kept(history.table)} AS version SET "_valid_to" = ${ENDS}, "_is_deleted" = other."fault" = '${LEFT}'`,
      `FROM (${found(of)}) AS other`,
      `WHERE ${IS_OPEN} AND ${sameKey('version', 'other', history.key)}`,
    ].join('\n'),
    values: { at },
  };
}

/** Opens a version of each row that has none which is open. */
export function openMissing({ rows, history }: HistoryOf, stamp: Stamp): Statement {
  return {
    sql: [
      insertVersions(history, 'target'),
      `FROM ${kept(rows.table)} AS target`,
      ...joinNoted(rows),
      `LEFT JOIN (SELECT ${columnList(history.key)}, max("_valid_to") AS "until", bool_or("_valid_to" IS NULL) AS "is_open"`,
      `    FROM ${kept(history.table)} GROUP BY ALL) AS before ON ${sameKey('before', 'target', history.key)}`,
      `WHERE ${['NOT COALESCE(before."is_open", false)', ...isLive(rows)].join(' AND ')}`,
    ].join('\n'),
    values: { ...stamp },
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
      `SELECT count(*) OVER (), ${columnList(key)}, "fault" FROM (${found(of)}) AS wrong`,
      `ORDER BY ${columnList(key)} LIMIT ${limit}`,
    ].join('\n'),
  };
}

/** The keys whose history is wrong, each once. */
function found(of: HistoryOf): string {
  return `SELECT DISTINCT ${columnList(of.history.key)}, "fault" FROM (\n${faults(of)}\n) AS looked WHERE "fault" IS NOT NULL`;
}

/** Each key of a live row or an open version, and what is wrong with it. */
function faults({ rows, history }: HistoryOf): string {
  const { key, columns } = history;
  const [first = ''] = key;
  const differences = columns
    .filter(({ name }) => !key.includes(name))
    .map(
      ({ name, type }) =>
        `CAST(target.${quote(name)} AS ${type}) IS DISTINCT FROM CAST(version.${quote(name)} AS ${type})`,
    );
  const keys = key.map((name) => `COALESCE(target.${quote(name)}, version.${quote(name)}) AS ${quote(name)}`);
  return [
    `  SELECT ${keys.join(', ')}, CASE`,
    `    WHEN version.${quote(first)} IS NULL THEN '${MISSING}'`,
    `    WHEN target.${quote(first)} IS NULL THEN '${LEFT}'`,
    `    WHEN version."_versions" > 1 THEN '${SEVERAL}'`,
    `    WHEN ${differences.length === 0 ? 'false' : differences.join('\n      OR ')} THEN '${DIFFERS}' END AS "fault"`,
    `  FROM ${liveRows(rows)} AS target`,
    `  FULL JOIN (SELECT *, count(*) OVER (PARTITION BY ${columnList(key)}) AS "_versions"`,
    `    FROM ${kept(history.table)} AS version WHERE ${IS_OPEN}) AS version ON ${sameKey('version', 'target', key)}`,
  ].join('\n');
}

function liveRows(of: Standing): string {
  const conditions = isLive(of);
  if (conditions.length === 0) return kept(of.table);
  return [
    `(SELECT target.* FROM ${kept(of.table)} AS target`,
    ...joinNoted(of),
    `    WHERE ${conditions.join(' AND ')})`,
  ].join('\n    ');
}

/** Forgets versions that had ended before an instant. */
export function pruneVersions(table: string, before: string): Statement {
  return {
    sql: `DELETE FROM ${kept(table)} WHERE "_valid_to" < $before::TIMESTAMPTZ`,
    values: { before },
  };
}
