/**
 * Reads a list into an intake, and tells whether it held still. Lists that are paged by offset shift when records
 * are added, deleted or re-dated in front of the reader: a shift towards the front between a page and the next skips rows,
 * and so does one towards the end if the next page was answered first. In both cases the total of the next
 * page is the smaller one. Lists paged by cursor continue after the last id and cannot skip.
 */
import type { Stream } from '../catalog/stream.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { ListRequest, Page } from '../harvest/types.ts';
import type { Row } from '../warehouse/table.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';

/** What was seen of a list while it was read. */
export interface ListSeen {
  /** Totals as Harvest told them, page by page. */
  readonly totals: readonly number[];
  readonly distinct: number;
  readonly pages: number;
  readonly byCursor: boolean;
}

/**
 * Whether rows may have been skipped: the total sank between two pages, or fewer records came than there ever were.
 * A list of one page is a snapshot, and one paged by cursor cannot skip. A list that looks the same when it is read
 * again did not move: then Harvest's total is simply off.
 */
export function hasMoved(seen: ListSeen, before: ListSeen | null): boolean {
  if (seen.byCursor || seen.pages <= 1) return false;
  const sank = seen.totals.some((total, index) => total < (seen.totals[index - 1] ?? 0));
  const short = seen.totals.length > 0 && seen.distinct < Math.min(...seen.totals);
  const steady =
    before !== null && before.distinct === seen.distinct && before.totals.join() === seen.totals.join();
  return sank || (short && !steady);
}

/** Whether a page link continues after an id instead of counting pages. */
export function isCursorLink(link: string | null): boolean {
  return link !== null && new URL(link).searchParams.has('cursor');
}

/** The request for a stream's list. `path` replaces the stream's own where it holds a parent id. */
export function listRequest(
  chosen: ChosenStream,
  query: Readonly<Record<string, string | number>>,
  context: RunContext,
  path: string = chosen.stream.path,
): ListRequest {
  const { stream } = chosen;
  return {
    path,
    query,
    bucket: stream.limit_class,
    stream: stream.name,
    signal: context.signal,
    ahead: context.ahead,
    ...(stream.parent === undefined ? {} : { yields: true }),
    ...(stream.records === undefined ? {} : { records: stream.records }),
  };
}

/** The last record of the page that a link leads to: with the list's last page, its oldest record. */
export async function lastRecordAt(
  link: string,
  stream: Stream,
  context: RunContext,
): Promise<JsonObject | null> {
  const { client, signal } = context;
  const { body } = await client.get({ path: link, bucket: stream.limit_class, stream: stream.name, signal });
  const records = body[stream.records ?? ''];
  const last: unknown = Array.isArray(records) ? records.at(-1) : null;
  return isObject(last) ? last : null;
}

/** A page for whoever goes through its records twice: all of them parsed, and its memory given to the next one. */
export function parsedPage(page: Page): Page {
  const records = [...page.records];
  page.records.release?.();
  return { ...page, records };
}

/** Reports a page, takes its records and is done with them. */
export async function takePage(
  page: Page,
  intake: Intake,
  chosen: ChosenStream,
  context: RunContext,
  injected?: Row,
): Promise<void> {
  context.emit({
    event: 'page.fetched',
    stream: chosen.stream.name,
    page: page.number,
    total_pages: page.totalPages,
    rows: page.records.length,
    total_rows: page.totalEntries,
    ms: page.ms,
  });
  if (page.date > intake.seenAt) intake.seenAt = page.date;
  await intake.take(page.records, injected);
  page.records.release?.();
}

/** A reader of one list for a window: remembers what it saw, so that a second attempt can be compared. */
export function listReader(
  request: ListRequest,
  chosen: ChosenStream,
  context: RunContext,
  options: {
    readonly injected?: Row;
    readonly onFirst?: (page: Page) => void;
    readonly onSeen?: (seen: ListSeen) => void;
  } = {},
): (intake: Intake, onAllAsked?: () => void) => Promise<boolean> {
  let before: ListSeen | null = null;
  return async (intake, onAllAsked) => {
    const totals: number[] = [];
    let pages = 0;
    let byCursor = false;
    const known = intake.keys.size;
    const asked = { ...request, ...(onAllAsked && { onAllAsked }) };
    for await (const page of fetchPages(context.client, asked)) {
      if (pages === 0) options.onFirst?.(page);
      pages += 1;
      byCursor ||= isCursorLink(page.next);
      if (page.totalEntries !== null) totals.push(page.totalEntries);
      await takePage(page, intake, chosen, context, options.injected);
    }
    const seen: ListSeen = { totals, distinct: intake.keys.size - known, pages, byCursor };
    const moved = hasMoved(seen, before);
    before = seen;
    options.onSeen?.(seen);
    return !moved;
  };
}
