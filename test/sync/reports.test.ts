import { describe, expect, it } from '@jest/globals';
import type { Commit } from '../../src/warehouse/warehouse.ts';
import { interpose } from '../support/interpose.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { idIn, monthsAsked, numberOf, pick, writtenBy } from '../support/pick.ts';

const NOW = '2026-03-10T09:00:00Z';
const STREAMS = ['time_entries', 'time_clients', 'time_projects', 'time_team'];
const TEAM = 'reports/time/team';
const HOUR = 3_600_000;
const FUTURE_UNINVOICED = "SELECT count(*) FROM uninvoiced WHERE period_start > DATE '2026-03-31'";

/** A synced office an hour later, so that nothing but edits lies in the next window. */
async function openSynced(): Promise<Office> {
  const office = await openOffice({ now: NOW });
  await office.sync({ streams: STREAMS });
  office.sandbox.account.clock.advance(HOUR);
  return office;
}

const inMonth = (month: string) => (record: Readonly<Record<string, unknown>>) =>
  String(record['spent_date']).startsWith(month);

describe('report months', () => {
  it('are read newest first, back to the first fact', async () => {
    await using office = await openOffice({ now: NOW });
    const run = await office.sync({ streams: STREAMS, config: { sync: { concurrency: 1 } } });
    const months = monthsAsked(run, TEAM);
    expect(months[0]).toBe('2026-03');
    expect(months).toEqual(months.toSorted().toReversed());
    expect(months.at(-1)).toBe(office.sandbox.account.months()[0]);
    expect(new Set(months).size).toBe(months.length);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it.each([
    [1, ['2026-03']],
    [3, ['2026-03', '2026-02', '2026-01']],
  ])('of the last %i are read again on each run', async (restateMonths, wanted) => {
    await using office = await openSynced();
    const run = await office.sync({ streams: STREAMS, config: { sync: { restateMonths } } });
    expect(monthsAsked(run, TEAM)).toEqual(wanted);
  });

  it('are found without entries being stored, by the first fact in Harvest, which is looked up once', async () => {
    await using office = await openOffice({ now: NOW });
    const config = { streams: { include: ['time_team', 'expenses_team'] } };
    const first = await office.sync({ config });
    expect(monthsAsked(first, TEAM).toSorted()[0]).toBe(office.sandbox.account.months()[0]);
    expect(first.requests.filter((url) => url.includes('/time_entries'))).toHaveLength(2);
    expect(await office.differences({ streams: ['time_team', 'expenses_team'] })).toEqual([]);
    const second = await office.sync({ config });
    expect(second.requests.filter((url) => url.includes('/time_entries'))).toEqual([]);
  });

  it('are just the current one where there is no fact at all', async () => {
    await using office = await openOffice({ now: NOW, size: 0 });
    for (const { id } of office.sandbox.account.truth('expenses'))
      office.sandbox.account.remove('expenses', Number(id));
    const run = await office.sync();
    expect(run.result.outcome).toBe('ok');
    expect(monthsAsked(run, TEAM)).toEqual(['2026-03']);
    expect(await office.differences()).toEqual([]);
  });
});

describe('an old month', () => {
  it('is read again when one of its entries changes, and only rows that differ are written', async () => {
    await using office = await openSynced();
    const entry = pick(office, 'time_entries', inMonth('2025-10'));
    office.sandbox.account.update('time_entries', entry.id, { hours: 5.5 });
    const run = await office.sync({ streams: STREAMS });
    expect(monthsAsked(run, TEAM)).toContain('2025-10');
    expect(monthsAsked(run, TEAM)).not.toContain('2025-11');
    expect(await writtenBy(office, run, 'time_team', 'period_start')).toEqual(['2025-10-01']);
    expect(await writtenBy(office, run, 'time_team', 'user_id')).toEqual([String(idIn(entry, 'user'))]);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('and the other one are read again when an entry moves between them', async () => {
    await using office = await openSynced();
    const entry = pick(office, 'time_entries', inMonth('2025-10'));
    office.sandbox.account.update('time_entries', entry.id, { spent_date: '2025-11-12' });
    const run = await office.sync({ streams: STREAMS });
    expect(monthsAsked(run, TEAM)).toEqual(expect.arrayContaining(['2025-10', '2025-11']));
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('is read again when an entry is written late', async () => {
    await using office = await openSynced();
    const { id: _, ...like } = pick(office, 'time_entries', inMonth('2025-10'));
    const work = {
      project_id: idIn({ id: 0, ...like }, 'project'),
      task_id: idIn({ id: 0, ...like }, 'task'),
    };
    office.sandbox.account.create('time_entries', { ...work, spent_date: '2025-10-02', hours: 1 });
    const run = await office.sync({ streams: STREAMS });
    expect(monthsAsked(run, TEAM)).toContain('2025-10');
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('is read again when an entry of it is found gone, and rows without time go', async () => {
    await using office = await openSynced();
    const user = idIn(pick(office, 'time_entries', inMonth('2025-10')), 'user');
    const isTheirs = (record: Readonly<Record<string, unknown>>): boolean =>
      inMonth('2025-10')(record) && idIn(record as never, 'user') === user;
    for (const { id } of [...office.sandbox.account.truth('time_entries')].filter(isTheirs))
      office.sandbox.account.remove('time_entries', Number(id));
    await office.sync({ streams: ['time_entries'], fullRefresh: true });
    const run = await office.sync({ streams: STREAMS });
    expect(monthsAsked(run, TEAM)).toContain('2025-10');
    const left = `SELECT count(*) FROM time_team WHERE user_id = ${user} AND period_start = DATE '2025-10-01'`;
    expect(await numberOf(office, left)).toBe(0);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
    expect(resultOf(run, 'time_team').deleted).toBeGreaterThan(0);
    expect(await office.query("SELECT * FROM _deletions WHERE stream <> 'time_entries'")).toEqual([]);
  });
});

describe('a future month', () => {
  it('is read while a fact lies in it, and goes with its last fact', async () => {
    await using office = await openOffice({ now: NOW });
    const { account } = office.sandbox;
    const entry = pick(office, 'time_entries');
    const work = { project_id: idIn(entry, 'project'), task_id: idIn(entry, 'task') };
    const future = account.create('time_entries', { ...work, spent_date: '2026-07-01', hours: 4 });
    const first = await office.sync({ streams: STREAMS });
    expect(monthsAsked(first, TEAM)).toContain('2026-07');
    expect(monthsAsked(first, TEAM)).not.toContain('2026-05');
    expect(await office.differences({ streams: STREAMS })).toEqual([]);

    account.update('time_entries', future, { spent_date: '2026-03-02' });
    const second = await office.sync({ streams: STREAMS });
    expect(second.result.outcome).toBe('ok');
    expect(
      await numberOf(office, "SELECT count(*) FROM time_team WHERE period_start > DATE '2026-03-31'"),
    ).toBe(0);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
    const third = await office.sync({ streams: STREAMS });
    expect(monthsAsked(third, TEAM)).not.toContain('2026-07');
  });

  it('goes even if its report is read between the reading and the storing of the facts', async () => {
    await using office = await openOffice({ now: NOW });
    const { account } = office.sandbox;
    const streams = ['time_entries', 'uninvoiced'];
    const entry = pick(office, 'time_entries');
    const work = { project_id: idIn(entry, 'project'), task_id: idIn(entry, 'task') };
    const future = account.create('time_entries', { ...work, spent_date: '2026-07-01', hours: 4 });
    await office.sync({ streams });
    expect(await numberOf(office, FUTURE_UNINVOICED)).toBeGreaterThan(0);
    account.remove('time_entries', future);
    const factsRead = Promise.withResolvers<void>();
    const reportRead = Promise.withResolvers<void>();
    const run = await office.sync({
      streams,
      fullRefresh: true,
      wrapDoor: (door) => ({
        ...door,
        open: async (session) =>
          interpose(await door.open(session), {
            readRows: () => factsRead.promise,
            commit: async (_warehouse, commit) => {
              const [load] = (commit as Commit).loads;
              if (load?.load.table.name === 'time_entries') await reportRead.promise;
            },
          }),
      }),
      onEvent: (event) => {
        if (event.event === 'page.fetched' && event.stream === 'time_entries') {
          account.clock.advance(5000);
          factsRead.resolve();
        }
        if (event.event === 'rows.staged' && event.stream === 'uninvoiced') reportRead.resolve();
      },
    });
    expect(run.result.outcome).toBe('ok');
    expect(await numberOf(office, FUTURE_UNINVOICED)).toBe(0);
    expect(await office.differences({ streams })).toEqual([]);
  });
});
