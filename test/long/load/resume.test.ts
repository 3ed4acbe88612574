import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EngineRun } from '../../support/engine.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { asked, numberOf, pick } from '../../support/pick.ts';
import { stopAt } from '../../support/stop-at.ts';

/** The spans of dates that a run read pages of, as `from..to`. */
function spansOf(run: EngineRun): ReadonlySet<string> {
  const urls = asked(run, /time_entries.*per_page=2000/).map((url) => new URL(url, 'http://x').searchParams);
  return new Set(urls.map((query) => `${query.get('from') ?? ''}..${query.get('to') ?? ''}`));
}

/** Enough for several windows. */
const ENTRIES = 82_000;

describe('a first load of many date windows that is stopped half-way', () => {
  const streams = ['time_entries'];
  const config = { sync: { concurrency: 1 } };
  let office: Office;
  beforeAll(async () => {
    office = await openOffice({ size: ENTRIES, now: '2026-03-10T09:00:00Z' });
  });
  afterAll(async () => {
    await office[Symbol.asyncDispose]();
  });

  it('keeps what was committed, asks only for what is left, and misses no change made meanwhile', async () => {
    const { account } = office.sandbox;
    const stopped = await office.sync({ streams, config, ...stopAt('time_entries') });
    expect(stopped.result).toMatchObject({ outcome: 'interrupted', exit_code: 130 });
    const kept = await numberOf(office, 'SELECT count(*) FROM time_entries');
    expect(kept).toBeGreaterThan(1000);
    expect(kept).toBe(resultOf(stopped, 'time_entries').loaded);
    const done = "SELECT count(*) FROM _sync_state WHERE stream = 'time_entries' AND cursor IS NOT NULL";
    expect(await numberOf(office, done)).toBe(0);

    // an entry of the stored window changes, longer before the next run than the overlap reaches
    const edited = pick(office, 'time_entries').id;
    account.update('time_entries', edited, { hours: 7.77 });
    account.clock.advance(3_600_000);
    const resumed = await office.sync({ streams, config });
    expect(resumed.result.outcome).toBe('ok');
    const [stored] = spansOf(stopped);
    expect(spansOf(resumed)).not.toContain(stored);
    expect(kept + resultOf(resumed, 'time_entries').inserted).toBe(ENTRIES);
    expect(asked(resumed, /per_page=1&/)).toEqual([]);

    account.clock.advance(3_600_000);
    const next = await office.sync({ streams, config });
    const since = /updated_since=([^&]+)/.exec(asked(next, /time_entries/)[0] ?? '')?.[1] ?? '';
    const started = Date.parse(decodeURIComponent(since)) + 600_000;
    expect(Math.abs(started - Date.parse('2026-03-10T09:00:00Z'))).toBeLessThan(30_000);
    expect(resultOf(next, 'time_entries').updated).toBe(1);
    expect(await office.query(`SELECT CAST(hours AS DOUBLE) FROM time_entries WHERE id = ${edited}`)).toEqual(
      [['7.77']],
    );
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(ENTRIES);
  });
});
