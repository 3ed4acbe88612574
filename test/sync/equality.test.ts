import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../support/office.ts';
import { KEYS } from '../support/truth.ts';

describe('the tables equal Harvest', () => {
  it.each([1, 2])('after a first sync and after a day of work, for seed %i', async (seed) => {
    await using office = await openOffice({ seed });
    const first = await office.sync();
    expect(first.result.outcome).toBe('ok');
    expect(first.result.totals.rejected).toBe(0);
    expect(await office.differences()).toEqual([]);
    for (let day = 0; day < 2; day += 1) {
      office.sandbox.account.passDay();
      const next = await office.sync();
      expect(next.result.outcome).toBe('ok');
      expect(await office.differences()).toEqual([]);
    }
  });

  it('and a table that is changed by hand is seen to differ', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['clients', 'tasks'] });
    const client = office.sandbox.account.truth('clients').next().value as { id: number };
    office.sandbox.account.update('clients', client.id, { name: 'Somebody else' });
    const found = await office.differences({ streams: ['clients', 'tasks'] });
    expect(found.join()).toContain('Somebody else');
    expect(found.every((line) => line.startsWith('clients'))).toBe(true);
  });

  it('and every count reconciles, in the events, in _sync_streams and in _sync_runs', async () => {
    await using office = await openOffice();
    const { result } = await office.sync();
    for (const stream of result.streams) {
      expect(stream.fetched).toBe(stream.loaded + stream.rejected + stream.skipped);
      expect(stream.loaded).toBe(stream.inserted + stream.updated + stream.unchanged);
    }
    const rows = await office.query(
      'SELECT stream, rows_fetched, rows_loaded, rows_rejected, rows_skipped, requests FROM _sync_streams',
    );
    expect(rows).toHaveLength(Object.keys(KEYS).length);
    for (const [stream, ...counts] of rows) {
      const { fetched, loaded, rejected, skipped, requests } = resultOf(
        { result, events: [], requests: [] },
        stream ?? '',
      );
      expect(counts.map(Number)).toEqual([fetched, loaded, rejected, skipped, requests]);
    }
    const runs = await office.query('SELECT outcome, exit_code, rows_fetched, requests FROM _sync_runs');
    expect(runs).toEqual([['ok', '0', String(result.totals.fetched), String(result.totals.requests)]]);
  });
});

describe('a second delivery', () => {
  it('changes nothing, not even _synced_at, and neither does a full refresh', async () => {
    await using office = await openOffice();
    await office.sync();
    const stamps = async (): Promise<unknown> =>
      Promise.all(
        Object.keys(KEYS).map((table) =>
          office.query(`SELECT count(*), max(_synced_at), min(_run_id) FROM "${table}"`),
        ),
      );
    const before = await stamps();
    for (const fullRefresh of [false, true]) {
      const { result } = await office.sync({ fullRefresh });
      expect(result.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0, rejected: 0 });
      expect(await stamps()).toEqual(before);
    }
  });

  it('asks for changes since the start of the last run by Harvest’s clock, less the overlap, without dates', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    await office.sync({ streams: ['time_entries'] });
    const cursor = (
      await office.query("SELECT max(cursor) FROM _sync_state WHERE stream = 'time_entries'")
    )[0]?.[0];
    office.sandbox.account.clock.advance(3600);
    const { requests } = await office.sync({
      streams: ['time_entries'],
      config: { sync: { overlapMs: 60_000 } },
    });
    const since = new Date(Date.parse((cursor ?? '').replace(' ', 'T').replace('+00', 'Z')) - 60_000);
    const asked = new URL(requests.find((url) => url.includes('time_entries')) ?? '', 'http://x')
      .searchParams;
    expect(asked.get('updated_since')).toBe(since.toISOString().replace('.000Z', 'Z'));
    expect([asked.get('from'), asked.get('to')]).toEqual([null, null]);
  });
});

describe('a full refresh', () => {
  it('removes what is gone, children included, and notes it', async () => {
    await using office = await openOffice();
    await office.sync();
    const { account } = office.sandbox;
    const entries = [...account.truth('time_entries')]
      .filter((entry) => entry['is_locked'] === false)
      .slice(0, 3);
    for (const { id } of entries) account.remove('time_entries', Number(id));
    const { result } = await office.sync({ fullRefresh: true });
    expect(result.outcome).toBe('ok');
    expect(await office.differences()).toEqual([]);
    const noted = await office.query(
      "SELECT record_key, how FROM _deletions WHERE stream = 'time_entries' ORDER BY 1",
    );
    expect(noted).toEqual(entries.map(({ id }) => [String(id), 'sweep']).toSorted());
  });
});
