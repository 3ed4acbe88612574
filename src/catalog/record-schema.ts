/**
 * Reads one property of `schemas/<name>.json`. The vocabulary is closed: what a warehouse column needs and nothing
 * else, so that a schema never rejects a record for more than the type of a value.
 */
import { ConnectorError } from '../errors.ts';
import type { ColumnType, NameOf, Sensitivity } from './column.ts';

/** What every property carries. */
interface PropertyBase {
  readonly description: string;
  readonly sensitivity: Sensitivity;
  /** Whether JSON null is allowed. */
  readonly nullable: boolean;
}

/** A single value. */
export interface ScalarProperty extends PropertyBase {
  readonly kind: 'scalar';
  readonly type: Exclude<ColumnType, 'RECORD' | 'JSON'>;
  readonly nameOf: NameOf | null;
}

/** An object with known properties: an embedded reference, or the record itself. */
export interface ObjectProperty extends PropertyBase {
  readonly kind: 'object';
  readonly properties: ReadonlyMap<string, unknown>;
  readonly required: ReadonlySet<string>;
}

/** A list of objects or of single values. */
export interface ListProperty extends PropertyBase {
  readonly kind: 'list';
  readonly items: unknown;
}

export type Property = ScalarProperty | ObjectProperty | ListProperty;

const KEYS = new Set([
  '$schema',
  'title',
  'type',
  'description',
  'format',
  'properties',
  'required',
  'items',
  'x-sensitivity',
  'x-name-of',
  'x-name-with-code',
]);
const SENSITIVITIES: readonly string[] = ['none', 'personal', 'commercial', 'secret'] satisfies Sensitivity[];
const SCALARS: Readonly<Record<string, ScalarProperty['type']>> = {
  string: 'STRING',
  'string date': 'DATE',
  'string date-time': 'TIMESTAMP',
  integer: 'INT64',
  number: 'NUMERIC',
  boolean: 'BOOL',
};

/** Says where a schema breaks its contract. */
export function schemaError(stream: string, path: string, problem: string): ConnectorError {
  const place = path === '' ? '' : ` at ${path}`;
  return new ConnectorError('CATALOG_INVALID', `schemas/${stream}.json${place}: ${problem}`, { stream });
}

/**
 * Reads a property, or the schema itself, one level deep.
 *
 * @param path for messages: `client.id`, `line_items[].project`; empty for the schema itself
 * @param isItem whether this is the element of a list, which needs no description of its own
 * @throws ConnectorError CATALOG_INVALID naming stream and path
 */
export function readProperty(stream: string, path: string, value: unknown, isItem = false): Property {
  if (!isObject(value)) throw schemaError(stream, path, 'must be an object');
  const unknownKey = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknownKey !== undefined)
    throw schemaError(stream, path, `the key ${unknownKey} is not part of the vocabulary`);
  const { type, nullable } = readType(stream, path, value['type']);
  const plain = isItem || path === '';
  const base = {
    description: readDescription(stream, path, value['description'], isItem),
    sensitivity: plain ? 'none' : readSensitivity(stream, path, value['x-sensitivity']),
    nullable,
  } satisfies PropertyBase;
  if (type === 'object') return { ...base, kind: 'object', ...readProperties(stream, path, value) };
  if (type === 'array') return { ...base, kind: 'list', items: value['items'] };
  const format = typeof value['format'] === 'string' ? ` ${value['format']}` : '';
  const columnType = SCALARS[`${type}${format}`];
  if (columnType === undefined) throw schemaError(stream, path, `no column type for ${type}${format}`);
  return { ...base, kind: 'scalar', type: columnType, nameOf: readNameOf(stream, path, value) };
}

function readType(stream: string, path: string, value: unknown): { type: string; nullable: boolean } {
  if (typeof value === 'string') return { type: value, nullable: false };
  if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && value[1] === 'null') {
    return { type: value[0], nullable: true };
  }
  throw schemaError(stream, path, 'type must be one type, or a list of one type and "null"');
}

function readDescription(stream: string, path: string, value: unknown, isItem: boolean): string {
  if (typeof value === 'string' && value !== '') return value;
  if (isItem) return '';
  throw schemaError(stream, path, 'description is missing');
}

function readSensitivity(stream: string, path: string, value: unknown): Sensitivity {
  if (typeof value === 'string' && SENSITIVITIES.includes(value)) return value as Sensitivity;
  throw schemaError(stream, path, `x-sensitivity must be one of ${SENSITIVITIES.join(', ')}`);
}

function readNameOf(stream: string, path: string, value: Readonly<Record<string, unknown>>): NameOf | null {
  const of = value['x-name-of'];
  if (of === undefined) return null;
  if (typeof of !== 'string') throw schemaError(stream, path, 'x-name-of must be the name of a stream');
  return { stream: of, withCode: value['x-name-with-code'] === true };
}

function readProperties(
  stream: string,
  path: string,
  value: Readonly<Record<string, unknown>>,
): Pick<ObjectProperty, 'properties' | 'required'> {
  const properties = value['properties'];
  if (!isObject(properties) || Object.keys(properties).length === 0) {
    throw schemaError(stream, path, 'an object needs properties');
  }
  const required: unknown = value['required'] ?? [];
  const isList = Array.isArray(required) && required.every((name) => typeof name === 'string');
  if (!isList) throw schemaError(stream, path, 'required must be a list of names');
  const missing = required.find((name) => !Object.hasOwn(properties, name));
  if (missing !== undefined)
    throw schemaError(stream, path, `${missing} is required but not among the properties`);
  return { properties: new Map(Object.entries(properties)), required: new Set(required) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
