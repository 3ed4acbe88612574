import { describe, expect, it } from '@jest/globals';
import { INVOICES, Workbench, type OpenWarehouse } from './workbench.ts';

const line = (id: number, project: number | null, name: string | null) => ({
  id,
  project_id: project,
  project_name: name,
  amount: '1.5',
});

const ROWS = [
  {
    id: 1,
    client_id: 7,
    client_name: 'Old',
    line_items: [line(1, 3, 'P'), line(2, null, null), line(3, 4, 'Q')],
    tags: ['a'],
  },
  { id: 2, client_id: 8, client_name: 'Other', line_items: [line(4, 4, 'Q')], tags: [] },
  { id: 3, client_id: 7, client_name: 'New', line_items: [], tags: [] },
];

/** Names of references that change. */
export function renameTests(open: OpenWarehouse): void {
  describe('a rename', () => {
    it('reaches the rows that embed the name, and only those whose name differs', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const rename = {
        table: INVOICES,
        list: null,
        idColumn: 'client_id',
        column: 'client_name',
        deletes: 'remove',
        history: null,
      } as const;
      const { renamed } = await bench.commit({
        renames: [
          {
            ...rename,
            names: new Map([
              ['7', 'New'],
              ['99', 'Nobody'],
            ]),
          },
        ],
      });
      expect(renamed).toBe(1);
      expect(await bench.values(INVOICES, 'client_name')).toEqual({ 1: 'New', 2: 'Other', 3: 'New' });
      expect(await bench.values(INVOICES, '_run_id')).toEqual({ 1: 'run-2', 2: 'run-1', 3: 'run-1' });
      const cleared = await bench.commit({ renames: [{ ...rename, names: new Map([['8', null]]) }] });
      expect(cleared.renamed).toBe(1);
      expect(await bench.values(INVOICES, 'client_name')).toMatchObject({ 2: null });
    });

    it('reaches into repeated records and changes nothing else in them', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const rename = {
        table: INVOICES,
        list: 'line_items',
        idColumn: 'project_id',
        column: 'project_name',
        deletes: 'remove',
        history: null,
      } as const;
      const names = new Map([['3', 'It\'s "P"']]);
      expect((await bench.commit({ renames: [{ ...rename, names }] })).renamed).toBe(1);
      const lists = await bench.values(INVOICES, 'line_items');
      expect(JSON.parse(lists['1'] ?? '')).toEqual([
        { id: 1, project_id: 3, project_name: 'It\'s "P"', amount: 1.5 },
        { id: 2, project_id: null, project_name: null, amount: 1.5 },
        { id: 3, project_id: 4, project_name: 'Q', amount: 1.5 },
      ]);
      expect(lists['3']).toBe('[]');
      expect((await bench.commit({ renames: [{ ...rename, names }] })).renamed).toBe(0);
      expect(await bench.values(INVOICES, '_run_id')).toEqual({ 1: 'run-2', 2: 'run-1', 3: 'run-1' });
    });

    it('leaves rows alone that are kept though they are gone, until they come back', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      await bench.load(INVOICES, [], { gone: [['1']], deletes: 'keep', how: 'count' });
      const names = new Map([['7', 'New']]);
      const column = { idColumn: 'client_id', column: 'client_name', names } as const;
      const field = { idColumn: 'project_id', column: 'project_name', names: new Map([['4', 'R']]) } as const;
      const renames = [
        { table: INVOICES, list: null, deletes: 'keep', history: null, ...column },
        { table: INVOICES, list: 'line_items', deletes: 'keep', history: null, ...field },
      ] as const;
      await bench.commit({ renames });
      const renamed = await bench.values(INVOICES, 'client_name');
      expect(renamed).toMatchObject({ 3: 'New' });
      expect(renamed['1']).not.toBe('New');
      const live = await bench.warehouse.readLive(INVOICES.name, null, 'keep', INVOICES.name);
      expect(live.get('')).toBe(ROWS.length - 1);
      await bench.load(INVOICES, [{ ...ROWS[0] }], { deletes: 'keep' });
      await bench.commit({ renames });
      expect(await bench.values(INVOICES, 'client_name')).toMatchObject({ 1: 'New', 3: 'New' });
    });

    it('is applied after the loads of its commit, to the same rows too', async () => {
      await using bench = await Workbench.open(open, [INVOICES]);
      await bench.load(INVOICES, ROWS);
      const again = ROWS.map((row) => ({ ...row, tags: ['later'] }));
      const result = await bench.commit({
        loads: [await bench.prepare(INVOICES, [...again, { ...ROWS[0], id: 4 }])],
        renames: [
          {
            table: INVOICES,
            list: null,
            idColumn: 'client_id',
            column: 'client_name',
            names: new Map([['7', 'New']]),
            deletes: 'remove',
            history: null,
          },
          {
            table: INVOICES,
            list: 'line_items',
            idColumn: 'project_id',
            column: 'project_name',
            names: new Map([['4', 'R']]),
            deletes: 'remove',
            history: null,
          },
        ],
      });
      expect(result.loads).toMatchObject([{ inserted: 1, updated: 3 }]);
      expect(await bench.values(INVOICES, 'client_name')).toEqual({
        1: 'New',
        2: 'Other',
        3: 'New',
        4: 'New',
      });
      const lists = await bench.values(INVOICES, 'line_items');
      expect([lists['2'], lists['4']].map((text) => text?.includes('"R"'))).toEqual([true, true]);
    });
  });
}
