import { resolve } from 'node:path';
import type { AddedColumns } from '../catalog/added-columns.ts';
import { ConnectorError } from '../errors.ts';
import type { ColumnChoice, Config, HarvestConfig } from './config.ts';
import { parseDuration } from './duration.ts';
import { datasetOf, type Get } from './meaning.ts';
import type { Position } from './problem.ts';
import type { Secret } from './secret.ts';
import { parseSize } from './size.ts';
import { isTree } from './tree.ts';

/** What a configuration is put together from, once it is known to be without mistakes. */
export interface Parts {
  readonly get: Get;
  /** The resolved secrets by path; an absent key has none. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly origins: ReadonlyMap<string, string>;
  readonly file: string | null;
  readonly places: ReadonlyMap<string, Position> | null;
  readonly cwd: string;
}

/**
 * Puts the configuration together: durations in milliseconds, sizes in bytes, the
 * warehouse's path absolute, addresses without a slash at the end, names that were left out. Pure; the values have passed the checks before.
 */
export function buildConfig({ get, secrets, origins, file, places, cwd }: Parts): Config {
  const accountId = String(get('harvest.account_id'));
  const connector = textOr(get('connector'), accountId);
  return {
    connector,
    harvest: buildHarvest(get, secrets, accountId),
    startDate: get('start_date') === undefined ? null : String(get('start_date')),
    destination: buildDestination(get, connector, cwd),
    sync: {
      concurrency: Number(get('sync.concurrency')),
      overlapMs: parseDuration(String(get('sync.overlap'))) ?? 0,
      sweepEveryMs: parseDuration(String(get('sync.sweep_every'))) ?? 0,
      sweepChildrenEveryMs: parseDuration(String(get('sync.sweep_children_every'))) ?? 0,
      restateMonths: Number(get('sync.restate_months')),
      deletes: get('sync.deletes') as Config['sync']['deletes'],
      maxDeleteShare: Number.parseInt(String(get('sync.max_delete_share')), 10) / 100,
      verify: get('sync.verify') === true,
      onInvalid: get('sync.on_invalid') as Config['sync']['onInvalid'],
      history: get('sync.history') as readonly string[],
      timeoutMs: get('sync.timeout') === undefined ? null : parseDuration(String(get('sync.timeout'))),
      hashKey: secrets.get('sync.hash_key') ?? null,
    },
    streams: buildStreams(get),
    file,
    origins,
    ...(places === null ? {} : { places }),
  };
}

/** The streams and columns that are named; the values have the form that the schema wants. */
export function buildStreams(get: Get): Config['streams'] {
  return {
    include: get('streams.include') as readonly string[],
    exclude: get('streams.exclude') as readonly string[],
    overrides: buildOverrides(get('streams.overrides')),
  };
}

function buildHarvest(get: Get, secrets: ReadonlyMap<string, Secret>, accountId: string): HarvestConfig {
  return {
    accountId,
    login: buildLogin(get, secrets),
    baseUrl: withoutSlash(String(get('harvest.base_url'))),
    identityUrl: withoutSlash(String(get('harvest.identity_url'))),
    userAgent: textOr(get('harvest.user_agent'), `harvest-bq (account ${accountId})`),
    limits: {
      general: toLimit(get('harvest.limits.general')),
      reports: toLimit(get('harvest.limits.reports')),
    },
    visibility: get('harvest.visibility') as HarvestConfig['visibility'],
  };
}

function buildDestination(get: Get, connector: string, cwd: string): Config['destination'] {
  if (get('destination.type') === 'duckdb') {
    const path = textOr(get('destination.path'), `harvest_${connector}.duckdb`);
    return { type: 'duckdb', path: resolve(cwd, path) };
  }
  const endpoint = get('destination.api_endpoint');
  return {
    type: 'bigquery',
    project: String(get('destination.project')),
    dataset: datasetOf(get),
    location: textOrNull(get('destination.location')),
    stagingDataset: String(get('destination.staging_dataset')),
    maximumBytesBilled: parseSize(String(get('destination.maximum_bytes_billed'))) ?? 0,
    impersonateServiceAccount: textOrNull(get('destination.impersonate_service_account')),
    apiEndpoint: typeof endpoint === 'string' ? withoutSlash(endpoint) : null,
  };
}

function buildLogin(get: Get, secrets: ReadonlyMap<string, Secret>): HarvestConfig['login'] {
  const accessToken = secrets.get('harvest.access_token');
  if (accessToken !== undefined) return { kind: 'token', accessToken };
  const clientSecret = secrets.get('harvest.oauth.client_secret');
  const refreshToken = secrets.get('harvest.oauth.refresh_token');
  if (clientSecret === undefined || refreshToken === undefined) {
    throw new ConnectorError('INTERNAL', 'a configuration without a login passed its checks');
  }
  return { kind: 'oauth', clientId: String(get('harvest.oauth.client_id')), clientSecret, refreshToken };
}

function buildOverrides(value: unknown): ReadonlyMap<string, ColumnChoice> {
  const choices = new Map<string, ColumnChoice>();
  for (const [stream, override] of Object.entries(isTree(value) ? value : {})) {
    const columns = isTree(override) && isTree(override['columns']) ? override['columns'] : {};
    choices.set(stream, {
      include: (columns['include'] as readonly string[] | undefined) ?? null,
      exclude: (columns['exclude'] as readonly string[] | undefined) ?? [],
      hash: (columns['hash'] as readonly string[] | undefined) ?? [],
      ...(columns['add'] === undefined ? {} : { add: columns['add'] as AddedColumns }),
    });
  }
  return choices;
}

function toLimit(value: unknown): number | null {
  return value === 'off' ? null : Number(value);
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}
