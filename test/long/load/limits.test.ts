import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/config/secret.ts';
import { createHarvestClient } from '../../../src/harvest/client.ts';
import { HARVEST_WINDOWS, type Windows } from '../../../src/harvest/rate-limit.ts';
import { REAL_LIMITS, type SandboxLimits } from '../../../src/sandbox/options.ts';
import type { EngineRun } from '../../support/engine.ts';
import { openOffice, type Office } from '../../support/office.ts';
import { configFor } from '../../harvest/setup.ts';

/** Harvest's windows, so many times shorter: the limits of a quarter of an hour in a quarter of a minute. */
const LAPSE = { general: 10, reports: 60 };

const SANDBOX_LIMITS: SandboxLimits = {
  general: { requests: 100, windowMs: REAL_LIMITS.general.windowMs / LAPSE.general },
  reports: { requests: 100, windowMs: REAL_LIMITS.reports.windowMs / LAPSE.reports },
};

/** The allowance for requests that travel at different speeds does not shrink with time. */
const TRAVEL_MS = HARVEST_WINDOWS.generalMs - REAL_LIMITS.general.windowMs;
const WINDOWS: Windows = {
  generalMs: SANDBOX_LIMITS.general.windowMs + TRAVEL_MS,
  reportsMs: SANDBOX_LIMITS.reports.windowMs + TRAVEL_MS,
};

/** The limits that the connector keeps to unless it is told otherwise. */
const OURS = { general: 90, reports: 90 };

/** Another client of the account, which uses ten of the hundred requests all the time. Answers how many it made. */
async function useTen({ sandbox, target }: Office, until: AbortSignal): Promise<number> {
  const config = configFor(sandbox.url, {
    accountId: sandbox.accountId,
    login: { kind: 'token', accessToken: new Secret(target.token, 'test') },
    limits: { general: 10, reports: null },
  });
  await using client = createHarvestClient(config, { emit: () => undefined, windows: WINDOWS });
  let made = 0;
  const go = async (): Promise<void> => {
    while (!until.aborted) {
      await client.get({ path: 'users/me', bucket: 'general', stream: null });
      made += 1;
    }
  };
  await Promise.all([go(), go(), go()]);
  return made;
}

/** How many requests of the account were refused. */
function refused({ sandbox }: Office): number {
  const statuses = Object.values(sandbox.requests.byRoute());
  return statuses.reduce((sum, { 429: count = 0 }) => sum + count, 0);
}

function sentTo({ events }: EngineRun, bucket: 'general' | 'reports'): number {
  return events.filter((event) => event.event === 'request.sent' && event.bucket === bucket).length;
}

/** The least that so many requests take: all but the last window's worth have to be waited for. */
function leastMs(requests: number, limit: number, windowMs: number): number {
  return Math.floor((requests - 1) / limit) * windowMs;
}

describe("at Harvest's limits, in a time-lapse", () => {
  it('a first load beside another client is refused nothing', async () => {
    await using office = await openOffice({
      size: 30_000,
      scale: { people: 60, invoices: 250, days: 730 },
      now: '2026-03-10T09:00:00Z',
      limits: SANDBOX_LIMITS,
      latencyMs: 100,
    });
    const stop = new AbortController();
    const other = useTen(office, stop.signal);
    const startedMs = performance.now();
    const run = await office.sync({ config: { harvest: { limits: OURS } }, windows: WINDOWS });
    const ms = performance.now() - startedMs;
    stop.abort();
    const made = await other;
    expect(run.result).toMatchObject({ outcome: 'ok', failure: null });
    expect(made).toBeGreaterThan((ms / WINDOWS.generalMs) * 8);
    expect(refused(office)).toBe(0);
    const [general, reports] = [sentTo(run, 'general'), sentTo(run, 'reports')];
    expect(general).toBeGreaterThan(5 * OURS.general);
    expect(reports).toBeGreaterThan(2 * OURS.reports);
    const least = Math.max(
      leastMs(general + reports, OURS.general, WINDOWS.generalMs),
      leastMs(reports, OURS.reports, WINDOWS.reportsMs),
    );
    process.stderr.write(
      `first load, in a time-lapse: ${general} general, ${reports} reports, ${Math.round(ms)} ms; the limits take ${least} ms\n`,
    );
    expect(await office.differences()).toEqual([]);
  });

  it('200,000 entries take 1.05 requests for each full page, and a dozen more', async () => {
    await using office = await openOffice({ size: 200_000, now: '2026-03-10T09:00:00Z' });
    const run = await office.sync({ streams: ['time_entries'] });
    expect(run.result.failure).toBeNull();
    process.stderr.write(`200,000 entries: ${run.requests.length} requests\n`);
    expect(run.requests.length).toBeLessThanOrEqual(1.05 * 100 + 12);
  });
});
