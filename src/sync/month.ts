/** Calendar months in UTC, written `2026-10`; dates `YYYY-MM-DD`. Pure; text compares like time. */
import { DateTime } from 'luxon';

/** Harvest was launched in this month: no report is asked for earlier ones unless a stored fact lies there. */
export const EARLIEST_MONTH = '2006-01';

/** The month of a date or an instant: `2026-10-31T…` → `2026-10`. */
export function monthOf(dateOrInstant: string): string {
  return dateOrInstant.slice(0, 7);
}

/** First day of a month. */
export function firstDay(month: string): string {
  return `${month}-01`;
}

/** Last day of a month: `2024-02` → `2024-02-29`. */
export function lastDay(month: string): string {
  return DateTime.fromISO(firstDay(month), { zone: 'utc' }).endOf('month').toFormat('yyyy-MM-dd');
}

/** All days of a month, in order. */
export function daysOf(month: string): readonly string[] {
  const count = Number(lastDay(month).slice(-2));
  return Array.from({ length: count }, (_, index) => addDays(firstDay(month), index));
}

/** The month that lies `count` months later (earlier when negative). */
export function addMonths(month: string, count: number): string {
  return DateTime.fromISO(firstDay(month), { zone: 'utc' }).plus({ months: count }).toFormat('yyyy-MM');
}

/** All months from `first` to `last`, newest first; none when `first` is later. */
export function monthsDown(last: string, first: string): readonly string[] {
  const months: string[] = [];
  for (let month = last; month >= first; month = addMonths(month, -1)) months.push(month);
  return months;
}

/** The date that lies `count` days later. */
export function addDays(date: string, count: number): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days: count }).toFormat('yyyy-MM-dd');
}

/** Days from one date to a later one. */
export function daysBetween(from: string, to: string): number {
  return Math.round(
    DateTime.fromISO(to, { zone: 'utc' }).diff(DateTime.fromISO(from, { zone: 'utc' }), 'days').days,
  );
}

/** The instant `ms` earlier, as Harvest's `updated_since` wants it: `2026-11-20T05:50:02Z`. */
export function earlier(instant: string, ms: number): string {
  return (
    DateTime.fromISO(instant, { zone: 'utc' })
      .minus(ms)
      .startOf('second')
      .toISO({ suppressMilliseconds: true }) ?? instant
  );
}
