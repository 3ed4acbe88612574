import { describe, expect, it } from '@jest/globals';
import type { EngineRun } from '../support/engine.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { byHand } from '../verify/bench.ts';
import { asked, idIn, numberOf, pick, recordsOf, type SentRecord } from '../support/pick.ts';

const AN_HOUR_MS = 3_600_000;
const A_WEEK_MS = 7 * 24 * AN_HOUR_MS;

/** An entry that can be edited and deleted. */
function openEntry(office: Office, test: (record: SentRecord) => boolean = () => true): SentRecord {
  return pick(office, 'time_entries', (entry) => {
    return entry['is_locked'] === false && entry['is_running'] === false && test(entry);
  });
}

/** How often a run found that counts differ. */
function searches({ events }: EngineRun): number {
  return events.filter(({ event }) => event === 'count.differs').length;
}

describe('a list that skips a record although its total holds still', () => {
  it('makes no deletion: what is missing is asked for by its id', async () => {
    await using office = await openOffice({ largestPage: 50 });
    const { account } = office.sandbox;
    const streams = ['time_entries'];
    await office.sync({ streams });
    account.clock.advance(A_WEEK_MS + AN_HOUR_MS);
    const [newest] = recordsOf(office, 'time_entries').filter(({ is_locked: locked }) => locked === false);
    const oldest = recordsOf(office, 'time_entries').at(-1);
    if (newest === undefined || oldest === undefined) throw new Error('no entries');
    const work = { project_id: idIn(oldest, 'project'), task_id: idIn(oldest, 'task') };
    office.sandbox.faults.add({
      match: '/v2/time_entries[?]page=2&',
      nth: 1,
      do: 'edit',
      act: () => {
        account.remove('time_entries', newest.id);
        account.create('time_entries', { ...work, spent_date: oldest['spent_date'], hours: 1 });
      },
    });
    await office.sync({ streams });
    account.clock.advance(AN_HOUR_MS);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
    const noted = await office.query('SELECT record_key FROM _deletions');
    expect(noted).toEqual([[String(newest.id)]]);
  });
});

describe('a row whose date was changed by hand', () => {
  it('is put right, and not taken for gone, when a deletion has both of its dates looked at', async () => {
    await using office = await openOffice({ size: 'studio' });
    const streams = ['time_entries'];
    await office.sync({ streams });
    const entries = recordsOf(office, 'time_entries').filter(({ is_locked: locked }) => locked === false);
    const [first, second] = [entries[0], entries[1]];
    const late = recordsOf(office, 'time_entries').at(-1);
    if (first === undefined || second === undefined || late === undefined) throw new Error('no entries');
    const date = String(late['spent_date']);
    await byHand(office.path, [`UPDATE time_entries SET spent_date = '${date}' WHERE id = ${second.id}`]);
    office.sandbox.account.remove('time_entries', first.id);
    office.sandbox.account.clock.advance(AN_HOUR_MS);
    // what was put right may make the counts differ where they agreed by chance
    await office.sync({ streams });
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
    expect(await office.query('SELECT record_key FROM _deletions')).toEqual([[String(first.id)]]);
  });
});

describe('records that are rejected', () => {
  it('and lie before start_date make no count differ', async () => {
    await using office = await openOffice();
    const startDate = `${office.sandbox.account.months().at(-2)}-01`;
    const config = { startDate };
    const old = pick(office, 'invoices', ({ issue_date: date }) => String(date) < startDate);
    const fault = { do: 'malformed', field: 'amount', value: 'ZZ', id: old.id, times: 0 } as const;
    office.sandbox.faults.add({ match: '/v2/invoices\\?', ...fault });
    await office.sync({ streams: ['invoices'], config });
    expect(searches(await office.sync({ streams: ['invoices'], config }))).toBe(0);
  });

  it('and cannot be told apart stop the counting until a full listing, which says so', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const streams = ['time_entries'];
    await office.sync({ streams });
    account.clock.advance(AN_HOUR_MS);
    const { id } = openEntry(office);
    account.update('time_entries', id, { notes: 'x' });
    const fault = { do: 'malformed', field: 'id', value: 'abc', id, times: 1 } as const;
    office.sandbox.faults.add({ match: '/v2/time_entries\\?.*updated_since', ...fault });
    expect((await office.sync({ streams })).result.totals.rejected).toBe(1);
    const gone = openEntry(office, (entry) => entry.id !== id).id;
    account.remove('time_entries', gone);
    account.clock.advance(AN_HOUR_MS);
    const blind = await office.sync({ streams });
    expect(blind.events.some(({ event }) => event === 'deletions.unsettled')).toBe(true);
    account.clock.advance(A_WEEK_MS);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
    const next = openEntry(office, (entry) => entry.id !== id).id;
    account.remove('time_entries', next);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
  });
});

