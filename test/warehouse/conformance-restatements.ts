import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import type { Row } from '../../src/warehouse/table.ts';
import type { TableLoad } from '../../src/warehouse/warehouse.ts';
import { MONTHS, Workbench, column, table, type OpenWarehouse } from './workbench.ts';

/** A report with values of several types. */
const TEAM = table(
  'time_team',
  [
    column('period_start', 'DATE', 'REQUIRED'),
    column('user_id', 'INT64', 'REQUIRED'),
    column('user_name', 'STRING'),
    column('currency', 'STRING', 'REQUIRED'),
    column('hours', 'NUMERIC'),
    column('capacity', 'INT64'),
    column('is_contractor', 'BOOL'),
  ],
  { primaryKey: ['period_start', 'user_id', 'currency'] },
);

const JANUARY = '2026-01-01';
const FEBRUARY = '2026-02-01';

function worked(period: string, user: number, hours: string | null, over: Row = {}): Row {
  const row = { period_start: period, user_id: user, user_name: 'Ada', currency: 'EUR', hours };
  return { ...row, capacity: 126000, is_contractor: false, ...over };
}

/** A load of whole months, of which `known` were read before. */
function months(values: readonly string[], known: readonly string[]): Partial<TableLoad> {
  return {
    scope: { kind: 'where', column: 'period_start', values },
    ...(known.length === 0
      ? {}
      : { restated: { periods: known, columns: ['hours', 'capacity', 'is_contractor'] } }),
  };
}

/** What `_restatements` says: `period entity currency column: before → after`. */
async function noted(bench: Workbench): Promise<readonly string[]> {
  const rows = Object.values(await bench.rows(HOUSEKEEPING.restatements));
  return rows
    .map((row) => {
      const value = (name: string): string => row[name] ?? 'NULL';
      const place = `${value('period_start')} ${value('entity_id')} ${value('currency')} ${value('column_name')}`;
      return `${value('run_id')} ${value('stream')} ${place}: ${value('value_before')} → ${value('value_after')}`;
    })
    .toSorted();
}

/** What is noted of report months that were read before. */
export function restatementTests(open: OpenWarehouse): void {
  describe('a load of months that were read before', () => {
    it('notes each value that it changes, adds and takes away, as text, in the transaction of the rows', async () => {
      await using bench = await Workbench.open(open, [TEAM]);
      const before = [worked(JANUARY, 1, '7.50'), worked(JANUARY, 2, '1'), worked(JANUARY, 3, '100')];
      await bench.load(TEAM, before, months([JANUARY], []));
      const after = [
        worked(JANUARY, 1, '8.250000001', { is_contractor: true, user_name: 'Eve' }),
        worked(JANUARY, 3, '100', { user_name: 'Eve' }),
        worked(JANUARY, 4, '9007199254740993.5', { capacity: null }),
      ];
      await bench.load(TEAM, after, months([JANUARY], [JANUARY]));
      expect(await noted(bench)).toEqual([
        'run-2 time_team 2026-01-01 1 EUR hours: 7.5 → 8.250000001',
        'run-2 time_team 2026-01-01 1 EUR is_contractor: false → true',
        'run-2 time_team 2026-01-01 2 EUR capacity: 126000 → NULL',
        'run-2 time_team 2026-01-01 2 EUR hours: 1 → NULL',
        'run-2 time_team 2026-01-01 2 EUR is_contractor: false → NULL',
        'run-2 time_team 2026-01-01 4 EUR hours: NULL → 9007199254740993.5',
        'run-2 time_team 2026-01-01 4 EUR is_contractor: NULL → false',
      ]);
      const times = await bench.values(HOUSEKEEPING.restatements, 'noticed_at');
      expect(new Set(Object.values(times))).toEqual(new Set(['2026-02-01T00:02:00Z']));
    });

    it('notes nothing of a month that is read for the first time beside them, and nothing where nothing changed', async () => {
      await using bench = await Workbench.open(open, [TEAM]);
      await bench.load(TEAM, [worked(JANUARY, 1, '10')], months([JANUARY], []));
      const both = [worked(JANUARY, 1, '10.0'), worked(FEBRUARY, 1, '5')];
      await bench.load(TEAM, both, months([JANUARY, FEBRUARY], [JANUARY]));
      await bench.load(TEAM, both, months([JANUARY, FEBRUARY], [JANUARY, FEBRUARY]));
      expect(await noted(bench)).toEqual([]);
      await bench.load(TEAM, [], months([FEBRUARY], [FEBRUARY]));
      expect(await noted(bench)).toEqual([
        'run-4 time_team 2026-02-01 1 EUR capacity: 126000 → NULL',
        'run-4 time_team 2026-02-01 1 EUR hours: 5 → NULL',
        'run-4 time_team 2026-02-01 1 EUR is_contractor: false → NULL',
      ]);
    });

    it('notes rows of a month that was empty, also where the whole table was', async () => {
      await using bench = await Workbench.open(open, [MONTHS]);
      const row = { period_start: JANUARY, client_id: 7, currency: '', total: '0' };
      const restated = { periods: [JANUARY], columns: ['total'] };
      await bench.load(MONTHS, [row], { ...months([JANUARY], []), restated });
      expect(await noted(bench)).toEqual(['run-1 time_clients 2026-01-01 7  total: NULL → 0']);
    });

    it('notes what it changes of the table as it is when it is committed, and nothing if it is refused', async () => {
      await using bench = await Workbench.open(open, [TEAM]);
      await bench.load(TEAM, [worked(JANUARY, 1, '1')], months([JANUARY], []));
      const prepared = await bench.prepare(TEAM, [worked(JANUARY, 1, '3')], months([JANUARY], [JANUARY]));
      const state = { stream: 'time_team', cursor: null, state: {} };
      const refused = bench.commit({ loads: [prepared], states: [{ ...state, expectedVersion: 5 }] });
      await expect(refused).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      expect(await noted(bench)).toEqual([]);
      await bench.load(TEAM, [worked(JANUARY, 1, '2')], months([JANUARY], [JANUARY]));
      await bench.commit({ loads: [prepared] });
      expect(await noted(bench)).toEqual([
        'run-3 time_team 2026-01-01 1 EUR hours: 1 → 2',
        'run-4 time_team 2026-01-01 1 EUR hours: 2 → 3',
      ]);
    });
  });
}
