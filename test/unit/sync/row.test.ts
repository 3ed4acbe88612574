import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Column } from '../../../src/catalog/column.ts';
import { parseJson, type JsonObject } from '../../../src/harvest/json.ts';
import { compileShaper, type Shaped } from '../../../src/sync/row.ts';
import type { Row } from '../../../src/warehouse/table.ts';
import { column, injected, list, scalars } from '../../support/columns.ts';

const HASH_KEY = 'hash key';
const hmac = (text: string): string => createHmac('sha256', HASH_KEY).update(text, 'utf8').digest('hex');

const ID = column('id', 'INT64', { required: true, nullable: false });

/** An invoice in small: references, nested twice, a list with references inside, a list of texts. */
const INVOICE: readonly Column[] = [
  ID,
  column('client_id', 'INT64', { path: ['client', 'id'] }),
  column('client_name', 'STRING', { path: ['client', 'name'] }),
  column('address_city_code', 'STRING', { path: ['address', 'city', 'code'] }),
  column('amount', 'NUMERIC'),
  column('number', 'STRING', { nullable: false }),
  column('issue_date', 'DATE'),
  list('line_items', [
    column('id', 'INT64', { nullable: false }),
    column('project_id', 'INT64', { path: ['project', 'id'] }),
    column('project_name', 'STRING', { path: ['project', 'name'] }),
    column('quantity', 'NUMERIC'),
    scalars('tags'),
  ]),
  scalars('payment_options', 'STRING', { nullable: true }),
  scalars('user_ids', 'INT64'),
];

/** Everything about a record in one value: what became of it and the drift it gave. */
function shape(
  columns: readonly Column[],
  record: unknown,
  options: { chosen?: readonly Column[]; primaryKey?: readonly string[]; injected?: Row } = {},
): { shaped: Shaped; drift: string[] } {
  const drift: string[] = [];
  const shaper = compileShaper({
    all: columns,
    chosen: options.chosen ?? columns,
    primaryKey: options.primaryKey ?? ['id'],
    hashKey: HASH_KEY,
  });
  const shaped = shaper(record as JsonObject, options.injected ?? {}, (path, type) => {
    drift.push(`${path}: ${type}`);
  });
  return { shaped, drift };
}

/** The row that must come of a record. */
function rowOf(...args: Parameters<typeof shape>): Row {
  const { shaped } = shape(...args);
  expect(shaped.kind).toBe('row');
  return shaped.kind === 'row' ? shaped.row : {};
}

const EMPTY_INVOICE = {
  client_id: null,
  client_name: null,
  address_city_code: null,
  amount: null,
  number: null,
  issue_date: null,
  line_items: [],
  payment_options: [],
  user_ids: [],
};

describe('flattening', () => {
  it('makes flat columns of objects and keeps lists, with the same rule inside them', () => {
    const record = parseJson(`{
      "id": 9007199254740993,
      "client": {"id": 7, "name": "Huber & Söhne"},
      "address": {"city": {"code": "VIE"}},
      "amount": 12345678901.123456789,
      "number": "2026-001",
      "issue_date": "2026-01-31",
      "line_items": [
        {"id": 1, "project": {"id": 3, "name": "Shop"}, "quantity": 0.1, "tags": ["a", ""]},
        {"id": 2, "project": null, "quantity": 100.0}
      ],
      "payment_options": ["ach"],
      "user_ids": [5, 6]
    }`);
    expect(rowOf(INVOICE, record)).toEqual({
      id: '9007199254740993',
      client_id: 7,
      client_name: 'Huber & Söhne',
      address_city_code: 'VIE',
      amount: '12345678901.123456789',
      number: '2026-001',
      issue_date: '2026-01-31',
      line_items: [
        { id: 1, project_id: 3, project_name: 'Shop', quantity: '0.1', tags: ['a', ''] },
        { id: 2, project_id: null, project_name: null, quantity: '100', tags: [] },
      ],
      payment_options: ['ach'],
      user_ids: [5, 6],
    });
  });

  it.each<[string, object]>([
    ['missing properties', { id: 1 }],
    ['null in place of an object', { id: 1, client: null, address: null }],
    ['null deeper down', { id: 1, client: { id: null, name: null }, address: { city: null } }],
    ['empty objects', { id: 1, client: {}, address: { city: {} } }],
    ['empty lists', { id: 1, line_items: [], payment_options: [], user_ids: [] }],
    ['null in place of a list that may be null', { id: 1, payment_options: null }],
  ])('turns %s into NULL and empty lists', (_name, record) => {
    expect(rowOf(INVOICE, record)).toEqual({ id: 1, ...EMPTY_INVOICE });
  });

  it('keeps an empty text apart from NULL', () => {
    const row = rowOf(INVOICE, { id: 1, number: '', client: { name: '' } });
    expect([row['number'], row['client_name'], row['client_id']]).toEqual(['', '', null]);
  });

  it('takes injected values from the request, never from the record', () => {
    const columns = [injected('user_id'), ID];
    expect(rowOf(columns, { id: 1, user_id: 99 }, { injected: { user_id: '7' } })).toEqual({
      user_id: '7',
      id: 1,
    });
  });

  it('does not carry one record over into the next', () => {
    const shaper = compileShaper({ all: INVOICE, chosen: INVOICE, primaryKey: ['id'], hashKey: null });
    const ignore = (): void => undefined;
    shaper({ id: 1, number: 'x', line_items: [{ id: 1 }], user_ids: [1] }, {}, ignore);
    expect(shaper({ id: 2 }, {}, ignore)).toEqual({ kind: 'row', row: { id: 2, ...EMPTY_INVOICE } });
  });

  it('is not misled by names that every object has', () => {
    const record = JSON.parse('{"id": 1, "__proto__": {"number": "x"}, "constructor": 1, "toString": null}');
    const { shaped, drift } = shape(INVOICE, record);
    expect(shaped).toEqual({ kind: 'row', row: { id: 1, ...EMPTY_INVOICE } });
    expect(drift).toEqual(['__proto__: object', 'constructor: integer', 'toString: null']);
  });
});

