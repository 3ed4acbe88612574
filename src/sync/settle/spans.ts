/**
 * Spans of dates that differ between the table and Harvest. Pure but for the counting that it is given. Enters: how many
 * live rows the table has on each date. Leaves: the spans whose records have to be read. Always holds: halves of a span
 * cover each of its dates once.
 */
import { LARGEST_PAGE } from '../../harvest/types.ts';
import { addDays } from '../month.ts';
import type { DateSpan } from '../state.ts';

/** Rows by date. */
export type RowsByDate = ReadonlyMap<string, number>;

/** A span with how many records each side has in it. */
export interface SpanCounts {
  readonly span: DateSpan;
  readonly ours: number;
  readonly theirs: number;
}

/** How many rows lie in a span. */
export function rowsIn(span: DateSpan, rows: RowsByDate): number {
  let sum = 0;
  for (const [date, count] of rows) if (covers(span, date)) sum += count;
  return sum;
}

/** Whether a date lies in a span. The empty text, which stands for no date, lies in none. */
export function covers({ from, to }: DateSpan, date: string): boolean {
  return date !== '' && (from === null || date >= from) && (to === null || date <= to);
}

/**
 * Two spans in place of one, each with about half of its rows, the earlier one first; null where it cannot be divided: a
 * single day, or no row that would tell where.
 */
export function halve(span: DateSpan, rows: RowsByDate): readonly [DateSpan, DateSpan] | null {
  const dates = [...rows].filter(([date]) => covers(span, date)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const half = rowsIn(span, rows) / 2;
  let sum = 0;
  let cut: string | null = null;
  for (const [date, count] of dates) {
    cut = date;
    sum += count;
    if (sum >= half) break;
  }
  if (cut === null) return null;
  // all rows on the last day of the span: that day against the days before
  const last = span.to !== null && cut >= span.to ? addDays(cut, -1) : cut;
  if (span.from !== null && last < span.from) return null;
  return [
    { from: span.from, to: last },
    { from: addDays(last, 1), to: span.to },
  ];
}

/**
 * The spans to read, out of one whose counts differ: it is halved until a half fits into one page. One request for each
 * halving, since the other half is what is left of the whole.
 *
 * @param count asks Harvest how many records a span has
 */
export async function differingSpans(
  root: SpanCounts,
  rows: RowsByDate,
  count: (span: DateSpan) => Promise<number>,
): Promise<readonly DateSpan[]> {
  const found: DateSpan[] = [];
  let open: readonly SpanCounts[] = [root];
  while (open.length > 0) {
    const halves = await Promise.all(
      open
        .filter(({ ours, theirs }) => ours !== theirs)
        .map(async (each): Promise<readonly SpanCounts[]> => {
          const two = Math.max(each.ours, each.theirs) <= LARGEST_PAGE ? null : halve(each.span, rows);
          if (two === null) {
            found.push(each.span);
            return [];
          }
          const [earlier, later] = two;
          const theirs = await count(later);
          const ours = rowsIn(later, rows);
          return [
            { span: earlier, ours: each.ours - ours, theirs: each.theirs - theirs },
            { span: later, ours, theirs },
          ];
        }),
    );
    open = halves.flat();
  }
  return found;
}

/** All dates from `startDate` on in spans of some rows each, newest first. */
export function sweepSpans(
  rows: RowsByDate,
  startDate: string | null,
  rowsPerSpan: number,
): readonly DateSpan[] {
  const dates = [...rows].filter(([date]) => date !== '').toSorted(([a], [b]) => (a < b ? 1 : -1));
  const spans: DateSpan[] = [];
  let to: string | null = null;
  let sum = 0;
  for (const [date, count] of dates) {
    if (sum > 0 && sum + count > rowsPerSpan) {
      const from = addDays(date, 1);
      spans.push({ from, to });
      to = date;
      sum = 0;
    }
    sum += count;
  }
  return [...spans, { from: startDate, to }];
}
