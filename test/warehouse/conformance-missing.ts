import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import type { TableLoad } from '../../src/warehouse/warehouse.ts';
import {
  CLIENTS,
  ENTRIES,
  MARKED,
  MONTHS,
  Workbench,
  client,
  entry,
  type OpenWarehouse,
} from './workbench.ts';

const ALL = { kind: 'all', allowShrink: false } as const;
const TELLING = { scope: ALL, missing: 'tell', how: 'count' } as const;

const dates = (
  from: string | null,
  to: string | null,
  undated = false,
): { readonly scope: TableLoad['scope'] } => ({
  scope: { kind: 'dates', column: 'spent_date', from, to, undated },
});

const DATED = [
  entry(1, '2026-01-31'),
  entry(2, '2026-02-01'),
  entry(3, '2026-02-28'),
  entry(4, '2026-03-01'),
  entry(5, null),
];

/** Keys of one part that a load tells of, in order. */
async function told(bench: Workbench, ...load: Parameters<Workbench['prepare']>): Promise<string> {
  const prepared = await bench.prepare(...load);
  await prepared.discard();
  return prepared.missing.flat().toSorted().join(' ');
}

/** Rows that a scope does not hold any more: those of certain days, and those that are only told of. */
export function missingTests(open: OpenWarehouse): void {
  describe('a load that stands for certain days', () => {
    it('removes what lies between two days, both of them included', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      await bench.load(ENTRIES, DATED);
      const over = { ...dates('2026-02-01', '2026-02-28'), how: 'count' } as const;
      expect(await bench.load(ENTRIES, [entry(6, '2026-02-14')], over)).toMatchObject({
        inserted: 1,
        deleted: 2,
      });
      expect(Object.keys(await bench.rows(ENTRIES))).toEqual(['1', '4', '5', '6']);
      expect(await bench.load(ENTRIES, [], dates(null, '2026-01-31', true))).toMatchObject({ deleted: 2 });
      expect(Object.keys(await bench.rows(ENTRIES))).toEqual(['4', '6']);
    });

    it('may be open to either side, or stand for rows without a day; what is no day holds no row', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      await bench.load(ENTRIES, DATED);
      const held = (...span: Parameters<typeof dates>): Promise<string> =>
        told(bench, ENTRIES, [], { ...dates(...span), missing: 'tell' });
      expect(await held(null, '2026-02-01')).toBe('1 2');
      expect(await held('2026-02-28', null)).toBe('3 4');
      expect(await held(null, null)).toBe('1 2 3 4');
      expect(await held(null, null, true)).toBe('1 2 3 4 5');
      expect(await held('2026-02-02', '2026-02-28', true)).toBe('3 5');
      expect(await held('2026-03-01', '2026-02-01')).toBe('');
      expect(await held('2026-02-01', '2026-02-30')).toBe('');
      expect(await held('2026-2-1', null)).toBe('');
      expect(await held("it's", null, true)).toBe('5');
      expect(await held('0000-01-01', null)).toBe('');
    });
  });

  describe('a load that only tells what is missing', () => {
    it('leaves those rows alone and tells their keys, beside everything else that it does', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(
        CLIENTS,
        [1, 2, 3, 4, 5].map((id) => client(id, `n${id}`, 1)),
      );
      const over = {
        ...TELLING,
        spared: [['2'], ['x']],
        gone: [['3']],
        removals: [['4']],
        watch: ['name'],
      } as const;
      const prepared = await bench.prepare(CLIENTS, [client(1, 'N1', 2)], over);
      expect(prepared.missing).toEqual([['5']]);
      expect(prepared).toMatchObject({ willWrite: true, result: { updated: 1, deleted: 2 } });
      expect(
        prepared.transitions.map(({ before, after }) => `${before?.join()} ${after?.join()}`).toSorted(),
      ).toEqual(['n1 N1', 'n3 undefined', 'n4 undefined']);
      await bench.load(CLIENTS, [client(6, 'n6', 1)]);
      expect((await bench.commit({ loads: [prepared] })).loads).toMatchObject([{ updated: 1, deleted: 2 }]);
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'N1', 2: 'n2', 5: 'n5', 6: 'n6' });
      expect(Object.values(await bench.values(HOUSEKEEPING.deletions, 'record_key')).toSorted()).toEqual([
        '3',
        '4',
      ]);
    });

    it('writes nothing for them and is not refused, however many there are', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const rows = Array.from({ length: 210 }, (_, id) => client(id, 'x', 1));
      await bench.load(CLIENTS, rows);
      const prepared = await bench.prepare(CLIENTS, rows.slice(0, 1), { ...TELLING, watch: ['name'] });
      expect(prepared.missing).toHaveLength(209);
      expect(prepared).toMatchObject({ willWrite: false, transitions: [], result: { deleted: 0 } });
      await bench.commit({ loads: [prepared] });
      expect(await bench.warehouse.counts(['clients', '_deletions'])).toEqual(
        new Map([
          ['clients', 210],
          ['_deletions', 0],
        ]),
      );
    });

    it('tells whole keys, and none of a table that is empty', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const scope = { kind: 'where', column: 'period_start', values: ['2026-01-01', '2026-02-01'] } as const;
      expect(await told(bench, MONTHS, [], { scope, missing: 'tell' })).toBe('');
      const row = { period_start: '2026-01-01', client_id: 1, currency: 'EUR', total: '1' };
      const neighbour = { ...row, period_start: '2026-03-01' };
      await bench.load(MONTHS, [row, { ...row, client_id: '9007199254740993' }, neighbour]);
      const prepared = await bench.prepare(MONTHS, [row], { scope, missing: 'tell' });
      expect(prepared.missing).toEqual([['2026-01-01', '9007199254740993', 'EUR']]);
    });

    it('does not tell of marked rows, whatever becomes of deletions now', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'x', 1), client(2, 'x', 1), client(3, 'x', 1)]);
      await bench.load(MARKED, [], { gone: [['1']], deletes: 'mark' });
      for (const deletes of ['mark', 'remove', 'keep'] as const) {
        expect(await told(bench, MARKED, [client(2, 'x', 1)], { ...TELLING, deletes })).toBe('3');
      }
      await bench.load(MARKED, [client(1, 'x', 1)], { deletes: 'mark' });
      expect(await told(bench, MARKED, [], { ...TELLING, deletes: 'mark' })).toBe('1 2 3');
    });

    it('does not tell of rows that are kept and were noted, until they are written again', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'x', 1), client(2, 'x', 1)]);
      const keeping = { ...TELLING, deletes: 'keep' } as const;
      expect(await told(bench, CLIENTS, [], keeping)).toBe('1 2');
      await bench.load(CLIENTS, [], { gone: [['1']], deletes: 'keep', how: 'count' });
      expect(await told(bench, CLIENTS, [], keeping)).toBe('2');
      await bench.load(CLIENTS, [client(1, 'x', 1)], { deletes: 'keep' });
      expect(await told(bench, CLIENTS, [], keeping)).toBe('1 2');
    });
  });
}
