/** A report in BigQuery: made of the same tables, so it says the same as in DuckDB. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { readFacts, type ReportRequest } from '../../src/cli/report/read-facts.ts';
import type { ReportFacts } from '../../src/report/html/facts.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { bigQueryDoor } from '../../src/warehouse/bigquery/warehouse.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { runEngine, temporaryFolder } from '../support/engine.ts';
import { openAccount } from './support/branch.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { localOptions, openBigQuery } from './support/open.ts';

let emulator: Emulator;
let account: Awaited<ReturnType<typeof openAccount>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  [emulator, account, folder] = await Promise.all([startEmulator(), openAccount(), temporaryFolder()]);
});
afterEach(async () => {
  await emulator[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const STREAMS = ['clients', 'tasks', 'roles', 'users'];

function request(runId: string | null): ReportRequest {
  const streams = { include: STREAMS, exclude: [], overrides: new Map() };
  const config = { streams } as unknown as ReportRequest['config'];
  return { runId, config, catalog: loadCatalog(), version: '0.0.0', now: new Date() };
}

/** What has to be the same, whoever stored it. */
function same({ run, streams, rejects, drift, failures, verification, freshness, runs }: ReportFacts) {
  return {
    run: { ...run, run_id: '', started_at: '', finished_at: '', seconds: 0 },
    streams: streams.map((stream) => ({
      ...stream,
      seconds: 0,
      started_at: typeof stream.started_at,
      finished_at: typeof stream.finished_at,
    })),
    verification: { ...verification, run_id: '', finished_at: '' },
    freshness: freshness.map(({ stream, rows, last_outcome: outcome }) => [stream, rows, outcome]),
    runs: runs.length,
    drift: drift.map((each) => ({ ...each, first_seen_at: '', last_seen_at: '' })),
    rejects,
    failures,
  };
}

describe('a report in BigQuery', () => {
  it('says what it says in DuckDB, of the newest run and of one by its id', async () => {
    const { faults } = account.sandbox;
    faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'vat', value: 'ATU1', times: 0 });
    faults.add({ match: '/v2/tasks\\?', do: 'malformed', field: 'name', value: 7, times: 0 });
    faults.add({ match: '/v2/roles\\?', do: 'status', status: 403, times: 0 });
    const file = join(folder.path, 'twin.duckdb');
    const door = bigQueryDoor(localOptions(emulator.url, 'report'));
    const options = { streams: STREAMS, verify: true };
    const stored = await runEngine(account.target, '', { ...options, door });
    const twin = await runEngine(account.target, file, options);
    const read = async (open: () => Promise<Warehouse>, runId: string | null): Promise<ReportFacts> => {
      await using warehouse = await open();
      return await readFacts(warehouse, request(runId));
    };
    const ours = await read(() => openBigQuery(emulator.url, 'report'), stored.result.run_id);
    const theirs = await read(() => openDuckDb({ path: file, mode: 'readonly', create: false }), null);
    expect(ours.rejects).toHaveLength(1);
    expect(ours.failures).toHaveLength(1);
    expect(same(ours)).toEqual(same(theirs));
    expect(theirs.run?.run_id).toBe(twin.result.run_id);
    expect(reportPage(ours)).toContain('HARVEST_FORBIDDEN');
    await expect(read(() => openBigQuery(emulator.url, 'report'), 'none')).rejects.toMatchObject({
      code: 'USAGE_INVALID',
    });
  }, 120_000);
});
