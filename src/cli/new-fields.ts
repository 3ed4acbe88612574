/** What Harvest sends that no column holds, and what it does not send any more. Pure. */
import { addedName, findAddMistakes, type AddedType } from '../catalog/added-columns.ts';
import type { Column } from '../catalog/column.ts';
import type { Stream } from '../catalog/stream.ts';
import { suggest } from '../catalog/suggest.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import { castScalar, jsonType, Refusal } from '../sync/cast.ts';
import { compileShaper } from '../sync/row.ts';

/** Fields that were not seen for so long are not told of, in days. */
export const NEW_FIELD_DAYS = 30;

/** A type that was seen at a path, how often, and where. */
export interface SeenType {
  readonly path: string;
  readonly type: string;
  /** In how many records, or elements of a list. */
  readonly count: number;
}

/** What runs have noted of a path. */
export interface NotedType extends SeenType {
  readonly firstSeenAt: string | null;
  readonly lastSeenAt: string | null;
}

/** A field that no column holds. */
export interface NewField {
  readonly path: string;
  readonly types: readonly string[];
  /** On the page that was read. */
  readonly on_page: number;
  /** In all runs, as `_schema_drift` counts them. */
  readonly in_runs: number;
  readonly first_seen_at: string | null;
  readonly last_seen_at: string | null;
  /** The column that it would be, and its type; null where it cannot be one. */
  readonly column: string | null;
  readonly add_as: AddedType | null;
  /** Why it cannot be added; null where it can. */
  readonly why_not: string | null;
  /** A field that is not sent any more and has nearly this name. */
  readonly perhaps_once: string | null;
}

/** The fields of a stream compared with what is sent. */
export interface FieldDiff {
  readonly new_fields: readonly NewField[];
  /** Known properties that no record of the page has. */
  readonly not_sent: readonly string[];
  /** The line of configuration that adds what is new; null where there is nothing to add. */
  readonly line: string | null;
}

/** Compares records and notes of earlier runs with the columns of a stream. */
export function compareFields(
  stream: Stream,
  records: readonly JsonObject[],
  noted: readonly NotedType[],
): FieldDiff {
  const seen = unknownTypes(stream, records);
  const notSent = absentPaths(stream.columns, records);
  const fresh = noted.filter(({ path }) => isUnknown(stream, path));
  const paths = [...new Set([...seen, ...fresh].map(({ path }) => path))].toSorted();
  const fields = paths.map((path) => newField(stream, path, { seen, noted: fresh, records, notSent }));
  return { new_fields: fields, not_sent: notSent, line: lineOf(stream.name, fields) };
}

/** How many noted fields no column holds. */
export function unknownPaths(stream: Stream, paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].filter((path) => isUnknown(stream, path));
}

interface Evidence {
  readonly seen: readonly SeenType[];
  readonly noted: readonly NotedType[];
  readonly records: readonly JsonObject[];
  readonly notSent: readonly string[];
}

function newField(stream: Stream, path: string, { seen, noted, records, notSent }: Evidence): NewField {
  const page = seen.filter((each) => each.path === path);
  const runs = noted.filter((each) => each.path === path);
  const types = [...new Set([...page, ...runs].map(({ type }) => type))].toSorted();
  const type = typeFor(types, valuesAt(records, path));
  const mistake = type === null ? null : (findAddMistakes(stream, { [path]: type })[0]?.message ?? null);
  const isAdded = type !== null && mistake === null;
  const instants = (pick: 'firstSeenAt' | 'lastSeenAt'): readonly string[] =>
    runs
      .map((each) => each[pick])
      .filter((at) => at !== null)
      .toSorted();
  return {
    path,
    types,
    on_page: sum(page),
    in_runs: sum(runs),
    first_seen_at: instants('firstSeenAt')[0] ?? null,
    last_seen_at: instants('lastSeenAt').at(-1) ?? null,
    column: isAdded ? addedName(path) : null,
    add_as: isAdded ? type : null,
    why_not: isAdded ? null : (mistake ?? whyNot(types)),
    perhaps_once: suggest(path, notSent),
  };
}

function sum(types: readonly SeenType[]): number {
  return types.reduce((total, { count }) => total + count, 0);
}

