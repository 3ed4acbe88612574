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

/** Called for every property that the schema does not know. */
export type NoteDrift = (path: string, typeSeen: string) => void;

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

export type Shaper = (record: JsonObject, injected: Row, drift: NoteDrift) => Shaped;

/** A property that the schema knows: a value, a list of objects, or an object with properties of its own. */
interface Property {
  /** Column to fill, if it was chosen. */
  column: Column | null;
  readonly children: Map<string, Property>;
}

/** Compiles the columns of a stream into a function that is run for every record. */
export function compileShaper(options: ShaperOptions): Shaper {
  const shapeInto = compileObject(options.all, options.chosen, options.hashKey);
  const injectedNames = options.chosen.filter((column) => column.path.length === 0).map(({ name }) => name);
  const textKeys = options.chosen
    .filter((column) => options.primaryKey.includes(column.name) && column.type === 'STRING')
    .map(({ name }) => name);
  return (record, injected, drift) => {
    const row: Record<string, RowValue> = {};
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

/** What is wrong with a record, and where. */
class Problem {
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }
}

type ShapeInto = (
  record: JsonObject,
  row: Record<string, RowValue>,
  at: string,
  drift: NoteDrift,
) => Problem | null;

/** Compiles one level: the record itself, or the elements of a repeated record. */
function compileObject(all: readonly Column[], chosen: readonly Column[], hashKey: string | null): ShapeInto {
  const root = propertyTree(all, chosen);
  const lists = new Map<string, ShapeInto>();
  for (const column of chosen) {
    if (column.type !== 'RECORD') continue;
    const known = all.find(({ name }) => name === column.name)?.fields ?? [];
    lists.set(column.name, compileObject(known, column.fields ?? [], hashKey));
  }
  const columns = chosen.filter(({ path }) => path.length > 0);

  const castColumn = (column: Column, value: unknown, at: string, drift: NoteDrift): RowValue | Problem => {
    const shapeElement = lists.get(column.name);
    if (shapeElement !== undefined)
      return castList(value, at, (element, row, where) => shapeElement(element, row, where, drift));
    if (column.mode === 'REPEATED') return castScalars(column, value, at, hashKey);
    const cast = castOne(column, value, hashKey);
    return cast instanceof Refusal ? new Problem(at, cast.reason) : cast;
  };

  const walk = (
    record: JsonObject,
    properties: Map<string, Property>,
    row: Record<string, RowValue>,
    at: string,
    drift: NoteDrift,
  ): Problem | null => {
    for (const name of Object.keys(record)) {
      const value = record[name];
      const property = properties.get(name);
      const where = at + name;
      if (property === undefined) {
        drift(where.replaceAll(/\[\d+\]/g, '[]'), jsonType(value));
      } else if (property.column !== null) {
        const { column } = property;
        if (value === null) continue; // absent and null are told apart below
        const cast = castColumn(column, value, where, drift);
        if (cast instanceof Problem) return cast;
        row[column.name] = cast;
      } else if (property.children.size > 0 && value !== null) {
        const problem = isObject(value)
          ? walk(value, property.children, row, `${where}.`, drift)
          : hasChosen(property)
            ? new Problem(where, `expected object, got ${jsonType(value)}`)
            : null;
        if (problem !== null) return problem;
      }
    }
    return null;
  };

  return (record, row, at, drift) => {
    for (const column of columns) row[column.name] = column.mode === 'REPEATED' ? [] : null;
    const problem = walk(record, root, row, at, drift);
    if (problem !== null) return problem;
    for (const column of columns) {
      if (!isEmpty(row[column.name]) || (column.nullable && !column.required)) continue;
      const state = presence(record, column.path);
      if (state === 'null' && !column.nullable)
        return new Problem(at + column.path.join('.'), 'must not be null');
      if (state === 'absent' && column.required) return new Problem(at + column.path.join('.'), 'is missing');
    }
    return null;
  };
}

/** The tree of properties that the columns' paths describe. */
function propertyTree(all: readonly Column[], chosen: readonly Column[]): Map<string, Property> {
  const root = new Map<string, Property>();
  for (const column of all) {
    let level = root;
    let property: Property | undefined;
    for (const name of column.path) {
      property = level.get(name) ?? { column: null, children: new Map() };
      level.set(name, property);
      level = property.children;
    }
    if (property !== undefined) property.column = chosen.find(({ name }) => name === column.name) ?? null;
  }
  return root;
}

function hasChosen(property: Property): boolean {
  return property.column !== null || [...property.children.values()].some(hasChosen);
}

function castOne(column: Column, value: unknown, hashKey: string | null): RowValue | Refusal {
  const cast = castScalar(column.type, value);
  if (column.hashed !== true || typeof cast !== 'string') return cast;
  return hashKey === null ? new Refusal('there is no key to hash it with') : keyedHash(hashKey, cast);
}

function castList(
  value: unknown,
  at: string,
  shape: (element: JsonObject, row: Record<string, RowValue>, at: string) => Problem | null,
): RowValue | Problem {
  if (!Array.isArray(value)) return new Problem(at, `expected array, got ${jsonType(value)}`);
  const rows: RowValue[] = [];
  for (const [index, element] of value.entries()) {
    if (!isObject(element))
      return new Problem(`${at}[${index}]`, `expected object, got ${jsonType(element)}`);
    const row: Record<string, RowValue> = {};
    const problem = shape(element, row, `${at}[${index}].`);
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
