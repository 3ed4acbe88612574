/**
 * Which rows of a table count as there: those that are not marked as deleted and, where deletions are kept, not noted as
 * gone since they were last written. Pure.
 */
import { kept, literal, quote, type Statement } from './sql.ts';

/** A table in the file, as far as it matters to whether its rows are there. */
export interface Standing {
  readonly table: string;
  readonly key: readonly string[];
  /** Whether it has `_deleted_at`. */
  readonly hasMark: boolean;
  readonly deletes: 'remove' | 'mark' | 'keep';
}

/** A row's key as `_deletions` has it. */
export function recordKey(alias: string, key: readonly string[]): string {
  return `concat_ws('|', ${key.map((name) => `CAST(${alias}.${quote(name)} AS VARCHAR)`).join(', ')})`;
}

/** Joins to `target` when its row was last noted as gone; nothing to join where notes do not matter. */
export function joinNoted({ table, key, deletes }: Standing): readonly string[] {
  if (deletes !== 'keep') return [];
  return [
    `LEFT JOIN (SELECT "record_key", max("found_at") AS "found_at" FROM ${kept('_deletions')}`,
    `    WHERE "stream" = ${literal(table)} GROUP BY "record_key") AS noted ON noted."record_key" = ${recordKey('target', key)}`,
  ];
}

/** What is true of `target` if it was noted as gone and not written since. */
export const IS_NOTED = 'COALESCE(noted."found_at" >= target."_synced_at", false)';

/** Conditions on `target`, all of them true of a row that is there. */
export function isLive({ hasMark, deletes }: Pick<Standing, 'hasMark' | 'deletes'>): readonly string[] {
  return [
    ...(hasMark ? ['target."_deleted_at" IS NULL'] : []),
    ...(deletes === 'keep' ? [`NOT ${IS_NOTED}`] : []),
  ];
}

/** A condition that leaves out rows of `target` that were noted as gone and not written since; none unless they are kept. */
export function notNoted(standing: Standing): readonly string[] {
  if (standing.deletes !== 'keep') return [];
  const { table, key } = standing;
  return [
    [
      `${recordKey('target', key)} NOT IN (`,
      `    SELECT ${recordKey('target', key)} FROM ${kept(table)} AS target`,
      ...joinNoted(standing).map((line) => `    ${line}`),
      `    WHERE ${IS_NOTED})`,
    ].join('\n'),
  ];
}

/** Counts the rows that are there, by a column or (null) all of them. */
export function countLive(standing: Standing, column: string | null): Statement {
  const conditions = isLive(standing);
  return {
    sql: [
      `SELECT ${column === null ? "''" : `target.${quote(column)}`}, count(*) FROM ${kept(standing.table)} AS target`,
      ...joinNoted(standing),
      ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
      ...(column === null ? [] : [`GROUP BY target.${quote(column)}`]),
    ].join('\n'),
  };
}
