import { randomUUID } from 'node:crypto';
import { PassThroughClient } from 'google-auth-library';
import { PROJECT } from './bench.ts';
import { bigQueryDoor, type BigQueryOptions } from '../../../src/warehouse/bigquery/warehouse.ts';
import type { WarehouseSession } from '../../../src/warehouse/door.ts';
import type { Warehouse } from '../../../src/warehouse/warehouse.ts';

export { PROJECT };

/** Waits that fit a server on this machine. */
export const QUICK = { baseMs: 20, longestMs: 200, pollMs: 20, longestPollMs: 200 };

/** A session that nobody watches. */
export function quietSession(over: Partial<WarehouseSession> = {}): WarehouseSession {
  return {
    runId: randomUUID(),
    signal: new AbortController().signal,
    onJob: () => undefined,
    onRetry: () => undefined,
    ...over,
  };
}

/** How a dataset of a local server is opened. */
export function localOptions(url: string, dataset: string): BigQueryOptions {
  return {
    destination: {
      project: PROJECT,
      dataset,
      location: null,
      stagingDataset: '_harvest_staging',
      maximumBytesBilled: 10_000_000_000,
      apiEndpoint: url,
    },
    connector: 'test',
    authClient: new PassThroughClient(),
    patience: QUICK,
  };
}

/** Opens a dataset of a local server, making it where it is missing. */
export function openBigQuery(url: string, dataset: string, session = quietSession()): Promise<Warehouse> {
  return bigQueryDoor(localOptions(url, dataset)).open(session);
}
