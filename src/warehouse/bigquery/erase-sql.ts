/**
 * Statements that take a person's values out of stored rows. Only rows that hold one are touched. The patterns of names
 * stand in a staging table, so that the history of jobs, which BigQuery keeps for half a year, holds none. Pure.
 */
import type { ErasedCell, Lookup, Sign, TableErasure } from '../erasure.ts';
import { findColumn } from '../own-columns.ts';
import type { Field, LiveTable } from './columns.ts';
import { literal, place, quote, text, type Stamp, type Statement, type TableRef } from './sql.ts';

/** Where an erasure works. */
export interface ErasePlace {
  readonly table: TableRef;
  /** The table of `id` and `pattern`; null: there are no names to look for. */
  readonly patterns: TableRef | null;
  /** Patterns in the order of their ids. */
  readonly order: readonly string[];
}

/** What an erasure does to a table as it stands. */
export interface ErasePlan {
  readonly set: readonly string[];
  readonly conditions: readonly string[];
  readonly isStamped: boolean;
}

type Fields = Pick<LiveTable, 'fields'>;

/** What becomes of a table; null: it has none of the columns, or nothing tells whose they are. */
export function planErasure(live: Fields, { cells }: TableErasure, at: ErasePlace): ErasePlan | null {
  const parts = [...columnChanges(live, cells, at), ...listChanges(live, cells, at)];
  if (parts.length === 0) return null;
  return {
    set: parts.map(({ set }) => set),
    conditions: parts.map(({ condition: held }) => held),
    isStamped: findColumn(live.fields, '_synced_at') !== undefined,
  };
}

interface Change {
  readonly set: string;
  readonly condition: string;
}

function columnChanges(live: Fields, cells: readonly ErasedCell[], at: ErasePlace): readonly Change[] {
  return cells.flatMap(({ list, column, signs }) => {
    const field = list === null ? findColumn(live.fields, column) : undefined;
    const holds = anyOf(signs, live, null, at);
    if (field === undefined || holds === null) return [];
    return [
      {
        set: `${quote(field.name)} = IF(${holds}, NULL, ${target(field)})`,
        condition: `${target(field)} IS NOT NULL AND ${holds}`,
      },
    ];
  });
}

function listChanges(live: Fields, cells: readonly ErasedCell[], at: ErasePlace): readonly Change[] {
  const lists = new Set(cells.flatMap(({ list }) => (list === null ? [] : [list])));
  return [...lists].flatMap((name) => {
    const list = findColumn(live.fields, name);
    const fields = list?.fields ?? [];
    const parts = new Map(
      cells.flatMap((cell) => {
        const field = cell.list === name ? findColumn(fields, cell.column) : undefined;
        const holds = anyOf(cell.signs, live, name, at);
        return field === undefined || holds === null ? [] : [[field, holds] as const];
      }),
    );
    if (list === undefined || parts.size === 0) return [];
    const values = fields.map((field) => {
      const holds = parts.get(field);
      const value = holds === undefined ? inElement(field) : `IF(${holds}, NULL, ${inElement(field)})`;
      return `${value} AS ${quote(field.name)}`;
    });
    const held = [...parts].map(([field, holds]) => `(${inElement(field)} IS NOT NULL AND ${holds})`);
    const from = `FROM UNNEST(${target(list)}) AS element`;
    return [
      {
        set: `${quote(list.name)} = ARRAY(SELECT AS STRUCT ${values.join(', ')} ${from} WITH OFFSET AS position ORDER BY position)`,
        condition: `EXISTS (SELECT 1 ${from} WHERE ${held.join(' OR ')})`,
      },
    ];
  });
}

/** One of the signs holds; null: none of them can. `within`: the list whose element is looked at. */
function anyOf(
  signs: readonly (readonly Sign[])[],
  live: Fields,
  within: string | null,
  at: ErasePlace,
): string | null {
  const known = signs.flatMap((parts) => {
    const all = parts.map((sign) => holdsIn(sign, live, within, at));
    return all.includes(null) ? [] : [all.join(' AND ')];
  });
  return known.length === 0 ? null : `(${known.join(' OR ')})`;
}

