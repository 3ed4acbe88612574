/**
 * Reads a list page by page: a request goes in, pages come out in order, further ones are fetched while the present one is
 * worked on. What must always hold: a list ends only where Harvest says so; a page that is malformed, repeated or leads in
 * a circle is an error and never an end.
 *
 * Harvest's links are followed. Where they count pages, and the first page tells how many there are, the links of those to
 * come are the same with another number: they are asked for ahead, as many as the allowance permits, and each is
 * compared with the link that leads to it. A list paged by cursor tells only the next one.
 */
import { ConnectorError } from '../errors.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import { PageLine } from './page-line.ts';
import {
  LARGEST_PAGE,
  type HarvestClient,
  type HarvestResponse,
  type ListRequest,
  type Page,
} from './types.ts';

/**
 * The pages of a list, from its first or from the link in `from`. Failures come at the turn of the page they belong to;
 * leaving the loop early ends the requests in the air.
 * @throws ConnectorError PAGES_LOOP, HARVEST_BAD_RESPONSE and what HarvestClient.get throws
 */
export async function* fetchPages(client: HarvestClient, request: ListRequest): AsyncGenerator<Page, void> {
  const walked = new Set<string>();
  const send = (link: string | null, signal: AbortSignal): Promise<HarvestResponse> =>
    client.get(link === null ? firstRequest(request, signal) : followUp(request, link, signal));
  const line = new PageLine(send, request);
  try {
    line.begin(request.from ?? null);
    let seen = 0;
    let before: string | null = null;
    for (let number = 1; ; number++) {
      const response = await line.next();
      if (response === null) return;
      const page: Page = toPage(response, request, number, seen);
      before = refuseRepetition(page, before, request.stream);
      seen = request.from === undefined ? seen + page.records.length : Infinity;
      const { next } = page;
      const loops = next !== null && (walked.has(next) || next === request.from);
      line.goOn(loops ? null : next, page);
      yield page;
      if (loops) throw circle(request.stream, number);
      if (next !== null) walked.add(next);
    }
  } finally {
    line.leave();
  }
}

/** How many records a list has, and what a single look at it tells. */
export interface ListCount {
  readonly total: number;
  /** Harvest's clock, ISO instant. */
  readonly date: string;
  /** The first record in Harvest's order, null when there is none. */
  readonly first: JsonObject | null;
  /** Link to the last page, of one record. */
  readonly last: string | null;
}

/**
 * Asks for the number of records with one small request.
 * @throws ConnectorError HARVEST_BAD_RESPONSE when Harvest gives no number, and what HarvestClient.get throws
 */
export async function fetchCount(client: HarvestClient, request: ListRequest): Promise<ListCount> {
  const { signal, ...rest } = request;
  const one = { ...rest, query: { ...request.query, per_page: 1 } };
  const response = await client.get({ ...one, ...(signal && { signal }) });
  const page = toPage(response, one, 1, Infinity);
  if (page.totalEntries === null) throw malformed(request.stream, 'has no total_entries', response.body);
  return { total: page.totalEntries, date: page.date, first: page.records.at(0) ?? null, last: page.last };
}

function firstRequest(request: ListRequest, signal: AbortSignal): Parameters<HarvestClient['get']>[0] {
  const { path } = request;
  const query = request.records === undefined ? request.query : { per_page: LARGEST_PAGE, ...request.query };
  return { path, query, ...labels(request), signal };
}

/** A link carries its whole query; nothing is added to it. */
function followUp(
  request: ListRequest,
  link: string,
  signal: AbortSignal,
): Parameters<HarvestClient['get']>[0] {
  return { path: link, ...labels(request), signal };
}

function labels({
  bucket,
  stream,
  purpose,
  yields,
  records,
}: ListRequest): Pick<ListRequest, 'bucket' | 'stream' | 'purpose' | 'yields' | 'records'> {
  return {
    bucket,
    stream,
    ...(purpose && { purpose }),
    ...(yields && { yields }),
    ...(records !== undefined && { records }),
  };
}

function toPage(response: HarvestResponse, request: ListRequest, number: number, seenBefore: number): Page {
  const { body, date, ms } = response;
  if (request.records === undefined) {
    return { records: [body], number, totalEntries: 1, totalPages: 1, next: null, last: null, date, ms };
  }
  const records = response.records ?? readRecords(body, request.records, request.stream);
  const totalEntries = readCount(body['total_entries']);
  const totalPages = readCount(body['total_pages']);
  const { next, last } = readLinks(
    body,
    request.stream,
    totalEntries !== null && seenBefore + records.length >= totalEntries,
  );
  return { records, number, totalEntries, totalPages, next, last, date, ms };
}

function readRecords(body: JsonObject, key: string, stream: string): readonly JsonObject[] {
  const list = body[key];
  if (!Array.isArray(list)) throw malformed(stream, `has no list "${key}"`, body);
  const values = list as readonly JsonValue[];
  const odd = values.findIndex((value) => !isObject(value));
  if (odd >= 0) throw malformed(stream, `holds a record that is not an object, number ${odd + 1}`, body);
  return values as readonly JsonObject[];
}

/** Without links a page is the last one only if the records are complete by Harvest's own count. */
function readLinks(
  body: JsonObject,
  stream: string,
  complete: boolean,
): { next: string | null; last: string | null } {
  const links = isObject(body['links']) ? body['links'] : {};
  const next = links['next'];
  const last = typeof links['last'] === 'string' ? links['last'] : null;
  if (typeof next === 'string' && next !== '') return { next, last };
  if (next === null || (next === undefined && complete)) return { next: null, last };
  throw malformed(stream, 'does not say which page comes next', body);
}

function readCount(value: JsonValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** The marks of a page, to compare the next one with; the page itself need not stay in memory for that. */
function refuseRepetition(page: Page, before: string | null, stream: string): string {
  const own = marks(page);
  if (page.records.length === 0 || own !== before) return own;
  const message = `Page ${page.number} of ${stream} repeats the page before it`;
  throw new ConnectorError('PAGES_LOOP', message, { stream, details: { page: page.number } });
}

/** Identity of a page: its first and last record, by id where they have one. */
function marks(page: Page): string {
  const ends = [page.records.at(0), page.records.at(-1)];
  return JSON.stringify(ends.map((record) => record?.['id'] ?? record));
}

function circle(stream: string, page: number): ConnectorError {
  const message = `Page ${page} of ${stream} links back to a page that was read before`;
  return new ConnectorError('PAGES_LOOP', message, { stream, details: { page } });
}

function malformed(stream: string, problem: string, body: JsonObject): ConnectorError {
  const keys = Object.keys(body).slice(0, 12);
  const message = `A page of ${stream} ${problem}; it has the keys: ${keys.join(', ') || 'none'}`;
  return new ConnectorError('HARVEST_BAD_RESPONSE', message, { stream, details: { keys } });
}
