import { describe, expect, it } from '@jest/globals';
import type { LiveRows, SumsQuestion } from '../../src/warehouse/checks.ts';
import type { Row } from '../../src/warehouse/table.ts';
import {
  CLIENTS,
  MARKED,
  MONTHS,
  Workbench,
  client,
  column,
  table,
  type OpenWarehouse,
} from './workbench.ts';

const ENTRIES = table('time_entries', [
  column('id', 'INT64', 'REQUIRED'),
  column('spent_date', 'DATE'),
  column('client_id', 'INT64'),
  column('hours', 'NUMERIC'),
  column('rate', 'NUMERIC'),
  column('billable', 'BOOL'),
]);
const ALL_ENTRIES: LiveRows = { table: 'time_entries', key: ['id'], deletes: 'remove' };
const ALL_CLIENTS: LiveRows = { table: 'clients', key: ['id'], deletes: 'remove' };

const BILLS = table('invoices', [
  column('id', 'INT64', 'REQUIRED'),
  column('amount', 'NUMERIC'),
  column('due_amount', 'NUMERIC'),
  column('state', 'STRING'),
]);
const PAYMENTS = table('invoice_payments', [
  column('id', 'INT64', 'REQUIRED'),
  column('invoice_id', 'INT64'),
  column('amount', 'NUMERIC'),
]);

const entry = (
  id: number,
  date: string | null,
  of: number | null,
  hours: string,
  rate: string | null,
): Row => ({
  id,
  spent_date: date,
  client_id: of,
  hours,
  rate,
  billable: rate !== null,
});

const SUMS: SumsQuestion = {
  of: ALL_ENTRIES,
  between: null,
  by: [
    { column: 'spent_date', part: 'month' },
    { column: 'client_id', part: 'value' },
  ],
  sums: [
    { kind: 'rows', where: null },
    { kind: 'rows', where: 'billable' },
    { kind: 'sum', column: 'hours', where: null },
    { kind: 'sum', column: 'hours', where: 'billable' },
    { kind: 'products', columns: ['hours', 'rate'], where: 'billable' },
    { kind: 'fractions', columns: ['hours', 'rate'], where: 'billable' },
  ],
};

