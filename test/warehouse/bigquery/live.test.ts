import { describe, expect, it } from '@jest/globals';
import { HOUSEKEEPING } from '../../../src/catalog/housekeeping.ts';
import { fieldsOf } from '../../../src/warehouse/bigquery/columns.ts';
import { readLive } from '../../../src/warehouse/bigquery/reads.ts';
import type { Table } from '../../../src/warehouse/table.ts';
import type { TableLoad } from '../../../src/warehouse/warehouse.ts';
import { ENTRIES, MARKED_ENTRIES } from '../workbench.ts';
import { openOffice, type Office } from './office.ts';
import { field } from './scripted-jobs.ts';

/** An office whose dataset holds a table of 7 rows. */
async function officeOf(table: Table): Promise<Office> {
  const office = await openOffice();
  const tableConstraints = { primaryKey: { columns: table.primaryKey } };
  const schema = { fields: fieldsOf(table) };
  office.server.world.addTable(`d.${table.name}`, { numRows: '7', schema, tableConstraints });
  return office;
}

function live(
  office: Office,
  column: string | null,
  deletes: TableLoad['deletes'],
): Promise<ReadonlyMap<string, number>> {
  return readLive('time_entries', column, deletes, 'time_entries', office.place);
}

describe('counting live rows', () => {
  it.each(['remove', 'mark'] as const)(
    'asks no query where every row counts and no day is wanted: %s',
    async (deletes) => {
      await using office = await officeOf(ENTRIES);
      expect(await live(office, null, deletes)).toEqual(new Map([['', 7]]));
      expect(office.server.log.map(({ kind }) => kind)).toEqual(['table.get']);
      expect(office.notes).toEqual([]);
    },
  );

  it('asks one query by day, on the stream’s account', async () => {
    await using office = await officeOf(ENTRIES);
    office.server.world.scriptOf = () => ({
      fields: [field('spent_date', 'DATE'), field('f0_', 'INTEGER')],
      rows: [
        ['2026-02-01', '2'],
        [null, '5'],
      ],
    });
    expect(await live(office, 'spent_date', 'remove')).toEqual(
      new Map([
        ['2026-02-01', 2],
        ['', 5],
      ]),
    );
    expect(office.server.inserted()).toHaveLength(1);
    expect(office.notes).toMatchObject([{ stream: 'time_entries', kind: 'read' }]);
  });

  it.each([
    ['marked rows', MARKED_ENTRIES, 'remove', /_deleted_at` IS NULL$/],
    ['noted rows', ENTRIES, 'keep', /`_deletions`[^]*CAST\(target\.`id` AS STRING\)/],
  ] as const)('asks for %s also where all are counted at once', async (_what, table, deletes, sql) => {
    await using office = await officeOf(table);
    office.server.world.addTable('d._deletions', { schema: { fields: fieldsOf(HOUSEKEEPING.deletions) } });
    office.server.world.scriptOf = () => ({
      fields: [field('f0_'), field('f1_', 'INTEGER')],
      rows: [['', '0']],
    });
    expect(await live(office, null, deletes)).toEqual(new Map());
    expect(office.server.of('job.insert.query').map(({ job }) => job?.sql)).toEqual([
      expect.stringMatching(sql),
    ]);
  });
});
