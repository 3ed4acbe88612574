/**
 * Faults that do not pass: the run ends with the code of the cause, checkpoints and rows stay as they were, and the next
 * undisturbed run brings what the account holds.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bigQueryDoor } from '../../src/warehouse/bigquery/warehouse.ts';
import type { EngineOptions, EngineRun } from '../support/engine.ts';
import { ask, PROJECT, type Bench } from './support/bench.ts';
import { Branch, brokenVersions, openAccount, failuresOf, startStepBench } from './support/branch.ts';
import {
  AUTH_ERROR,
  BACKEND_ERROR,
  BILLING_NOT_ENABLED,
  BYTES_BILLED_LIMIT_EXCEEDED,
  errorAnswer,
  INVALID_QUERY,
  JOB_ERRORS,
  JOB_RATE_LIMIT_EXCEEDED,
  QUOTA_EXCEEDED,
  RATE_LIMIT_EXCEEDED,
} from './support/documented-errors.ts';
import { answer, dropBefore, jobFails, type Fault } from './support/faults.ts';
import { GROUPS, REQUESTS, type GroupName, type RequestName } from './support/groups.ts';
import { localOptions } from './support/open.ts';
import type { Row } from './support/read-tables.ts';
import type { Permission } from './support/permissions.ts';

const API_OFF = errorAnswer(403, {
  reason: 'accessNotConfigured',
  message: `BigQuery API has not been used in project ${PROJECT} before or it is disabled.`,
});

const EXIT = {
  BIGQUERY_CREDENTIALS: 4,
  BIGQUERY_PERMISSION: 4,
  BIGQUERY_PROJECT_UNKNOWN: 3,
  BIGQUERY_LOCATION: 3,
  BIGQUERY_NO_BILLING: 3,
  BIGQUERY_BYTES_CAP: 3,
  BIGQUERY_QUOTA: 6,
  BIGQUERY_THROTTLED: 6,
  BIGQUERY_UNAVAILABLE: 6,
  BIGQUERY_CONTENTION: 6,
  BIGQUERY_REFUSED: 8,
} as const;
type Code = keyof typeof EXIT;

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;
let cases = 0;
beforeAll(async () => {
  [bench, account] = await Promise.all([startStepBench(), openAccount()]);
  const streams = Object.values(GROUPS).flatMap((group) => group.streams);
  branch = new Branch(bench, 'steady', account, streams);
  expect(failuresOf(await branch.sync())).toEqual([]);
});
beforeEach(() => {
  cases += 1;
  bench.proxy.reset();
});
afterEach(() => {
  expect(bench.proxy.problems).toEqual([]);
});
afterAll(async () => {
  process.stderr.write(`${cases} cases of final faults\n`);
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** What a run failed with: its own failure, or those of its streams. */
function codesOf({ result }: EngineRun): readonly (string | undefined)[] {
  if (result.failure !== null) return [result.failure.code];
  const failed = result.streams.filter(({ outcome }) => outcome === 'failed');
  return [...new Set(failed.map(({ failure }) => failure?.code))];
}

/** The rows and checkpoints of streams, and what is noted about them. */
async function contentOf(
  of: Branch,
  streams: readonly string[],
): Promise<Readonly<Record<string, readonly string[]>>> {
  const text = async (table: string, filter = (_row: Row) => true): Promise<readonly string[]> =>
    (await of.rows(table))
      .filter(filter)
      .map((row) => JSON.stringify(row))
      .toSorted();
  const content: Record<string, readonly string[]> = {};
  for (const stream of streams) {
    content[stream] = await text(stream);
    for (const table of ['_sync_state', '_deletions', '_rejects'])
      content[`${table} of ${stream}`] = await text(table, (row) => row['stream'] === stream);
  }
  return content;
}

async function expectRepaired(of: Branch, streams: readonly string[]): Promise<void> {
  bench.proxy.reset();
  expect(failuresOf(await of.sync({ streams }))).toEqual([]);
  expect(await of.differences({ streams, lags: true })).toEqual([]);
  expect(brokenVersions(await of.versions())).toEqual([]);
}

/** A run that must fail, and the one that repairs it. */
async function fails(group: GroupName, code: Code, options: EngineOptions = {}): Promise<EngineRun> {
  const { streams } = GROUPS[group];
  const before = await contentOf(branch, streams);
  const run = await branch.sync({ streams, ...options });
  expect(codesOf(run)).toEqual([code]);
  const sound = run.result.streams.filter(({ outcome }) => outcome === 'ok').map(({ stream }) => stream);
  expect(run.result.exit_code).toBe(sound.length > 0 ? 5 : EXIT[code]);
  // the other streams of the group go on
  const failed = streams.filter((stream) => !sound.includes(stream));
  expect(failed.length).toBeGreaterThan(0);
  expect(before).toMatchObject(await contentOf(branch, failed));
  await expectRepaired(branch, streams);
  return run;
}

