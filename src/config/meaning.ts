import { isCalendarDate } from './calendar-date.ts';
import { parseDuration } from './duration.ts';
import { isLoopback } from './loopback.ts';
import { describeValue } from './problem.ts';
import { MALFORMED_REFERENCE, parseReference } from './reference.ts';
import type { SchemaProblem } from './schema.ts';
import { parseSize } from './size.ts';
import { isTree } from './tree.ts';

/** The value at a path, the key's default where it was not given; undefined where there is neither. */
export type Get = (path: string) => unknown;

const HARVEST_HOST = 'api.harvestapp.com';
/** @see Harvest API v2 docs, page Rate limiting (checked 2026-11-20): 100 requests per 15 s, 100 per 15 min */
const HARVEST_LIMIT = 100;
/**
 * No smaller cap of a job, in bytes, leaves room for a commit.
 * @see BigQuery docs, page "Estimate and control costs": 10 MiB a table at least (checked 2026-11-20)
 */
const LEAST_CAP = 100_000_000;
const OAUTH_KEYS = ['harvest.oauth.client_id', 'harvest.oauth.client_secret', 'harvest.oauth.refresh_token'];

/** Keys whose value is a secret. */
export const SECRET_KEYS: readonly string[] = [
  'harvest.access_token',
  'harvest.oauth.client_secret',
  'harvest.oauth.refresh_token',
  'sync.hash_key',
];

/**
 * Finds what the form of single values cannot tell: dates that do not exist or lie ahead, addresses that would carry
 * the token in clear, limits beyond Harvest's, logins that are missing or exclude each other, a BigQuery destination that
 * lacks its project. Pure.
 */
export function findMeaningProblems(get: Get, now: Date): readonly SchemaProblem[] {
  return [
    ...checkLogin(get),
    ...checkReferences(get),
    ...checkAddress('harvest.base_url', get),
    ...checkAddress('harvest.identity_url', get),
    ...checkAddress('destination.api_endpoint', get),
    ...checkLimit('harvest.limits.general', get),
    ...checkLimit('harvest.limits.reports', get),
    ...checkStartDate(get('start_date'), now),
    ...checkBigQuery(get),
    ...checkAmounts(get),
    ...checkHash(get),
  ];
}

function checkLogin(get: Get): readonly SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  if (get('harvest.account_id') === undefined) {
    problems.push({
      path: 'harvest.account_id',
      message: 'is missing: give it here or as HARVEST_BQ_HARVEST_ACCOUNT_ID',
    });
  }
  const hasToken = get('harvest.access_token') !== undefined;
  const hasOauth = get('harvest.oauth') !== undefined;
  if (hasToken && hasOauth) {
    problems.push({
      path: 'harvest.oauth',
      message: 'and harvest.access_token exclude each other: keep one',
    });
  } else if (hasOauth) {
    const absent = OAUTH_KEYS.filter((path) => get(path) === undefined);
    problems.push(
      ...absent.map((path) => ({ path, message: 'is missing: an OAuth client needs all three keys' })),
    );
  } else if (!hasToken) {
    const message = 'is missing: give it here, or harvest.oauth, or HARVEST_BQ_HARVEST_ACCESS_TOKEN';
    problems.push({ path: 'harvest.access_token', message });
  }
  return problems;
}

function checkReferences(get: Get): readonly SchemaProblem[] {
  return SECRET_KEYS.filter((path) => {
    const text = get(path);
    return typeof text === 'string' && parseReference(text)?.kind === 'malformed';
  }).map((path) => ({ path, message: MALFORMED_REFERENCE }));
}

function checkAddress(path: string, get: Get): readonly SchemaProblem[] {
  const text = get(path);
  if (typeof text !== 'string') return [];
  const url = URL.parse(text);
  if (url === null) return [{ path, message: `is ${describeValue(text)}, which is not an address` }];
  if (url.username !== '' || url.password !== '')
    return [{ path, message: 'must not hold a user name or password' }];
  if (url.search !== '' || url.hash !== '') return [{ path, message: 'must not hold a ? or #' }];
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return [];
  const message = `is ${describeValue(text)}, over which the token would travel in clear; use https, or an address of this machine`;
  return [{ path, message }];
}