describe('archived assignments that the plain list leaves out', () => {
  it('are looked for from the run on that first misses one', async () => {
    await using office = await openOffice({ hideArchived: true });
    const { account } = office.sandbox;
    const streams = ['user_assignments'];
    for (const { id, is_active: isActive } of recordsOf(office, 'user_assignments')) {
      if (isActive === false) account.update('user_assignments', id, { is_active: true });
    }
    await office.sync({ streams });
    account.clock.advance(AN_HOUR_MS);
    account.update('user_assignments', pick(office, 'user_assignments').id, { is_active: false });
    account.clock.advance(AN_HOUR_MS);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
    account.clock.advance(AN_HOUR_MS);
    const quiet = await office.sync({ streams });
    expect(searches(quiet)).toBe(0);
    expect(asked(quiet, /user_assignments\?per_page=2000&is_active=false/)).toHaveLength(1);
  });
});

describe('a full refresh', () => {
  it('removes nothing once the role was lowered while it read', async () => {
    await using office = await openOffice();
    const streams = ['time_entries'];
    await office.sync({ streams });
    const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
    const run = await office.sync({
      streams,
      fullRefresh: true,
      onEvent: ({ event }) => {
        if (event === 'window.chosen') office.sandbox.account.setRole('administrator', ['manager']);
      },
    });
    expect(resultOf(run, 'time_entries').failure).toMatchObject({ code: 'VISIBILITY_REDUCED' });
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(before);
    expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(0);
  });

  it('is refused like any other run where more would go than is plausible', async () => {
    await using office = await openOffice();
    const streams = ['time_entries'];
    await office.sync({ streams });
    for (const { id } of recordsOf(office, 'time_entries').slice(0, 60)) {
      office.sandbox.account.remove('time_entries', id);
    }
    const refused = await office.sync({ streams, fullRefresh: true });
    expect(resultOf(refused, 'time_entries').failure).toMatchObject({ code: 'DELETES_IMPLAUSIBLE' });
    const allowed = await office.sync({ streams, fullRefresh: true, allowDeletes: true });
    expect(allowed.result.outcome).toBe('ok');
    expect(await office.differences({ streams })).toEqual([]);
  });
});

describe('deletions that are kept', () => {
  it('are refused like others where they are implausibly many', async () => {
    await using office = await openOffice();
    const streams = ['users', 'project_assignments'];
    const config = { sync: { deletes: 'keep', sweepChildrenEveryMs: 0 } } as const;
    await office.sync({ streams, config });
    office.sandbox.account.clock.advance(AN_HOUR_MS);
    const active = recordsOf(office, 'user_assignments').filter(
      ({ is_active: isActive }) => isActive === true,
    );
    for (const { id } of active.slice(0, 30)) {
      office.sandbox.account.update('user_assignments', id, { is_active: false });
    }
    const refused = await office.sync({ streams, config });
    expect(resultOf(refused, 'project_assignments').failure).toMatchObject({ code: 'DELETES_IMPLAUSIBLE' });
    expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(0);
  });
});

describe('reports', () => {
  it('that were read with a role that was lowered meanwhile are read again', async () => {
    await using office = await openOffice();
    const streams = ['time_entries', 'time_clients'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR_MS);
    const run = await office.sync({
      streams,
      onEvent: (event) => {
        if (event.event === 'window.chosen' && event.mode === 'report') {
          account.setRole('administrator', ['manager', 'billable_rates_manager']);
        }
      },
    });
    expect(run.result).toMatchObject({ outcome: 'failed', failure: { code: 'VISIBILITY_REDUCED' } });
    account.setRole('administrator', ['administrator']);
    expect((await office.sync({ streams })).result.outcome).toBe('ok');
    expect(await office.differences({ streams })).toEqual([]);
  });
});
