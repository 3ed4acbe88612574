import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { openOffice, type Office } from '../../support/office.ts';
import { idIn, monthsAsked, pick } from '../../support/pick.ts';

const REPORTS = [...loadCatalog().streams.values()].filter(
  ({ sync, name }) => sync === 'report' && name !== 'project_budget',
);
const HOUR_MS = 3_600_000;
/** No month is read for being recent, and none in rotation. */
const config = { sync: { restateMonths: 1, sweepChildrenEveryMs: 1000 * 86_400_000 } };

const inMonth = (month: string) => (record: Readonly<Record<string, unknown>>) =>
  String(record['spent_date']).startsWith(month);

/** Months that a stream reads because of each fact; the current one is read on every run. */
const ENTRIES = {
  changed: '2025-10',
  deleted: '2025-11',
  left: '2025-12',
  reached: '2026-01',
  written: '2026-02',
};
const EXPENSES = { changed: '2025-09', deleted: '2025-12', written: '2025-08' };

function expectedFor(name: string): readonly string[] {
  const months = ['2026-03'];
  if (!name.startsWith('expenses_')) months.push(...Object.values(ENTRIES));
  if (!name.startsWith('time_')) months.push(...Object.values(EXPENSES));
  return [...new Set(months)].toSorted().toReversed();
}

describe('the months that a run reads', () => {
  let office: Office;
  beforeAll(async () => {
    office = await openOffice({ now: '2026-03-10T09:00:00Z', size: 900 });
    const streams = ['time_entries', 'expenses', ...REPORTS.map(({ name }) => name)];
    await office.sync({ streams, config });
    office.sandbox.account.clock.advance(HOUR_MS);
  });
  afterAll(async () => {
    await office[Symbol.asyncDispose]();
  });

  it('are none but the current one where nothing changed, in every report', async () => {
    const run = await office.sync({ config });
    expect(run.result.outcome).toBe('ok');
    for (const { path } of REPORTS) expect([path, monthsAsked(run, path)]).toEqual([path, ['2026-03']]);
    office.sandbox.account.clock.advance(HOUR_MS);
  });

  it('are those of entries and expenses that changed, went, moved or were written late, in every report made of them', async () => {
    const { account } = office.sandbox;
    const entry = (month: string) => pick(office, 'time_entries', inMonth(month));
    const expense = (month: string) => pick(office, 'expenses', inMonth(month));
    account.update('time_entries', entry(ENTRIES.changed).id, { hours: 5.5 });
    account.remove('time_entries', entry(ENTRIES.deleted).id);
    account.update('time_entries', entry(ENTRIES.left).id, { spent_date: `${ENTRIES.reached}-12` });
    const like = entry(ENTRIES.written);
    const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task') };
    account.create('time_entries', { ...work, spent_date: `${ENTRIES.written}-02`, hours: 1 });
    account.update('expenses', expense(EXPENSES.changed).id, { notes: 'changed' });
    account.remove('expenses', expense(EXPENSES.deleted).id);
    const other = expense(EXPENSES.written);
    account.create('expenses', {
      project_id: idIn(other, 'project'),
      expense_category_id: idIn(other, 'expense_category'),
      spent_date: `${EXPENSES.written}-03`,
      total_cost: 12,
    });
    const run = await office.sync({ config });
    expect(run.result.outcome).toBe('ok');
    for (const { name, path } of REPORTS) {
      expect([name, monthsAsked(run, path).toSorted().toReversed()]).toEqual([name, expectedFor(name)]);
    }
    const streams = ['time_entries', 'expenses', ...REPORTS.map(({ name }) => name)];
    expect(await office.differences({ streams: streams.filter((name) => name !== 'uninvoiced') })).toEqual(
      [],
    );
  });
});
