/**
 * Projects and datasets that a login may see, to choose from. Both lists are BigQuery's own, so that no other API of
 * Google has to be switched on.
 */
import type { AuthClient } from 'google-auth-library';
import { classifyBigQueryThrown } from '../classify/bigquery.ts';

/** How BigQuery is asked. */
export interface ListingOptions {
  readonly client: AuthClient;
  /** Address of BigQuery's API without a trailing slash; null: Google's own. */
  readonly endpoint: string | null;
  readonly signal: AbortSignal;
}

/** A project that may be chosen. */
export interface ProjectChoice {
  /** `acme-data` */
  readonly id: string;
  /** Its name for people; null: none, or the same as its id. */
  readonly name: string | null;
}

/** A dataset that may be chosen. */
export interface DatasetChoice {
  readonly id: string;
  /** `EU` */
  readonly location: string;
}

const GOOGLE = 'https://bigquery.googleapis.com';

/** No answer by then counts as none. In milliseconds. */
const ANSWER_WITHIN_MS = 10_000;

/** Nobody scrolls through more than this many pages of a list to choose from. */
const PAGES = 5;

const PER_PAGE = 200;

/**
 * Projects in which the login has any role, by their id.
 * @see BigQuery REST API, projects.list (checked 2026-11-29)
 * @throws ConnectorError BIGQUERY_*
 */
export async function listProjects(options: ListingOptions): Promise<readonly ProjectChoice[]> {
  const found = await listAll('projects', 'projects', options);
  return found
    .flatMap(({ projectReference, friendlyName }): readonly ProjectChoice[] => {
      const id = textIn(projectReference, 'projectId');
      const name = typeof friendlyName === 'string' && friendlyName !== id ? friendlyName : null;
      return id === null ? [] : [{ id, name }];
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Datasets of a project that the login may see, without hidden ones.
 * @see BigQuery REST API, datasets.list (checked 2026-11-29)
 * @throws ConnectorError BIGQUERY_*
 */
export async function listDatasets(
  project: string,
  options: ListingOptions,
): Promise<readonly DatasetChoice[]> {
  const found = await listAll(`projects/${project}/datasets`, 'datasets', options);
  return found.flatMap(({ datasetReference, location }): readonly DatasetChoice[] => {
    const id = textIn(datasetReference, 'datasetId');
    return id === null || typeof location !== 'string' ? [] : [{ id, location }];
  });
}

type Item = Readonly<Record<string, unknown>>;

async function listAll(path: string, key: string, options: ListingOptions): Promise<readonly Item[]> {
  const items: Item[] = [];
  let pageToken: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const body = await get(path, pageToken, options);
    const list = body[key];
    if (Array.isArray(list)) items.push(...list.filter(isItem));
    pageToken = typeof body['nextPageToken'] === 'string' ? body['nextPageToken'] : null;
    if (pageToken === null) break;
  }
  return items;
}

async function get(
  path: string,
  pageToken: string | null,
  { client, endpoint, signal }: ListingOptions,
): Promise<Item> {
  try {
    const { data } = await client.request<unknown>({
      url: `${endpoint ?? GOOGLE}/bigquery/v2/${path}`,
      params: { maxResults: PER_PAGE, ...(pageToken === null ? {} : { pageToken }) },
      timeout: ANSWER_WITHIN_MS,
      retry: false,
      signal,
    });
    return isItem(data) ? data : {};
  } catch (error) {
    signal.throwIfAborted();
    throw classifyBigQueryThrown(error, `the list of ${path.endsWith('datasets') ? 'datasets' : 'projects'}`)
      .error;
  }
}

function textIn(value: unknown, key: string): string | null {
  const text = isItem(value) ? value[key] : null;
  return typeof text === 'string' ? text : null;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
