/** How the first load of a dated list is divided: what `split.ts` wants to know is asked of Harvest here. */
import { numberedLink } from '../harvest/page-line.ts';
import { fetchCount, type ListCount } from '../harvest/pages.ts';
import type { JsonObject } from '../harvest/json.ts';
import { LARGEST_PAGE } from '../harvest/types.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { lastRecordAt, listRequest } from './paging.ts';
import {
  firstProbes,
  furtherProbes,
  placeOf,
  PROBES,
  RECORDS_PER_WINDOW,
  splitAt,
  splitDates,
  windowsFor,
  type Boundary,
} from './split.ts';
import type { DateSpan, LoadNotes } from './state.ts';
import { spanQuery } from './window.ts';

/** A date before all others, to ask for everything that has one. */
const EARLIEST_DATE = '0001-01-01';

/** The date of a record; null where it has none. */
export function dateOf(record: JsonObject | null, column: string | undefined): string | null {
  const date = record?.[column ?? ''];
  return typeof date === 'string' ? date : null;
}

/**
 * One span for a list that fits a window, else as many as are needed, of a window's records each; and how many records without a date
 * are to be looked for.
 *
 * @throws ConnectorError what HarvestClient.get throws
 */
export async function planSpans(chosen: ChosenStream, context: RunContext): Promise<LoadNotes> {
  const { stream } = chosen;
  const { startedAt, config } = context;
  const { startDate } = config;
  // `from` would hide records without a date
  const whole: DateSpan = { from: stream.undated === true ? null : startDate, to: null };
  const all = await countOf(whole, chosen, context);
  if (all.total <= RECORDS_PER_WINDOW) return { startedAt, spans: [whole] };
  const [count, requests] = [all.total, Math.ceil(all.total / LARGEST_PAGE)];
  context.emit({ event: 'work.planned', stream: stream.name, unit: 'records', count, requests });
  const isUndated = stream.undated === true;
  const datedSpan: DateSpan = isUndated ? { from: startDate ?? EARLIEST_DATE, to: null } : whole;
  const [dated, everDated] = await Promise.all([
    isUndated ? countOf(datedSpan, chosen, context) : all,
    isUndated && startDate !== null ? countOf({ from: EARLIEST_DATE, to: null }, chosen, context) : null,
  ]);
  const spans = await spansOf(dated, datedSpan, startDate, chosen, context);
  const undated = isUndated ? all.total - (everDated ?? dated).total : 0;
  return { startedAt, spans, ...(undated > 0 ? { undated } : {}) };
}

/**
 * Spans, newest first, that hold about a window's records of a list each. `span` is what `list` was counted by; its end stays the
 * end of the newest one.
 *
 * @throws ConnectorError what HarvestClient.get throws
 */
export async function spansOf(
  list: ListCount,
  span: DateSpan,
  startDate: string | null,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly DateSpan[]> {
  const isNumbered = list.last !== null && numberedLink(list.last) !== null;
  const spans = isNumbered
    ? await spansByPlace(list.total, span, startDate, chosen, context)
    : await spansByEnds(list, startDate, chosen, context);
  const { to } = span;
  if (to === null) return spans;
  return spans.filter(({ from }) => (from ?? '') <= to).map((each) => ({ ...each, to: each.to ?? to }));
}

/** Asks which dates stand at the places where windows end. */
async function spansByPlace(
  total: number,
  span: DateSpan,
  startDate: string | null,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly DateSpan[]> {
  const windows = windowsFor(total);
  const known: Boundary[] = [];
  for (const [round, most] of PROBES.entries()) {
    const probes = round === 0 ? firstProbes(windows) : furtherProbes(known, most);
    const found = await Promise.all(
      probes.map(async (nth) => {
        const query = { ...spanQuery(span), page: placeOf(nth, total) };
        const { first } = await fetchCount(context.client, listRequest(chosen, query, context));
        return { nth, date: dateOf(first, chosen.stream.dated) ?? '' };
      }),
    );
    known.push(...found.filter(({ date }) => CALENDAR_DATE.test(date)));
  }
  return splitAt(known, windows, startDate);
}

const CALENDAR_DATE = /^\d{4}-\d\d-\d\d$/;

/** For a list without numbered pages: its two ends are all that is known of it. */
async function spansByEnds(
  { total, first, last }: ListCount,
  startDate: string | null,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly DateSpan[]> {
  const { stream } = chosen;
  const far = last === null ? null : await lastRecordAt(last, stream, context);
  const newest = dateOf(first, stream.dated) ?? context.startedAt.slice(0, 10);
  const oldest = dateOf(far, stream.dated) ?? newest;
  return splitDates({ totalEntries: total, newest, oldest, startDate });
}

function countOf(span: DateSpan, chosen: ChosenStream, context: RunContext): Promise<ListCount> {
  return fetchCount(context.client, listRequest(chosen, spanQuery(span), context));
}
