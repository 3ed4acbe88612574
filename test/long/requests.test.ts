import { describe, expect, it } from '@jest/globals';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import type { EngineRun } from '../support/engine.ts';
import { openOffice } from '../support/office.ts';
import { requestsOf } from '../support/requests-of.ts';

const AN_HOUR_MS = 3_600_000;
const NOW = { now: '2026-03-10T09:00:00Z', clock: 'stands' } as const satisfies SandboxOptions;

/** A run that went well; what failed otherwise. */
function failuresOf({ result }: EngineRun): readonly unknown[] {
  return [result.failure, ...result.streams.map(({ failure }) => failure)].filter((each) => each !== null);
}

describe('requests', () => {
  it('to find five deleted entries among a million: 60 at most', async () => {
    await using office = await openOffice({ ...NOW, size: 1_000_000 });
    const { account } = office.sandbox;
    const streams = ['time_entries'];
    expect(failuresOf(await office.sync({ streams }))).toEqual([]);
    const ids: number[] = [];
    let nth = 0;
    for (const { id } of account.truth('time_entries')) {
      nth += 1;
      if (nth % 190_000 === 1_000) ids.push(Number(id));
    }
    for (const id of ids.slice(0, 5)) account.remove('time_entries', id);
    account.clock.advance(AN_HOUR_MS);
    const run = await office.sync({ streams });
    const rows = await office.query('SELECT record_key, how FROM _deletions ORDER BY 1');
    expect(rows).toEqual(
      ids
        .slice(0, 5)
        .map((id) => [String(id), 'count'])
        .toSorted(),
    );
    process.stderr.write(`five deletions among a million: ${JSON.stringify(requestsOf(run))}\n`);
    expect(run.requests.length).toBeLessThanOrEqual(60);
  });

  it('of a steady state of all 32 streams: 40 general ones and 30 for reports at most', async () => {
    const scale = { people: 300, invoices: 10_000, clients: 150, days: 2_555 };
    await using office = await openOffice({ ...NOW, size: 200_000, scale });
    const { account } = office.sandbox;
    expect(failuresOf(await office.sync())).toEqual([]);
    const invoices = [...account.data.tables.invoices.all()];
    expect([invoices.length, [...account.data.tables.users.all()].length]).toEqual([10_000, 300]);
    const steady: ReturnType<typeof requestsOf>[] = [];
    for (let hour = 0; hour < 24; hour += 1) {
      account.clock.advance(AN_HOUR_MS);
      for (const { id } of invoices.slice(hour * 3, hour * 3 + 3)) {
        account.update('invoices', id, { subject: `changed in hour ${hour}` });
      }
      account.clock.advance(60_000);
      const run = await office.sync();
      expect(failuresOf(run)).toEqual([]);
      steady.push(requestsOf(run));
    }
    process.stderr.write(`steady state, 24 hourly runs: ${JSON.stringify(steady)}\n`);
    expect(Math.max(...steady.map(({ general }) => general))).toBeLessThanOrEqual(40);
    expect(Math.max(...steady.map(({ reports }) => reports))).toBeLessThanOrEqual(30);
    // hourly runs over 30 days: each a 700th of 20,900 lists, by places of which there are 256
    expect(Math.max(...steady.map(({ sweep }) => sweep))).toBeLessThanOrEqual(120);
  });
});