function holdsIn(sign: Sign, { fields }: Fields, within: string | null, at: ErasePlace): string | null {
  if (sign.kind === 'property') {
    const field = findColumn(fields, sign.column);
    if (field === undefined) return null;
    const value = `JSON_VALUE(${target(field)}, ${literal(`$.${sign.property}`)})`;
    return `IFNULL(${value} = ${literal(sign.value)}, FALSE)`;
  }
  if (sign.list === null) {
    const field = findColumn(fields, sign.column);
    return field === undefined ? null : test(sign, target(field), field, at);
  }
  const list = findColumn(fields, sign.list);
  const field = list === undefined ? undefined : findColumn(list.fields ?? [], sign.column);
  if (list === undefined || field === undefined) return null;
  if (sign.list === within) return test(sign, inElement(field), field, at);
  return `EXISTS (SELECT 1 FROM UNNEST(${target(list)}) AS element WHERE ${test(sign, inElement(field), field, at)})`;
}

function test(
  sign: Exclude<Sign, { kind: 'property' }>,
  value: string,
  { type }: Field,
  at: ErasePlace,
): string {
  const content = type === 'JSON' ? `TO_JSON_STRING(${value})` : `CAST(${value} AS STRING)`;
  if (sign.kind === 'equals') return `IFNULL(${content} = ${literal(sign.value)}, FALSE)`;
  if (at.patterns === null) return 'FALSE';
  const id = at.order.indexOf(sign.pattern);
  const pattern = `(SELECT names.pattern FROM ${place(at.patterns)} AS names WHERE names.id = ${id})`;
  return `IFNULL(REGEXP_CONTAINS(${content}, ${pattern}), FALSE)`;
}

/** How many rows an erasure would touch. */
export function countErased({ conditions }: ErasePlan, { table }: ErasePlace): Statement {
  return { sql: `SELECT COUNT(*) FROM ${place(table)} AS target\n${where(conditions)}`, parameters: [] };
}

/**
 * Takes the values out. Harvest has said nothing new of these rows, so `_synced_at` stays: a row that is noted as gone
 * would count as there again.
 */
export function eraseRows(plan: ErasePlan, { table }: ErasePlace, { run }: Stamp): Statement {
  const stamped = plan.isStamped ? ['`_run_id` = @run'] : [];
  return {
    sql: [
      `UPDATE ${place(table)} AS target SET`,
      `  ${[...plan.set, ...stamped].join(',\n  ')}`,
      where(plan.conditions),
    ].join('\n'),
    parameters: plan.isStamped ? [text('run', run)] : [],
  };
}

/** The distinct values of columns in some rows; null where the table lacks them. */
export function lookUp(live: Fields, lookup: Lookup, table: TableRef): Statement | null {
  const { column, value } = lookup.where;
  const asked = findColumn(live.fields, column);
  const found = lookup.columns.map((name) => findColumn(live.fields, name));
  if (asked === undefined || found.every((each) => each === undefined)) return null;
  const list = found.map((each, at) =>
    each === undefined ? `CAST(NULL AS STRING) AS value_${at}` : `${target(each)} AS value_${at}`,
  );
  return {
    sql: `SELECT DISTINCT ${list.join(', ')} FROM ${place(table)} AS target WHERE CAST(${target(asked)} AS STRING) = @value`,
    parameters: [text('value', value)],
  };
}

function where(conditions: readonly string[]): string {
  return `WHERE ${conditions.map((held) => `(${held})`).join('\n  OR ')}`;
}

function target({ name }: Field): string {
  return `target.${quote(name)}`;
}

function inElement({ name }: Field): string {
  return `element.${quote(name)}`;
}
