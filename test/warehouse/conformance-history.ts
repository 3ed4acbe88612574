import { describe, expect, it } from '@jest/globals';
import { BUDGET_HISTORY } from '../../src/catalog/tables.ts';
import type { TableLoad } from '../../src/warehouse/warehouse.ts';
import {
  CLIENTS,
  client,
  column,
  historyFor,
  INVOICES,
  list,
  MARKED,
  Workbench,
  type OpenWarehouse,
} from './workbench.ts';

const CLIENT_VERSIONS = historyFor(CLIENTS);
const INVOICE_VERSIONS = historyFor(INVOICES);
const KEPT = { history: CLIENT_VERSIONS };
const STAMP = { _synced_at: '2026-02-01T00:00:00Z', _run_id: 'r' };
const ALL = { kind: 'all', allowShrink: true } as const;

/** The versions in words and in order, `id name from-to`, the times by their minute; `gone` after one that ended with its row. */
async function versions(bench: Workbench): Promise<readonly string[]> {
  const minute = (text: string | null | undefined): string =>
    text == null ? '' : String(new Date(text).getUTCMinutes());
  return Object.values(await bench.rows(CLIENT_VERSIONS))
    .map((row) => ({ row, at: (row['_valid_from'] ?? '').replace('Z', '') }))
    .toSorted((a, b) => Number(a.row['id']) - Number(b.row['id']) || (a.at < b.at ? -1 : 1))
    .map(({ row }) => {
      const gone = row['_is_deleted'] === 'true' ? ' gone' : '';
      return `${row['id']} ${row['name']} ${minute(row['_valid_from'])}-${minute(row['_valid_to'])}${gone}`;
    });
}

/** What is wrong with a history, by the key. */
async function faults(
  bench: Workbench,
  deletes: TableLoad['deletes'] = 'remove',
): Promise<readonly (readonly (string | null)[])[]> {
  const question = {
    of: { table: 'clients', key: ['id'], deletes },
    history: CLIENT_VERSIONS.name,
    columns: CLIENTS.columns,
  };
  const { count, rows } = await bench.warehouse.checks.readHistoryFaults(question, 20, 'clients');
  expect(rows).toHaveLength(count);
  return rows;
}

