import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Column } from '../../src/catalog/column.ts';
import { deriveColumns } from '../../src/catalog/columns.ts';
import type { StreamDefinition } from '../../src/catalog/stream.ts';
import { ConnectorError } from '../../src/errors.ts';

const WIDGETS: StreamDefinition = {
  name: 'widgets',
  description: 'Widgets.',
  docs: 'https://example.com',
  path: 'widgets',
  records: 'widgets',
  sync: 'full',
  primary_key: ['id'],
  limit_class: 'general',
  tags: ['test'],
};

const about = { description: 'Something.', 'x-sensitivity': 'none' };
const text = { ...about, type: 'string' };
const maybeText = { ...about, type: ['string', 'null'] };
const id = { ...about, type: 'integer' };

const record = (properties: object, required: readonly string[] = []) => ({
  description: 'A widget.',
  type: 'object',
  required,
  properties,
});

const object = (properties: object, type: unknown = 'object') => ({ ...about, type, properties });

const derive = (properties: object, more: Partial<StreamDefinition> = {}): readonly Column[] =>
  deriveColumns({ ...WIDGETS, ...more }, record({ id, ...properties }, ['id']));

const brief = (columns: readonly Column[]): readonly string[] =>
  columns.map(({ name, type, mode }) => `${name} ${type} ${mode}`);

function failure(act: () => unknown): ConnectorError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConnectorError) return error;
  }
  throw new Error('nothing was thrown');
}

/** What is wrong, the properties, what else the stream says, and what is said about it. */
const FAULTS: readonly [string, object, Partial<StreamDefinition>, RegExp][] = [
  [
    'a flattened name equals a real one',
    { client: object({ id }), client_id: id },
    {},
    /client\.id.*client_id/,
  ],
  ['two names differ in case only', { Name: text, name: text }, {}, /Name.*name/],
  [
    'a name equals an injected one',
    { box_id: id },
    { parent: { stream: 'boxes', column: 'box_id' } },
    /box_id \(added by the connector\) and box_id/,
  ],
  ['a name begins with an underscore', { _run_id: text }, {}, /_run_id cannot name a column/],
  ['a name has other characters', { 'e-mail': text }, {}, /e-mail cannot name a column/],
  ['an object has no properties', { client: object({}) }, {}, /at client: an object needs properties/],
  [
    'a list holds lists',
    { a: { ...about, type: 'array', items: { type: 'array' } } },
    {},
    /at a\[\]: a list of lists/,
  ],
  ['a type has no column', { a: { ...about, type: 'null' } }, {}, /no column type for null/],
  ['a type is a choice', { a: { ...about, type: ['string', 'integer'] } }, {}, /at a: type must be one type/],
  ['a constraint is added', { a: { ...text, maxLength: 3 } }, {}, /maxLength is not part of the vocabulary/],
  ['a description is missing', { a: { type: 'string', 'x-sensitivity': 'none' } }, {}, /at a: description/],
  ['a sensitivity is unknown', { a: { ...text, 'x-sensitivity': 'high' } }, {}, /at a: x-sensitivity/],
  ['a property is not an object', { a: 'string' }, {}, /at a: must be an object/],
];

