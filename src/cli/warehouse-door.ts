/** Where the tables of a connector are and the ways in: the only place that knows which kinds of warehouse there are. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { classify } from '../classify/classify.ts';
import type { BigQueryDestination, Config, DuckDbDestination } from '../config/config.ts';
import type { ConnectorError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { BigQueryOptions } from '../warehouse/bigquery/warehouse.ts';
import { isAlive } from '../warehouse/process-alive.ts';
import type { LockOwner, WarehouseDoor, WarehouseSession } from '../warehouse/door.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { openFileToRead } from './duckdb-file.ts';
import { shownPath } from './shown-path.ts';

/** One thing that was tried, for `check`. */
export interface Examined {
  readonly name: string;
  readonly text: string;
  readonly error?: ConnectorError;
}

/** A warehouse as commands see it, before any of its clients is loaded. */
export interface WarehousePlace {
  /** For screens: `harvest_acme.duckdb`, `acme-data.harvest_acme`. */
  readonly label: string;
  /** For documents: the absolute path, or the same as the label. */
  readonly id: string;
  /** Whether the owner of a lock is at work, where the tables could be read; else it has left the lock behind. */
  isAtWork(owner: LockOwner): boolean;
  /** The way in for a run. */
  door(): Promise<WarehouseDoor>;
  /** Opens it for reading; a missing one stays missing. */
  openToRead(): Promise<Warehouse>;
  /** The same, where one that is missing answers as one without tables. */
  openToPlan(): Promise<{ readonly warehouse: Warehouse; readonly isThere: boolean }>;
  /** Who holds the lock, or has left it behind; null: nobody. */
  readLock(): Promise<LockOwner | null>;
  /**
   * Takes the file, or a dataset that the connector made, away once nothing is in it. The warehouse has to be closed,
   * and its lock given back. Answers whether it is gone.
   */
  remove(): Promise<boolean>;
  /** Tries what a run needs. */
  examine(): Promise<readonly Examined[]>;
}

/** What a place is looked at from. */
export interface Visitor {
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Told of jobs that are tried again, where no run does that. */
  readonly emit: Emit;
}

/** The place that a configuration names. */
export function placeOf({ destination, connector }: Config, visitor: Visitor): WarehousePlace {
  return destination.type === 'duckdb'
    ? duckDbPlace(destination, visitor)
    : bigQueryPlace(destination, connector, visitor);
}

function duckDbPlace({ path }: DuckDbDestination, { cwd }: Visitor): WarehousePlace {
  const label = shownPath(path, cwd);
  return {
    label,
    id: path,
    // whoever works on a file keeps everybody else out of it
    isAtWork: () => false,
    door: async () => {
      const { openDuckDb } = await import('../warehouse/duckdb/warehouse.ts');
      const { takeLockFile } = await import('../warehouse/lock-file.ts');
      return {
        label: basename(path),
        lock: (owner) => takeLockFile(path, owner),
        exists: () => Promise.resolve(existsSync(path)),
        open: () => openDuckDb({ path, mode: 'readwrite', create: true }),
      };
    },
    openToRead: () => openFileToRead(path),
    openToPlan: async () => {
      if (existsSync(path)) return { warehouse: await openFileToRead(path), isThere: true };
      const { DUCKDB_CAPABILITIES, planNewTables } = await import('../warehouse/duckdb/plan-tables.ts');
      const { absentWarehouse } = await import('../warehouse/absent.ts');
      const capabilities = DUCKDB_CAPABILITIES;
      const warehouse = absentWarehouse({ label: basename(path), capabilities, planTables: planNewTables });
      return { warehouse, isThere: false };
    },
    readLock: async () => (await import('../warehouse/lock-file.ts')).readLockFile(path),
    remove: async () => {
      await using warehouse = await openFileToRead(path);
      const { own, foreign } = await warehouse.inventory(new Map());
      if (own.length + foreign.length > 0) return false;
      await rm(path);
      return true;
    },
    examine: async () => {
      const { examineWarehouse } = await import('./warehouse-check.ts');
      const look = async (): Promise<string> => `${label} · ${await examineWarehouse(path)}`;
      return [await attempt('warehouse', look)];
    },
  };
}

function bigQueryPlace(
  destination: BigQueryDestination,
  connector: string,
  { signal, emit }: Visitor,
): WarehousePlace {
  const label = `${destination.project}.${destination.dataset}`;
  const session: WarehouseSession = {
    runId: null,
    signal,
    onJob: () => undefined,
    onRetry: (retry) => emit({ event: 'job.retried', ...retry }),
  };
  let opening: Promise<BigQueryOptions> | null = null;
  const options = (): Promise<BigQueryOptions> => (opening ??= logIn(destination, connector));
  const bigQuery = () => import('../warehouse/bigquery/warehouse.ts');
  return {
    label,
    id: label,
    isAtWork: ({ host, pid }) => host !== hostname() || isAlive(pid),
    door: async () => (await bigQuery()).bigQueryDoor(await options()),
    openToRead: async () => (await bigQuery()).openBigQueryToRead(await options(), session),
    openToPlan: async () => (await bigQuery()).openBigQueryToPlan(await options(), session),
    readLock: async () => (await bigQuery()).readLockTable(await options()),
    remove: async () => (await bigQuery()).removeDatasets(await options()),
    examine: async () => {
      const { describeLogin } = await import('../google/credentials.ts');
      const login = await attempt(
        'bigquery',
        async () => `${destination.project} ${await describeLogin((await options()).authClient)}`,
      );
      if (login.error !== undefined) return [login];
      return [login, ...(await (await bigQuery()).examineBigQuery(await options(), session))];
    },
  };
}

async function logIn(destination: BigQueryDestination, connector: string): Promise<BigQueryOptions> {
  const { openGoogleAuth } = await import('../google/credentials.ts');
  const { impersonateServiceAccount: impersonate, apiEndpoint, project } = destination;
  return { destination, connector, authClient: await openGoogleAuth({ impersonate, apiEndpoint, project }) };
}

async function attempt(name: string, examine: () => Promise<string>): Promise<Examined> {
  try {
    return { name, text: await examine() };
  } catch (cause) {
    const error = classify(cause);
    return { name, text: error.message.split('\n')[0] ?? '', error };
  }
}
