/**
 * What a schema knows of a record, as a tree that is built once and walked for every record. Pure. Always holds: a
 * property that was not chosen is known, but nothing can be read through it.
 */
import type { Column } from '../catalog/column.ts';
import type { RowValue } from '../warehouse/table.ts';

/** What is wrong with a record, and where. */
export class Problem {
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }
}

/** Called for every property that the schema does not know. */
export type NoteDrift = (path: string, typeSeen: string) => void;

/** Makes the value of a column of a value that is not null; `at` is where it stands, without what stands above the record. */
export type Cast = (value: unknown, at: string, drift: NoteDrift) => RowValue | Problem;

/** A property that the schema knows: a value, a list of objects, or an object with properties of its own. */
export interface Property {
  /** Where it stands in the record, dotted. */
  readonly path: string;
  /** How its column is filled, if that was chosen. */
  fill: { readonly name: string; readonly cast: Cast } | null;
  /** Null where it has no properties that are known. */
  children: Level | null;
  /** Whether something was chosen of it. */
  hasChosen: boolean;
}

/** The properties of an object. */
export interface Level {
  /** What stands before their names: the empty text, or `client.` */
  readonly prefix: string;
  readonly properties: Map<string, Property>;
}

/** The tree of properties that the columns' paths describe. */
export function propertyTree(
  all: readonly Column[],
  chosen: readonly Column[],
  castOf: (column: Column) => Cast,
): Level {
  const root: Level = { prefix: '', properties: new Map() };
  for (const { name, path } of all) {
    const column = chosen.find((each) => each.name === name);
    const property = placeOf(path, root, column !== undefined);
    if (property !== null)
      property.fill = column === undefined ? null : { name: column.name, cast: castOf(column) };
  }
  return root;
}

/** The property at the end of a path, and what is above it; null for a path without steps. */
function placeOf(path: readonly string[], root: Level, isChosen: boolean): Property | null {
  let level = root;
  let property: Property | null = null;
  for (const name of path) {
    if (property !== null)
      level = property.children ??= { prefix: `${property.path}.`, properties: new Map() };
    property = level.properties.get(name) ?? {
      path: level.prefix + name,
      fill: null,
      children: null,
      hasChosen: false,
    };
    property.hasChosen ||= isChosen;
    level.properties.set(name, property);
  }
  return property;
}
