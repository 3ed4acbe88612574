/**
 * How a large dated list is divided into windows. Pure. Enters: the dates of some records, by their places in the list.
 * Leaves: the places to ask for next, then spans, newest first. What must always hold: the spans cover every date exactly
 * once, open at the top, so that future dates are in, and open at the bottom or closed by start_date; there are no more
 * of them than the records fill, so that pages which are not full cost a twentieth at most.
 *
 * Places and not dates are asked for: the record that ends a window stands where it stands, however far away the dates of a
 * few others lie. A list that is not sorted by date is read as a whole all the same, in windows of less even sizes.
 */
import { LARGEST_PAGE } from '../harvest/types.ts';
import { addDays, daysBetween } from './month.ts';
import type { DateSpan } from './state.ts';

/**
 * Pages of one window. Each window ends with a page that is not full, so that larger ones take fewer requests; what was
 * read of one is lost if the run is stopped before it is stored.
 */
export const PAGES_PER_WINDOW = 20;

/** Records of one window, where no single day holds more. */
export const RECORDS_PER_WINDOW = LARGEST_PAGE * PAGES_PER_WINDOW;

/** Places that are asked for at a time, round after round, where there are more boundaries than these. */
export const PROBES: readonly number[] = [5, 3, 3];

const MOST_PROBES = PROBES.reduce((sum, each) => sum + each, 0);

/** The end of a window, counted from the top of the list, and the date of the record that stands there. */
export interface Boundary {
  readonly nth: number;
  readonly date: string;
}

/** Windows that so many records fill. */
export function windowsFor(records: number): number {
  return Math.max(1, Math.ceil(records / RECORDS_PER_WINDOW));
}

/** The place of the record that ends a window, the first one being 1. */
export function placeOf(nth: number, records: number): number {
  return Math.round((nth * records) / windowsFor(records));
}

/** The boundaries to ask for at first: all of them, or the outermost ones, which leave stray dates behind, and some between. */
export function firstProbes(windows: number): readonly number[] {
  const boundaries = windows - 1;
  const [most = 0] = PROBES;
  const count = boundaries <= MOST_PROBES ? boundaries : most;
  const step = (boundaries - 1) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, index) => Math.round(1 + index * step));
}

/** The boundaries to ask for next, `most` of them: each in the middle of those that share the most days. */
export function furtherProbes(known: readonly Boundary[], most: number): readonly number[] {
  const gaps = gapsOf(inOrder(known));
  const probes: number[] = [];
  while (probes.length < most) {
    const open = gaps.filter(({ from, to, days }) => to - from > 1 && days > 0);
    const widest = open.toSorted((a, b) => b.days * (b.to - b.from) - a.days * (a.to - a.from))[0];
    if (widest === undefined) break;
    const { from, to, days } = widest;
    const middle = Math.floor((from + to) / 2);
    probes.push(middle);
    const halves = [
      { from, to: middle, days: days / 2 },
      { from: middle, to, days: days / 2 },
    ];
    gaps.splice(gaps.indexOf(widest), 1, ...halves);
  }
  return probes;
}

/**
 * Spans, newest first, between the boundaries that are known and those between them, as if records were spread evenly there. A
 * day that ends two windows or more has one of its own.
 */
export function splitAt(known: readonly Boundary[], windows: number, startDate: string | null): DateSpan[] {
  const seen = new Set<string>();
  const starts = new Set<string>();
  for (const { nth, date } of withThoseBetween(newestFirst(inOrder(known), windows))) {
    if (nth < 1 || nth >= windows) continue;
    if (seen.has(date)) starts.add(addDays(date, 1));
    seen.add(date);
    starts.add(date);
  }
  const sorted = [...starts].filter((date) => startDate === null || date > startDate).toSorted();
  return [startDate, ...sorted]
    .map((from, index): DateSpan => {
      const next = sorted[index];
      return { from, to: next === undefined ? null : addDays(next, -1) };
    })
    .toReversed();
}

/** Boundaries from the newest one on, without those that another order than the one of most would need. */
function newestFirst(known: readonly Boundary[], windows: number): readonly Boundary[] {
  const isOldestFirst = (known[0]?.date ?? '') < (known.at(-1)?.date ?? '');
  const turned = isOldestFirst
    ? inOrder(known.map(({ nth, date }) => ({ nth: windows - nth, date })))
    : known;
  const kept: Boundary[] = [];
  for (const each of turned) if (each.date <= (kept.at(-1)?.date ?? each.date)) kept.push(each);
  return kept;
}

/** Boundaries from the newest one on, with an estimate for each that is not known. */
function withThoseBetween(known: readonly Boundary[]): readonly Boundary[] {
  return known.flatMap((upper, index) => {
    const lower = known[index + 1];
    if (lower === undefined) return [upper];
    const days = daysBetween(lower.date, upper.date);
    const between = Array.from({ length: lower.nth - upper.nth - 1 }, (_, step): Boundary => {
      const nth = upper.nth + step + 1;
      // a hair more, since a third of a year is not to be a day less for the sake of a rounding
      const fromLower = ((lower.nth - nth) / (lower.nth - upper.nth)) * days + 1e-6;
      return { nth, date: addDays(lower.date, Math.floor(fromLower)) };
    });
    return [upper, ...between];
  });
}

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly days: number;
}

function gapsOf(known: readonly Boundary[]): Gap[] {
  return known.slice(0, -1).flatMap(({ nth: from, date }, index) => {
    const next = known[index + 1];
    return next === undefined ? [] : [{ from, to: next.nth, days: Math.abs(daysBetween(date, next.date)) }];
  });
}

function inOrder(known: readonly Boundary[]): readonly Boundary[] {
  return known.toSorted((a, b) => a.nth - b.nth);
}

/** What is known of a dated list of which no place can be asked for. */
export interface DatedList {
  readonly totalEntries: number;
  /** Newest and oldest date that were seen at its two ends. */
  readonly newest: string;
  readonly oldest: string;
  readonly startDate: string | null;
}

/** Spans of equal length, newest first, so many that an even list fills each with a window. */
export function splitDates({ totalEntries, newest, oldest, startDate }: DatedList): readonly DateSpan[] {
  const [first, last] = newest < oldest ? [newest, oldest] : [oldest, newest];
  const windows = Math.min(windowsFor(totalEntries), daysBetween(first, last) + 1);
  const ends = [
    { nth: 0, date: addDays(last, 1) },
    { nth: windows, date: first },
  ];
  return splitAt(ends, windows, startDate);
}
