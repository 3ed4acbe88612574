import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import type { Column, Sensitivity } from '../../src/catalog/column.ts';
import { describeStreams, describeTables } from '../../src/catalog/describe.ts';
import { expectGolden } from '../support/golden.ts';

interface Property {
  readonly type: string | readonly string[];
  readonly description?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly items?: Property;
  readonly required?: readonly string[];
  readonly 'x-sensitivity'?: Sensitivity;
  readonly 'x-name-of'?: string;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const ROOT = new URL('../../', import.meta.url);
const catalog = loadCatalog();
const streams = [...catalog.streams.values()];

const PROPERTY_KEYS = [
  'type',
  'description',
  'format',
  'properties',
  'items',
  'x-sensitivity',
  'x-name-of',
  'x-name-with-code',
];
/** Weaker to stronger; what an object or list says of itself is the strongest of what it holds, secrets aside. */
const STRENGTH: readonly Sensitivity[] = ['none', 'commercial', 'personal'];
/** The columns that open something to whoever has them, and no others. */
const SECRETS = [
  'clients.statement_key',
  'estimates.client_key',
  'expenses.receipt_url',
  'invoices.client_key',
];

describe.each(streams)('stream $name', (stream) => {
  const schema = readJson(`schemas/${stream.name}.json`) as unknown as Property;
  const page = readJson(`test/fixtures/harvest/${stream.name}/page.json`);
  const records = (stream.records === undefined ? [page] : childOf(page, stream.records)) as readonly Json[];
  const injected = stream.columns.filter((column) => column.path.length === 0).map(({ name }) => name);

  it('describes, types and marks every property, in the closed vocabulary', () => {
    const faults = propertiesOf(schema, '').flatMap(([path, property]) => faultsOf(path, property));
    expect(faults).toEqual([]);
  });

  it('requires its key, its cursor and its spent_date, and nothing else', () => {
    const optional = stream.sync === 'report' ? [...injected, 'currency'] : injected;
    const dated = stream.dated === 'spent_date' ? [stream.dated] : [];
    const cursor = stream.cursor === undefined ? [] : [stream.cursor];
    const needed = [...stream.primary_key, ...dated, ...cursor].filter((name) => !optional.includes(name));
    expect(schema.required ?? []).toEqual(needed);
  });

  it('accepts every record of its fixture', () => {
    const ajv = new Ajv({ strict: true, allErrors: true });
    ajvFormats.default(ajv);
    ajv.addVocabulary(['x-sensitivity', 'x-name-of', 'x-name-with-code']);
    const validate = ajv.compile(schema);
    const mistakes = records.flatMap((record) => (validate(record) ? [] : (validate.errors ?? [])));
    expect(mistakes).toEqual([]);
  });

  it('has a column for every value of its fixture, and a value for every column', () => {
    const reached = new Set(records.flatMap((record) => valuePaths(record)));
    const derived = new Set(stream.columns.flatMap((column) => columnPaths(column)));
    expect([...reached].filter((path) => !derived.has(path))).toEqual([]);
    expect([...derived].filter((path) => !reached.has(path))).toEqual([]);
  });

  it('has a null, or nothing, for every column that may be null', () => {
    const lists = records.map((record) => new Set(valuePaths(record)));
    const single = stream.columns.filter(({ nullable, mode }) => nullable && mode !== 'REPEATED');
    const always = single.filter(({ path }) => lists.every((paths) => paths.has(path.join('.'))));
    expect(stream.records === undefined ? [] : always.map(({ name }) => name)).toEqual([]);
  });

  it('derives the columns that are committed', () => {
    const lines = stream.columns.flatMap((column) => goldenLines(column));
    expectGolden(`test/golden/columns/${stream.name}.json`, `{\n${lines.join(',\n')}\n}\n`);
  });
});

describe('the catalogue', () => {
  it('has 32 streams, parents before their children', () => {
    const order = [...catalog.streams.keys()];
    const late = streams.filter(
      ({ name, parent }) => parent !== undefined && order.indexOf(parent.stream) > order.indexOf(name),
    );
    expect([order.length, late]).toEqual([32, []]);
  });

  it('marks exactly the four bearer keys as secret', () => {
    const secrets = streams.flatMap((stream) =>
      stream.columns.flatMap((column) => secretNames(column, `${stream.name}.`)),
    );
    expect(secrets.toSorted()).toEqual(SECRETS);
  });

  it('has a stream schema that is itself valid and describes every key', () => {
    const vocabulary = readJson('streams/stream.schema.json') as unknown as Property;
    expect(new Ajv({ strict: true }).validateSchema(vocabulary as object)).toBe(true);
    const undescribed = propertiesOf(vocabulary, '').filter(
      ([, { description }]) => description === undefined,
    );
    expect(undescribed).toEqual([]);
  });

  it('is described by docs/tables.md and streams/README.md', () => {
    expectGolden('docs/tables.md', describeTables(catalog));
    expectGolden('streams/README.md', describeStreams(catalog));
  });
});

/** What is wrong with how a property is written. */
function faultsOf(path: string, property: Property): readonly string[] {
  const faults = Object.keys(property).filter((key) => !PROPERTY_KEYS.includes(key));
  const length = property.description?.length ?? 0;
  if (length === 0 || length > 300) faults.push(`description of ${length} characters`);
  const inner = propertiesOf(property.items ?? property, '').map(
    ([, child]) => child['x-sensitivity'] ?? 'none',
  );
  const open = inner.filter((sensitivity) => sensitivity !== 'secret');
  const strongest = STRENGTH[Math.max(0, ...open.map((sensitivity) => STRENGTH.indexOf(sensitivity)))];
  if (property['x-sensitivity'] === undefined) faults.push('x-sensitivity is missing');
  else if (inner.length > 0 && property['x-sensitivity'] !== strongest)
    faults.push(`x-sensitivity is not ${strongest}`);
  return faults.map((fault) => `${path}: ${fault}`);
}

/** Every property at every depth, as `client.id` and `line_items[].project.id`. */
function propertiesOf(property: Property, path: string): readonly (readonly [string, Property])[] {
  const own = Object.entries(property.properties ?? {}).flatMap(
    ([key, child]): (readonly [string, Property])[] => {
      const place = path === '' ? key : `${path}.${key}`;
      return [[place, child], ...propertiesOf(child, place)];
    },
  );
  return property.items === undefined ? own : [...own, ...propertiesOf(property.items, `${path}[]`)];
}

/** The paths of all values but null and empty lists: `client.id`, `line_items[].id`, `roles[]`. */
function valuePaths(value: Json, path = ''): readonly string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json) => valuePaths(item, `${path}[]`));
  if (typeof value !== 'object') return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    valuePaths(child, path === '' ? key : `${path}.${key}`),
  );
}

/** The same paths as columns have them. */
function columnPaths(column: Column, prefix = ''): readonly string[] {
  if (column.path.length === 0) return [];
  const path = prefix + column.path.join('.');
  if (column.fields !== undefined) return column.fields.flatMap((field) => columnPaths(field, `${path}[].`));
  return [column.mode === 'REPEATED' ? `${path}[]` : path];
}

function goldenLines(column: Column, prefix = ''): readonly string[] {
  const name = prefix + column.name;
  const own = `  ${JSON.stringify(name)}: ${JSON.stringify(`${column.type} ${column.mode} ${column.sensitivity}`)}`;
  return [own, ...(column.fields ?? []).flatMap((field) => goldenLines(field, `${name}.`))];
}

function secretNames(column: Column, prefix: string): readonly string[] {
  const inner = (column.fields ?? []).flatMap((field) => secretNames(field, `${prefix}${column.name}.`));
  return column.sensitivity === 'secret' ? [prefix + column.name, ...inner] : inner;
}

function readJson(path: string): Json {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8')) as Json;
}

function childOf(value: Json, key: string): Json {
  return (value as Readonly<Record<string, Json>>)[key] ?? null;
}
