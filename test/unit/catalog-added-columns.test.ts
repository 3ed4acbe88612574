import { describe, expect, it } from '@jest/globals';
import {
  addedName,
  catalogWithAdded,
  findAddMistakes,
  withAdded,
  type AddedColumns,
} from '../../src/catalog/added-columns.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { erasableCells } from '../../src/catalog/erasable.ts';
import { chooseColumns } from '../../src/catalog/choose-columns.ts';
import type { Stream } from '../../src/catalog/stream.ts';
import { compileShaper } from '../../src/sync/row.ts';

const { streams } = loadCatalog();

function named(name: string): Stream {
  const stream = streams.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

const ADDED: AddedColumns = {
  vat: 'STRING',
  'client.seats': 'INT64',
  'line_items[].position': 'NUMERIC',
  'bureau.Office.opened': 'DATE',
};

describe('added columns', () => {
  it('stand after those of the stream, and in their list', () => {
    const invoices = named('invoices');
    const wide = withAdded(invoices, ADDED);
    expect(wide.columns.slice(invoices.columns.length)).toMatchObject([
      { name: 'vat', type: 'STRING', sensitivity: 'personal', path: ['vat'], nullable: true, added: true },
      { name: 'client_seats', type: 'INT64', sensitivity: 'none', path: ['client', 'seats'] },
      { name: 'bureau_office_opened', type: 'DATE', path: ['bureau', 'Office', 'opened'] },
    ]);
    const lines = wide.columns.find(({ name }) => name === 'line_items');
    expect(lines?.fields?.at(-1)).toMatchObject({ name: 'position', path: ['position'], added: true });
    expect(Object.keys(ADDED).map(addedName)).toEqual([
      'vat',
      'client_seats',
      'line_items.position',
      'bureau_office_opened',
    ]);
    expect(withAdded(invoices, undefined)).toBe(invoices);
  });

  it('are chosen whatever is included, unless they are excluded, and may be hashed', () => {
    const choice = { include: ['number'], exclude: ['client_seats'], hash: ['vat'], add: ADDED };
    const columns = chooseColumns(named('invoices'), choice);
    expect(columns.find(({ name }) => name === 'vat')).toMatchObject({ hashed: true, added: true });
    expect(columns.some(({ name }) => name === 'client_seats')).toBe(false);
    const lines = columns.find(({ name }) => name === 'line_items');
    expect(lines?.fields?.map(({ name }) => name)).toEqual(['position']);
  });

  it('are filled from where they stand in a record, and are no drift', () => {
    const wide = withAdded(named('invoices'), ADDED);
    const chosen = wide.columns.filter(({ name, added }) => added === true || name === 'line_items');
    const shape = compileShaper({ all: wide.columns, chosen, primaryKey: ['id'], hashKey: null });
    const drift: string[] = [];
    const record = {
      id: 1,
      vat: 'ATU1',
      client: { id: 2, seats: 3, other: 4 },
      bureau: { Office: { opened: '2026-01-31' } },
      line_items: [{ id: 1, position: 2.5 }, { id: 2 }],
    };
    const shaped = shape(record, {}, (path) => drift.push(path));
    expect(shaped).toMatchObject({
      kind: 'row',
      row: {
        vat: 'ATU1',
        client_seats: 3,
        bureau_office_opened: '2026-01-31',
        line_items: [{ position: '2.5' }, { position: null }],
      },
    });
    expect(drift).toEqual(['client.other']);
    expect(shape({ id: 1, vat: 7 }, {}, () => undefined)).toMatchObject({ kind: 'reject', path: 'vat' });
  });

  it.each<[string, AddedColumns, string]>([
    ['a path that is none', { 'a b': 'STRING' }, 'must be a property'],
    ['a path that ends in a list', { 'line_items[]': 'STRING' }, 'must be a property'],
    ['a list that is none', { 'number[].x': 'STRING' }, 'no list of records number'],
    ['a column of another type', { number: 'INT64' }, 'is the column number already, of type STRING'],
    ['a name that is taken', { client_id: 'INT64' }, 'would be the column client_id'],
    ['a name that is taken by another added one', { 'a.b': 'BOOL', a_b: 'BOOL' }, 'would be the column a_b'],
    ['a property of a value', { 'number.x': 'STRING' }, 'number is a value of its own'],
    ['an object with columns', { client: 'STRING' }, 'client has properties'],
  ])('are refused: %s', (_, added, message) => {
    const found = findAddMistakes(named('invoices'), added);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain(message);
  });

  it('are as delicate as any text of the record, so that an erasure takes them', () => {
    const overrides = new Map([
      ['users', { include: null, exclude: [], hash: [], add: { nick: 'STRING' } }],
    ] as const);
    const { streams: wide } = catalogWithAdded(
      { streams },
      { streams: { include: ['*'], exclude: [], overrides } },
    );
    const users = wide.get('users');
    expect(users === undefined ? [] : erasableCells('user', users)).toContainEqual({
      list: null,
      column: 'nick',
      signs: [{ by: 'id', list: null, column: 'id' }],
    });
    expect(wide.get('clients')).toBe(streams.get('clients'));
  });

  it('that a newer version has as columns of the same type change nothing', () => {
    const invoices = named('invoices');
    expect(findAddMistakes(invoices, { number: 'STRING', 'client.id': 'INT64' })).toEqual([]);
    expect(withAdded(invoices, { number: 'STRING' })).toBe(invoices);
  });
});