function checkLimit(path: string, get: Get): readonly SchemaProblem[] {
  const limit = get(path);
  const baseUrl = get('harvest.base_url');
  const isHarvest = typeof baseUrl === 'string' && URL.parse(baseUrl)?.hostname === HARVEST_HOST;
  const isBeyond = limit === 'off' || (typeof limit === 'number' && limit > HARVEST_LIMIT);
  if (!isHarvest || !isBeyond) return [];
  const message = `is ${describeValue(limit)}, must be a whole number from 1 to ${HARVEST_LIMIT} for Harvest's own server`;
  return [{ path, message }];
}

function checkStartDate(date: unknown, now: Date): readonly SchemaProblem[] {
  if (typeof date !== 'string') return [];
  const path = 'start_date';
  if (!isCalendarDate(date))
    return [{ path, message: `is ${describeValue(date)}, a day that does not exist` }];
  const today = now.toISOString().slice(0, 10);
  if (date <= today) return [];
  return [
    { path, message: `is ${describeValue(date)}, which lies in the future (today is ${today} in UTC)` },
  ];
}

/** What only BigQuery has; the other keys of a destination that is not chosen are left alone. */
function checkBigQuery(get: Get): readonly SchemaProblem[] {
  if (get('destination.type') !== 'bigquery') return [];
  const problems: SchemaProblem[] = [];
  if (get('destination.project') === undefined) {
    const message = 'is missing: BigQuery needs it, here or as HARVEST_BQ_DESTINATION_PROJECT';
    problems.push({ path: 'destination.project', message });
  }
  const dataset = datasetOf(get);
  if (dataset.startsWith('_')) {
    const message = `is ${describeValue(dataset)}, which would hide the tables; begin with a letter or digit`;
    problems.push({ path: 'destination.dataset', message });
  }
  const staging = get('destination.staging_dataset');
  if (staging === dataset) {
    const message = `is ${describeValue(staging)}, where the tables are; temporary ones need another dataset`;
    problems.push({ path: 'destination.staging_dataset', message });
  }
  return problems;
}

/**
 * The name of the dataset: the one that is given, else `harvest_<connector>`.
 * @see BigQuery docs, page "Create datasets", name: letters, digits, underscores (checked 2026-11-20)
 */
export function datasetOf(get: Get): string {
  const given = get('destination.dataset');
  if (typeof given === 'string') return given;
  const connector = get('connector') ?? get('harvest.account_id');
  return `harvest_${String(connector).replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
}

/** Durations and sizes have the right form by now, and may still be too large to be exact. */
function checkAmounts(get: Get): readonly SchemaProblem[] {
  const durations = ['sync.overlap', 'sync.timeout', 'sync.sweep_every', 'sync.sweep_children_every'];
  const isTooLong = (path: string): boolean => {
    const text = get(path);
    return typeof text === 'string' && parseDuration(text) === null;
  };
  const size = get('destination.maximum_bytes_billed');
  const bytes = typeof size === 'string' ? parseSize(size) : LEAST_CAP;
  const path = 'destination.maximum_bytes_billed';
  const tooLarge = bytes === null ? [path] : [];
  const message = `is ${describeValue(size)}, must be 100MB or more: BigQuery bills every table that a job refers to with at least 10 MiB`;
  return [
    ...[...durations.filter(isTooLong), ...tooLarge].map((key) => ({
      path: key,
      message: `is ${describeValue(get(key))}, which is too large`,
    })),
    ...(bytes !== null && bytes < LEAST_CAP ? [{ path, message }] : []),
  ];
}

function checkHash(get: Get): readonly SchemaProblem[] {
  const overrides = get('streams.overrides');
  if (!isTree(overrides) || get('sync.hash_key') !== undefined) return [];
  return Object.entries(overrides).flatMap(([stream, override]) => {
    const columns = isTree(override) ? override['columns'] : undefined;
    const hash = isTree(columns) ? columns['hash'] : undefined;
    if (!Array.isArray(hash) || hash.length === 0) return [];
    return [{ path: `streams.overrides.${stream}.columns.hash`, message: 'needs a key: set sync.hash_key' }];
  });
}
