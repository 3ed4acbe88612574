import { describe, expect, it } from '@jest/globals';
import { ensureDataset, ensureStaging, readDataset } from '../../../src/warehouse/bigquery/datasets.ts';
import { bigQueryDoor, openBigQueryToRead } from '../../../src/warehouse/bigquery/warehouse.ts';
import { BACKEND_ERROR } from '../../bigquery/support/documented-errors.ts';
import { openOffice, optionsOf, quietSession, thrownBy } from './office.ts';
import { after, answerIsLost, answers } from './scripted-faults.ts';
import { startBigQuery } from './scripted-server.ts';

const NAMES = {
  dataset: 'd',
  stagingDataset: '_harvest_staging',
  location: 'EU',
  labels: { app: 'harvest-bq', connector: 'acme' },
};
const { signal } = new AbortController();

describe('datasets that are missing', () => {
  it('are made: the one with its labels, the other one forgetful, both in one location', async () => {
    await using server = await startBigQuery();
    await using _ = await bigQueryDoor(optionsOf(server, { location: 'europe-west3' })).open(quietSession());
    expect(server.of('dataset.insert').map(({ json }) => json)).toMatchObject([
      {
        datasetReference: { projectId: 'test', datasetId: 'd' },
        location: 'europe-west3',
        labels: { app: 'harvest-bq', connector: 'acme' },
      },
      {
        datasetReference: { projectId: 'test', datasetId: '_harvest_staging' },
        location: 'europe-west3',
        labels: { app: 'harvest-bq' },
        defaultTableExpirationMs: '86400000',
      },
    ]);
    expect(server.of('dataset.insert')[0]?.json).not.toHaveProperty('defaultTableExpirationMs');
  });

  it.each([
    ['in the US, where nothing says anything else', null, null, 'US'],
    ['where the configuration wants it', 'EU', null, 'EU'],
    ['where the staging dataset is', null, 'asia-east1', 'asia-east1'],
  ])('are made %s', async (_where, location, staging, expected) => {
    await using server = await startBigQuery();
    if (staging !== null) server.world.addDataset('_harvest_staging', staging);
    await using _ = await bigQueryDoor(optionsOf(server, { location })).open(quietSession());
    expect(server.world.datasets.get('d')).toMatchObject({ location: expected });
    expect(server.world.datasets.get('_harvest_staging')).toMatchObject({ location: expected });
  });

  it('are not made for a command that only reads', async () => {
    await using server = await startBigQuery();
    const error = await thrownBy(openBigQueryToRead(optionsOf(server), quietSession()));
    expect(error).toMatchObject({ code: 'WAREHOUSE_MISSING' });
    expect(server.writes()).toEqual([]);
  });

  it('are there when another run was faster, or the answer was lost', async () => {
    await using office = await openOffice({ isEmpty: true });
    const { server, client } = office;
    server.plan(
      'dataset.insert',
      after(() => server.world.addDataset('d')),
    );
    server.plan('dataset.insert', answerIsLost, { nth: 1 });
    const made = await ensureDataset(client, NAMES, signal);
    const staging = await ensureStaging(client, NAMES, made.location, signal);
    expect(made).toEqual({ location: 'EU', expires: false });
    expect(staging).toEqual({ location: 'EU', expires: true });
  });

  it('are refused when another run made them elsewhere meanwhile', async () => {
    await using office = await openOffice({ isEmpty: true });
    const { server, client } = office;
    server.plan(
      'dataset.insert',
      after(() => server.world.addDataset('d', 'US')),
    );
    expect(await thrownBy(ensureDataset(client, NAMES, signal))).toMatchObject({ code: 'BIGQUERY_LOCATION' });
    server.plan(
      'dataset.insert',
      after(() => server.world.addDataset('_harvest_staging', 'US')),
    );
    expect(await thrownBy(ensureStaging(client, NAMES, 'EU', signal))).toMatchObject({
      code: 'BIGQUERY_LOCATION',
    });
  });
});

describe('datasets that are there', () => {
  it('are left as they are', async () => {
    await using office = await openOffice();
    await using _ = await bigQueryDoor(optionsOf(office.server, { location: 'eu' })).open(quietSession());
    expect(office.server.writes()).toEqual([]);
  });

  it('are read again when reading fails', async () => {
    await using office = await openOffice();
    office.server.plan('dataset.get', answers(BACKEND_ERROR), { times: 3 });
    expect(await readDataset(office.client, '_harvest_staging', signal)).toEqual({
      location: 'EU',
      expires: true,
    });
  });
});

describe('a dataset in another place', () => {
  it('is named with the location to configure, before anything is written', async () => {
    await using server = await startBigQuery();
    server.world.addDataset('d', 'US');
    const error = await thrownBy(bigQueryDoor(optionsOf(server, { location: 'EU' })).open(quietSession()));
    expect(error).toMatchObject({
      code: 'BIGQUERY_LOCATION',
      message: 'Dataset test.d is in US, and destination.location is EU',
      hint: expect.stringContaining('destination.location: US') as unknown,
      details: { dataset: 'd', location: 'US', configured: 'EU' },
    });
    expect(server.writes()).toEqual([]);
  });

  it('is named by a command that reads, too', async () => {
    await using server = await startBigQuery();
    server.world.addDataset('d', 'US');
    const error = await thrownBy(openBigQueryToRead(optionsOf(server, { location: 'EU' }), quietSession()));
    expect(error).toMatchObject({ code: 'BIGQUERY_LOCATION' });
  });

  it.each([
    ['where the dataset is there', 'EU', null],
    ['where the dataset is to be made', null, 'EU'],
  ])(
    'stops a run when it is the staging one, before anything is written, %s',
    async (_where, there, location) => {
      await using server = await startBigQuery();
      if (there !== null) server.world.addDataset('d', there);
      server.world.addDataset('_harvest_staging', 'us-east1');
      const error = await thrownBy(bigQueryDoor(optionsOf(server, { location })).open(quietSession()));
      expect(error).toMatchObject({
        code: 'BIGQUERY_LOCATION',
        message: expect.stringContaining('_harvest_staging is in us-east1, and d is in EU') as unknown,
        hint: expect.stringContaining('destination.staging_dataset, such as _harvest_staging_eu') as unknown,
        details: { dataset: '_harvest_staging', location: 'us-east1', wanted: 'EU' },
      });
      expect(server.writes()).toEqual([]);
    },
  );
});
