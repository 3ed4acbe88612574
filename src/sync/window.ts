/**
 * What to ask Harvest for. Pure. Enters: a stream, its checkpoint and dates. Leaves: queries, and months of reports. How a
 * large list is divided stands in `split.ts`. Always holds: an incremental window starts no later than the last good
 * checkpoint.
 */
import { addMonths, EARLIEST_MONTH, monthOf, monthsDown } from './month.ts';
import type { DateSpan, ReportNotes } from './state.ts';

/**
 * Windows of one list that are read at the same time: while one waits for its last pages the next one goes on. Beside
 * these as many may wait to be stored as the warehouse takes at a time.
 */
export const WINDOWS_AT_ONCE = 2;

/** Parents whose children are read and committed together. */
export const PARENTS_PER_WINDOW = 100;

/** The query of a date span. */
export function spanQuery(span: DateSpan): Record<string, string> {
  return { ...(span.from === null ? {} : { from: span.from }), ...(span.to === null ? {} : { to: span.to }) };
}

/** How a span reads in progress lines. */
export function spanLabel(span: DateSpan): string {
  if (span.from === null && span.to === null) return 'everything';
  if (span.from === null) return `up to ${span.to}`;
  return span.to === null ? `since ${span.from}` : `${span.from} to ${span.to}`;
}

/** What decides which report months a run reads. */
export interface ReportNeeds {
  /** What the stream remembers of earlier runs. */
  readonly notes: ReportNotes;
  /** When facts of a month were last seen to have changed, by month: ISO instants. */
  readonly touched: ReadonlyMap<string, string>;
  /** The month that reports begin with; see `firstReportMonth`. */
  readonly first: string;
  /** Current month in UTC by Harvest's clock. */
  readonly current: string;
  readonly restateMonths: number;
  /** Months already read in this run, with the instant of reading. */
  readonly readInRun: ReadonlyMap<string, string>;
  /** Newest `updated_at` per month among the facts that changed in this run. */
  readonly changedInRun: ReadonlyMap<string, string>;
  readonly fullRefresh: boolean;
  /** Whether all facts of this run are stored: only then is it known which future months hold any. */
  readonly afterFacts: boolean;
}

/** The first of the months that are read on every run. */
export function restatedSince(current: string, restateMonths: number): string {
  return addMonths(current, 1 - restateMonths);
}

/**
 * Whether the next run reads a month again whatever this one finds, even if the end of a month lies between the two: the
 * oldest of the months that are read on every run is none of them any more then. A run that comes later still leaves it to
 * the rotation.
 */
export function isReadByNextRun(month: string, current: string, restateMonths: number): boolean {
  return month > restatedSince(current, restateMonths) && month <= current;
}

/**
 * The months to read now, newest first: those never read, the last `restateMonths`, and those whose facts changed
 * since they were read. A month read in this run is read again only if one of its facts changed after that.
 */
export function monthsToRead(needs: ReportNeeds): readonly string[] {
  const { first } = needs;
  const regular = monthsDown(needs.current, first < EARLIEST_MONTH ? EARLIEST_MONTH : first);
  const months = new Set([...regular, ...needs.touched.keys()]);
  const restateFrom = restatedSince(needs.current, needs.restateMonths);
  return [...months]
    .filter((month) => {
      if (needs.afterFacts && month > needs.current && needs.changedInRun.has(month)) return true;
      const readNow = needs.readInRun.get(month);
      if (readNow !== undefined) return (needs.changedInRun.get(month) ?? '') >= readNow;
      const readBefore = needs.notes.months[month];
      if (readBefore === undefined || needs.fullRefresh) return true;
      if (month >= restateFrom && month <= needs.current) return true;
      return (needs.touched.get(month) ?? '') > readBefore;
    })
    .toSorted((a, b) => (a < b ? 1 : -1));
}

/** What decides where reports begin. */
export interface ReportStart {
  readonly startDate: string | null;
  /** Date of the first fact that a report is made of; null where none is known. */
  readonly firstFact: string | null;
  /** Current month in UTC by Harvest's clock. */
  readonly current: string;
  /** Whether there are rows without facts too. */
  readonly isWithoutFacts: boolean;
}

/**
 * The month that reports begin with: that of the first fact, since those of earlier months are empty, or that of
 * start_date where it is later. Where no fact is known it is the current one.
 */
export function firstReportMonth({ startDate, firstFact, current, isWithoutFacts }: ReportStart): string {
  const start = monthOf(startDate ?? '');
  if (isWithoutFacts && startDate !== null) return start;
  const fact = firstFact === null ? current : monthOf(firstFact);
  return fact > start ? fact : start;
}
