import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { asked, idIn, numberOf, pick, recordsOf, type SentRecord } from '../support/pick.ts';

const STREAMS = ['time_entries'];
const OPTIONS = { now: '2026-03-10T09:00:00Z', clock: 'stands', liveTimers: true } as const;
const TWO_HOURS = 2 * 3_600_000;

function running(office: Office): readonly SentRecord[] {
  return recordsOf(office, 'time_entries').filter((entry) => entry['is_running'] === true);
}

/** What the table says of an entry. */
async function row(office: Office, id: number): Promise<readonly (string | null)[] | undefined> {
  const rows = await office.query(
    `SELECT CAST(hours AS DOUBLE), is_running, CAST(updated_at AS VARCHAR) FROM time_entries WHERE id = ${id}`,
  );
  return rows[0];
}

describe('a running timer', () => {
  it('brings its hours on every run, though nothing of it counts as changed', async () => {
    await using office = await openOffice(OPTIONS);
    const { account } = office.sandbox;
    await office.sync({ streams: STREAMS });
    const [timer] = running(office);
    const id = timer?.id ?? 0;
    const before = await row(office, id);
    account.clock.advance(TWO_HOURS);
    const run = await office.sync({ streams: STREAMS });
    expect(asked(run, /is_running=true/)).toHaveLength(1);
    const after = await row(office, id);
    expect(Number(after?.[0]) - Number(before?.[0])).toBeCloseTo(2, 6);
    expect(after?.slice(1)).toEqual(before?.slice(1));
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
    expect(resultOf(run, 'time_entries')).toMatchObject({
      updated: running(office).length,
      inserted: 0,
      deleted: 0,
    });

    account.clock.advance(TWO_HOURS);
    account.stop(id);
    await office.sync({ streams: STREAMS });
    expect((await row(office, id))?.[1]).toBe('false');
    expect(await office.differences({ streams: STREAMS })).toEqual([]);

    // started again, and delivered by the changes as well as by the look at the timers
    account.restart(id);
    account.clock.advance(60_000);
    const both = await office.sync({ streams: STREAMS });
    const { fetched, loaded, rejected, skipped } = resultOf(both, 'time_entries');
    expect(fetched).toBe(loaded + rejected + skipped);
    account.clock.advance(60_000);
    await office.sync({ streams: STREAMS });
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('is not looked for on a full refresh, which reads everything', async () => {
    await using office = await openOffice(OPTIONS);
    await office.sync({ streams: STREAMS });
    office.sandbox.account.clock.advance(TWO_HOURS);
    const refreshed = await office.sync({ streams: STREAMS, fullRefresh: true });
    expect(asked(refreshed, /is_running/)).toEqual([]);
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('that was started and forgotten is brought, however long ago that was', async () => {
    await using office = await openOffice(OPTIONS);
    const { account } = office.sandbox;
    const like = pick(office, 'time_entries', (entry) => entry['is_locked'] === false);
    const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task') };
    await office.sync({ streams: STREAMS });
    const id = account.create('time_entries', { ...work, spent_date: '2026-03-10' });
    for (let nth = 0; nth < 3; nth += 1) {
      account.clock.advance(5 * TWO_HOURS);
      await office.sync({ streams: STREAMS });
      expect(await office.differences({ streams: STREAMS })).toEqual([]);
    }
    expect(Number((await row(office, id))?.[0])).toBeGreaterThan(20);
  });

  it('from before start_date stays out', async () => {
    await using office = await openOffice(OPTIONS);
    const { account } = office.sandbox;
    const config = { startDate: '2026-03-10' };
    await office.sync({ streams: STREAMS, config });
    const old = running(office).filter((entry) => String(entry['spent_date']) < '2026-03-10');
    expect(old.length).toBeGreaterThan(0);
    account.clock.advance(TWO_HOURS);
    const run = await office.sync({ streams: STREAMS, config });
    expect(resultOf(run, 'time_entries')).toMatchObject({ outcome: 'ok', deleted: 0 });
    expect(await numberOf(office, "SELECT count(*) FROM time_entries WHERE spent_date < '2026-03-10'")).toBe(
      0,
    );
  });

  it('leaves a run alone in which none runs', async () => {
    await using office = await openOffice(OPTIONS);
    const { account } = office.sandbox;
    for (const { id } of running(office)) account.stop(id);
    await office.sync({ streams: STREAMS });
    account.clock.advance(TWO_HOURS);
    const run = await office.sync({ streams: STREAMS });
    expect(asked(run, /is_running=true/)).toHaveLength(1);
    expect(
      await numberOf(office, `SELECT count(*) FROM time_entries WHERE _run_id = '${run.result.run_id}'`),
    ).toBe(0);
  });
});
