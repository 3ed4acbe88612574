/** Each thing that can be wrong with an account or a project, as a run meets it: its own code and its own next step. */
import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { bigQueryDoor, openBigQueryToRead } from '../../../src/warehouse/bigquery/warehouse.ts';
import {
  AUTH_ERROR,
  BILLING_NOT_ENABLED,
  BYTES_BILLED_LIMIT_EXCEEDED,
  JOB_ERRORS,
  QUOTA_EXCEEDED,
} from '../../bigquery/support/documented-errors.ts';
import type { Permission } from '../../bigquery/support/permissions.ts';
import { client, CLIENTS, Workbench } from '../workbench.ts';
import { optionsOf, quietSession, thrownBy } from './office.ts';
import { answers, jobFails } from './scripted-faults.ts';
import { startBigQuery, type ScriptedBigQuery } from './scripted-server.ts';

/** A run on a dataset that is there: opens it, stages rows and commits them. */
async function run(server: ScriptedBigQuery, over: Parameters<typeof optionsOf>[1] = {}): Promise<void> {
  const open = (): ReturnType<ReturnType<typeof bigQueryDoor>['open']> =>
    bigQueryDoor(optionsOf(server, over)).open(quietSession());
  await using bench = await Workbench.open(open, [CLIENTS]);
  await bench.load(CLIENTS, [client(1, 'A', 1)]);
}

async function withDatasets(): Promise<ScriptedBigQuery> {
  const server = await startBigQuery();
  server.world.addDataset('d');
  server.world.addDataset('_harvest_staging', 'EU', { defaultTableExpirationMs: '86400000' });
  return server;
}

type Arrange = (server: ScriptedBigQuery) => void;

describe('a run', () => {
  it('that meets nothing of it goes well', async () => {
    await using server = await withDatasets();
    await run(server);
    expect(server.of('job.insert.query')).not.toEqual([]);
  });

  it.each<[string, Arrange, ErrorCode, RegExp]>([
    [
      'an expired login',
      (server) => server.plan({}, answers(AUTH_ERROR), { times: 99 }),
      'BIGQUERY_CREDENTIALS',
      /gcloud auth application-default login/,
    ],
    [
      'a quota that is used up',
      (server) => server.plan('job.insert.load', answers(QUOTA_EXCEEDED)),
      'BIGQUERY_QUOTA',
      /Run again when the quota is renewed/,
    ],
    [
      'no billing',
      (server) => server.plan('job.insert.query', answers(BILLING_NOT_ENABLED)),
      'BIGQUERY_NO_BILLING',
      /Link a billing account/,
    ],
    [
      'no billing, told by the job',
      (server) => server.plan('job.insert.query', jobFails(JOB_ERRORS.billingNotEnabled)),
      'BIGQUERY_NO_BILLING',
      /Link a billing account/,
    ],
    [
      'the cap of bytes',
      (server) => server.plan('job.insert.query', answers(BYTES_BILLED_LIMIT_EXCEEDED)),
      'BIGQUERY_BYTES_CAP',
      /Raise destination.maximum_bytes_billed/,
    ],
  ])('tells of %s', async (_what, arrange, code, hint) => {
    await using server = await withDatasets();
    arrange(server);
    const error = await thrownBy(run(server));
    expect(error).toMatchObject({ code });
    expect((error as { hint: string }).hint).toMatch(hint);
  });

  it('tells of a project that is not there, whoever asks first', async () => {
    await using server = await withDatasets();
    const wrong = { project: 'tset' };
    const options = optionsOf(server, wrong);
    const door = bigQueryDoor(options);
    const ways = [
      () => run(server, wrong),
      () => door.exists(),
      () => openBigQueryToRead(options, quietSession()),
    ];
    for (const ask of ways) {
      expect(await thrownBy(ask())).toMatchObject({
        code: 'BIGQUERY_PROJECT_UNKNOWN',
        hint: expect.stringContaining('Correct destination.project') as unknown,
      });
    }
    expect(server.writes()).toEqual([]);
  });

  it.each<[Permission, string]>([
    ['bigquery.datasets.get', 'roles/bigquery.dataEditor'],
    ['bigquery.tables.get', 'roles/bigquery.dataEditor'],
    ['bigquery.tables.create', 'roles/bigquery.dataEditor'],
    ['bigquery.tables.updateData', 'roles/bigquery.dataEditor'],
    ['bigquery.jobs.create', 'roles/bigquery.jobUser on the project'],
  ])('names the permission that is missing: %s', async (permission, role) => {
    await using server = await withDatasets();
    server.deny(permission);
    expect(await thrownBy(run(server))).toMatchObject({
      code: 'BIGQUERY_PERMISSION',
      details: { permission },
      hint: expect.stringContaining(`Grant ${permission}, which ${role}`) as unknown,
    });
  });

  it('names the permission to make a dataset', async () => {
    await using server = await startBigQuery();
    server.deny('bigquery.datasets.create');
    expect(await thrownBy(run(server))).toMatchObject({
      code: 'BIGQUERY_PERMISSION',
      details: { permission: 'bigquery.datasets.create' },
    });
    expect(server.world.datasets.size).toBe(0);
  });

  it('that looks for data where they are not is told where it looked', async () => {
    await using server = await withDatasets();
    server.plan('table.get', (effect) => {
      server.world.addDataset('_harvest_staging', 'US');
      return effect();
    });
    expect(await thrownBy(run(server))).toMatchObject({
      code: 'BIGQUERY_LOCATION',
      message: expect.stringContaining('not found in location EU') as unknown,
    });
  });
});
