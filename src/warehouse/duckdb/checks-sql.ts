/** Queries for what `verify` asks: sums over live rows, keys that stand twice, rows that point at nothing. Pure. */
import type { BalanceQuestion, GroupBy, OrphansQuestion, Sum, SumsQuestion } from '../checks.ts';
import { isLive, joinNoted, type Standing } from './live-sql.ts';
import { columnList, kept, literal, quote, type Statement } from './sql.ts';

/** All tables of the file with all of their columns. */
export function readTables(): Statement {
  return {
    sql: [
      'SELECT table_name, column_name FROM duckdb_columns()',
      "WHERE database_name = current_database() AND schema_name = 'main' ORDER BY table_name, column_index",
    ].join('\n'),
  };
}

/** Sums, group by group; what a product has behind the eighteenth decimal does not occur: both columns have nine. */
export function readSums(of: Standing, { between, by, sums }: SumsQuestion): Statement {
  const groups = by.map(groupOf);
  const where = between === null ? [] : datesOf(between);
  return {
    sql: [
      `SELECT ${[...groups, ...sums.map(sumOf)].join(',\n  ')}`,
      `FROM ${liveRows(of)} AS live`,
      ...(where.length === 0 ? [] : [`WHERE ${where.join(' AND ')}`]),
      ...(groups.length === 0 ? [] : [`GROUP BY ${groups.map((_, at) => at + 1).join(', ')}`]),
    ].join('\n'),
  };
}

/** Keys that stand more than once, how often, and how many such keys there are. */
export function readDuplicates(table: string, key: readonly string[], limit: number): Statement {
  return {
    sql: [
      `SELECT count(*) OVER (), ${columnList(key)}, count(*) FROM ${kept(table)}`,
      `GROUP BY ${columnList(key)} HAVING count(*) > 1`,
      `ORDER BY ${columnList(key)} LIMIT ${limit}`,
    ].join('\n'),
  };
}

/** How many live rows point at nothing; their keys, and what they point at. */
export function readOrphans(
  of: Standing,
  at: Standing,
  { column }: Pick<OrphansQuestion, 'column'>,
  limit: number,
): Statement {
  const [target = ''] = at.key;
  return {
    sql: [
      `SELECT count(*) OVER (), ${columnList(of.key)}, ${quote(column)} FROM ${liveRows(of)} AS live`,
      `WHERE ${quote(column)} IS NOT NULL AND NOT EXISTS`,
      `  (SELECT 1 FROM ${liveRows(at)} AS there WHERE there.${quote(target)} = live.${quote(column)})`,
      `ORDER BY ${columnList(of.key)} LIMIT ${limit}`,
    ].join('\n'),
  };
}

/** How many live rows do not balance; their keys, their total less what is open, and the sum of their parts. */
export function readUnbalanced(
  of: Standing,
  parts: Standing,
  { total, open, except, pointer, amount }: BalanceQuestion,
  limit: number,
): Statement {
  const settled = `COALESCE(live.${quote(total)}, 0) - COALESCE(live.${quote(open)}, 0)`;
  const excepted =
    except === null ? [] : [`live.${quote(except.column)} IS DISTINCT FROM ${literal(except.value)}`];
  return {
    sql: [
      `SELECT count(*) OVER (), ${columnList(of.key, 'live')}, ${settled}, COALESCE(parts."amount", 0)`,
      `FROM ${liveRows(of)} AS live LEFT JOIN (`,
      `  SELECT ${quote(pointer)} AS "pointer", sum(${quote(amount)}) AS "amount" FROM ${liveRows(parts)} AS live GROUP BY 1`,
      `) AS parts ON parts."pointer" = live.${quote(of.key[0] ?? '')}`,
      `WHERE ${[`${settled} <> COALESCE(parts."amount", 0)`, ...excepted].join(' AND ')}`,
      `ORDER BY ${columnList(of.key, 'live')} LIMIT ${limit}`,
    ].join('\n'),
  };
}

function liveRows(of: Standing): string {
  const conditions = isLive(of);
  const joined = joinNoted(of);
  if (conditions.length + joined.length === 0) return kept(of.table);
  return [
    `(SELECT target.* FROM ${kept(of.table)} AS target`,
    ...joined,
    `    WHERE ${conditions.join(' AND ')})`,
  ].join('\n    ');
}

const PARTS = { month: '%Y-%m', year: '%Y' } as const;

function groupOf({ column, part }: GroupBy): string {
  return part === 'value' ? quote(column) : `strftime(${quote(column)}, ${literal(PARTS[part])})`;
}

function sumOf(sum: Sum): string {
  const filter = sum.where === null ? '' : ` FILTER (WHERE ${quote(sum.where)})`;
  if (sum.kind === 'rows') return `count(*)${filter}`;
  if (sum.kind === 'sum') return `COALESCE(sum(${quote(sum.column)})${filter}, 0)`;
  const product = sum.columns.map(quote).join(' * ');
  if (sum.kind === 'products') return `COALESCE(sum(${product})${filter}, 0)`;
  const both = [`${product} <> round(${product}, 2)`, ...(sum.where === null ? [] : [quote(sum.where)])];
  return `count(*) FILTER (WHERE ${both.join(' AND ')})`;
}

function datesOf({ column, from, to }: NonNullable<SumsQuestion['between']>): readonly string[] {
  return [
    ...(from === null ? [] : [`${quote(column)} >= DATE ${literal(from)}`]),
    ...(to === null ? [] : [`${quote(column)} <= DATE ${literal(to)}`]),
  ];
}
