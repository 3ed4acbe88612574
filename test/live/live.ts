/** The real BigQuery, for those who have a project: datasets of a name that nobody else uses, gone afterwards. */
import { randomBytes } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { openGoogleAuth } from '../../src/google/credentials.ts';
import { bigQueryDoor, type BigQueryOptions } from '../../src/warehouse/bigquery/warehouse.ts';
import type { WarehouseSession } from '../../src/warehouse/door.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';

/** The project that `HARVEST_BQ_LIVE_PROJECT` names; empty: the tests are skipped. */
export const PROJECT = process.env['HARVEST_BQ_LIVE_PROJECT'] ?? '';

/** Where the datasets are made. */
export const LOCATION = process.env['HARVEST_BQ_LIVE_LOCATION'] ?? 'EU';

const MARK = `harvest_bq_live_${randomBytes(4).toString('hex')}`;
const made = new Set<string>();

/** The hidden staging dataset of this session. */
export const STAGING = `_${MARK}`;

/** Names a dataset of this session, which goes with it. */
export function datasetNamed(name: string): string {
  const dataset = `${MARK}_${name}`;
  made.add(dataset);
  made.add(STAGING);
  return dataset;
}

/** A session with jobs that are counted. */
export function liveSession(
  jobs: { bytes: number; kinds: string[] } = { bytes: 0, kinds: [] },
): WarehouseSession {
  return {
    runId: randomBytes(8).toString('hex'),
    signal: new AbortController().signal,
    onJob: ({ bytesBilled, kind }) => {
      jobs.bytes += bytesBilled;
      jobs.kinds.push(kind);
    },
    onRetry: () => undefined,
  };
}

/** How a dataset of the project is opened. */
export async function liveOptions(dataset: string): Promise<BigQueryOptions> {
  return {
    destination: {
      project: PROJECT,
      dataset,
      location: LOCATION,
      stagingDataset: STAGING,
      maximumBytesBilled: 1_000_000_000,
      apiEndpoint: null,
    },
    connector: 'live',
    authClient: await openGoogleAuth({ impersonate: null, apiEndpoint: null, project: PROJECT }),
  };
}

/** Opens a new dataset of the project. */
export async function openLive(dataset: string, session = liveSession()): Promise<Warehouse> {
  return bigQueryDoor(await liveOptions(dataset)).open(session);
}

/** Google's own client, to look with other eyes. */
export function bystander(): BigQuery {
  return new BigQuery({ projectId: PROJECT, location: LOCATION });
}

/** Removes every dataset of this session, with what is in it, and nothing else. */
export async function cleanUp(): Promise<void> {
  const client = bystander();
  for (const dataset of made) {
    await client
      .dataset(dataset)
      .delete({ force: true })
      .catch((error: { code?: unknown }) => {
        if (error.code !== 404) throw error;
      });
  }
}
