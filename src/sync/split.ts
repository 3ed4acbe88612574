/**
 * How a large dated list is divided into windows. Pure. Enters: dates with the number of records since then, as Harvest counted
 * them. Leaves: the dates to count next, then spans, newest first. What must always hold: the spans cover every date
 * exactly once, open at the top, so that future dates are in, and open at the bottom or closed by start_date; there
 * are no more of them than the records fill, so that pages which are not full cost a twentieth at most.
 */
import { LARGEST_PAGE } from '../harvest/types.ts';
import { addDays, daysBetween } from './month.ts';
import type { DateSpan } from './state.ts';

/**
 * Pages of one window. Each window ends with a page that is not full, so that larger ones take fewer requests; what was
 * read of one is lost if the run is stopped before it is stored.
 */
export const PAGES_PER_WINDOW = 20;

/** Records of one window, where they are spread evenly. */
export const RECORDS_PER_WINDOW = LARGEST_PAGE * PAGES_PER_WINDOW;

/** Counts that are asked for at a time, round after round, before a list is divided. */
export const PROBES: readonly number[] = [3, 3];

/** How many records are dated on a day or later. */
export interface CountSince {
  readonly date: string;
  readonly records: number;
}

/** What lies between two counts: `records` on the days from `from` to the day before the next segment. */
interface Segment {
  readonly from: string;
  readonly days: number;
  readonly records: number;
}

/** The counts at the two ends of a list: nothing is later than the newest day. */
export function endsOf(oldest: string, newest: string, records: number): readonly CountSince[] {
  return [
    { date: oldest, records },
    { date: addDays(newest, 1), records: 0 },
  ];
}

/** The dates to count from next: each in the middle of days that hold the most, `most` of them at most. */
export function probesFor(counts: readonly CountSince[], most: number): readonly string[] {
  const segments = [...segmentsOf(counts)];
  const probes: string[] = [];
  while (probes.length < most) {
    const large = segments.filter(({ days, records }) => days > 1 && records > RECORDS_PER_WINDOW);
    const largest = large.reduce<Segment | null>(
      (best, each) => (best === null || each.records > best.records ? each : best),
      null,
    );
    if (largest === null) break;
    const days = Math.floor(largest.days / 2);
    const middle = addDays(largest.from, days);
    probes.push(middle);
    const half = largest.records / 2;
    const older = { from: largest.from, days, records: half };
    segments.splice(segments.indexOf(largest), 1, older, {
      from: middle,
      days: largest.days - days,
      records: half,
    });
  }
  return probes;
}

/** Spans, newest first, that hold about a window's records each if the days between two counts are alike. */
export function splitByCounts(counts: readonly CountSince[], startDate: string | null): readonly DateSpan[] {
  const segments = segmentsOf(counts);
  const total = segments.reduce((sum, { records }) => sum + records, 0);
  const days = segments.reduce((sum, each) => sum + each.days, 0);
  const wanted = Math.max(1, Math.min(Math.ceil(total / RECORDS_PER_WINDOW), days));
  const starts: string[] = [];
  for (let nth = 1; nth < wanted; nth += 1) {
    const start = dateAt((nth * total) / wanted, segments);
    if (start > (starts.at(-1) ?? segments[0]?.from ?? '')) starts.push(start);
  }
  const firsts = [startDate, ...starts];
  return firsts
    .map((from, index): DateSpan => {
      const next = starts[index];
      return { from, to: next === undefined ? null : addDays(next, -1) };
    })
    .toReversed();
}

/** The day before which so many records lie. */
function dateAt(records: number, segments: readonly Segment[]): string {
  let before = 0;
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (before + segment.records < records && !isLast) {
      before += segment.records;
      continue;
    }
    // a hair more, since a third of a year is not to be a day less for the sake of a rounding
    const days = ((records - before) / Math.max(1, segment.records)) * segment.days + 1e-6;
    return addDays(segment.from, Math.floor(Math.min(days, segment.days)));
  }
  return segments[0]?.from ?? '';
}

/** What lies between the counts, oldest first. A list may move between two counts: none holds less than nothing. */
function segmentsOf(counts: readonly CountSince[]): readonly Segment[] {
  const sorted = counts.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  return sorted.slice(0, -1).flatMap(({ date, records }, index) => {
    const next = sorted[index + 1];
    const days = next === undefined ? 0 : daysBetween(date, next.date);
    return days > 0 ? [{ from: date, days, records: Math.max(0, records - (next?.records ?? 0)) }] : [];
  });
}

/** What is known of a dated list that is divided without being counted again. */
export interface DatedList {
  readonly totalEntries: number;
  /** Newest and oldest date that were seen at its two ends. */
  readonly newest: string;
  readonly oldest: string;
  readonly startDate: string | null;
}

/** Spans of equal length, newest first, so many that an even list fills each with a window. */
export function splitDates({ totalEntries, newest, oldest, startDate }: DatedList): readonly DateSpan[] {
  return splitByCounts(endsOf(oldest, newest, totalEntries), startDate);
}

/** What is known of the size of a list before its first load. */
export interface ListSize {
  readonly records: number;
  /** Whether records without a date are looked for. */
  readonly undated: boolean;
}

/**
 * Requests that the first load of a dated list takes: its pages, half a page for each window, and what is counted before. The
 * most is `1.05 × ⌈records / 2,000⌉ + 12`, records without a date aside.
 */
export function requestsOfFirstLoad({ records, undated }: ListSize): number {
  const pages = Math.max(1, Math.ceil(records / LARGEST_PAGE));
  if (records <= RECORDS_PER_WINDOW) return 1 + pages;
  const windows = Math.ceil(records / RECORDS_PER_WINDOW);
  const probes = PROBES.reduce((sum, each) => sum + each, 0);
  return pages + Math.ceil(windows / 2) + probes + (undated ? 4 : 2);
}
