/** The door to BigQuery. Google's client is loaded by the first call, not before. */
import type { AuthClient } from 'google-auth-library';
import { ConnectorError } from '../../errors.ts';
import { createSpoolFolder } from '../spool-folder.ts';
import type { Lock, LockOwner, WarehouseDoor, WarehouseSession } from '../door.ts';
import type { TablePlan, Warehouse } from '../warehouse.ts';
import { DEFAULT_PATIENCE, type Patience } from './backoff.ts';
import type { BigQueryClient } from './client.ts';
import type { Finding } from './examine.ts';
import type { Place } from './place.ts';
import { NEVER } from './never.ts';

/** Where the tables go, as the configuration says it. */
export interface BigQueryDestination {
  readonly project: string;
  readonly dataset: string;
  /** Where the dataset has to be; null: where it is. */
  readonly location: string | null;
  readonly stagingDataset: string;
  /** Cap of one query job, in bytes. */
  readonly maximumBytesBilled: number;
  /** Without a trailing slash; null: Google's own. */
  readonly apiEndpoint: string | null;
}

/** What BigQuery is opened with. */
export interface BigQueryOptions {
  readonly destination: BigQueryDestination;
  readonly connector: string;
  readonly authClient: AuthClient;
  /** Shorter waits, for tests. */
  readonly patience?: Partial<Patience>;
}