/** The versions of rows. */
export function historyTests(open: OpenWarehouse): void {
  describe('a history', () => {
    it('has a version of each row that a run saw, and one that is open of each that is there', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, CLIENT_VERSIONS]);
      await bench.load(CLIENTS, [client(1, 'A', 1), client(2, 'B', 1), client(3, null, 1)], KEPT);
      expect(await versions(bench)).toEqual(['1 A 1-', '2 B 1-', '3 null 1-']);
      await bench.load(CLIENTS, [client(1, 'A2', 2), client(2, 'B', 1), client(4, 'D', 1)], {
        ...KEPT,
        scope: ALL,
        how: 'sweep',
      });
      const seen = ['1 A 1-2', '1 A2 2-', '2 B 1-', '3 null 1-2 gone', '4 D 2-'];
      expect(await versions(bench)).toEqual(seen);
      expect(await faults(bench)).toEqual([]);
      const again = await bench.prepare(CLIENTS, [client(1, 'A2', 2)], KEPT);
      expect(again.willWrite).toBe(false);
      await bench.commit({ loads: [again] });
      expect(await versions(bench)).toEqual(seen);
      const runs = await bench.values(CLIENT_VERSIONS, '_run_id');
      expect(Object.values(runs).toSorted()).toEqual(['run-1', 'run-1', 'run-1', 'run-2', 'run-2']);
    });

    it('goes on when a row comes back, and when it lies outside for a while', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, CLIENT_VERSIONS]);
      await bench.load(CLIENTS, [client(1, 'A', 1), client(2, 'B', 1)], KEPT);
      await bench.load(CLIENTS, [], { ...KEPT, gone: [['1']], removals: [['2']], how: 'count' });
      await bench.load(CLIENTS, [client(1, 'A', 1), client(2, 'B', 1)], KEPT);
      expect(await versions(bench)).toEqual(['1 A 1-2 gone', '1 A 3-', '2 B 1-2 gone', '2 B 3-']);
      expect(await faults(bench)).toEqual([]);
    });

    it.each(['mark', 'keep'] as const)('closes the version of a row that stays: %s', async (deletes) => {
      const table = deletes === 'mark' ? MARKED : CLIENTS;
      await using bench = await Workbench.open(open, [table, CLIENT_VERSIONS]);
      const over = { ...KEPT, deletes };
      await bench.load(table, [client(1, 'A', 1), client(2, 'B', 1)], over);
      await bench.load(table, [], { ...over, gone: [['1']], how: 'count' });
      expect(await versions(bench)).toEqual(['1 A 1-2 gone', '2 B 1-']);
      expect(await faults(bench, deletes)).toEqual([]);
      await bench.load(table, [client(1, 'A', 1)], over);
      expect(await versions(bench)).toEqual(['1 A 1-2 gone', '1 A 3-', '2 B 1-']);
      expect(await faults(bench, deletes)).toEqual([]);
    });

    it('has no versions that overlap, even of one moment or a clock that was put back', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, CLIENT_VERSIONS]);
      const at = (committedAt: string, rows: Parameters<typeof bench.prepare>[1]): Promise<unknown> =>
        bench
          .prepare(CLIENTS, rows, { ...KEPT, scope: ALL, how: 'sweep' })
          .then((load) => bench.commit({ committedAt, loads: [load] }));
      await at('2026-02-01T00:10:00Z', [client(1, 'A', 1)]);
      await at('2026-02-01T00:10:00Z', [client(1, 'B', 2)]);
      await at('2026-02-01T00:05:00Z', [client(1, 'C', 3)]);
      await at('2026-02-01T00:05:00Z', []);
      await at('2026-02-01T00:05:00Z', [client(1, 'D', 4)]);
      expect(await versions(bench)).toEqual(['1 A 10-10', '1 B 10-10', '1 C 10-10 gone', '1 D 10-']);
      const rows = Object.values(await bench.rows(CLIENT_VERSIONS)).toSorted((a, b) =>
        String(a['name']).localeCompare(String(b['name'])),
      );
      const ends = rows.slice(0, -1).map((row) => row['_valid_to']);
      expect(ends).toEqual(rows.slice(1).map((row) => row['_valid_from']));
      expect(new Set(ends).size).toBe(ends.length);
    });

    it('is written with its rows or not at all', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, CLIENT_VERSIONS]);
      const state = { stream: 'clients', cursor: null, state: {} };
      await bench.commit({
        loads: [await bench.prepare(CLIENTS, [client(1, 'A', 1)], KEPT)],
        states: [{ ...state, expectedVersion: 0 }],
      });
      const load = await bench.prepare(CLIENTS, [client(1, 'B', 2)], KEPT);
      const late = bench.commit({ loads: [load], states: [{ ...state, expectedVersion: 0 }] });
      await expect(late).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      await load.discard();
      expect(await versions(bench)).toEqual(['1 A 1-']);
      expect(await faults(bench)).toEqual([]);
    });

    it('has the new name in its open versions, and the name of their day in closed ones', async () => {
      await using bench = await Workbench.open(open, [INVOICES, INVOICE_VERSIONS]);
      const row = (id: number, tag: string, at: number): Parameters<typeof bench.prepare>[1][number] => ({
        id,
        client_id: 7,
        client_name: 'Old',
        line_items: [{ id: 1, project_id: 3, project_name: 'P', amount: '1.5' }],
        tags: [tag],
        updated_at: `2026-01-01T00:0${at}:00Z`,
      });
      const over = { history: INVOICE_VERSIONS };
      await bench.load(INVOICES, [row(1, 'a', 1), row(2, 'a', 1)], over);
      await bench.load(INVOICES, [row(1, 'b', 2)], { ...over, gone: [['2']], how: 'count' });
      const rename = { table: INVOICES, deletes: 'remove', history: INVOICE_VERSIONS } as const;
      const names = (id: string, name: string): ReadonlyMap<string, string> => new Map([[id, name]]);
      const line = { ...rename, list: 'line_items', idColumn: 'project_id', column: 'project_name' };
      const { renamed } = await bench.commit({
        renames: [
          {
            ...rename,
            list: null,
            idColumn: 'client_id',
            column: 'client_name',
            names: names('7', 'New'),
          },
          { ...line, names: names('3', 'Q') },
        ],
      });
      expect(renamed).toBe(2);
      const rows = Object.values(await bench.rows(INVOICE_VERSIONS));
      const told = rows.map((each) => [
        each['id'],
        each['tags'],
        each['client_name'],
        each['line_items']?.includes('"Q"'),
        each['_run_id'],
        each['_is_deleted'],
      ]);
      expect(told.toSorted()).toEqual([
        ['1', '["a"]', 'Old', false, 'run-1', 'false'],
        ['1', '["b"]', 'New', true, 'run-2', 'false'],
        ['2', '["a"]', 'Old', false, 'run-1', 'true'],
      ]);
    });

    it('of lists with fields that only one of the two tables has', async () => {
      const plain = list('line_items', [column('id', 'INT64'), column('amount', 'NUMERIC')]);
      const lesser = { ...INVOICES, columns: [column('id', 'INT64', 'REQUIRED'), plain] };
      const { newestBy: _, ...invoices } = lesser;
      const versioned = historyFor(invoices);
      await using bench = await Workbench.open(open, [INVOICES, versioned]);
      const other = list('line_items', [column('note', 'STRING')]);
      await bench.warehouse.ensure([{ ...versioned, columns: [other, ...versioned.columns.slice(2)] }], []);
      await bench.load(invoices, [{ id: 1, line_items: [{ id: 5, amount: '2' }] }], { history: versioned });
      const question = {
        of: { table: 'invoices', key: ['id'], deletes: 'remove' as const },
        history: versioned.name,
        columns: invoices.columns,
      };
      const found = await bench.warehouse.checks.readHistoryFaults(question, 20, 'invoices');
      expect(found).toEqual({ count: 0, rows: [] });
      const [row] = Object.values(await bench.rows(versioned));
      expect(JSON.parse(row?.['line_items'] ?? '')).toMatchObject([{ id: 5, amount: 2 }]);
    });

    it.each(['remove', 'mark', 'keep'] as const)(
      'that does not fit is told of, and brought to the rows as they are: %s',
      async (deletes) => {
        const table = deletes === 'mark' ? MARKED : CLIENTS;
        await using bench = await Workbench.open(open, [table, CLIENT_VERSIONS]);
        const over = { ...KEPT, deletes };
        const first = [client(1, 'A', 1), client(2, 'B', 1), client(3, 'C', 1)];
        await bench.load(table, first, over);
        const without = { deletes, how: 'count', gone: [['2'], ['4']] } as const;
        await bench.load(table, [client(1, 'A2', 2), client(4, 'D', 1), client(5, null, 1)], { deletes });
        await bench.load(table, [], without);
        expect(await faults(bench, deletes)).toEqual([
          ['1', 'differs'],
          ['2', 'left'],
          ['5', 'missing'],
        ]);
        const repair = { histories: [{ table, history: CLIENT_VERSIONS, deletes }] };
        await bench.commit(repair);
        const fitting = ['1 A 1-4', '1 A2 4-', '2 B 1-4 gone', '3 C 1-', '5 null 4-'];
        expect(await versions(bench)).toEqual(fitting);
        expect(await faults(bench, deletes)).toEqual([]);
        await bench.commit(repair);
        expect(await versions(bench)).toEqual(fitting);
      },
    );

    it('forgets what ended before an instant, and nothing that is open', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, CLIENT_VERSIONS]);
      await bench.load(CLIENTS, [client(1, 'A', 1), client(2, 'B', 1)], KEPT);
      await bench.load(CLIENTS, [client(1, 'A2', 2)], { ...KEPT, gone: [['2']], how: 'count' });
      await bench.load(CLIENTS, [client(1, 'A3', 3)], KEPT);
      const prune = (table: string, before: string): Promise<number> =>
        bench.warehouse.pruneHistory(table, before);
      expect(await prune(CLIENT_VERSIONS.name, '2026-02-01T00:02:00Z')).toBe(0);
      expect(await prune(CLIENT_VERSIONS.name, '2026-02-01T00:02:30Z')).toBe(2);
      expect(await versions(bench)).toEqual(['1 A2 2-3', '1 A3 3-']);
      expect(await prune('tasks_history', '2026-02-01T00:02:30Z')).toBe(0);
      expect(await faults(bench)).toEqual([]);
    });

    it('of daily budgets forgets days before one, and keeps the last', async () => {
      const day = column('snapshot_date', 'DATE', 'REQUIRED');
      const table = { ...CLIENTS, name: BUDGET_HISTORY, columns: [day], primaryKey: ['snapshot_date'] };
      await using bench = await Workbench.open(open, [table]);
      await bench.warehouse.append(
        table,
        ['2026-01-01', '2026-01-31', '2026-02-01'].map((date) => ({ snapshot_date: date, ...STAMP })),
      );
      expect(await bench.warehouse.pruneHistory(BUDGET_HISTORY, '2026-01-31T00:00:00Z')).toBe(1);
      expect(await bench.warehouse.pruneHistory(BUDGET_HISTORY, '2999-01-01T00:00:00Z')).toBe(1);
      expect(await bench.warehouse.counts([BUDGET_HISTORY])).toEqual(new Map([[BUDGET_HISTORY, 1]]));
    });
  });
}
