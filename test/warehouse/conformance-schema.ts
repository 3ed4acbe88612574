import { describe, expect, it } from '@jest/globals';
import type { FlatView, Table } from '../../src/warehouse/table.ts';
import {
  CLIENTS,
  INVOICES,
  Workbench,
  client,
  column,
  list,
  table,
  type OpenWarehouse,
} from './workbench.ts';

const VIEW: FlatView = {
  name: 'invoice_line_items',
  description: 'One row for each line item.',
  table: 'invoices',
  columns: [{ name: 'id', as: 'invoice_id' }],
  list: 'line_items',
  fields: [
    { name: 'id', as: 'line_item_id' },
    { name: 'amount', as: 'amount' },
  ],
};

/** The table with more columns, one of them inside its list. */
const WIDER: Table = {
  ...INVOICES,
  columns: INVOICES.columns
    .map((one) =>
      one.name === 'line_items' ? list('line_items', [...(one.fields ?? []), column('taxed', 'BOOL')]) : one,
    )
    .concat([
      column('subject', 'STRING'),
      column('numbers', 'INT64', 'REPEATED'),
      list('parts', [column('id', 'INT64')]),
    ]),
};

/** Tables that come to be and grow. */
export function schemaTests(open: OpenWarehouse, place: (name: string) => string): void {
  describe('ensure', () => {
    it('creates tables and views, tells of each, and has nothing to do the second time', async () => {
      await using warehouse = await open();
      expect(await warehouse.ensure([CLIENTS, INVOICES], [VIEW])).toEqual([
        { table: 'clients', change: 'table created' },
        { table: 'invoices', change: 'table created' },
        { table: 'invoice_line_items', change: 'view created' },
      ]);
      expect(await warehouse.ensure([CLIENTS, INVOICES], [VIEW])).toEqual([]);
    });

    it('tells beforehand what it would make, in the same words, and makes nothing of it', async () => {
      await using warehouse = await open();
      const first = await warehouse.planTables([CLIENTS, INVOICES], [VIEW]);
      expect([...(await warehouse.counts(['clients', 'invoices']))]).toEqual([]);
      expect(first.statements.filter((sql) => sql.startsWith('CREATE TABLE'))).toHaveLength(2);
      expect(await warehouse.ensure([CLIENTS, INVOICES], [VIEW])).toEqual(first.changes);
      const none = await warehouse.planTables([CLIENTS, INVOICES], [VIEW]);
      expect([none.changes, none.statements]).toEqual([[], []]);
      const wider = await warehouse.planTables([CLIENTS, WIDER], [VIEW]);
      expect(wider.statements.filter((sql) => sql.includes('ADD COLUMN')).length).toBeGreaterThanOrEqual(3);
      expect(await warehouse.ensure([CLIENTS, WIDER], [VIEW])).toEqual(wider.changes);
    });

    it('adds columns, fields of records and lists without losing a row', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      const old = {
        id: 1,
        client_id: 7,
        client_name: 'A',
        line_items: [{ id: 1, amount: '0.1' }],
        tags: ['x'],
      };
      await bench.load(INVOICES, [old, { ...old, id: 2, line_items: [] }]);
      const changes = await bench.warehouse.ensure([WIDER], []);
      expect(changes.map(({ change, column: name }) => `${change} ${name}`)).toEqual([
        'column added line_items.taxed',
        'column added subject',
        'column added numbers',
        'column added parts',
      ]);
      const rows = await bench.rows(WIDER);
      expect(rows['1']).toMatchObject({
        client_name: 'A',
        subject: null,
        numbers: '[]',
        parts: '[]',
        _run_id: 'run-1',
      });
      expect(JSON.parse(rows['1']?.['line_items'] ?? '')).toMatchObject([
        { id: 1, amount: 0.1, taxed: null },
      ]);
      const fuller = {
        ...old,
        subject: 's',
        numbers: [1, '9007199254740993'],
        line_items: [{ id: 1, taxed: true }],
      };
      expect(await bench.load(WIDER, [fuller])).toMatchObject({ updated: 1 });
      expect((await bench.rows(WIDER))['1']).toMatchObject({ subject: 's', numbers: '[1,9007199254740993]' });
    });

    it('goes on filling a table that has more columns and fields than it is asked for', async () => {
      await using bench = await Workbench.open(open, [WIDER]);
      const row = {
        id: 1,
        client_id: 7,
        client_name: 'A',
        line_items: [{ id: 1, amount: '2', taxed: true }],
        tags: [],
      };
      await bench.load(WIDER, [{ ...row, subject: 'kept' }]);
      expect(await bench.warehouse.ensure([INVOICES], [])).toEqual([]);
      expect(await bench.load(INVOICES, [row])).toMatchObject({ unchanged: 1 });
      expect(
        await bench.load(INVOICES, [
          { ...row, client_name: 'B' },
          { ...row, id: 2 },
        ]),
      ).toMatchObject({ inserted: 1, updated: 1 });
      expect(await bench.values(WIDER, 'subject')).toEqual({ 1: 'kept', 2: null });
    });

    it('refuses types and keys that differ, naming all of them, before it changes anything', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, INVOICES]);
      await bench.load(CLIENTS, [client(1, 'a', 1)]);
      const columns = CLIENTS.columns.map((one) => (one.name === 'name' ? column('name', 'INT64') : one));
      const wrong: Table = { ...CLIENTS, columns: [...columns, column('more', 'STRING')] };
      const otherKey: Table = { ...INVOICES, primaryKey: ['id', 'client_id'] };
      const refused = bench.warehouse.ensure([table('new', [column('id', 'INT64')]), wrong, otherKey], []);
      await expect(refused).rejects.toMatchObject({
        code: 'SCHEMA_INCOMPATIBLE',
        details: {
          mismatches: [
            { table: 'clients', column: 'name' },
            { table: 'invoices', column: 'primary key' },
          ],
        },
      });
      expect(await bench.warehouse.counts(['new', 'clients'])).toEqual(new Map([['clients', 1]]));
    });

    it('brings a view up to date when its table begins to mark deletions, and keeps it so', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.warehouse.ensure([INVOICES], [VIEW]);
      const rows = [1, 2].map((id) => ({ id, line_items: [{ id: id * 10, amount: '1' }], tags: [] }));
      await bench.load(INVOICES, rows);
      const marked: Table = { ...INVOICES, marksDeletions: true };
      expect(await bench.warehouse.ensure([marked], [VIEW])).toMatchObject([
        { table: 'invoices', change: 'column added', column: '_deleted_at' },
      ]);
      await bench.load(marked, [], { gone: [['2']], deletes: 'mark' });
      const sql = `SELECT line_item_id FROM ${place('invoice_line_items')} ORDER BY 1`;
      expect((await bench.warehouse.query(sql)).rows).toEqual([['10']]);
      // deletions are removed again from now on: what was marked stays hidden
      expect(await bench.warehouse.ensure([INVOICES], [VIEW])).toEqual([]);
      expect((await bench.warehouse.query(sql)).rows).toEqual([['10']]);
      await bench.load(INVOICES, rows);
      expect((await bench.warehouse.query(sql)).rows).toEqual([['10'], ['20']]);
    });

    it('makes views that show one row per element, without marked rows', async () => {
      const marked: Table = { ...INVOICES, marksDeletions: true };
      await using bench = await Workbench.open(open, [marked]);
      await bench.warehouse.ensure([marked], [VIEW]);
      const row = { client_id: 7, client_name: 'A', tags: [] };
      const rows = [
        {
          ...row,
          id: 1,
          line_items: [
            { id: 10, amount: '0.10' },
            { id: 11, amount: '288.9' },
          ],
        },
        { ...row, id: 2, line_items: [] },
        { ...row, id: 3, line_items: [{ id: 12, amount: '1' }] },
      ];
      await bench.load(marked, rows, { deletes: 'mark' });
      await bench.load(marked, [], { removals: [['3']], deletes: 'mark' });
      const sql = `SELECT invoice_id, line_item_id, amount FROM ${place('invoice_line_items')} ORDER BY 2`;
      expect(await bench.warehouse.query(sql)).toEqual({
        columns: ['invoice_id', 'line_item_id', 'amount'],
        rows: [
          ['1', '10', '0.1'],
          ['1', '11', '288.9'],
        ],
      });
    });
  });
}
