/**
 * Which rows of a table count as there: those that are not marked as deleted and, where deletions are kept, not noted as
 * gone since they were last written. Pure.
 */
import { literal, place, quote, type Statement, type TableRef } from './sql.ts';

/** A table, as far as it matters to whether its rows are there. */
export interface Standing {
  readonly table: TableRef;
  /** The table `_deletions`. */
  readonly deletions: TableRef;
  readonly key: readonly string[];
  /** Whether it has `_deleted_at`. */
  readonly hasMark: boolean;
  readonly deletes: 'remove' | 'mark' | 'keep';
}

/** A row's key as `_deletions` has it. */
export function recordKey(alias: string, key: readonly string[]): string {
  return `CONCAT(${key.map((name) => `CAST(${alias}.${quote(name)} AS STRING)`).join(", '|', ")})`;
}

/**
 * Joins to `target` when its row was last noted as gone; nothing to join where notes do not matter. A join, since
 * BigQuery takes only those subqueries about other rows that it can turn into one.
 * @see Google Cloud, BigQuery, "Subqueries", correlated subqueries (checked 2026-11-29)
 */
export function joinNoted({ table, deletions, key, deletes }: Standing): readonly string[] {
  if (deletes !== 'keep') return [];
  return [
    `LEFT JOIN (SELECT \`record_key\`, MAX(\`found_at\`) AS \`found_at\` FROM ${place(deletions)}`,
    `    WHERE \`stream\` = ${literal(table.table)} GROUP BY \`record_key\`) AS noted`,
    `  ON noted.\`record_key\` = ${recordKey('target', key)}`,
  ];
}

/** What is true of `target` if it was noted as gone and not written since. */
export const IS_NOTED = 'IFNULL(noted.`found_at` >= target.`_synced_at`, FALSE)';

/** Conditions on `target`, all of them true of a row that is there. */
export function isLive({ hasMark, deletes }: Pick<Standing, 'hasMark' | 'deletes'>): readonly string[] {
  return [
    ...(hasMark ? ['target.`_deleted_at` IS NULL'] : []),
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
      `    SELECT ${recordKey('target', key)} FROM ${place(table)} AS target`,
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
      `SELECT ${column === null ? "''" : `target.${quote(column)}`}, COUNT(*) FROM ${place(standing.table)} AS target`,
      ...joinNoted(standing),
      ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
      ...(column === null ? [] : [`GROUP BY target.${quote(column)}`]),
    ].join('\n'),
    parameters: [],
  };
}
