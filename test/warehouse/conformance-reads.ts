import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { CLIENTS, MARKED, MONTHS, Workbench, client, type OpenWarehouse } from './workbench.ts';

/** What is asked of a warehouse. */
export function readTests(open: OpenWarehouse, place: (name: string) => string): void {
  describe('reading', () => {
    it('finds nothing in a warehouse that is empty', async () => {
      await using warehouse = await open();
      expect(await warehouse.readStates()).toEqual(new Map());
      expect(await warehouse.readIds('clients', 'id', null, 10)).toEqual([]);
      expect(await warehouse.readRows('clients', ['id'], { column: 'id', values: ['1'] }, 'clients')).toEqual(
        [],
      );
      expect(await warehouse.counts(['clients'])).toEqual(new Map());
      expect(await warehouse.readHousekeeping(HOUSEKEEPING.syncRuns, 'started_at', 5)).toEqual([]);
    });

    it('gives ids in pieces, in the order of numbers, each once and without marked rows', async () => {
      await using bench = await Workbench.open(open, [MARKED]);
      await bench.load(
        MARKED,
        [9, 10, 100, 9_007_199_254].map((id) => client(id, 'x', 1)),
        { deletes: 'mark' },
      );
      await bench.load(MARKED, [], { removals: [['10']], deletes: 'mark' });
      expect(await bench.warehouse.readIds('clients', 'id', null, 2)).toEqual(['9', '100']);
      expect(await bench.warehouse.readIds('clients', 'id', '100', 2)).toEqual(['9007199254']);
    });

    it('gives columns of the rows that have certain values, as text', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const row = { currency: 'EUR', total: '0.50' };
      await bench.load(MONTHS, [
        { ...row, period_start: '2026-01-01', client_id: 1 },
        { ...row, period_start: '2026-02-01', client_id: 2 },
      ]);
      const where = { column: 'period_start', values: ['2026-02-01', '2026-03-01', "no'date"] };
      expect(
        await bench.warehouse.readRows('time_clients', ['client_id', 'total'], where, 'time_clients'),
      ).toEqual([['2', '0.5']]);
      expect(
        await bench.warehouse.readRows(
          'time_clients',
          ['client_id'],
          { column: 'client_id', values: [] },
          'time_clients',
        ),
      ).toEqual([]);
    });

    it('appends housekeeping rows and gives the newest first', async () => {
      await using bench = await Workbench.open(open, []);
      const run = (id: number) => ({
        run_id: `r${id}`,
        started_at: `2026-01-0${id}T00:00:00Z`,
        outcome: 'ok',
        requests: id,
      });
      await bench.warehouse.append(HOUSEKEEPING.syncRuns, [run(1), run(3), run(2)]);
      await bench.warehouse.append(HOUSEKEEPING.syncRuns, []);
      const rows = await bench.warehouse.readHousekeeping(HOUSEKEEPING.syncRuns, 'started_at', 2);
      expect(rows).toMatchObject([
        { run_id: 'r3', started_at: '2026-01-03T00:00:00Z', requests: '3', exit_code: null },
        { run_id: 'r2' },
      ]);
    });

    it('appends more rows than fit into one statement', async () => {
      await using bench = await Workbench.open(open, []);
      const rows = Array.from({ length: 2_500 }, (_, at) => ({
        run_id: `r${at}`,
        stream: "it's",
        seconds: '1.5',
      }));
      await bench.warehouse.append(HOUSEKEEPING.syncStreams, rows);
      expect(await bench.warehouse.counts(['_sync_streams'])).toEqual(new Map([['_sync_streams', 2_500]]));
    });

    it('answers queries that only read', async () => {
      await using bench = await Workbench.open(open, [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'a', 1, '1.50')]);
      const { columns, rows } = await bench.warehouse.query(
        `SELECT id, amount, updated_at FROM ${place('clients')}`,
      );
      expect({ columns, rows }).toEqual({
        columns: ['id', 'amount', 'updated_at'],
        rows: [['1', '1.5', '2026-01-01T00:01:00Z']],
      });
      await expect(bench.warehouse.query(`DELETE FROM ${place('clients')} WHERE true`)).rejects.toMatchObject(
        {
          name: 'ConnectorError',
        },
      );
      expect(await bench.warehouse.counts(['clients'])).toEqual(new Map([['clients', 1]]));
    });
  });
}