/** What `verify` asks of a warehouse. */
export function checkTests(open: OpenWarehouse): void {
  describe('the questions of verify', () => {
    it('find nothing in a warehouse that is empty', async () => {
      await using warehouse = await open();
      const { checks } = warehouse;
      const nothing = { count: 0, rows: [] };
      expect(await checks.readSums(SUMS, 'time_entries')).toEqual([]);
      expect(await checks.readDuplicates(ALL_CLIENTS, 5, 'clients')).toEqual(nothing);
      const orphans = { of: ALL_ENTRIES, column: 'client_id', at: ALL_CLIENTS };
      expect(await checks.readOrphans(orphans, 5, 'time_entries')).toEqual(nothing);
    });

    it('tell the columns of the tables that are there', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      const columns = await bench.warehouse.checks.readColumns(['clients', 'tasks']);
      expect([...columns.keys()]).toEqual(['clients']);
      expect(columns.get('clients')).toEqual(
        expect.arrayContaining(['id', 'name', 'amount', 'updated_at', '_deleted_at', '_synced_at']),
      );
    });

    it('sum exactly, by value, by month and by year, within dates', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      await bench.load(ENTRIES, [
        entry(1, '2025-12-31', 7, '0.10', '33.3333'),
        entry(2, '2026-01-01', 7, '0.20', '100'),
        entry(3, '2026-01-31', 7, '0.25', '33.33'),
        entry(4, '2026-01-31', 8, '1', null),
        entry(5, null, null, '2', '0.5'),
      ]);
      const { checks } = bench.warehouse;
      const sorted = async (question: SumsQuestion) =>
        (await checks.readSums(question, 'time_entries')).toSorted();
      expect(await sorted(SUMS)).toEqual(
        [
          [null, null, '1', '1', '2', '2', '1', '0'],
          ['2025-12', '7', '1', '1', '0.1', '0.1', '3.33333', '1'],
          ['2026-01', '7', '2', '2', '0.45', '0.45', '28.3325', '1'],
          ['2026-01', '8', '1', '0', '1', '0', '0', '0'],
        ].toSorted(),
      );
      const between = { column: 'spent_date', from: '2026-01-01', to: '2026-01-31' };
      const years = { ...SUMS, between, by: [{ column: 'spent_date', part: 'year' as const }] };
      expect(await sorted(years)).toEqual([['2026', '3', '2', '1.45', '0.45', '28.3325', '1']]);
      const open31 = { ...SUMS, by: [], between: { ...between, to: null } };
      expect(await sorted(open31)).toEqual([['3', '2', '1.45', '0.45', '28.3325', '1']]);
    });

    it('leave out rows that are marked, and those that were kept though they are gone', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'a', 1), client(2, 'b', 1, '2')], { deletes: 'mark' });
      await bench.load(MARKED, [], { removals: [['2']], deletes: 'mark' });
      const rows = (deletes: LiveRows['deletes']): SumsQuestion => ({
        of: { ...ALL_CLIENTS, deletes },
        between: null,
        by: [],
        sums: [{ kind: 'sum', column: 'amount', where: null }],
      });
      expect(await bench.warehouse.checks.readSums(rows('mark'), 'clients')).toEqual([['1']]);

      await using keeping = await Workbench.open(open, [CLIENTS]);
      await keeping.load(CLIENTS, [client(1, 'a', 1), client(2, 'b', 1, '2')]);
      const all = { scope: { kind: 'all', allowShrink: true }, deletes: 'keep', how: 'sweep' } as const;
      await keeping.load(CLIENTS, [client(1, 'a', 1)], all);
      expect(await keeping.warehouse.checks.readSums(rows('keep'), 'clients')).toEqual([['1']]);
      await keeping.load(CLIENTS, [client(2, 'b', 2, '3')]);
      expect(await keeping.warehouse.checks.readSums(rows('keep'), 'clients')).toEqual([['4']]);
    });

    it('find no key twice where the warehouse lets none in', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const row = { period_start: '2026-01-01', client_id: 1, currency: 'EUR', total: '0.50' };
      await bench.load(MONTHS, [row, { ...row, currency: 'USD' }]);
      const of: LiveRows = { table: 'time_clients', key: MONTHS.primaryKey, deletes: 'remove' };
      expect(await bench.warehouse.checks.readDuplicates(of, 5, 'time_clients')).toEqual({
        count: 0,
        rows: [],
      });
      const twice = { ...of, key: ['client_id'] };
      expect(await bench.warehouse.checks.readDuplicates(twice, 5, 'time_clients')).toEqual({
        count: 1,
        rows: [['1', '2']],
      });
    });

    it('find rows that point at nothing, count them all and name some', async () => {
      await using bench = await Workbench.open(open, [ENTRIES, CLIENTS]);
      await bench.load(CLIENTS, [client(7, 'a', 1)]);
      await bench.load(ENTRIES, [
        entry(1, '2026-01-01', 7, '1', null),
        entry(2, '2026-01-01', 8, '1', null),
        entry(3, '2026-01-01', 9, '1', null),
        entry(4, '2026-01-01', null, '1', null),
      ]);
      const question = { of: ALL_ENTRIES, column: 'client_id', at: ALL_CLIENTS };
      expect(await bench.warehouse.checks.readOrphans(question, 1, 'time_entries')).toEqual({
        count: 2,
        rows: [['2', '8']],
      });
    });

    it('find totals that do not balance with their parts', async () => {
      await using bench = await Workbench.open(open, [BILLS, PAYMENTS]);
      const bill = (id: number, amount: string, due: string | null, state = 'open'): Row => ({
        id,
        amount,
        due_amount: due,
        state,
      });
      await bench.load(BILLS, [
        bill(1, '10.10', '0'),
        bill(2, '5', '5'),
        bill(3, '7', '3'),
        bill(4, '9', null, 'closed'),
      ]);
      await bench.load(PAYMENTS, [
        { id: 1, invoice_id: 1, amount: '10' },
        { id: 2, invoice_id: 1, amount: '0.10' },
        { id: 3, invoice_id: 3, amount: '3.99' },
      ]);
      const question = {
        of: { table: 'invoices', key: ['id'], deletes: 'remove' },
        total: 'amount',
        open: 'due_amount',
        except: { column: 'state', value: 'closed' },
        parts: { table: 'invoice_payments', key: ['id'], deletes: 'remove' },
        pointer: 'invoice_id',
        amount: 'amount',
      } as const;
      const { checks } = bench.warehouse;
      expect(await checks.readUnbalanced(question, 5, 'invoices')).toEqual({
        count: 1,
        rows: [['3', '4', '3.99']],
      });
      expect((await checks.readUnbalanced({ ...question, except: null }, 5, 'invoices')).count).toBe(2);
    });
  });
}
