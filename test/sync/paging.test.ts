import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../support/office.ts';
import { numberOf, recordsOf } from '../support/pick.ts';

const STREAMS = ['time_entries'];
const PAGE_TWO = '/v2/time_entries\\?.*page=2';

describe('a list that moves while its pages are read', () => {
  it.each([
    ['an entry is deleted in front of the reader', 'delete', {}],
    ['an entry is added in front of the reader', 'insert', {}],
    ['an entry is deleted during a full refresh', 'delete', { fullRefresh: true }],
    ['an entry is added during a full refresh', 'insert', { fullRefresh: true }],
  ])('loses nothing when %s', async (_name, value, options) => {
    await using office = await openOffice({ size: 4500 });
    if ('fullRefresh' in options) await office.sync({ streams: STREAMS });
    office.sandbox.faults.add({ match: PAGE_TWO, do: 'shift', value });
    const run = await office.sync({ streams: STREAMS, ...options });
    expect(run.result.outcome).toBe('ok');
    const stored = new Set((await office.query('SELECT id FROM time_entries')).map(([id]) => Number(id)));
    const missing = recordsOf(office, 'time_entries').filter(({ id }) => !stored.has(id));
    expect(missing.length).toBeLessThanOrEqual(value === 'insert' ? 1 : 0);
    const { fetched, loaded, rejected, skipped } = resultOf(run, 'time_entries');
    expect(fetched).toBe(loaded + rejected + skipped);
    const next = await office.sync({ streams: STREAMS });
    expect(next.result.outcome).toBe('ok');
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
  });

  it('shrinking without end fails with PAGES_UNSETTLED, and stores nothing', async () => {
    await using office = await openOffice({ size: 4500 });
    office.sandbox.faults.add({ match: PAGE_TWO, do: 'shift', times: 0 });
    const run = await office.sync({ streams: STREAMS });
    expect(run.result).toMatchObject({ outcome: 'failed' });
    expect(resultOf(run, 'time_entries').failure).toMatchObject({ code: 'PAGES_UNSETTLED' });
    expect(run.events.filter(({ event }) => event === 'window.moved').length).toBeGreaterThan(1);
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(0);
    expect(await numberOf(office, "SELECT count(*) FROM _sync_state WHERE stream = 'time_entries'")).toBe(0);
  });

  it('keeps what was stored when an incremental list does not hold still', async () => {
    await using office = await openOffice({ size: 4500 });
    await office.sync({ streams: STREAMS });
    const { account, faults } = office.sandbox;
    for (const { id } of recordsOf(office, 'time_entries').slice(0, 2100))
      account.update('time_entries', id, { hours: 1 });
    const before = await office.query('SELECT count(*), max(_synced_at), min(_run_id) FROM time_entries');
    faults.add({ match: PAGE_TWO, do: 'shift', times: 0 });
    const run = await office.sync({ streams: STREAMS });
    expect(resultOf(run, 'time_entries').failure).toMatchObject({ code: 'PAGES_UNSETTLED' });
    expect(await office.query('SELECT count(*), max(_synced_at), min(_run_id) FROM time_entries')).toEqual(
      before,
    );
  });
});