describe('text in the key', () => {
  const REPORT = [injected('period_start', 'DATE'), column('client_id', 'INT64'), column('currency')];
  const options = {
    primaryKey: ['period_start', 'client_id', 'currency'],
    injected: { period_start: '2026-10-01' },
  };

  it.each([{ client_id: 7 }, { client_id: 7, currency: null }])('is the empty text for %j', (record) => {
    expect(rowOf(REPORT, record, options)).toEqual({
      period_start: '2026-10-01',
      client_id: 7,
      currency: '',
    });
  });

  it('stays what it was where it was sent', () => {
    expect(rowOf(REPORT, { client_id: 7, currency: 'EUR' }, options)['currency']).toBe('EUR');
  });
});

describe('the choice of columns', () => {
  const chosenOf = (...names: string[]): readonly Column[] =>
    INVOICE.filter(({ name }) => names.includes(name)).map((each) =>
      each.fields === undefined
        ? each
        : { ...each, fields: each.fields.filter(({ name }) => name === 'quantity') },
    );
  const record = {
    id: 1,
    client: { id: 7, name: 'HIDDEN' },
    address: { city: { code: 'HIDDEN' } },
    number: 'HIDDEN',
    line_items: [{ id: 2, project: { name: 'HIDDEN' }, quantity: 1.5, tags: ['HIDDEN'] }],
    payment_options: ['HIDDEN'],
  };

  it('gives rows with exactly the chosen columns, inside lists too', () => {
    expect(rowOf(INVOICE, record, { chosen: chosenOf('id', 'client_id', 'line_items') })).toEqual({
      id: 1,
      client_id: 7,
      line_items: [{ quantity: '1.5' }],
    });
  });

  it('does not mind what stands in columns that were not chosen, and reports no drift there', () => {
    const broken = { id: 1, client: 5, address: [], number: {}, line_items: 'x', payment_options: { a: 1 } };
    expect(shape(INVOICE, broken, { chosen: chosenOf('id') })).toEqual({
      shaped: { kind: 'row', row: { id: 1 } },
      drift: [],
    });
  });
});

describe('hashing', () => {
  const email = column('email', 'STRING', { hashed: true });
  const people = list('people', [column('id', 'INT64'), { ...email, nullable: true }]);

  it('stores the keyed hash instead of the text, inside lists too', () => {
    expect(
      rowOf([ID, email, people], { id: 1, email: 'jörg@acme.example', people: [{ email: 'b' }] }),
    ).toEqual({
      id: 1,
      email: hmac('jörg@acme.example'),
      people: [{ id: null, email: hmac('b') }],
    });
  });

  it('keeps NULL as NULL and hashes the empty text', () => {
    expect(rowOf([ID, email], { id: 1, email: null })['email']).toBeNull();
    expect(rowOf([ID, email], { id: 1 })['email']).toBeNull();
    expect(rowOf([ID, email], { id: 1, email: '' })['email']).toBe(hmac(''));
  });

  it('refuses rather than stores in clear when there is no key', () => {
    const shaper = compileShaper({
      all: [ID, email],
      chosen: [ID, email],
      primaryKey: ['id'],
      hashKey: null,
    });
    const shaped = shaper({ id: 1, email: 'CLEAR' }, {}, () => undefined);
    expect(shaped.kind).toBe('reject');
    expect(JSON.stringify(shaped)).not.toContain('CLEAR');
  });
});
