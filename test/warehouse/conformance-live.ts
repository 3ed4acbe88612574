import { describe, expect, it } from '@jest/globals';
import {
  ENTRIES,
  MARKED,
  MARKED_ENTRIES,
  Workbench,
  client,
  entry,
  type OpenWarehouse,
} from './workbench.ts';

/** Which rows count as there. */
export function liveTests(open: OpenWarehouse): void {
  describe('counting what is there', () => {
    it('finds nothing where there is no table, or no row', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      expect(await bench.warehouse.readLive('nowhere', 'spent_date', 'keep', 'nowhere')).toEqual(new Map());
      for (const column of ['spent_date', null])
        expect(await bench.warehouse.readLive('time_entries', column, 'remove', 'x')).toEqual(new Map());
    });

    it('counts by day, and rows without a day under the empty text', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      await bench.load(ENTRIES, [
        entry(1, '2026-01-31'),
        entry(2, '2026-02-01'),
        entry(3, '2026-02-01'),
        entry(4, null),
      ]);
      const live = (column: string | null) =>
        bench.warehouse.readLive('time_entries', column, 'remove', 'time_entries');
      expect(await live('spent_date')).toEqual(
        new Map([
          ['2026-01-31', 1],
          ['2026-02-01', 2],
          ['', 1],
        ]),
      );
      expect(await live(null)).toEqual(new Map([['', 4]]));
    });

    it('leaves out what is marked until it comes back, also as it was', async () => {
      await using bench = await Workbench.open(open, [MARKED_ENTRIES]);
      const rows = [entry(1, '2026-02-01'), entry(2, '2026-02-01'), entry(3, null)];
      await bench.load(MARKED_ENTRIES, rows);
      await bench.load(MARKED_ENTRIES, [], { gone: [['2'], ['3']], deletes: 'mark' });
      for (const deletes of ['mark', 'remove'] as const) {
        expect(await bench.warehouse.readLive('time_entries', 'spent_date', deletes, 'x')).toEqual(
          new Map([['2026-02-01', 1]]),
        );
        expect(await bench.warehouse.readLive('time_entries', null, deletes, 'x')).toEqual(
          new Map([['', 1]]),
        );
      }
      expect(await bench.load(MARKED_ENTRIES, rows, { deletes: 'mark' })).toMatchObject({ updated: 2 });
      expect(await bench.warehouse.readLive('time_entries', null, 'mark', 'x')).toEqual(new Map([['', 3]]));
    });

    it('leaves out what is kept and was noted, until it is written again', async () => {
      await using bench = await Workbench.open(open, [ENTRIES]);
      const rows = [entry(1, '2026-02-01'), entry(2, '2026-02-01')];
      await bench.load(ENTRIES, rows);
      await bench.load(ENTRIES, [], { gone: [['2']], deletes: 'keep', how: 'sweep' });
      const live = () => bench.warehouse.readLive('time_entries', 'spent_date', 'keep', 'time_entries');
      expect(await live()).toEqual(new Map([['2026-02-01', 1]]));
      await bench.load(ENTRIES, rows, { deletes: 'keep' });
      expect(await live()).toEqual(new Map([['2026-02-01', 2]]));
    });

    it('reads no rows that are marked', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'a', 1), client(2, 'b', 1)]);
      await bench.load(MARKED, [], { gone: [['2']], deletes: 'mark' });
      const where = { column: 'id', values: ['1', '2'] };
      expect(await bench.warehouse.readRows('clients', ['name'], where, 'clients')).toEqual([['a']]);
    });
  });
}
