import { describe, expect, it } from '@jest/globals';
import { CLIENTS, INVOICES, MARKED, Workbench, client, type OpenWarehouse } from './workbench.ts';

/** Rows that come and come again. */
export function mergeTests(open: OpenWarehouse): void {
  describe('a merge', () => {
    it('inserts what is new, updates what changed and counts both', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'Ada', 1), client(2, 'Bo', 1)]);
      const result = await bench.load(CLIENTS, [client(2, 'Bob', 2), client(3, 'Cy', 2)]);
      expect(result).toEqual({
        table: 'clients',
        inserted: 1,
        updated: 1,
        unchanged: 0,
        duplicates: 0,
        deleted: 0,
      });
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'Ada', 2: 'Bob', 3: 'Cy' });
      expect(await bench.values(CLIENTS, '_run_id')).toEqual({ 1: 'run-1', 2: 'run-2', 3: 'run-2' });
    });

    it('touches nothing when the same rows are delivered again', async () => {
      await using bench = await Workbench.open(open, [CLIENTS, INVOICES]);
      const invoice = {
        id: 1,
        client_id: 7,
        client_name: 'Ada',
        line_items: [{ id: 1, amount: '0.1' }],
        tags: ['a'],
      };
      await bench.load(CLIENTS, [client(1, 'Ada', 1), client(2, null, 1, null)]);
      await bench.load(INVOICES, [invoice]);
      const before = [await bench.rows(CLIENTS), await bench.rows(INVOICES)];
      const again = await bench.load(CLIENTS, [client(1, 'Ada', 1), client(2, null, 1, null)]);
      expect(again).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
      expect(await bench.load(INVOICES, [invoice])).toMatchObject({ unchanged: 1, updated: 0 });
      expect([await bench.rows(CLIENTS), await bench.rows(INVOICES)]).toEqual(before);
    });

    it('does not let an older row replace a newer one', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'new', 5)]);
      expect(await bench.load(CLIENTS, [client(1, 'old', 4)])).toMatchObject({ updated: 0, unchanged: 1 });
      expect(await bench.load(CLIENTS, [client(1, 'as new', 5)])).toMatchObject({ updated: 1 });
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'as new' });
    });

    it('takes the newest of several staged rows, of equally new ones the last', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const rows = [
        client(1, 'b', 2),
        client(1, 'a', 1),
        client(2, 'first', 1),
        client(2, 'second', 1),
        client(3, 'c', 1),
      ];
      expect(await bench.load(CLIENTS, rows)).toMatchObject({ inserted: 3, duplicates: 2 });
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'b', 2: 'second', 3: 'c' });
    });

    it('accounts for every staged row', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'a', 1), client(2, 'b', 1)]);
      const rows = [
        client(1, 'a', 1),
        client(2, 'B', 2),
        client(2, 'b', 1),
        client(3, 'c', 1),
        client(3, 'c', 1),
      ];
      const { inserted, updated, unchanged, duplicates } = await bench.load(CLIENTS, rows);
      expect({ inserted, updated, unchanged, duplicates }).toEqual({
        inserted: 1,
        updated: 1,
        unchanged: 1,
        duplicates: 2,
      });
    });

    it('takes several files, empty ones too, and none', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const one = await bench.prepare(CLIENTS, [client(1, 'a', 1)]);
      const none = await bench.prepare(CLIENTS, []);
      const files = [...one.load.files, ...none.load.files];
      await Promise.all([one.discard(), none.discard()]);
      expect(await bench.load(CLIENTS, [client(2, 'b', 1)], { files })).toMatchObject({ inserted: 1 });
      expect(await bench.load(CLIENTS, [], { files: [] })).toMatchObject({
        inserted: 0,
        unchanged: 0,
        duplicates: 0,
      });
      expect(await bench.values(CLIENTS, 'name')).toEqual({ 1: 'a' });
    });

    it('brings back a row that was marked as deleted', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(MARKED, [client(1, 'a', 1), client(2, 'b', 1)]);
      const all = { kind: 'all', allowShrink: false } as const;
      expect(await bench.load(MARKED, [client(1, 'a', 1)], { scope: all, deletes: 'mark' })).toMatchObject({
        deleted: 1,
      });
      expect(await bench.values(MARKED, '_deleted_at')).toEqual({ 1: null, 2: '2026-02-01T00:02:00Z' });
      expect(await bench.load(MARKED, [client(2, 'b', 1)], { deletes: 'mark' })).toMatchObject({
        updated: 1,
      });
      expect(await bench.values(MARKED, '_deleted_at')).toEqual({ 1: null, 2: null });
    });

    it('tells how watched columns change, once for each pair', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [
        client(1, 'x', 1),
        client(2, 'x', 1),
        client(3, 'y', 1),
        client(4, 'same', 1),
      ]);
      const rows = [
        client(1, 'z', 3),
        client(2, 'z', 4),
        client(4, 'same', 1),
        client(5, 'n', 2),
        client(6, null, 2),
      ];
      const { transitions } = await bench.prepare(CLIENTS, rows, { watch: ['name'], removals: [['3']] });
      const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
      expect(transitions.toSorted(byText)).toEqual(
        [
          { before: ['x'], after: ['z'], latest: '2026-01-01T00:04:00Z' },
          { before: ['y'], after: null, latest: '2026-01-01T00:01:00Z' },
          { before: null, after: ['n'], latest: '2026-01-01T00:02:00Z' },
          { before: null, after: [null], latest: '2026-01-01T00:02:00Z' },
        ].toSorted(byText),
      );
    });

    it('drops what was staged when it is discarded, and refuses to commit it then', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const prepared = await bench.prepare(CLIENTS, [client(1, 'a', 1)]);
      await prepared.discard();
      await prepared.discard();
      await expect(bench.commit({ loads: [prepared] })).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(await bench.rows(CLIENTS)).toEqual({});
    });

    it('takes 20,000 rows at once, new and then all changed', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      const rows = (name: string, at: number) =>
        Array.from({ length: 20_000 }, (_, id) => client(id, `${name} ${id}`, at));
      expect(await bench.load(CLIENTS, rows('first', 1))).toMatchObject({ inserted: 20_000 });
      expect(await bench.load(CLIENTS, rows('then', 2))).toMatchObject({ updated: 20_000, inserted: 0 });
      const names = await bench.values(CLIENTS, 'name');
      expect(Object.keys(names)).toHaveLength(20_000);
      expect(names['19999']).toBe('then 19999');
    });
  });
}
