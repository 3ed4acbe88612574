import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import type { Table } from '../../src/warehouse/table.ts';
import type { StateChange } from '../../src/warehouse/warehouse.ts';
import { column, INVOICES, Workbench, type OpenWarehouse } from './workbench.ts';

/** What a stream's history looks like, as far as it matters here. */
const HISTORY: Table = {
  ...INVOICES,
  name: 'invoices_history',
  kind: 'housekeeping',
  columns: [...INVOICES.columns, column('_valid_from', 'TIMESTAMP', 'REQUIRED')],
  primaryKey: ['id', '_valid_from'],
};

const line = (id: number, name: string | null) => ({ id, project_id: 3, project_name: name, amount: '1.5' });

const ROWS = [
  { id: 1, client_id: 7, client_name: 'ZZ-A', line_items: [line(1, 'ZZ-P'), line(2, null)], tags: ['ZZ-t'] },
  { id: 2, client_id: 8, client_name: null, line_items: [line(3, null)], tags: [] },
];

const reject = (stream: string, record: string) => ({
  stream,
  record_key: '9',
  path: 'amount',
  reason: 'expected number, got string',
  record,
  run_id: 'run-1',
  rejected_at: '2026-02-01T00:00:00Z',
});

const restated = (name: string) => ({
  stream: 'invoices',
  period_start: '2026-01-01',
  entity_id: '7',
  currency: 'EUR',
  column_name: name,
  value_before: 'ZZ-before',
  value_after: 'ZZ-after',
  run_id: 'run-1',
  noticed_at: '2026-02-01T00:00:00Z',
});

const emptying = (columns: readonly string[], states: readonly StateChange[] = []) => ({
  runId: 'run-9',
  committedAt: '2026-02-02T00:00:00Z',
  streams: [{ stream: 'invoices', columns }],
  states,
});

const state = (expectedVersion: number): StateChange => ({
  stream: '_columns',
  expectedVersion,
  cursor: null,
  state: { invoices: {} },
});

/** Columns that are emptied. */
export function emptiedTests(open: OpenWarehouse): void {
  describe('emptied columns', () => {
    it('go from the rows that hold a value, lists and fields of lists among them, and touch no other', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const columns = [
        'client_name',
        'tags',
        'line_items.project_name',
        'unheard_of',
        'line_items.unheard_of',
      ];
      const touched = await bench.warehouse.emptyColumns(emptying(columns));
      expect([...touched]).toEqual([['invoices', 1]]);
      const rows = await bench.rows(INVOICES);
      expect(rows['1']).toMatchObject({ client_id: '7', client_name: null, tags: '[]', _run_id: 'run-9' });
      expect(rows['2']).toMatchObject({ client_id: '8', client_name: null, tags: '[]', _run_id: 'run-1' });
      expect(JSON.parse(rows['1']?.['line_items'] ?? '')).toEqual([
        { id: 1, project_id: 3, project_name: null, amount: 1.5 },
        { id: 2, project_id: 3, project_name: null, amount: 1.5 },
      ]);
      const later = { ...emptying(columns), committedAt: '2026-02-03T00:00:00Z' };
      expect((await bench.warehouse.emptyColumns(later)).size).toBe(0);
    });

    it('empty a whole list, and compare as equal with rows that are delivered without it', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const waiting = await bench.prepare(INVOICES, ROWS);
      await bench.warehouse.emptyColumns(emptying(['line_items', 'line_items.amount']));
      expect(await bench.values(INVOICES, 'line_items')).toEqual({ 1: '[]', 2: '[]' });
      const narrow = { ...INVOICES, columns: INVOICES.columns.filter(({ name }) => name !== 'line_items') };
      const without = ROWS.map(({ line_items: _, ...row }) => row);
      expect(await bench.load(narrow, without)).toMatchObject({ updated: 0, unchanged: 2 });
      // what was compared before is compared again
      expect((await bench.commit({ loads: [waiting] })).loads).toMatchObject([{ updated: 2 }]);
    });

    it('go from every version of the history, which keeps its run', async () => {
      await using bench = await Workbench.open(open, [INVOICES, HISTORY]);
      const versions = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
      await bench.warehouse.append(
        HISTORY,
        versions.map((at) => ({ ...ROWS[0], _valid_from: at })),
      );
      const touched = await bench.warehouse.emptyColumns(
        emptying(['client_name', 'line_items.project_name']),
      );
      expect([...touched]).toEqual([['invoices_history', 2]]);
      const names = Object.values(await bench.values(HISTORY, 'client_name'));
      expect(names).toEqual([null, null]);
      expect(JSON.stringify(await bench.values(HISTORY, 'line_items'))).not.toContain('ZZ-P');
    });

    it('go from the rejects of the stream and from what was restated, and from no other stream', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      const record = '{"id":9,"client_name":"ZZ-A","notes":"kept"}';
      await bench.warehouse.append(HOUSEKEEPING.rejects, [
        reject('invoices', record),
        reject('invoices', '{"id":9}'),
        reject('estimates', record),
      ]);
      await bench.warehouse.append(HOUSEKEEPING.restatements, [restated('client_name'), restated('amount')]);
      const touched = await bench.warehouse.emptyColumns(emptying(['client_name']));
      expect(Object.fromEntries(touched)).toEqual({ _rejects: 1, _restatements: 1 });
      const rejects = Object.values(await bench.rows(HOUSEKEEPING.rejects));
      const records = rejects.map((row) => [row['stream'], JSON.parse(row['record'] ?? 'null') as unknown]);
      expect(records).toEqual(
        expect.arrayContaining([
          ['invoices', { id: 9, notes: 'kept' }],
          ['invoices', { id: 9 }],
          ['estimates', { id: 9, client_name: 'ZZ-A', notes: 'kept' }],
        ]),
      );
      expect(Object.values(await bench.values(HOUSEKEEPING.restatements, 'column_name'))).toEqual(['amount']);
    });

    it('leave no value of a list’s field in a reject', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      const record = '{"id":9,"line_items":[{"id":1,"project_name":"ZZ-P"}],"notes":"kept"}';
      await bench.warehouse.append(HOUSEKEEPING.rejects, [reject('invoices', record)]);
      await bench.warehouse.emptyColumns(emptying(['line_items.project_name']));
      const [text = ''] = Object.values(await bench.values(HOUSEKEEPING.rejects, 'record'));
      expect(text).toContain('kept');
      expect(text).not.toContain('ZZ-P');
    });

    it('bring no row back that is kept and noted as gone', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      await bench.load(INVOICES, [], { gone: [['1']], deletes: 'keep', how: 'sweep' });
      const touched = await bench.warehouse.emptyColumns(emptying(['client_name']));
      expect([...touched]).toEqual([['invoices', 1]]);
      expect(await bench.warehouse.readLive('invoices', null, 'keep', 'invoices')).toEqual(
        new Map([['', 1]]),
      );
    });

    it('go together with the checkpoints, or not at all', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const refused = bench.warehouse.emptyColumns(emptying(['client_name'], [state(4)]));
      await expect(refused).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      expect(await bench.values(INVOICES, 'client_name')).toMatchObject({ 1: 'ZZ-A' });
      await bench.warehouse.emptyColumns(emptying(['client_name'], [state(0)]));
      expect(await bench.values(INVOICES, 'client_name')).toMatchObject({ 1: null });
      expect((await bench.warehouse.readStates()).get('_columns')).toMatchObject({ version: 1 });
    });

    it('are never those of the key', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      const refused = bench.warehouse.emptyColumns(emptying(['id']));
      await expect(refused).rejects.toMatchObject({ code: 'INTERNAL' });
    });
  });
}
