/**
 * Record → row, or reject. Enters: a JSON object as Harvest sent it and the values that come from the request
 * (parent id, period). Leaves: a row with exactly the chosen columns, or the reason why there is none. Always
 * holds: nothing throws, nothing is lost (every record becomes one row or one reject), no value of a column that
 * was not chosen is looked at beyond the name of its property, and hashing happens here and nowhere else.
 */
import type { Column } from '../catalog/column.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import type { Row, RowValue } from '../warehouse/table.ts';
import { castScalar, jsonType, keyedHash, Refusal } from './cast.ts';
import { pick } from './pick-columns.ts';
import {
  isStrict,
  Problem,
  propertyTree,
  type Cast,
  type Fill,
  type Level,
  type NoteDrift,
  type Property,
} from './properties.ts';

export type { NoteDrift } from './properties.ts';

/** What becomes of a record. */
export type Shaped = { readonly kind: 'row'; readonly row: Row } | Reject;

/** Why there is no row. */
export interface Reject {
  readonly kind: 'reject';
  /** Where in the record, dotted: `line_items[2].quantity`. */
  readonly path: string;
  readonly reason: string;
  /** The chosen properties as they were sent (hashed where chosen so). */
  readonly record: Row;
  /** The record must not be stored: it names somebody who was erased. */
  readonly isWithheld?: boolean;
}

/** What a shaper is compiled from. */
export interface ShaperOptions {
  /** All columns of the stream: what is known. */
  readonly all: readonly Column[];
  /** The columns that were chosen: what is read. */
  readonly chosen: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Key of the column hash; needed where a chosen column is hashed. */
  readonly hashKey: string | null;
}

/** Takes what was erased out of a row, or out of the record of a reject; `seen`: all that Harvest sent, by column. */
export type Eraser = (row: Row, seen: Row) => Row;

/** Shapes one record. `injected` has the values that come from the request; what is not known yet goes to `drift`. Never throws. */
export type Shaper = (record: JsonObject, injected: Row, drift: NoteDrift) => Shaped;

/** A row that is being filled. */
type Filling = Record<string, RowValue>;

/** Compiles the columns of a stream into a function that is run for every record. */
export function compileShaper(options: ShaperOptions): Shaper {
  const injectedNames = options.chosen.filter((column) => column.path.length === 0).map(({ name }) => name);
  const shapeInto = compileObject(options.all, options.chosen, options.hashKey);
  const blank = {
    ...Object.fromEntries(injectedNames.map((name) => [name, null])),
    ...blankRow(options.chosen),
  };
  const textKeys = options.chosen
    .filter((column) => options.primaryKey.includes(column.name) && column.type === 'STRING')
    .map(({ name }) => name);
  return (record, injected, drift) => {
    const row: Filling = { ...blank };
    for (const name of injectedNames) row[name] = injected[name] ?? null;
    const problem = shapeInto(record, row, '', drift);
    if (problem !== null) {
      const picked = { ...injected, ...pick(record, options.chosen, options.hashKey) };
      return { kind: 'reject', path: problem.path, reason: problem.reason, record: picked };
    }
    // a report row without rate rights carries no currency; a key cannot be NULL
    for (const name of textKeys) row[name] ??= '';
    return { kind: 'row', row };
  };
}

type ShapeInto = (record: JsonObject, row: Filling, at: string, drift: NoteDrift) => Problem | null;

const NO_ELEMENTS: readonly RowValue[] = [];

/** A row in which nothing is filled yet. A copy of it has its final layout from the start, which costs half of filling one. */
function blankRow(columns: readonly Column[]): Filling {
  const sent = columns.filter(({ path }) => path.length > 0);
  return Object.fromEntries(sent.map(({ name, mode }) => [name, mode === 'REPEATED' ? NO_ELEMENTS : null]));
}

/** Compiles one level: the record itself, or the elements of a repeated record. It fills a copy of their blank row. */
function compileObject(all: readonly Column[], chosen: readonly Column[], hashKey: string | null): ShapeInto {
  const root = propertyTree(all, chosen, (column): Fill => ({
    name: column.name,
    cast: compileCast(column, all, hashKey),
  }));
  const strict = chosen.filter(isStrict);
  return (record, row, at, drift) => {
    const problem = walk(record, root, row, at, drift);
    if (problem !== null) return problem;
    for (const column of strict) {
      if (!isEmpty(row[column.name])) continue;
      const state = presence(record, column.path);
      if (state === 'null' && !column.nullable)
        return new Problem(at + column.path.join('.'), 'must not be null');
      if (state === 'absent' && column.required) return new Problem(at + column.path.join('.'), 'is missing');
    }
    return null;
  };
}

