/**
 * From the schema of a record to the columns of a table. Pure.
 *
 * - an object becomes flat columns: `client {id, name}` → `client_id`, `client_name`, at any depth
 * - a list of objects becomes a REPEATED RECORD, whose fields are made by the same rule
 * - a list of single values becomes a REPEATED column
 *
 * What must always hold: within one level no two columns share a name, whatever its case, and none begins with
 * `_`, where the connector's own columns live.
 */
import type { Column } from './column.ts';
import { readProperty, schemaError, type ObjectProperty, type Property } from './record-schema.ts';
import type { StreamDefinition } from './stream.ts';

/** A column with the place it came from, for messages. */
interface Placed {
  readonly column: Column;
  readonly place: string;
}

/** Where in a schema the walk stands. */
interface Position {
  readonly stream: string;
  /** For messages: `line_items[].project`. */
  readonly place: string;
  /** From the record, or the element of the list, down to here. */
  readonly path: readonly string[];
  /** Whether an enclosing object may be null or missing. */
  readonly optional: boolean;
  readonly nullable: boolean;
}

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Derives all columns of a stream: injected ones first, then the schema's in its order. Columns of the primary key
 * are REQUIRED; a report's currency is too although Harvest may leave it out, since the row shaper puts '' there.
 *
 * `{client: {id: 7}, line_items: [{project: {id: 3}}]}` → `client_id` INT64, `line_items` RECORD of `project_id`
 *
 * @throws ConnectorError CATALOG_INVALID naming the schema and the path, or both paths where two collide
 */
export function deriveColumns(definition: StreamDefinition, schema: unknown): readonly Column[] {
  const stream = definition.name;
  const root = readProperty(stream, '', schema);
  if (root.kind !== 'object') throw schemaError(stream, '', 'type must be object');
  const start: Position = { stream, place: '', path: [], optional: false, nullable: false };
  const placed = [...injectedColumns(definition), ...columnsOfObject(start, root)];
  assertNames(stream, placed);
  const isKey = ({ name, mode }: Column): boolean =>
    mode === 'NULLABLE' && definition.primary_key.includes(name);
  return placed.map(({ column }) => (isKey(column) ? { ...column, mode: 'REQUIRED' } : column));
}

function injectedColumns(definition: StreamDefinition): readonly Placed[] {
  if (definition.parent !== undefined) {
    const { column, stream } = definition.parent;
    const description = `Id of the row of ${stream} that this one belongs to. Harvest leaves it out; it comes from the request.`;
    return [injected(column, 'INT64', 'REQUIRED', description)];
  }
  if (definition.sync === 'report') {
    return [
      injected('period_start', 'DATE', 'REQUIRED', 'First day of the calendar month that was asked for.'),
      injected('period_end', 'DATE', 'NULLABLE', 'Last day of the calendar month that was asked for.'),
    ];
  }
  if (definition.primary_key.includes('account_id')) {
    const description = 'Id of the Harvest account. Harvest leaves it out; it comes from the request.';
    return [injected('account_id', 'INT64', 'REQUIRED', description)];
  }
  return [];
}

function injected(name: string, type: Column['type'], mode: Column['mode'], description: string): Placed {
  const column: Column = {
    name,
    type,
    mode,
    description,
    sensitivity: 'none',
    path: [],
    required: false,
    nullable: false,
  };
  return { column, place: `${name} (added by the connector)` };
}

function columnsOfObject(at: Position, object: ObjectProperty): readonly Placed[] {
  return [...object.properties].flatMap(([key, value]) => {
    const place = at.place === '' ? key : `${at.place}.${key}`;
    const property = readProperty(at.stream, place, value);
    const here: Position = {
      stream: at.stream,
      place,
      path: [...at.path, key],
      optional: at.optional || !object.required.has(key),
      nullable: at.nullable || property.nullable,
    };
    return property.kind === 'object' ? columnsOfObject(here, property) : [columnOf(here, property)];
  });
}

function columnOf(at: Position, property: Exclude<Property, ObjectProperty>): Placed {
  const base = {
    name: at.path.join('_'),
    description: property.description,
    sensitivity: property.sensitivity,
    path: at.path,
    required: !at.optional,
    nullable: at.nullable,
  };
  if (property.kind === 'scalar') {
    const nameOf = property.nameOf === null ? {} : { nameOf: property.nameOf };
    return { column: { ...base, type: property.type, mode: 'NULLABLE', ...nameOf }, place: at.place };
  }
  const itemPlace = `${at.place}[]`;
  const item = readProperty(at.stream, itemPlace, property.items, true);
  if (item.kind === 'scalar') {
    return { column: { ...base, type: item.type, mode: 'REPEATED' }, place: at.place };
  }
  if (item.kind === 'list') throw schemaError(at.stream, itemPlace, 'a list of lists has no column');
  const start: Position = { stream: at.stream, place: itemPlace, path: [], optional: false, nullable: false };
  const fields = columnsOfObject(start, item);
  assertNames(at.stream, fields);
  return {
    column: { ...base, type: 'RECORD', mode: 'REPEATED', fields: fields.map(({ column }) => column) },
    place: at.place,
  };
}

function assertNames(stream: string, placed: readonly Placed[]): void {
  const taken = new Map<string, string>();
  for (const { column, place } of placed) {
    const key = column.name.toLowerCase();
    const other = taken.get(key);
    if (other !== undefined) {
      throw schemaError(stream, place, `${other} and ${place} would both be the column ${key}`);
    }
    if (!NAME.test(column.name)) {
      throw schemaError(
        stream,
        place,
        `${column.name} cannot name a column: a-z, 0-9 and _, beginning with a letter`,
      );
    }
    taken.set(key, place);
  }
}