describe('deriveColumns', () => {
  it('makes flat columns of objects at any depth', () => {
    const columns = derive({ client: object({ id, address: object({ city: text }) }) });
    expect(brief(columns)).toEqual([
      'id INT64 REQUIRED',
      'client_id INT64 NULLABLE',
      'client_address_city STRING NULLABLE',
    ]);
    expect(columns.at(-1)?.path).toEqual(['client', 'address', 'city']);
  });

  it('maps every scalar type and format', () => {
    const columns = derive({
      a: text,
      b: { ...text, format: 'date' },
      c: { ...text, format: 'date-time' },
      d: { ...about, type: 'number' },
      e: { ...about, type: 'boolean' },
    });
    expect(columns.slice(1).map(({ type }) => type)).toEqual([
      'STRING',
      'DATE',
      'TIMESTAMP',
      'NUMERIC',
      'BOOL',
    ]);
  });

  it('makes a repeated record of a list of objects, flattened by the same rule', () => {
    const item = {
      type: 'object',
      properties: { id, project: object({ id, name: text }, ['object', 'null']) },
    };
    const [, list] = derive({ lines: { ...about, type: 'array', items: item } });
    expect(list).toMatchObject({ name: 'lines', type: 'RECORD', mode: 'REPEATED', path: ['lines'] });
    expect(list?.fields?.map(({ name, path, nullable }) => [name, path, nullable])).toEqual([
      ['id', ['id'], false],
      ['project_id', ['project', 'id'], true],
      ['project_name', ['project', 'name'], true],
    ]);
  });

  it('makes a repeated column of a list of scalars', () => {
    const [, list] = derive({ tags: { ...about, type: 'array', items: { type: 'string' } } });
    expect(list).toMatchObject({ name: 'tags', type: 'STRING', mode: 'REPEATED' });
    expect(list?.fields).toBeUndefined();
  });

  it('lets a column be null where its object may be, and be missing where its object may', () => {
    const inner = { ...object({ id }, ['object', 'null']), required: ['id'] };
    expect(derive({ client: inner })[1]).toMatchObject({ nullable: true, required: false });
    expect(derive({ note: maybeText })[1]).toMatchObject({ nullable: true, required: false });
    expect(derive({})[0]).toMatchObject({ nullable: false, required: true });
  });

  it('keeps marks of sensitivity and of names', () => {
    const name = { ...text, 'x-sensitivity': 'personal', 'x-name-of': 'users', 'x-name-with-code': true };
    expect(derive({ user: object({ id, name }) })[2]).toMatchObject({
      sensitivity: 'personal',
      nameOf: { stream: 'users', withCode: true },
    });
  });

  it('puts the id of the parent, the month or the account first', () => {
    const child = derive({}, { parent: { stream: 'boxes', column: 'box_id' } });
    expect(brief(child)).toEqual(['box_id INT64 REQUIRED', 'id INT64 REQUIRED']);
    expect(child[0]?.path).toEqual([]);
    const report = derive({}, { sync: 'report', primary_key: ['period_start', 'id'] });
    expect(brief(report).slice(0, 2)).toEqual(['period_start DATE REQUIRED', 'period_end DATE NULLABLE']);
    const company = derive({}, { primary_key: ['account_id'] });
    expect(brief(company)[0]).toBe('account_id INT64 REQUIRED');
  });
});

describe('deriveColumns of a faulty schema', () => {
  it.each(FAULTS)('refuses a schema where %s', (_, properties, more, message) => {
    const error = failure(() => derive(properties, more));
    expect(error.code).toBe('CATALOG_INVALID');
    expect(error.message).toMatch(message);
    expect(error.message).toContain('schemas/widgets.json');
  });

  it('refuses a collision inside a repeated record', () => {
    const item = { type: 'object', properties: { task: object({ id }), task_id: id } };
    const error = failure(() => derive({ lines: { ...about, type: 'array', items: item } }));
    expect(error.message).toContain('lines[].task.id and lines[].task_id would both be the column task_id');
  });

  it('refuses to require what is not there', () => {
    expect(failure(() => deriveColumns(WIDGETS, record({ id }, ['name']))).message).toContain(
      'name is required',
    );
  });

  it('gives one column per leaf with names that are unique, or refuses', () => {
    const key = fc.constantFrom('a', 'b', 'a_b', 'c');
    const { tree } = fc.letrec<{ tree: object; leaf: object; node: object }>((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, tie('leaf'), tie('node')),
      leaf: fc.constantFrom(text, maybeText, id),
      node: fc.dictionary(key, tie('tree'), { minKeys: 1 }).map((properties) => object(properties)),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree), (properties) => {
        const leaves = leafNames(properties, '');
        const isUnique = new Set(leaves).size === leaves.length;
        if (isUnique) expect(derive(properties).map(({ name }) => name)).toEqual(['id', ...leaves]);
        else expect(failure(() => derive(properties)).code).toBe('CATALOG_INVALID');
      }),
    );
  });
});

function leafNames(properties: Readonly<Record<string, object>>, prefix: string): readonly string[] {
  return Object.entries(properties).flatMap(([key, value]) =>
    'properties' in value
      ? leafNames(value.properties as Record<string, object>, `${prefix}${key}_`)
      : [prefix + key],
  );
}
