/** Plans of syncs to BigQuery: what they ask, that they change nothing there, and what the syncs then do. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openBigQueryToPlan } from '../../src/warehouse/bigquery/warehouse.ts';
import type { SyncPlan } from '../../src/sync/plan/sync-plan.ts';
import { missedBy, planEngine, requestsOf } from '../support/planned.ts';
import type { Bench } from './support/bench.ts';
import { Branch, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import { localOptions } from './support/open.ts';

const STREAMS = [
  'clients',
  'projects',
  'users',
  'user_assignments',
  'time_entries',
  'invoices',
  'invoice_payments',
  'time_clients',
  'time_projects',
];

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;
beforeAll(async () => {
  [bench, account] = await Promise.all([
    startStepBench(),
    openAccount({ now: '2026-03-10T09:00:00Z', clock: 'stands' }),
  ]);
  branch = new Branch(bench, 'planned', account, STREAMS);
});
afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** A plan, and what it sent to BigQuery: that is no look at anything, and its statements. */
async function plan(): Promise<{
  readonly plan: SyncPlan;
  readonly sent: readonly string[];
  readonly statements: readonly string[];
}> {
  bench.proxy.reset();
  const session = {
    runId: null,
    signal: new AbortController().signal,
    onJob: () => undefined,
    onRetry: () => undefined,
  };
  const made = await planEngine(branch.target, '', {
    streams: STREAMS,
    openStored: () => openBigQueryToPlan(localOptions(bench.proxy.url, 'planned'), session),
  });
  const sent = bench.proxy.log.map(({ kind }) => kind).filter((kind) => !/\.(get|list)/.test(kind));
  const statements = bench.proxy.log.flatMap(({ kind, job }) =>
    kind.startsWith('job.insert') && job?.sql != null ? [job.sql] : [],
  );
  return { plan: made, sent, statements };
}

/** How far a plan is off the run that follows it, and what that billed. */
async function follow({ requests }: SyncPlan): Promise<{ readonly missed: number; readonly bytes: number }> {
  const run = await branch.sync();
  expect(failuresOf(run)).toEqual([]);
  const bytes = run.events.map((event) => (event.event === 'job.finished' ? event.bytes_billed : 0));
  return {
    missed: missedBy({ planned: requests, made: requestsOf(run) }),
    bytes: bytes.reduce((sum, each) => sum + each, 0),
  };
}

describe('a plan for BigQuery', () => {
  it('of a dataset that is not there makes none, and tells what a first load asks', async () => {
    const { plan: first, sent } = await plan();
    expect(sent).toEqual([]);
    expect(first.warehouse_exists).toBe(false);
    expect(first.tables.filter(({ change }) => change === 'table created').length).toBeGreaterThan(
      STREAMS.length,
    );
    expect(first.statements?.[0]).toMatch(/^CREATE TABLE `bench`\.`planned`\.`clients` \(/);
    expect((await follow(first)).missed).toBe(0);
  }, 240_000);

  it('of a quiet day sends nothing that is billed', async () => {
    const { plan: quiet, sent } = await plan();
    expect(sent).toEqual([]);
    expect([quiet.tables, quiet.statements]).toEqual([[], []]);
    expect((await follow(quiet)).missed).toBe(0);
  }, 240_000);

  it('of a day of work sends queries that read, and tells the bytes at most', async () => {
    await branch.day();
    const { plan: news, sent, statements } = await plan();
    expect(new Set(sent)).toEqual(new Set(['job.insert.query']));
    expect(statements.filter((sql) => !/^(?:-- \w+\n)?SELECT\b/.test(sql))).toEqual([]);
    const { missed, bytes } = await follow(news);
    expect(missed).toBeLessThanOrEqual(0.1);
    expect(news.bytes_billed_at_most).toBeGreaterThanOrEqual(bytes);
  }, 240_000);
});
