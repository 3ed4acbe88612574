import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { CLIENTS, MARKED, MONTHS, Workbench, client, type OpenWarehouse } from './workbench.ts';

/** What `_deletions` says, by key. */
async function noted(bench: Workbench): Promise<readonly (string | null | undefined)[]> {
  const rows = Object.values(await bench.rows(HOUSEKEEPING.deletions));
  return rows.map((row) => `${row['record_key']} ${row['how']} ${row['run_id']}`).toSorted();
}

/** Rows of which an earlier look found that they are gone. */
export function goneTests(open: OpenWarehouse): void {
  describe('a load that is given keys found gone', () => {
    it('removes and notes their rows, but not those that were staged or spared', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(
        CLIENTS,
        [1, 2, 3, 4].map((id) => client(id, 'x', 1)),
      );
      const gone = [['1'], ['2'], ['3'], ['99'], ['01']];
      const over = { gone, spared: [['3']], how: 'count', watch: ['name'] } as const;
      const prepared = await bench.prepare(CLIENTS, [client(2, 'X', 2), client(5, 'n', 1)], over);
      expect(prepared).toMatchObject({ willWrite: true, missing: [] });
      expect(prepared.transitions).toContainEqual({
        before: ['x'],
        after: null,
        latest: '2026-01-01T00:01:00Z',
      });
      const { loads } = await bench.commit({ loads: [prepared] });
      expect(loads).toMatchObject([{ inserted: 1, updated: 1, unchanged: 0, deleted: 1 }]);
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 2: 'X', 3: 'x', 4: 'x', 5: 'n' });
      expect(await noted(bench)).toEqual(['1 count run-2']);
    });

    it('takes no row for texts that are no keys, and keeps apart what a double cannot', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const row = client(1, 'x', 1);
      const large = ['9007199254740992', '9007199254740993'].map((id) => ({ ...row, id }));
      await bench.load(CLIENTS, [row, { ...row, id: 2 }, ...large]);
      const gone = [['9007199254740993'], ['abc'], ['1.5'], ['1e0'], ['true'], [' '], [''], ["'"]];
      expect(await bench.load(CLIENTS, [], { gone, how: 'sweep' })).toMatchObject({ deleted: 1 });
      expect(Object.keys(await bench.rows(CLIENTS))).toEqual(['1', '2', '9007199254740992']);
      expect(await noted(bench)).toEqual(['9007199254740993 sweep run-2']);
    });

    it('has nothing to write without keys, or where no row has them', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'x', 1)]);
      for (const gone of [[], [['7']]]) {
        const prepared = await bench.prepare(CLIENTS, [], { gone, how: 'count' });
        expect(prepared).toMatchObject({ willWrite: false, transitions: [], missing: [] });
        await prepared.discard();
      }
    });

    it('removes rows of keys of several parts without a note where none is wanted', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const row = { period_start: '2026-01-01', client_id: 1, currency: 'EUR', total: '1' };
      await bench.load(MONTHS, [row, { ...row, currency: 'USD' }]);
      const gone = [
        ['2026-01-01', '1', 'USD'],
        ['2026-02-30', '1', 'EUR'],
      ];
      expect(await bench.load(MONTHS, [], { gone })).toMatchObject({ deleted: 1 });
      expect(Object.keys(await bench.rows(MONTHS))).toEqual(['2026-01-01|1|EUR']);
      expect(await noted(bench)).toEqual([]);
    });

    it('says of a key that also has to go that its record has moved', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'x', 1), client(2, 'x', 1), client(3, 'x', 1)]);
      const over = { gone: [['1'], ['2']], removals: [['2'], ['3']], spared: [['3']], how: 'count' } as const;
      expect(await bench.load(CLIENTS, [], over)).toMatchObject({ deleted: 3 });
      expect(await noted(bench)).toEqual(['1 count run-2', '2 moved run-2', '3 moved run-2']);
    });

    it('marks their rows, once', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'x', 1), client(2, 'x', 1)]);
      const marking = { gone: [['1']], deletes: 'mark', how: 'count' } as const;
      expect(await bench.load(MARKED, [], marking)).toMatchObject({ deleted: 1 });
      const again = await bench.prepare(MARKED, [], marking);
      expect(again).toMatchObject({ willWrite: false, result: { deleted: 0 } });
      await again.discard();
      expect(await bench.values(MARKED, '_deleted_at')).toEqual({ 1: '2026-02-01T00:02:00Z', 2: null });
      expect(await noted(bench)).toEqual(['1 count run-2']);
    });

    it('notes rows that are kept once for each time they go, also if they come back as they were', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const keeping = { gone: [['1']], deletes: 'keep', how: 'count', watch: ['name'] } as const;
      await bench.load(CLIENTS, [client(1, 'x', 1), client(2, 'x', 1)]);
      const prepared = await bench.prepare(CLIENTS, [], keeping);
      expect(prepared).toMatchObject({ willWrite: true, result: { deleted: 0 } });
      expect(prepared.transitions).toMatchObject([{ before: ['x'], after: null }]);
      const twin = await bench.prepare(CLIENTS, [], keeping);
      await bench.commit({ loads: [prepared] });
      await bench.commit({ loads: [twin] });
      const again = await bench.prepare(CLIENTS, [], keeping);
      expect(again).toMatchObject({ willWrite: false, transitions: [] });
      await again.discard();
      const back = await bench.load(CLIENTS, [client(1, 'x', 1), client(2, 'x', 1)], { deletes: 'keep' });
      expect(back).toMatchObject({ updated: 1, unchanged: 1 });
      await bench.load(CLIENTS, [], keeping);
      expect(await bench.load(CLIENTS, [], { ...keeping, removals: [['1']] })).toMatchObject({ deleted: 1 });
      expect(Object.keys(await bench.rows(CLIENTS))).toEqual(['2']);
      expect(await noted(bench)).toEqual(['1 count run-2', '1 count run-5', '1 moved run-6']);
    });

    it('looks again at a table that was written to meanwhile', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'x', 1), client(2, 'x', 1)]);
      const prepared = await bench.prepare(CLIENTS, [], { gone: [['1'], ['2']], how: 'count' });
      await bench.load(CLIENTS, [client(3, 'x', 1)], { removals: [['1']] });
      const { loads } = await bench.commit({ loads: [prepared] });
      expect(loads).toMatchObject([{ deleted: 1 }]);
      expect(Object.keys(await bench.rows(CLIENTS))).toEqual(['3']);
      expect(await noted(bench)).toEqual(['1 moved run-2', '2 count run-3']);
    });

    it('takes 50,000 keys at once, of which most rows may go', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(
        CLIENTS,
        Array.from({ length: 300 }, (_, id) => client(id, 'x', 1)),
      );
      const gone = Array.from({ length: 50_000 }, (_, at) => [String(at + 10)]);
      expect(await bench.load(CLIENTS, [], { gone, how: 'sweep' })).toMatchObject({ deleted: 290 });
      expect(Object.keys(await bench.rows(CLIENTS))).toHaveLength(10);
      expect(await bench.warehouse.counts(['_deletions'])).toEqual(new Map([['_deletions', 290]]));
    });
  });
}
