import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import type { Row } from '../../src/warehouse/table.ts';
import { CLIENTS, MARKED, MONTHS, Workbench, client, type OpenWarehouse } from './workbench.ts';

const ALL = { kind: 'all', allowShrink: false } as const;

/** A scope of one report month. */
const month = (value: string) => ({ kind: 'where', column: 'period_start', values: [value] }) as const;

/** A row of a report month. */
const total = (period: string, id: number, sum: string): Row => ({
  period_start: period,
  client_id: id,
  currency: 'EUR',
  total: sum,
});

/** Rows that are gone. */
export function scopeTests(open: OpenWarehouse): void {
  describe('a load that stands for a part of its table', () => {
    it('removes what a full listing no longer holds and notes it', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'a', 1), client(2, 'b', 1), client(3, 'c', 1)]);
      const result = await bench.load(CLIENTS, [client(1, 'a', 1), client(3, 'C', 2)], {
        scope: ALL,
        how: 'sweep',
      });
      expect(result).toMatchObject({ unchanged: 1, updated: 1, deleted: 1 });
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'a', 3: 'C' });
      expect(Object.values(await bench.rows(HOUSEKEEPING.deletions))).toEqual([
        {
          stream: 'clients',
          record_key: '2',
          how: 'sweep',
          run_id: 'run-2',
          found_at: '2026-02-01T00:02:00Z',
        },
      ]);
    });

    it('replaces a month and leaves its neighbours and equal rows alone', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const before = [total('2026-01-01', 1, '5'), total('2026-02-01', 1, '6'), total('2026-02-01', 2, '7')];
      await bench.load(MONTHS, before);
      const after = [total('2026-02-01', 1, '6.0'), total('2026-02-01', 3, '8')];
      const result = await bench.load(MONTHS, after, { scope: month('2026-02-01') });
      expect(result).toMatchObject({ inserted: 1, updated: 0, unchanged: 1, deleted: 1 });
      expect(await bench.values(MONTHS, '_run_id')).toEqual({
        '2026-01-01|1|EUR': 'run-1',
        '2026-02-01|1|EUR': 'run-1',
        '2026-02-01|3|EUR': 'run-2',
      });
      expect(await bench.rows(HOUSEKEEPING.deletions)).toEqual({});
    });

    it('empties a month that has become empty', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      await bench.load(MONTHS, [total('2026-01-01', 1, '5'), total('2026-02-01', 1, '6')]);
      expect(await bench.load(MONTHS, [], { scope: month('2026-02-01') })).toMatchObject({ deleted: 1 });
      expect(Object.keys(await bench.rows(MONTHS))).toEqual(['2026-01-01|1|EUR']);
    });

    it('replaces several months at once', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const february = total('2026-02-01', 1, '6');
      await bench.load(MONTHS, [total('2026-01-01', 1, '5'), february, total('2026-03-01', 1, '7')]);
      const scope = { ...month('2026-01-01'), values: ['2026-01-01', '2026-03-01'] };
      const after = [total('2026-01-01', 2, '1'), total('2026-03-01', 1, '9')];
      const result = await bench.load(MONTHS, after, { scope });
      expect(result).toMatchObject({ inserted: 1, updated: 1, deleted: 1 });
      expect(await bench.values(MONTHS, 'total')).toEqual({
        '2026-01-01|2|EUR': '1',
        '2026-02-01|1|EUR': '6',
        '2026-03-01|1|EUR': '9',
      });
    });

    it('stands alone in its commit: two loads of one table are a mistake, and nothing is written', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const loads = [
        await bench.prepare(CLIENTS, [client(1, 'a', 1)]),
        await bench.prepare(CLIENTS, [client(2, 'b', 2)]),
      ];
      await expect(bench.commit({ loads })).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await bench.rows(CLIENTS)).toEqual({});
      expect(await bench.load(CLIENTS, [client(1, 'a', 1)])).toMatchObject({ inserted: 1 });
    });

    it('removes given keys, notes them as moved, and keeps those that were staged as well', async () => {
      await using bench = await Workbench.open(open, [MONTHS, CLIENTS]);
      await bench.load(MONTHS, [total('2026-01-01', 1, '5'), total('2026-01-01', 2, '6')]);
      const removals = [
        ['2026-01-01', '1', 'EUR'],
        ['2026-01-01', '2', 'EUR'],
        ['1999-01-01', '7', 'EUR'],
      ];
      const result = await bench.load(MONTHS, [total('2026-01-01', 2, '6')], { removals });
      expect(result).toMatchObject({ unchanged: 1, deleted: 1 });
      expect(Object.keys(await bench.rows(MONTHS))).toEqual(['2026-01-01|2|EUR']);
      expect(Object.values(await bench.rows(HOUSEKEEPING.deletions))).toMatchObject([
        { stream: 'time_clients', record_key: '2026-01-01|1|EUR', how: 'moved' },
      ]);
    });

    it('marks instead of removing, once', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'a', 1), client(2, 'b', 1), client(3, 'c', 1)]);
      const marking = { scope: ALL, deletes: 'mark', how: 'sweep' } as const;
      expect(await bench.load(MARKED, [client(1, 'a', 1)], marking)).toMatchObject({ deleted: 2 });
      expect(await bench.load(MARKED, [client(1, 'a', 1)], { ...marking, removals: [['2']] })).toMatchObject({
        deleted: 0,
      });
      expect(await bench.values(MARKED, '_deleted_at')).toEqual({
        1: null,
        2: '2026-02-01T00:02:00Z',
        3: '2026-02-01T00:02:00Z',
      });
      expect(await bench.values(MARKED, '_run_id')).toEqual({ 1: 'run-1', 2: 'run-2', 3: 'run-2' });
      expect(Object.values(await bench.values(HOUSEKEEPING.deletions, 'record_key')).toSorted()).toEqual([
        '2',
        '3',
      ]);
    });

    it('keeps what is gone where deletions are kept, and notes it once for each time it goes', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const keeping = { scope: ALL, deletes: 'keep', how: 'count' } as const;
      await bench.load(CLIENTS, [client(1, 'a', 1), client(2, 'b', 1)]);
      expect(await bench.load(CLIENTS, [client(1, 'a', 1)], keeping)).toMatchObject({ deleted: 0 });
      await bench.load(CLIENTS, [client(1, 'a', 1)], keeping);
      expect(Object.keys(await bench.rows(CLIENTS))).toHaveLength(2);
      expect(Object.keys(await bench.rows(HOUSEKEEPING.deletions))).toHaveLength(1);
      await bench.load(CLIENTS, [client(2, 'back', 3)]);
      await bench.load(CLIENTS, [client(1, 'a', 1)], keeping);
      expect(Object.keys(await bench.rows(HOUSEKEEPING.deletions))).toHaveLength(2);
    });

    it('refuses to shrink a table by more than half and more than a hundred rows', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const rows = Array.from({ length: 210 }, (_, id) => client(id, 'x', 1));
      await bench.load(CLIENTS, rows);
      const states = [{ stream: 'clients', expectedVersion: 0, cursor: null, state: {} }];
      const loads = [await bench.prepare(CLIENTS, rows.slice(0, 104), { scope: ALL, how: 'sweep' })];
      await expect(bench.commit({ loads, states })).rejects.toMatchObject({
        code: 'REFRESH_SHRINKS',
        details: { table: 'clients', rows: 210, removed: 106 },
      });
      expect(await bench.warehouse.counts(['clients', '_deletions'])).toEqual(
        new Map([
          ['clients', 210],
          ['_deletions', 0],
        ]),
      );
      expect(await bench.warehouse.readStates()).toEqual(new Map());
      expect(await bench.load(CLIENTS, rows.slice(0, 105), { scope: ALL })).toMatchObject({ deleted: 105 });
      const forced = { scope: { kind: 'all', allowShrink: true } } as const;
      expect(await bench.load(CLIENTS, rows.slice(0, 1), forced)).toMatchObject({ deleted: 104 });
    });
  });
}
