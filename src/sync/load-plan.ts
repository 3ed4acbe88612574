/** How the first load of a dated list is divided: what `split.ts` wants to know is asked of Harvest here. */
import { fetchCount, type ListCount } from '../harvest/pages.ts';
import type { JsonObject } from '../harvest/json.ts';
import { LARGEST_PAGE } from '../harvest/types.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { lastRecordAt, listRequest } from './paging.ts';
import { endsOf, PROBES, probesFor, RECORDS_PER_WINDOW, splitByCounts, type CountSince } from './split.ts';
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
 * One span for a list that fits a window, else as many as are needed, sized by counts; and how many records without a date
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
  const [dated, everDated] = await Promise.all([
    isUndated ? countOf({ from: startDate ?? EARLIEST_DATE, to: null }, chosen, context) : all,
    isUndated && startDate !== null ? countOf({ from: EARLIEST_DATE, to: null }, chosen, context) : null,
  ]);
  const spans = splitByCounts(await countsOf(dated, chosen, context), startDate);
  const undated = isUndated ? all.total - (everDated ?? dated).total : 0;
  return { startedAt, spans, ...(undated > 0 ? { undated } : {}) };
}

/** Counts since some dates, at the two ends and in between where most records are. */
async function countsOf(
  dated: ListCount,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly CountSince[]> {
  const { stream, startedAt } = { ...chosen, ...context };
  const far = dated.last === null ? null : await lastRecordAt(dated.last, stream, context);
  const newest = dateOf(dated.first, stream.dated) ?? startedAt.slice(0, 10);
  const oldest = dateOf(far, stream.dated) ?? newest;
  const counts = [...endsOf(oldest, newest, dated.total)];
  for (const most of PROBES) {
    const dates = probesFor(counts, most);
    const found = await Promise.all(dates.map(async (from) => countOf({ from, to: null }, chosen, context)));
    counts.push(...dates.map((date, index) => ({ date, records: found[index]?.total ?? 0 })));
  }
  return counts;
}

function countOf(span: DateSpan, chosen: ChosenStream, context: RunContext): Promise<ListCount> {
  return fetchCount(context.client, listRequest(chosen, spanQuery(span), context));
}
