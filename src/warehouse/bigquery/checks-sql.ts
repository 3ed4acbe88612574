/** Queries for what `verify` asks: sums over live rows, keys that stand twice, rows that point at nothing. Pure. */
import type { BalanceQuestion, GroupBy, OrphansQuestion, Sum, SumsQuestion } from '../checks.ts';
import { columnList, literal, place, quote, type Statement, type TableRef } from './sql.ts';

/** A table in the dataset, as far as it matters to which of its rows are there. */
export interface StandingRef {
  readonly table: TableRef;
  readonly key: readonly string[];
  /** Whether it has `_deleted_at`. */
  readonly hasMark: boolean;
  /** Where gone rows are noted that stay in the table; null: none stay. */
  readonly noted: TableRef | null;
}

/**
 * Sums, group by group. A product is NUMERIC: exact as long as its two columns have nine decimals together.
 * @see Google Cloud, "Data types", NUMERIC (checked 2026-11-29)
 */
export function readSums(of: StandingRef, { between, by, sums }: SumsQuestion): Statement {
  const groups = by.map(groupOf);
  const where = between === null ? [] : datesOf(between);
  const columns = [...groups, ...sums.map(sumOf)].map((sql, at) => `${sql} AS ${quote(`c${at}`)}`);
  return asked([
    `SELECT ${columns.join(',\n  ')}`,
    `FROM ${liveRows(of)} AS live`,
    ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
    ...(groups.length === 0 ? [] : [`GROUP BY ${groups.map((_, at) => at + 1).join(', ')}`]),
  ]);
}

/** Keys that stand more than once, how often, and how many such keys there are. */
export function readDuplicates(table: TableRef, key: readonly string[], limit: number): Statement {
  return asked([
    `SELECT COUNT(*) OVER () AS found, ${columnList(key)}, times FROM (`,
    `  SELECT ${columnList(key)}, COUNT(*) AS times FROM ${place(table)} GROUP BY ${columnList(key)}`,
    `) WHERE times > 1`,
    `ORDER BY ${columnList(key)} LIMIT ${limit}`,
  ]);
}

/** How many live rows point at nothing; their keys, and what they point at. */
export function readOrphans(
  of: StandingRef,
  at: StandingRef,
  { column }: Pick<OrphansQuestion, 'column'>,
  limit: number,
): Statement {
  return asked([
    `SELECT COUNT(*) OVER () AS found, ${columnList(of.key, 'live')}, live.${quote(column)} AS pointer`,
    `FROM ${liveRows(of)} AS live`,
    `WHERE live.${quote(column)} IS NOT NULL AND NOT EXISTS`,
    `  (SELECT 1 FROM ${liveRows(at)} AS there WHERE there.${quote(at.key[0] ?? '')} = live.${quote(column)})`,
    `ORDER BY ${columnList(of.key, 'live')} LIMIT ${limit}`,
  ]);
}

/** How many live rows do not balance; their keys, their total less what is open, and the sum of their parts. */
export function readUnbalanced(
  of: StandingRef,
  parts: StandingRef,
  { total, open, except, pointer, amount }: BalanceQuestion,
  limit: number,
): Statement {
  const settled = `COALESCE(live.${quote(total)}, 0) - COALESCE(live.${quote(open)}, 0)`;
  const excepted =
    except === null ? [] : [`COALESCE(live.${quote(except.column)}, '') <> ${literal(except.value)}`];
  return asked([
    `SELECT COUNT(*) OVER () AS found, ${columnList(of.key, 'live')}, ${settled} AS settled, COALESCE(parts.amount, 0) AS amount`,
    `FROM ${liveRows(of)} AS live LEFT JOIN (`,
    `  SELECT live.${quote(pointer)} AS pointer, SUM(live.${quote(amount)}) AS amount FROM ${liveRows(parts)} AS live GROUP BY 1`,
    `) AS parts ON parts.pointer = live.${quote(of.key[0] ?? '')}`,
    `WHERE ${[`${settled} <> COALESCE(parts.amount, 0)`, ...excepted].join(' AND ')}`,
    `ORDER BY ${columnList(of.key, 'live')} LIMIT ${limit}`,
  ]);
}

function asked(lines: readonly string[]): Statement {
  return { sql: lines.join('\n'), parameters: [] };
}

function liveRows({ table, key, hasMark, noted }: StandingRef): string {
  const recordKey = `CONCAT(${key.map((name) => `CAST(target.${quote(name)} AS STRING)`).join(", '|', ")})`;
  const conditions = [
    ...(hasMark ? ['target.`_deleted_at` IS NULL'] : []),
    ...(noted === null ? [] : ['COALESCE(noted.found_at < target.`_synced_at`, TRUE)']),
  ];
  if (conditions.length === 0) return place(table);
  const joined =
    noted === null
      ? []
      : [
          `LEFT JOIN (SELECT \`record_key\`, MAX(\`found_at\`) AS found_at FROM ${place(noted)}`,
          `    WHERE \`stream\` = ${literal(table.table)} GROUP BY 1) AS noted ON noted.record_key = ${recordKey}`,
        ];
  return [
    `(SELECT target.* FROM ${place(table)} AS target`,
    ...joined,
    `WHERE ${conditions.join(' AND ')})`,
  ].join('\n    ');
}

const PARTS = { month: '%Y-%m', year: '%Y' } as const;

function groupOf({ column, part }: GroupBy): string {
  return part === 'value' ? quote(column) : `FORMAT_DATE(${literal(PARTS[part])}, ${quote(column)})`;
}

function sumOf(sum: Sum): string {
  const counted = (condition: string): string =>
    `COUNTIF(${[condition, ...(sum.where === null ? [] : [quote(sum.where)])].join(' AND ')})`;
  if (sum.kind === 'rows') return sum.where === null ? 'COUNT(*)' : `COUNTIF(${quote(sum.where)})`;
  const value = sum.kind === 'sum' ? quote(sum.column) : sum.columns.map(quote).join(' * ');
  if (sum.kind === 'fractions') return counted(`${value} <> ROUND(${value}, 2)`);
  const filtered = sum.where === null ? value : `IF(${quote(sum.where)}, ${value}, NULL)`;
  return `COALESCE(SUM(${filtered}), 0)`;
}

function datesOf({ column, from, to }: NonNullable<SumsQuestion['between']>): readonly string[] {
  return [
    ...(from === null ? [] : [`${quote(column)} >= DATE ${literal(from)}`]),
    ...(to === null ? [] : [`${quote(column)} <= DATE ${literal(to)}`]),
  ];
}
