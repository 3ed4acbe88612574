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

/** How a column is filled. */
export interface Fill {
  readonly name: string;
  readonly cast: Cast;
}

/** A property that the schema knows: a value, a list of objects, or an object with properties of its own. */
export interface Property<To = Fill> {
  /** Where it stands in the record, dotted. */
  readonly path: string;
  /** What its column is filled by, if that was chosen. */
  fill: To | null;
  /** Null where it has no properties that are known. */
  children: Level<To> | null;
  /** Whether something was chosen of it. */
  hasChosen: boolean;
}

/** The properties of an object. */
export interface Level<To = Fill> {
  /** What stands before their names: the empty text, or `client.` */
  readonly prefix: string;
  readonly properties: Map<string, Property<To>>;
}

/** Whether it matters that a column's property was sent: others may be absent, and they may be null. */
export function isStrict({ path, nullable, required }: Column): boolean {
  return path.length > 0 && (!nullable || required);
}

/** The tree of properties that the columns' paths describe. */
export function propertyTree<To>(
  all: readonly Column[],
  chosen: readonly Column[],
  fillOf: (column: Column) => To,
): Level<To> {
  const root: Level<To> = { prefix: '', properties: new Map() };
  for (const { name, path } of all) {
    const column = chosen.find((each) => each.name === name);
    const property = placeOf(path, root, column !== undefined);
    if (property !== null) property.fill = column === undefined ? null : fillOf(column);
  }
  return root;
}

/** The property at the end of a path, and what is above it; null for a path without steps. */
function placeOf<To>(path: readonly string[], root: Level<To>, isChosen: boolean): Property<To> | null {
  let level = root;
  let property: Property<To> | null = null;
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
