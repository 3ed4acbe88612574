/** One page of a stream from Harvest, for commands that look without storing. */
import type { Catalog } from '../catalog/catalog.ts';
import type { Stream } from '../catalog/stream.ts';
import { ConnectorError } from '../errors.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import type { HarvestClient } from '../harvest/types.ts';
import { firstDay, lastDay, monthOf } from '../sync/month.ts';
import type { Row } from '../warehouse/table.ts';

/** Records of one answer with the values that the request adds to each. */
export interface Sample {
  readonly records: readonly JsonObject[];
  readonly injected: Row;
  /** What Harvest says there is in all; null where it does not. */
  readonly total: number | null;
}

/** Parents that are looked through for one with children. */
const PARENTS_TO_TRY = 10;

/** What is asked for. */
export interface SampleOptions {
  /** Records at most. */
  readonly limit: number;
  readonly accountId: string;
  /** Its month is that of a report. */
  readonly now: Date;
}

/** Reads one page of a stream; of a child the list of the first parent that has any. */
export async function readSample(
  stream: Stream,
  catalog: Catalog,
  client: HarvestClient,
  options: SampleOptions,
): Promise<Sample> {
  const { limit, accountId, now } = options;
  if (stream.parent !== undefined) return readChildren(stream, catalog, client, limit);
  if (stream.records === undefined) {
    const record = await get(stream, stream.path, {}, client);
    return { records: [record], injected: { account_id: accountId }, total: 1 };
  }
  if (stream.sync !== 'report') return readList(stream, stream.path, { per_page: limit }, client, {});
  const month = monthOf(now.toISOString());
  const period = { period_start: firstDay(month), period_end: lastDay(month) };
  const query = {
    from: period.period_start.replaceAll('-', ''),
    to: period.period_end.replaceAll('-', ''),
    per_page: limit,
  };
  return readList(stream, stream.path, query, client, period);
}

/** The children of the first parents that have any. */
async function readChildren(
  stream: Stream,
  catalog: Catalog,
  client: HarvestClient,
  limit: number,
): Promise<Sample> {
  const parent = catalog.streams.get(stream.parent?.stream ?? '');
  const column = stream.parent?.column;
  if (parent === undefined || column === undefined) {
    throw new ConnectorError('CATALOG_INVALID', `${stream.name} has no parent stream.`);
  }
  const parents = await readList(parent, parent.path, { per_page: PARENTS_TO_TRY }, client, {});
  for (const { id } of parents.records) {
    if (typeof id !== 'number') continue;
    const path = stream.path.replace(`{${column}}`, encodeURIComponent(String(id)));
    const sample = await readList(stream, path, { per_page: limit }, client, { [column]: id });
    if (sample.records.length > 0) return { ...sample, total: null };
  }
  return { records: [], injected: {}, total: null };
}

async function readList(
  stream: Stream,
  path: string,
  query: Readonly<Record<string, string | number>>,
  client: HarvestClient,
  injected: Row,
): Promise<Sample> {
  const body = await get(stream, path, query, client);
  const list = body[stream.records ?? ''];
  if (!Array.isArray(list)) {
    const message = `The answer for ${stream.name} has no list "${stream.records ?? ''}".`;
    throw new ConnectorError('HARVEST_BAD_RESPONSE', message, { stream: stream.name });
  }
  const total = body['total_entries'];
  return { records: list.filter(isObject), injected, total: typeof total === 'number' ? total : null };
}

async function get(
  stream: Stream,
  path: string,
  query: Readonly<Record<string, string | number>>,
  client: HarvestClient,
): Promise<JsonObject> {
  const { body } = await client.get({ path, query, bucket: stream.limit_class, stream: stream.name });
  return body;
}