type Final = readonly [request: RequestName, group: GroupName, code: Code, fault: Fault];

/** For ever: more often than anybody tries. */
const ALWAYS = { times: 1_000 };

const AT_ONCE: readonly Final[] = [
  ['commitSent', 'clients', 'BIGQUERY_QUOTA', answer(QUOTA_EXCEEDED)],
  ['commitSent', 'roles', 'BIGQUERY_QUOTA', jobFails(JOB_ERRORS.quotaExceeded)],
  ['loadSent', 'company', 'BIGQUERY_QUOTA', answer(QUOTA_EXCEEDED)],
  ['loadSent', 'roles', 'BIGQUERY_QUOTA', jobFails(JOB_ERRORS.quotaExceeded)],
  ['commitSent', 'budget', 'BIGQUERY_NO_BILLING', answer(BILLING_NOT_ENABLED)],
  ['commitSent', 'company', 'BIGQUERY_NO_BILLING', jobFails(JOB_ERRORS.billingNotEnabled)],
  ['compareSent', 'clients', 'BIGQUERY_BYTES_CAP', answer(BYTES_BILLED_LIMIT_EXCEEDED)],
  ['compareSent', 'roles', 'BIGQUERY_BYTES_CAP', jobFails(JOB_ERRORS.bytesBilledLimitExceeded)],
  ['commitSent', 'roles', 'BIGQUERY_BYTES_CAP', jobFails(JOB_ERRORS.bytesBilledLimitExceeded)],
  ['commitSent', 'roles', 'BIGQUERY_REFUSED', answer(INVALID_QUERY)],
  ['loadSent', 'roles', 'BIGQUERY_REFUSED', jobFails(JOB_ERRORS.invalid)],
  ['commitSent', 'company', 'BIGQUERY_CREDENTIALS', answer(AUTH_ERROR)],
  ['datasetRead', 'company', 'BIGQUERY_CREDENTIALS', answer(AUTH_ERROR)],
  ['tableRead', 'clients', 'BIGQUERY_CREDENTIALS', answer(AUTH_ERROR)],
  ['datasetRead', 'roles', 'BIGQUERY_PROJECT_UNKNOWN', answer(API_OFF)],
];

const AFTER_PATIENCE: readonly Final[] = [
  ['commitSent', 'roles', 'BIGQUERY_CONTENTION', jobFails(JOB_ERRORS.transactionAborted)],
  ['commitSent', 'clients', 'BIGQUERY_UNAVAILABLE', jobFails(JOB_ERRORS.jobBackendError)],
  ['commitSent', 'company', 'BIGQUERY_UNAVAILABLE', answer(BACKEND_ERROR)],
  ['commitSent', 'rates', 'BIGQUERY_THROTTLED', answer(RATE_LIMIT_EXCEEDED)],
  ['compareSent', 'invoices', 'BIGQUERY_THROTTLED', answer(JOB_RATE_LIMIT_EXCEEDED)],
  ['loadSent', 'time', 'BIGQUERY_UNAVAILABLE', dropBefore()],
  ['changesListed', 'clients', 'BIGQUERY_UNAVAILABLE', dropBefore()],
  ['statesListed', 'roles', 'BIGQUERY_UNAVAILABLE', answer(BACKEND_ERROR)],
  ['lockTaken', 'roles', 'BIGQUERY_THROTTLED', answer(RATE_LIMIT_EXCEEDED)],
  ['datasetRead', 'roles', 'BIGQUERY_UNAVAILABLE', dropBefore()],
];

describe('what no repetition can help', () => {
  it.each(AT_ONCE)('%s for %s: %s, at once', async (request, group, code, fault) => {
    await GROUPS[group].edit(branch, cases);
    const planned = bench.proxy.plan(REQUESTS[request], fault, ALWAYS);
    const retries: string[] = [];
    await fails(group, code, {
      onEvent: (event) => {
        if (event.event === 'job.retried') retries.push(event.kind);
      },
    });
    expect(planned.happened).toBeGreaterThan(0);
    expect(retries).toEqual([]);
  });
});

