/** Statements that take a person's values out of stored rows. Only rows that hold one are touched. Pure. */
import type { ErasedCell, Lookup, Sign, TableErasure } from '../erasure.ts';
import { findColumn } from '../own-columns.ts';
import { fieldsOf, liveSqlType, type LiveColumn, type LiveTable } from './columns.ts';
import type { Stamp } from './load-sql.ts';
import { createNext, type Replacement } from './replace-sql.ts';
import { kept, literal, quote, type Statement } from './sql.ts';

/** A column, or a list, with what becomes of it and when. */
interface Change {
  readonly column: string;
  readonly value: string;
  readonly condition: string;
  readonly isList: boolean;
}

/** What an erasure does to a table as it stands in the file. */
export interface ErasePlan {
  readonly live: LiveTable;
  readonly changes: readonly Change[];
}

/** What becomes of a table; null: it has none of the columns, or nothing tells whose they are. */
export function planErasure(live: LiveTable, { cells }: TableErasure): ErasePlan | null {
  const changes = [...columnChanges(live, cells), ...listChanges(live, cells)];
  return changes.length === 0 ? null : { live, changes };
}

function columnChanges(live: LiveTable, cells: readonly ErasedCell[]): readonly Change[] {
  return cells.flatMap(({ list, column, signs }) => {
    const found = list === null ? findColumn(live.columns, column) : undefined;
    const condition = anyOf(signs, live, null);
    if (found === undefined || condition === null) return [];
    const value = `CASE WHEN ${condition} THEN NULL ELSE ${target(found)} END`;
    const held = `${target(found)} IS NOT NULL AND ${condition}`;
    return [{ column: found.name, value, condition: held, isList: false }];
  });
}

function listChanges(live: LiveTable, cells: readonly ErasedCell[]): readonly Change[] {
  const lists = new Set(cells.flatMap(({ list }) => (list === null ? [] : [list])));
  return [...lists].flatMap((name) => {
    const list = findColumn(live.columns, name);
    if (list === undefined) return [];
    const fields = fieldsOf(list.type) ?? [];
    const parts = cells.flatMap((cell) => {
      const field = cell.list === name ? findColumn(fields, cell.column) : undefined;
      const condition = anyOf(cell.signs, live, name);
      return field === undefined || condition === null ? [] : [{ field, condition }];
    });
    if (parts.length === 0) return [];
    const set = parts.map(
      ({ field, condition }) =>
        `${quote(field.name)} := CASE WHEN ${condition} THEN CAST(NULL AS ${liveSqlType(field.type)}) ELSE ${inElement(field)} END`,
    );
    const held = parts.map(({ field, condition }) => `${inElement(field)} IS NOT NULL AND ${condition}`);
    const value = `list_transform(${target(list)}, lambda element: struct_update(element, ${set.join(', ')}))`;
    const condition = `len(list_filter(${target(list)}, lambda element: ${held.join(' OR ')})) > 0`;
    return [{ column: list.name, value, condition, isList: true }];
  });
}

/** One of the signs holds; null: none of them can. `within`: the list whose element is looked at. */
function anyOf(signs: readonly (readonly Sign[])[], live: LiveTable, within: string | null): string | null {
  const known = signs.flatMap((parts) => {
    const all = parts.map((sign) => holdsIn(sign, live, within));
    return all.includes(null) ? [] : [all.join(' AND ')];
  });
  return known.length === 0 ? null : `(${known.join(' OR ')})`;
}

function holdsIn(sign: Sign, { columns }: LiveTable, within: string | null): string | null {
  if (sign.kind === 'property') {
    const column = findColumn(columns, sign.column);
    const path = literal(`$.${sign.property}`);
    return column === undefined
      ? null
      : `json_extract_string(${target(column)}, ${path}) IS NOT DISTINCT FROM ${literal(sign.value)}`;
  }
  if (sign.list === null) {
    const column = findColumn(columns, sign.column);
    return column === undefined ? null : test(sign, target(column));
  }
  const list = findColumn(columns, sign.list);
  const field = list === undefined ? undefined : findColumn(fieldsOf(list.type) ?? [], sign.column);
  if (list === undefined || field === undefined) return null;
  return sign.list === within
    ? test(sign, inElement(field))
    : `len(list_filter(${target(list)}, lambda element: ${test(sign, inElement(field))})) > 0`;
}

function test(sign: Exclude<Sign, { kind: 'property' }>, value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  const holds =
    sign.kind === 'equals'
      ? `${text} = ${literal(sign.value)}`
      : `regexp_matches(${text}, ${literal(sign.pattern)})`;
  return `coalesce(${holds}, false)`;
}

/** How many rows an erasure would touch. */
export function countErased({ live, changes }: ErasePlan): Statement {
  return { sql: `SELECT count(*) FROM ${kept(live.name)} AS target\n${where(changes)}` };
}

/**
 * Takes the values out of columns; for tables of which no list changes. Harvest has said nothing new of these rows, so
 * `_synced_at` stays: a row that is noted as gone would count as there again.
 */
export function eraseColumns({ live, changes }: ErasePlan, { run }: Stamp): Statement {
  const set = [
    ...changes.map(({ column, value }) => `${quote(column)} = ${value}`),
    ...(isStamped(live) ? ['"_run_id" = $run'] : []),
  ];
  return {
    sql: `UPDATE ${kept(live.name)} AS target SET\n  ${set.join(',\n  ')}\n${where(changes)}`,
    ...(isStamped(live) ? { values: { run } } : {}),
  };
}

/** Makes the whole new rows of those that are touched. */
export function createErased(
  { live, changes }: ErasePlan,
  replacement: Replacement,
  { run }: Stamp,
): Statement {
  const written = new Map(changes.map(({ column, value }) => [column, value]));
  if (isStamped(live)) written.set('_run_id', '$run');
  const values = replacement.columns.map((name) => written.get(name) ?? `target.${quote(name)}`);
  return {
    sql: createNext(replacement, values, `FROM ${kept(live.name)} AS target\n${where(changes)}`),
    ...(isStamped(live) ? { values: { run } } : {}),
  };
}

/** The distinct values of columns in some rows; null where the table lacks one of them. */
export function lookUp(live: LiveTable, { columns, where: { column, value } }: Lookup): Statement | null {
  const asked = findColumn(live.columns, column);
  const found = columns.map((name) => findColumn(live.columns, name));
  if (asked === undefined || found.every((each) => each === undefined)) return null;
  const list = found.map((each) => (each === undefined ? 'NULL' : target(each))).join(', ');
  return {
    sql: `SELECT DISTINCT ${list} FROM ${kept(live.name)} AS target WHERE CAST(${target(asked)} AS VARCHAR) = $value`,
    values: { value },
  };
}

function where(changes: readonly Change[]): string {
  return `WHERE ${changes.map(({ condition: held }) => `(${held})`).join('\n  OR ')}`;
}

function isStamped({ columns }: LiveTable): boolean {
  return findColumn(columns, '_synced_at') !== undefined;
}

function target({ name }: LiveColumn): string {
  return `target.${quote(name)}`;
}

function inElement({ name }: LiveColumn): string {
  return `element.${quote(name)}`;
}
