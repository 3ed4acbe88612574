/** Columns that the configuration adds, for properties that no schema knows. Pure. */
import type { Config } from '../config/config.ts';
import type { Catalog } from './catalog.ts';
import type { Column, ColumnType } from './column.ts';
import type { Stream } from './stream.ts';

/** The types that an added column may have. */
export const ADDED_TYPES = ['STRING', 'INT64', 'NUMERIC', 'BOOL', 'DATE', 'TIMESTAMP'] as const;

/** A type of an added column. */
export type AddedType = (typeof ADDED_TYPES)[number];

/** Properties by their path, as `_schema_drift` has it: `vat_number`, `client.vat_number`, `line_items[].position`. */
export type AddedColumns = Readonly<Record<string, AddedType>>;

/** A property that cannot be added, and why. */
export interface AddMistake {
  readonly path: string;
  readonly message: string;
}

const PATH = /^(?:([A-Za-z]\w*)\[\]\.)?([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)$/;

/** The stream with the added columns after its own; one that it has already is left out. */
export function withAdded(stream: Stream, added: AddedColumns | undefined): Stream {
  let { columns } = stream;
  for (const [path, type] of Object.entries(added ?? {})) {
    const place = placeOf(path);
    if (place === null || findAddMistake(stream.name, columns, path, type) !== null) continue;
    columns = inserted(columns, place, columnOf(path, place.path, type));
  }
  return columns === stream.columns ? stream : { ...stream, columns };
}

/** The catalogue with the columns that a configuration adds to its streams. */
export function catalogWithAdded(
  catalog: Catalog,
  { streams: { overrides } }: Pick<Config, 'streams'>,
): Catalog {
  const wide = [...catalog.streams].map(
    ([name, stream]) => [name, withAdded(stream, overrides.get(name)?.add)] as const,
  );
  return { streams: new Map(wide) };
}

/** Every mistake among the added columns; empty where all is well. */
export function findAddMistakes(stream: Stream, added: AddedColumns | undefined): readonly AddMistake[] {
  const mistakes: AddMistake[] = [];
  let { columns } = stream;
  for (const [path, type] of Object.entries(added ?? {})) {
    const place = placeOf(path);
    const message = findAddMistake(stream.name, columns, path, type);
    if (message !== null) mistakes.push({ path, message });
    else if (place !== null) columns = inserted(columns, place, columnOf(path, place.path, type));
  }
  return mistakes;
}

/** The name that a property's column gets: `client.vat_number` → `client_vat_number`. */
export function addedName(path: string): string {
  const place = placeOf(path);
  const name = (place?.path ?? []).join('_').toLowerCase();
  return place?.list == null ? name : `${place.list}.${name}`;
}

interface Place {
  /** The list whose elements have the property, or null. */
  readonly list: string | null;
  readonly path: readonly string[];
}

function placeOf(path: string): Place | null {
  const match = PATH.exec(path);
  return match === null ? null : { list: match[1] ?? null, path: (match[2] ?? '').split('.') };
}

function findAddMistake(
  stream: string,
  columns: readonly Column[],
  path: string,
  type: AddedType,
): string | null {
  const place = placeOf(path);
  if (place === null)
    return 'must be a property such as vat_number, client.vat_number or line_items[].position.';
  const list = place.list === null ? null : columns.find(({ name }) => name === place.list);
  if (list === undefined || (list !== null && list.fields === undefined))
    return `${stream} has no list of records ${place.list ?? ''}.`;
  return findCollision(list === null ? columns : (list.fields ?? []), path, place.path, type);
}

function findCollision(
  siblings: readonly Column[],
  path: string,
  parts: readonly string[],
  type: AddedType,
): string | null {
  const name = parts.join('_').toLowerCase();
  for (const column of siblings) {
    const isSame = column.path.join('.') === parts.join('.');
    if (isSame && column.type === type && column.mode !== 'REPEATED') return null;
    if (isSame) return `is the column ${column.name} already, of type ${column.type}; take it out.`;
    if (column.name.toLowerCase() === name)
      return `would be the column ${column.name}, which is there already.`;
    if (startsWith(parts, column.path))
      return `${column.path.join('.')} is a value of its own and has no properties.`;
    if (startsWith(column.path, parts)) return `${path} has properties, which are columns of their own.`;
  }
  return null;
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return (
    beginning.length > 0 && beginning.length < path.length && beginning.every((part, at) => part === path[at])
  );
}

function columnOf(path: string, parts: readonly string[], type: ColumnType): Column {
  return {
    name: parts.join('_').toLowerCase(),
    type,
    mode: 'NULLABLE',
    description: `Added by the configuration: ${path} as Harvest sends it.`,
    // nobody knows what it holds
    sensitivity: type === 'STRING' ? 'personal' : 'none',
    path: parts,
    required: false,
    nullable: true,
    added: true,
  };
}

/** The columns with one more, where they do not have it. */
function inserted(columns: readonly Column[], { list, path }: Place, column: Column): readonly Column[] {
  const has = (siblings: readonly Column[]): boolean =>
    siblings.some((each) => each.path.join('.') === path.join('.'));
  if (list === null) return has(columns) ? columns : [...columns, column];
  return columns.map((each) =>
    each.name !== list || each.fields === undefined || has(each.fields)
      ? each
      : { ...each, fields: [...each.fields, column] },
  );
}
