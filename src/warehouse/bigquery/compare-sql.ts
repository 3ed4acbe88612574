/**
 * The query that compares the staged rows of a load with their table. Leaves: a row for each that differs, with what
 * happens to it in `_change`. Pure.
 */
import { isList, typeName, type Field } from './columns.ts';
import { IS_NOTED, isLive, joinNoted } from './live-sql.ts';
import {
  EVERYTHING,
  GONE,
  INSERT,
  LOSE,
  MISSING,
  MOVED,
  REMOVE,
  UPDATE,
  UPSERT,
  type Bounds,
  type LoadShape,
  type ScopeSql,
} from './load-sql.ts';
import { place, quote, sameKey, type Statement } from './sql.ts';

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
    `  ${[...values, `${changeOf(shape)} AS \`_change\``, ...before, ...newest].join(',\n  ')}`,
    `FROM ${place(staged)} AS staged`,
    `${join} ${scoped(shape, scope, bounds)} AS target`,
    `  ON ${sameKey('target', 'staged', key)}${bound}`,
    ...joinNoted(shape),
    `WHERE ${[changed(shape), removed(shape), lost(shape), ...(scope === null ? [] : [unstaged(shape, scope)])].join('\n  OR ')}`,
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

function changeOf({ key, missing }: LoadShape): string {
  const isNew = `target.${quote(key[0] ?? '')} IS NULL`;
  return [
    `CASE WHEN staged.\`_change\` IS NULL THEN '${missing === 'tell' ? MISSING : GONE}'`,
    `WHEN staged.\`_change\` = '${REMOVE}' THEN '${MOVED}'`,
    `WHEN staged.\`_change\` = '${LOSE}' THEN '${GONE}'`,
    `WHEN ${isNew} THEN '${INSERT}' ELSE '${UPDATE}' END`,
  ].join(' ');
}

/** A staged row that is new, or differs and is not older. One that was marked or noted as gone is there again. */
function changed({ key, columns, partial, newestBy, hasMark, deletes }: LoadShape): string {
  const isNew = `target.${quote(key[0] ?? '')} IS NULL`;
  const differences = columns
    .filter(({ name }) => !key.includes(name))
    .map((field) => difference(field, partial.get(field.name) ?? null));
  if (hasMark) differences.push('target.`_deleted_at` IS NOT NULL');
  if (deletes === 'keep') differences.push(IS_NOTED);
  const differs = differences.length === 0 ? 'FALSE' : `(${differences.join('\n      OR ')})`;
  const newer =
    newestBy === null ? '' : ` AND NOT IFNULL(staged.${quote(newestBy)} < target.${quote(newestBy)}, FALSE)`;
  return `(staged.\`_change\` = '${UPSERT}' AND (${isNew} OR (${differs}${newer})))`;
}

function removed(shape: LoadShape): string {
  return `(${[`staged.\`_change\` = '${REMOVE}'`, isThere(shape), ...unmarked(shape)].join(' AND ')})`;
}

function lost(shape: LoadShape): string {
  return `(${[`staged.\`_change\` = '${LOSE}'`, isThere(shape), ...goes(shape)].join(' AND ')})`;
}

function unstaged(shape: LoadShape, scope: string): string {
  const conditions = shape.missing === 'tell' ? isLive(shape) : goes(shape);
  return `(${['staged.`_change` IS NULL', scope, ...conditions].join(' AND ')})`;
}

function isThere({ key }: LoadShape): string {
  return `target.${quote(key[0] ?? '')} IS NOT NULL`;
}

/** A row that is marked already does not go again, and one that is kept does not if it was noted and not written since. */
function goes(shape: LoadShape): readonly string[] {
  return shape.deletes === 'keep' ? isLive({ ...shape, hasMark: false }) : unmarked(shape);
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
