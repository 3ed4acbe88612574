import { describe, expect, it } from '@jest/globals';
import type { Config } from '../../src/config/config.ts';
import { minimalConfig, openConfigFolder, saidOf } from '../support/config-folder.ts';

/** The destination of a small file with these lines, and with these variables. */
async function destinationOf(
  lines: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Config['destination']> {
  await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig(lines) });
  return (await folder.load({ env: { TOKEN: 'a-token', ...env } })).destination;
}

const DEFAULTS = {
  type: 'bigquery',
  project: 'acme-data',
  dataset: 'harvest_acme',
  location: null,
  stagingDataset: '_harvest_staging',
  maximumBytesBilled: 10_000_000_000,
  impersonateServiceAccount: null,
  apiEndpoint: null,
} as const;

describe('a BigQuery destination', () => {
  it('needs no more than its project', async () => {
    expect(await destinationOf('destination: { type: bigquery, project: acme-data }\n')).toEqual(DEFAULTS);
  });

  it('has everything that the file says, its address without the slash at the end', async () => {
    const lines = `destination:
  type: bigquery
  project: example.com:acme
  dataset: Harvest_2
  location: europe-west3
  staging_dataset: scratch
  maximum_bytes_billed: 500MB
  impersonate_service_account: sync@acme-data.iam.gserviceaccount.com
  api_endpoint: https://bigquery-acme.p.googleapis.com/
`;
    expect(await destinationOf(lines)).toEqual({
      type: 'bigquery',
      project: 'example.com:acme',
      dataset: 'Harvest_2',
      location: 'europe-west3',
      stagingDataset: 'scratch',
      maximumBytesBilled: 500_000_000,
      impersonateServiceAccount: 'sync@acme-data.iam.gserviceaccount.com',
      apiEndpoint: 'https://bigquery-acme.p.googleapis.com',
    });
  });

  it('takes empty keys for absent ones', async () => {
    const lines =
      'destination:\n  type: bigquery\n  project: acme-data\n  impersonate_service_account:\n  api_endpoint:\n';
    expect(await destinationOf(lines)).toEqual(DEFAULTS);
  });

  it('can come from the environment, without any file', async () => {
    await using folder = await openConfigFolder();
    const env = {
      HARVEST_ACCOUNT_ID: '123456',
      HARVEST_ACCESS_TOKEN: 'a-token',
      HARVEST_BQ_DESTINATION_TYPE: 'bigquery',
      HARVEST_BQ_DESTINATION_PROJECT: 'acme-data',
      HARVEST_BQ_DESTINATION_LOCATION: 'EU',
    };
    expect((await folder.load({ env })).destination).toEqual({
      ...DEFAULTS,
      dataset: 'harvest_123456',
      location: 'EU',
    });
  });

  it.each([
    'http://127.0.0.1:9050',
    'http://[::1]:9050',
    'http://localhost:9050',
    'https://bigquery-acme.p.googleapis.com',
  ])('may be at %s', async (address) => {
    const lines = `destination: { type: bigquery, project: acme, api_endpoint: "${address}" }\n`;
    expect(await destinationOf(lines)).toMatchObject({ apiEndpoint: address });
  });

  it('has all of its mistakes told at once, beside those of other sections', async () => {
    const lines = `destination:
  type: bigquery
  dataset: _harvest_staging
  api_endpoint: http://10.0.0.1
  maximum_bytes_billed: 1MB
sync: { overlap: two }
`;
    expect(await saidOf(minimalConfig(lines))).toBe(`6 problems in harvest-bq.yaml

  6:1    destination.project                is missing: BigQuery needs it, here or as HARVEST_BQ_DESTINATION_PROJECT
  6:1    destination.staging_dataset        is "_harvest_staging", where the tables are; temporary ones need another dataset
  8:3    destination.dataset                is "_harvest_staging", which would hide the tables; begin with a letter or digit
  9:3    destination.api_endpoint           is "http://10.0.0.1", over which the token would travel in clear; use https, or an address of this machine
  10:3   destination.maximum_bytes_billed   is "1MB", must be 100MB or more: BigQuery bills every table that a job refers to with at least 10 MiB
  11:9   sync.overlap                       is "two", must be a duration such as 10m`);
  });
});

describe('a DuckDB destination', () => {
  it('does not mind the keys of the other kind', async () => {
    const lines = 'destination: { dataset: _x, staging_dataset: _x, location: EU }\n';
    expect(await destinationOf(lines)).toMatchObject({ type: 'duckdb' });
  });
});