function whyNot(types: readonly string[]): string {
  if (types.includes('array')) return 'a list: wait for a version of harvest-bq that knows it';
  if (types.includes('object')) return 'an object: add its properties one by one';
  if (types.every((type) => type === 'null')) return 'only null so far, so its type is not known';
  return 'its values have several types';
}

/** The column type that holds every value that was seen; null where none does. */
function typeFor(types: readonly string[], values: readonly unknown[]): AddedType | null {
  const kinds = types.filter((type) => type !== 'null');
  const [kind] = kinds;
  if (kinds.every((type) => type === 'integer' || type === 'number') && kind !== undefined) {
    return kinds.includes('number') ? 'NUMERIC' : 'INT64';
  }
  if (kinds.length !== 1) return null;
  if (kind === 'boolean') return 'BOOL';
  if (kind !== 'string') return null;
  const texts = values.filter((value) => typeof value === 'string');
  const all = (type: AddedType): boolean =>
    texts.length > 0 && texts.every((text) => !(castScalar(type, text) instanceof Refusal));
  return (['DATE', 'TIMESTAMP'] as const).find(all) ?? 'STRING';
}

/** Every type at every path that no column holds; of unknown objects their properties as well. */
function unknownTypes(stream: Stream, records: readonly JsonObject[]): readonly SeenType[] {
  const counts = new Map<string, SeenType>();
  const note = (path: string, type: string, value: unknown): void => {
    const id = `${path}\n${type}`;
    counts.set(id, { path, type, count: (counts.get(id)?.count ?? 0) + 1 });
    if (!isObject(value)) return;
    for (const [name, inner] of Object.entries(value)) note(`${path}.${name}`, jsonType(inner), inner);
  };
  // lists are looked into, and no value is kept
  const chosen = stream.columns
    .filter((column) => column.fields !== undefined)
    .map((column) => ({ ...column, fields: [] }));
  const walk = compileShaper({ all: stream.columns, chosen, primaryKey: [], hashKey: null });
  for (const record of records) {
    const paths = new Set<string>();
    walk(record, {}, (path) => paths.add(path));
    for (const path of paths)
      for (const value of valuesAt([record], path)) note(path, jsonType(value), value);
  }
  return [...counts.values()];
}

/** Known properties that no record has. One whose object or list is empty or absent everywhere is not told of. */
function absentPaths(columns: readonly Column[], records: readonly JsonObject[]): readonly string[] {
  return columns.flatMap((column): readonly string[] => {
    if (column.path.length === 0 || records.length === 0) return [];
    const path = column.path.join('.');
    const holders = column.path.length === 1 ? records : objectsAt(records, column.path.slice(0, -1));
    const name = column.path.at(-1) ?? '';
    if (holders.length === 0) return [];
    if (!holders.some((holder) => Object.hasOwn(holder, name))) return [path];
    if (column.fields === undefined) return [];
    const elements = valuesAt(records, path).flat().filter(isObject);
    return absentPaths(column.fields, elements).map((inner) => `${path}[].${inner}`);
  });
}

function objectsAt(records: readonly JsonObject[], path: readonly string[]): readonly JsonObject[] {
  return valuesAt(records, path.join('.')).filter(isObject);
}

/** The values at a path such as `client.name` or `line_items[].position`; records without it have none. */
function valuesAt(records: readonly unknown[], path: string): readonly unknown[] {
  let values: readonly unknown[] = records;
  for (const part of path.split('.')) {
    const name = part.replace(/\[\]$/, '');
    const inner = values
      .filter(isObject)
      .flatMap((value) => (Object.hasOwn(value, name) ? [value[name]] : []));
    values = part.endsWith('[]') ? inner.flat() : inner;
  }
  return values;
}

function isUnknown(stream: Stream, path: string): boolean {
  const [list, field] = path.includes('[].') ? path.split('[].', 2) : [null, path];
  const columns =
    list === null ? stream.columns : (stream.columns.find(({ name }) => name === list)?.fields ?? []);
  return !columns.some((column) => {
    const known = column.path.join('.');
    return known === field || known.startsWith(`${field}.`);
  });
}

function lineOf(stream: string, fields: readonly NewField[]): string | null {
  const added = fields.flatMap(({ path, add_as: type }) =>
    type === null ? [] : [`${/^\w+$/.test(path) ? path : `'${path}'`}: ${type}`],
  );
  return added.length === 0 ? null : `${stream}: { columns: { add: { ${added.join(', ')} } } }`;
}