/** Fills the columns with what was sent, in its order. `at`: where the record stands that the level belongs to. */
function walk(record: JsonObject, level: Level, row: Filling, at: string, drift: NoteDrift): Problem | null {
  for (const name of Object.keys(record)) {
    const value = record[name];
    const property = level.properties.get(name);
    if (property === undefined) {
      drift(`${at}${level.prefix}${name}`.replaceAll(/\[\d+\]/g, '[]'), jsonType(value));
    } else if (value !== null) {
      // absent and null are told apart when all is filled
      const problem = fill(value, property, row, at, drift);
      if (problem !== null) return problem;
    }
  }
  return null;
}

function fill(
  value: unknown,
  property: Property,
  row: Filling,
  at: string,
  drift: NoteDrift,
): Problem | null {
  if (property.fill !== null) {
    const cast = property.fill.cast(value, at, drift);
    if (cast instanceof Problem) return cast;
    row[property.fill.name] = cast;
    return null;
  }
  if (property.children === null) return null;
  if (isObject(value)) return walk(value, property.children, row, at, drift);
  return property.hasChosen
    ? new Problem(at + property.path, `expected object, got ${jsonType(value)}`)
    : null;
}

/** Compiles what fills one column. */
function compileCast(column: Column, all: readonly Column[], hashKey: string | null): Cast {
  const path = column.path.join('.');
  if (column.type === 'RECORD') {
    const known = all.find(({ name }) => name === column.name)?.fields ?? [];
    const shapeInto = compileObject(known, column.fields ?? [], hashKey);
    const blank = blankRow(column.fields ?? []);
    return (value, at, drift) =>
      castList(value, at + path, blank, (...element) => shapeInto(...element, drift));
  }
  if (column.mode === 'REPEATED') return (value, at) => castScalars(column, value, at + path, hashKey);
  const { type } = column;
  if (column.hashed !== true)
    return (value, at) => {
      const cast = castScalar(type, value);
      return cast instanceof Refusal ? new Problem(at + path, cast.reason) : cast;
    };
  return (value, at) => {
    const cast = castOne(column, value, hashKey);
    return cast instanceof Refusal ? new Problem(at + path, cast.reason) : cast;
  };
}

function castOne(column: Column, value: unknown, hashKey: string | null): RowValue | Refusal {
  const cast = castScalar(column.type, value);
  if (column.hashed !== true || typeof cast !== 'string') return cast;
  return hashKey === null ? new Refusal('there is no key to hash it with') : keyedHash(hashKey, cast);
}

function castList(
  value: unknown,
  at: string,
  blank: Filling,
  shapeInto: (element: JsonObject, row: Filling, at: string) => Problem | null,
): RowValue | Problem {
  if (!Array.isArray(value)) return new Problem(at, `expected array, got ${jsonType(value)}`);
  const rows: RowValue[] = [];
  for (const [index, element] of value.entries()) {
    if (!isObject(element))
      return new Problem(`${at}[${index}]`, `expected object, got ${jsonType(element)}`);
    const row: Filling = { ...blank };
    const problem = shapeInto(element, row, `${at}[${index}].`);
    if (problem !== null) return problem;
    rows.push(row);
  }
  return rows;
}

function castScalars(column: Column, value: unknown, at: string, hashKey: string | null): RowValue | Problem {
  if (!Array.isArray(value)) return new Problem(at, `expected array, got ${jsonType(value)}`);
  const scalars: RowValue[] = [];
  for (const [index, element] of value.entries()) {
    const cast = element === null ? new Refusal('must not be null') : castOne(column, element, hashKey);
    if (cast instanceof Refusal) return new Problem(`${at}[${index}]`, cast.reason);
    scalars.push(cast);
  }
  return scalars;
}

/** Whether nothing was put into a column, or an empty list: null, absence and `[]` have to be told apart. */
function isEmpty(value: RowValue | undefined): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** Whether a property was sent: an enclosing null counts as null, an enclosing absence as absence. */
function presence(record: JsonObject, path: readonly string[]): 'absent' | 'null' | 'there' {
  let value: unknown = record;
  for (const name of path) {
    if (value === null) return 'null';
    if (!isObject(value)) return 'absent';
    value = value[name];
  }
  if (value === undefined) return 'absent';
  return value === null ? 'null' : 'there';
}