describe('what does not pass in time', () => {
  it.each(AFTER_PATIENCE)('%s for %s: %s, after some attempts', async (request, group, code, fault) => {
    await GROUPS[group].edit(branch, cases);
    const planned = bench.proxy.plan(REQUESTS[request], fault, ALWAYS);
    await fails(group, code);
    expect(planned.happened).toBeGreaterThan(2);
  });

  it('loses no row when the history cannot be written', async () => {
    const { streams } = GROUPS.company;
    await GROUPS.company.edit(branch, cases);
    bench.proxy.plan(REQUESTS.historySent, answer(BACKEND_ERROR), ALWAYS);
    const run = await branch.sync({ streams });
    expect([codesOf(run), run.result.exit_code]).toEqual([['BIGQUERY_UNAVAILABLE'], 6]);
    expect(await branch.differences({ streams })).toEqual([]);
    await expectRepaired(branch, streams);
  });
});

describe('a permission that is missing', () => {
  const needed: readonly Permission[] = [
    'bigquery.datasets.get',
    'bigquery.tables.create',
    'bigquery.tables.get',
    'bigquery.tables.getData',
    'bigquery.tables.updateData',
    'bigquery.jobs.create',
  ];

  it.each(needed)('%s is named, and nothing is written', async (permission) => {
    await GROUPS.clients.edit(branch, cases);
    bench.proxy.deny(permission);
    const run = await fails('clients', 'BIGQUERY_PERMISSION');
    const { failure, streams } = run.result;
    const told = failure ?? streams[0]?.failure;
    expect(told?.message).toContain(permission);
    expect(told?.hint).toContain(permission);
  });

  it('bigquery.tables.delete is named when the lock cannot be given back, and the rows are there', async () => {
    const { streams } = GROUPS.clients;
    await GROUPS.clients.edit(branch, cases);
    bench.proxy.deny('bigquery.tables.delete');
    const run = await branch.sync({ streams });
    expect([codesOf(run), run.result.exit_code]).toEqual([['BIGQUERY_PERMISSION'], 4]);
    expect(run.result.failure?.message).toContain('bigquery.tables.delete');
    expect(await branch.differences({ streams })).toEqual([]);
    await expectRepaired(branch, streams);
  });

  it('bigquery.tables.update is named when a column has to be added', async () => {
    const fresh = new Branch(bench, 'narrow', account, ['roles']);
    const overrides = new Map([['roles', { include: null, exclude: ['name'], hash: [] }]]);
    expect(failuresOf(await fresh.sync({ config: { streams: { overrides } } }))).toEqual([]);
    const before = await contentOf(fresh, ['roles']);
    bench.proxy.deny('bigquery.tables.update');
    const run = await fresh.sync();
    expect([codesOf(run), run.result.exit_code]).toEqual([['BIGQUERY_PERMISSION'], 4]);
    expect(run.result.failure?.message).toContain('bigquery.tables.update');
    expect(await contentOf(fresh, ['roles'])).toEqual(before);
    await expectRepaired(fresh, ['roles']);
  });

  it('bigquery.datasets.create is named when the dataset has to be made', async () => {
    const fresh = new Branch(bench, 'unmade', account, ['roles']);
    bench.proxy.deny('bigquery.datasets.create');
    const run = await fresh.sync();
    expect([codesOf(run), run.result.exit_code]).toEqual([['BIGQUERY_PERMISSION'], 4]);
    expect(run.result.failure?.message).toContain('bigquery.datasets.create');
    expect((await ask(bench.emulator.url, 'GET', '/datasets/unmade')).status).toBe(404);
    await expectRepaired(fresh, ['roles']);
  });
});

describe('datasets in two places', () => {
  function doorTo(over: { readonly location?: string; readonly stagingDataset?: string }): EngineOptions {
    const options = localOptions(bench.proxy.url, branch.dataset);
    return { door: bigQueryDoor({ ...options, destination: { ...options.destination, ...over } }) };
  }

  it('a location that is not the dataset’s is refused before anything is written', async () => {
    const run = await fails('clients', 'BIGQUERY_LOCATION', doorTo({ location: 'europe-west3' }));
    expect(run.result.failure?.hint).toContain('Set destination.location: US');
  });

  it('a staging dataset of another region is refused before anything is written', async () => {
    const datasetReference = { projectId: PROJECT, datasetId: '_far_staging' };
    await ask(bench.proxy.url, 'POST', '/datasets', { datasetReference, location: 'europe-west3' });
    const run = await fails('clients', 'BIGQUERY_LOCATION', doorTo({ stagingDataset: '_far_staging' }));
    expect(run.result.failure?.message).toContain('_far_staging');
  });
});
