/** Part 1: a first load at Harvest's real limits, against the time that its requests take there in any case. */
import { join } from 'node:path';
import { REAL_LIMITS } from '../../../src/sandbox/options.ts';
import type { SandboxOptions } from '../../../src/sandbox/server.ts';
import { linesOr } from '../support/attempt.ts';
import { runConnector } from '../support/connector.ts';
import { countOf, sumsOf } from '../support/counts.ts';
import { runEngineApart } from '../support/engine.ts';
import { limitSeconds, mostPages } from '../support/limit.ts';
import { startOtherClient } from '../support/other-client.ts';
import { ACCOUNT, ENTRY_STREAMS, type BenchOptions, type Part } from '../support/part.ts';
import { atMost, noted, round, type Line } from '../support/result.ts';
import { openScratch } from '../support/scratch.ts';
import { startServer } from '../support/server.ts';

const MOST_TIMES_LIMIT = 1.15;

/** Requests that planning and counting a list may take beside its pages. */
const FEW = 10;

/** How much faster than in reality all waiting passes where all 32 streams are read: limits and latency alike. */
const TIME_LAPSE = 40;

/** What Harvest asks to wait in the measurement of a refused request, in seconds. */
const RETRY_AFTER_S = 3;

/** First loads at the limits, with short and long ways to Harvest. */
export const firstLoad: Part = {
  name: 'first-load',
  title: 'First load at Harvest’s limits',
  run: async (options) => {
    const entries = options.quick ? 250_000 : 1_000_000;
    const ways = options.quick ? [200] : [200, 1000];
    const found: Line[] = [];
    for (const latencyMs of ways) found.push(...(await loadEntries(entries, latencyMs, false, options)));
    found.push(...(await loadEntries(entries, 200, true, options)));
    for (const latencyMs of ways) found.push(...(await loadEverything(latencyMs, options)));
    found.push(...(await loseNoTime(options)));
    return found;
  },
};

/** Time entries and what they refer to, in real time, by the built program. */
function loadEntries(
  entries: number,
  latencyMs: number,
  besideOther: boolean,
  { say }: BenchOptions,
): Promise<readonly Line[]> {
  const who = besideOther ? ', another client uses 10 of the 100' : '';
  const what = `${round(entries)} entries, ${round(latencyMs)} ms${who}`;
  say(what);
  return linesOr(what, 'missed', say, () => measureEntries(what, entries, latencyMs, besideOther));
}

async function measureEntries(
  what: string,
  entries: number,
  latencyMs: number,
  besideOther: boolean,
): Promise<readonly Line[]> {
  const sandbox: SandboxOptions = {
    ...ACCOUNT,
    size: entries,
    preparedEntries: true,
    limits: 'real',
    latencyMs,
  };
  await using server = await startServer({ sandbox });
  await using other = besideOther ? startOtherClient(server) : null;
  const run = await runConnector(server, { streams: ENTRY_STREAMS, limited: true });
  const others = (await other?.stop()) ?? 0;
  const routes = await server.requests();
  const sums = sumsOf(routes);
  const limit = limitSeconds({ ...sums, general: sums.general - others }, latencyMs / 1000);
  const pages = countOf(routes, '/v2/time_entries');
  return [
    noted(`${what}: time`, `${round(run.seconds, 1)} s, limit ${round(limit, 1)} s`),
    atMost(`${what}: against the limit`, run.seconds / limit, MOST_TIMES_LIMIT, ' ×', 2),
    atMost(`${what}: requests for time_entries`, pages, mostPages(entries, FEW), ''),
    atMost(`${what}: answers 429`, sums.refused, 0, ''),
  ];
}

/** All 32 streams of an account in proportion, with all waiting in time-lapse. */
function loadEverything(latencyMs: number, { quick, say }: BenchOptions): Promise<readonly Line[]> {
  const entries = quick ? 20_000 : 1_000_000;
  const scale = quick ? { days: 365 } : {};
  const what = `all streams, ${round(entries)} entries, ${round(latencyMs)} ms`;
  say(`${what}: ${TIME_LAPSE} times faster than in reality`);
  return linesOr(what, 'missed', say, () => measureEverything(what, { size: entries, scale }, latencyMs));
}

async function measureEverything(
  what: string,
  account: Pick<SandboxOptions, 'size' | 'scale'>,
  latencyMs: number,
): Promise<readonly Line[]> {
  const lapsed = ({
    requests,
    windowMs,
  }: (typeof REAL_LIMITS)['general']): (typeof REAL_LIMITS)['general'] => ({
    requests,
    windowMs: windowMs / TIME_LAPSE,
  });
  const limits = { general: lapsed(REAL_LIMITS.general), reports: lapsed(REAL_LIMITS.reports) };
  await using server = await startServer({
    sandbox: {
      ...ACCOUNT,
      ...account,
      preparedEntries: true,
      limits,
      latencyMs: latencyMs / TIME_LAPSE,
    },
  });
  await using folder = await openScratch('load');
  const path = join(folder.path, 'bench.duckdb');
  const target = { ...server, identityUrl: server.url };
  const run = await runEngineApart({ target, path, timeLapse: TIME_LAPSE });
  const sums = sumsOf(await server.requests());
  const seconds = run.seconds * TIME_LAPSE;
  const limit = limitSeconds(sums, latencyMs / 1000);
  return [
    noted(`${what}: requests`, `${round(sums.general)} general, ${round(sums.reports)} for reports`),
    noted(
      `${what}: time`,
      `${round(seconds / 60, 1)} min, limit ${round(limit / 60, 1)} min (${round(run.seconds)} s × ${TIME_LAPSE})`,
    ),
    atMost(`${what}: against the limit`, seconds / limit, MOST_TIMES_LIMIT, ' ×', 2),
    atMost(`${what}: answers 429`, sums.refused, 0, ''),
  ];
}

/** What a single refused request costs beyond the time that Harvest asks to wait. */
function loseNoTime({ say }: BenchOptions): Promise<readonly Line[]> {
  const what = `one answer 429: time lost beyond its Retry-After of ${RETRY_AFTER_S} s`;
  say('one refused request');
  return linesOr(what, 'missed', say, async () => [atMost(what, await secondsLost(), 1, ' s', 1)]);
}

async function secondsLost(): Promise<number> {
  const sandbox: SandboxOptions = { ...ACCOUNT, size: 50_000, preparedEntries: true };
  await using server = await startServer({ sandbox });
  const streams = ENTRY_STREAMS;
  const before = await runConnector(server, { streams });
  const fault = {
    match: 'GET /v2/time_entries',
    nth: 10,
    do: 'status',
    status: 429,
    retryAfter: RETRY_AFTER_S,
  };
  await server.fault(fault);
  const refused = await runConnector(server, { streams });
  const after = await runConnector(server, { streams });
  const lost = refused.seconds - RETRY_AFTER_S - (before.seconds + after.seconds) / 2;
  return Math.max(0, lost);
}
