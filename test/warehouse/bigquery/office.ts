/** Our modules, put before a scripted BigQuery. */
import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { PassThroughClient } from 'google-auth-library';
import type { Patience } from '../../../src/warehouse/bigquery/backoff.ts';
import { DEFAULT_PATIENCE } from '../../../src/warehouse/bigquery/backoff.ts';
import { BigQueryClient } from '../../../src/warehouse/bigquery/client.ts';
import { Jobs, type LoadOrder } from '../../../src/warehouse/bigquery/orders.ts';
import { Place } from '../../../src/warehouse/bigquery/place.ts';
import type { BigQueryDestination, BigQueryOptions } from '../../../src/warehouse/bigquery/warehouse.ts';
import { createSpoolFolder } from '../../../src/warehouse/spool-folder.ts';
import type { JobNote, JobRetry, WarehouseSession } from '../../../src/warehouse/door.ts';
import { startBigQuery, type ScriptedBigQuery } from './scripted-server.ts';

/** Waits that nobody notices. */
export const QUICK: Patience = {
  ...DEFAULT_PATIENCE,
  attempts: 4,
  baseMs: 1,
  longestMs: 4,
  pollMs: 1,
  longestPollMs: 4,
};

/** A place before a server, with what it was told of. */
export interface Office extends AsyncDisposable {
  readonly server: ScriptedBigQuery;
  readonly client: BigQueryClient;
  readonly jobs: Jobs;
  readonly place: Place;
  readonly stopping: AbortController;
  readonly notes: readonly JobNote[];
  readonly retries: readonly JobRetry[];
}

/** How an office may differ. */
export interface OfficeOptions {
  readonly patience?: Partial<Patience>;
  readonly runId?: string | null;
  readonly connector?: string;
  /** Whether the datasets are there. */
  readonly isEmpty?: boolean;
}

/** Opens an office with the datasets `d` and `_harvest_staging` in the EU. */
export async function openOffice(options: OfficeOptions = {}): Promise<Office> {
  const server = await startBigQuery();
  if (options.isEmpty !== true) {
    server.world.addDataset('d');
    server.world.addDataset('_harvest_staging', 'EU', { defaultTableExpirationMs: '86400000' });
  }
  const notes: JobNote[] = [];
  const retries: JobRetry[] = [];
  const stopping = new AbortController();
  const session: WarehouseSession = {
    runId: options.runId === undefined ? 'run-1' : options.runId,
    signal: stopping.signal,
    onJob: (note) => notes.push(note),
    onRetry: (retry) => retries.push(retry),
  };
  const client = clientOf(server, options.patience);
  const connector = options.connector ?? 'acme';
  const jobs = new Jobs(client, { connector, location: 'EU', maximumBytesBilled: 5_000_000, session });
  const spools = await createSpoolFolder();
  const place = new Place({
    project: 'test',
    dataset: 'd',
    stagingDataset: '_harvest_staging',
    connector,
    jobs,
    spools,
    expires: true,
  });
  return {
    server,
    client,
    jobs,
    place,
    stopping,
    notes,
    retries,
    async [Symbol.asyncDispose]() {
      await spools[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A client before a server. */
export function clientOf(server: { readonly url: string }, patience: Partial<Patience> = {}): BigQueryClient {
  return new BigQueryClient({
    project: 'test',
    apiEndpoint: server.url,
    authClient: new PassThroughClient(),
    patience: { ...QUICK, ...patience },
  });
}

/** What the door to a server is opened with. */
export function optionsOf(
  server: { readonly url: string },
  over: Partial<BigQueryDestination> = {},
): BigQueryOptions {
  return {
    destination: {
      project: 'test',
      dataset: 'd',
      location: null,
      stagingDataset: '_harvest_staging',
      maximumBytesBilled: 5_000_000,
      apiEndpoint: server.url,
      ...over,
    },
    connector: 'acme',
    authClient: new PassThroughClient(),
    patience: QUICK,
  };
}

/** A session that nobody watches. */
export function quietSession(): WarehouseSession {
  return {
    runId: randomUUID(),
    signal: new AbortController().signal,
    onJob: () => undefined,
    onRetry: () => undefined,
  };
}

/** What was thrown; fails where nothing was. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown');
}

const FIELDS = [{ name: 'id', type: 'INTEGER', mode: 'NULLABLE' }];

/** An order to load a file of its own. */
export async function writeOrder(path: string, content: Buffer): Promise<LoadOrder> {
  await writeFile(path, content);
  return {
    kind: 'load',
    stream: 'clients',
    table: { project: 'test', dataset: '_harvest_staging', table: 'acme__clients' },
    fields: FIELDS,
    file: { path, bytes: content.length },
    digest: createHash('sha256').update(content).digest('hex'),
    disposition: 'replace',
  };
}