/** The dataset of a connector, before a run has entered it. */
export function bigQueryDoor(options: BigQueryOptions): WarehouseDoor {
  const { project, dataset } = options.destination;
  let waiting: LockOwner | null = null;
  let taken: Lock | null = null;
  const exists = async (): Promise<boolean> => {
    const { readDataset } = await import('./datasets.ts');
    return (await readDataset(await clientOf(options), dataset, NEVER)) !== null;
  };
  const take = async (owner: LockOwner): Promise<Lock> => {
    const { takeLockTable, LOCK_TABLE } = await import('./lock-table.ts');
    const { outlastJobs } = await import('./left-jobs.ts');
    const client = await clientOf(options);
    taken = await takeLockTable(client, { project, dataset, table: LOCK_TABLE }, owner);
    if (taken.abandoned !== null) await outlastJobs(taken.abandoned.run_id, client);
    return taken;
  };
  return {
    label: `${project}.${dataset}`,
    exists,
    // a dataset that is not there yet has no place for a lock: it is taken as soon as the dataset is made
    lock: async (owner) => {
      if (await exists()) return take(owner);
      waiting = owner;
      return {
        get abandoned() {
          return taken?.abandoned ?? null;
        },
        release: async () => taken?.release(),
      };
    },
    open: async (session) => {
      const place = await openPlace(options, session);
      const warehouse = await warehouseIn(options, place);
      try {
        if (waiting !== null && taken === null) await take(waiting);
        return warehouse;
      } catch (error) {
        await warehouse[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

/** Opens a dataset for reading. @throws ConnectorError WAREHOUSE_MISSING, BIGQUERY_* */
export async function openBigQueryToRead(
  options: BigQueryOptions,
  session: WarehouseSession,
): Promise<Warehouse> {
  const { readDataset, assertLocation } = await import('./datasets.ts');
  const { project, dataset, stagingDataset, location } = options.destination;
  const found = await readDataset(await clientOf(options), dataset, session.signal);
  if (found === null)
    throw new ConnectorError('WAREHOUSE_MISSING', `${project}.${dataset} does not exist yet`);
  assertLocation(project, { dataset, stagingDataset, location, labels: {} }, found);
  return warehouseIn(options, await placeIn(options, session, found.location, true));
}

/**
 * The same for a plan: a dataset that is missing answers as one without tables.
 * @throws ConnectorError BIGQUERY_*
 */
export async function openBigQueryToPlan(
  options: BigQueryOptions,
  session: WarehouseSession,
): Promise<{ readonly warehouse: Warehouse; readonly isThere: boolean }> {
  const { readDataset } = await import('./datasets.ts');
  const { project, dataset } = options.destination;
  if ((await readDataset(await clientOf(options), dataset, session.signal)) !== null)
    return { warehouse: await openBigQueryToRead(options, session), isThere: true };
  const { absentWarehouse } = await import('../absent.ts');
  const { BIGQUERY_CAPABILITIES: capabilities, planNewTables } = await import('./plan-tables.ts');
  const planTables = (...[tables, views]: Parameters<Warehouse['planTables']>): TablePlan =>
    planNewTables(tables, views, (table) => ({ project, dataset, table }));
  return {
    warehouse: absentWarehouse({ label: `${project}.${dataset}`, capabilities, planTables }),
    isThere: false,
  };
}

/** Deletes both datasets as far as the connector made them and nothing is in them. Answers whether the tables' one is gone. */
export async function removeDatasets(options: BigQueryOptions): Promise<boolean> {
  const { deleteDataset } = await import('./inventory.ts');
  const { dataset, stagingDataset } = options.destination;
  const client = await clientOf(options);
  await deleteDataset(client, stagingDataset, NEVER);
  return deleteDataset(client, dataset, NEVER);
}

/** Who holds the lock; null where nobody does. */
export async function readLockTable(options: BigQueryOptions): Promise<LockOwner | null> {
  const { readLock, LOCK_TABLE } = await import('./lock-table.ts');
  const { project, dataset } = options.destination;
  return readLock(await clientOf(options), { project, dataset, table: LOCK_TABLE });
}

/** Tries what a run needs, for `check`: a finding for each thing that was tried. */
export async function examineBigQuery(
  options: BigQueryOptions,
  session: WarehouseSession,
): Promise<readonly Finding[]> {
  const { examine } = await import('./examine.ts');
  return examine({
    destination: options.destination,
    session,
    client: await clientOf(options),
    placeIn: (location, dataset) =>
      placeIn(dataset === null ? options : inDataset(options, dataset), session, location, true),
  });
}

export type { Finding } from './examine.ts';

/** The same, with one dataset for everything. */
function inDataset(options: BigQueryOptions, dataset: string): BigQueryOptions {
  return { ...options, destination: { ...options.destination, dataset, stagingDataset: dataset } };
}

async function clientOf({ destination, authClient, patience }: BigQueryOptions): Promise<BigQueryClient> {
  const { BigQueryClient: Client } = await import('./client.ts');
  const { project, apiEndpoint } = destination;
  return new Client({ project, apiEndpoint, authClient, patience: { ...DEFAULT_PATIENCE, ...patience } });
}

/** Makes the datasets where they are missing, after it is sure that both can be in one location. */
async function openPlace(options: BigQueryOptions, session: WarehouseSession): Promise<Place> {
  const { DATASET_LABEL, ensureDataset, ensureStaging } = await import('./datasets.ts');
  const { label } = await import('./orders.ts');
  const { dataset, stagingDataset, location } = options.destination;
  const labels = { app: DATASET_LABEL, connector: label(options.connector) };
  const client = await clientOf(options);
  const target = await ensureDataset(client, { dataset, stagingDataset, location, labels }, session.signal);
  const staging = await ensureStaging(
    client,
    { dataset, stagingDataset, location, labels },
    target.location,
    session.signal,
  );
  return placeIn(options, session, target.location, staging.expires);
}

async function placeIn(
  options: BigQueryOptions,
  session: WarehouseSession,
  location: string,
  expires: boolean,
): Promise<Place> {
  const { Jobs } = await import('./orders.ts');
  const { Place: Where } = await import('./place.ts');
  const { connector, destination } = options;
  const { project, dataset, stagingDataset, maximumBytesBilled } = destination;
  const jobs = new Jobs(await clientOf(options), { connector, location, maximumBytesBilled, session });
  return new Where({
    project,
    dataset,
    stagingDataset,
    connector,
    jobs,
    spools: await createSpoolFolder(),
    expires,
  });
}

async function warehouseIn(
  { destination: { project, dataset } }: BigQueryOptions,
  place: Place,
): Promise<Warehouse> {
  const { BigQueryWarehouse } = await import('./bigquery-warehouse.ts');
  return new BigQueryWarehouse(`${project}.${dataset}`, place);
}
