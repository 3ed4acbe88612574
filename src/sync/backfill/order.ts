/**
 * What a backfill is asked for, and its range in slices. Pure. Always holds: the slices of a range cover each of its
 * dates once, oldest first, so that one date tells how far a backfill is.
 */
import { DateTime } from 'luxon';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import { addDays } from '../month.ts';
import type { BackfillNotes } from '../state.ts';

/** How a range is cut. */
export const SLICES = ['day', 'week', 'month', 'year'] as const;
export type Slice = (typeof SLICES)[number];

/** As many slices as a backfill may have: each is a commit of its own, which BigQuery's limits count. */
const MOST_SLICES = 5_000;

/** A range of dates that is read again; both ends inclusive. */
export interface BackfillOrder {
  /** The run that began it. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly slice: Slice;
}

/** A span of dates with both ends, inclusive. */
export interface ClosedSpan {
  readonly from: string;
  readonly to: string;
}

/** In `_sync_state`, in place of a stream's name: the checkpoint that says how far a backfill is. */
export const BACKFILL = '_backfill:';

/** What is stored of a backfill; null: nothing that can be read. */
export function storedBackfill(state: unknown): BackfillNotes | null {
  if (typeof state !== 'object' || state === null) return null;
  const { from, to, slice, next } = state as Readonly<Record<string, unknown>>;
  if (typeof from !== 'string' || typeof to !== 'string' || typeof slice !== 'string') return null;
  if (typeof next !== 'object' || next === null) return null;
  return { from, to, slice, next: next as BackfillNotes['next'] };
}

/**
 * The range in calendar days, weeks (from Monday on), months or years, oldest first; the first and the last may be
 * shorter. Dates after `today` are one slice: few records lie there.
 */
export function slicesOf({ from, to }: ClosedSpan, slice: Slice, today: string): readonly ClosedSpan[] {
  const slices: ClosedSpan[] = [];
  const known = to > today ? today : to;
  let next = from;
  while (next <= known) {
    const last = lastDayOf(next, slice);
    slices.push({ from: next, to: last < known ? last : known });
    next = addDays(last < known ? last : known, 1);
  }
  return next <= to ? [...slices, { from: next, to }] : slices;
}

function lastDayOf(date: string, slice: Slice): string {
  return DateTime.fromISO(date, { zone: 'utc' }).endOf(slice).toFormat('yyyy-MM-dd');
}

/** Whether a range can be read again: lists with dates, and reports. */
export function canBackfill({ sync, parent, dated }: Stream): boolean {
  return sync === 'report' || (parent === undefined && dated !== undefined);
}

/**
 * Refuses streams that have no dates to go by.
 * @throws ConnectorError USAGE_INVALID with what to do in their place
 */
export function assertBackfillable(streams: readonly Stream[]): void {
  const wrong = streams.filter((stream) => !canBackfill(stream));
  if (wrong.length === 0) return;
  const names = wrong.map(({ name }) => name).join(' ');
  const reasons = wrong.map(({ name, parent }) =>
    parent === undefined ? `${name} has no dates` : `${name} is read for each of its ${parent.stream}`,
  );
  throw new ConnectorError(
    'USAGE_INVALID',
    `Only streams with dates, and reports, can be read again by dates: ${reasons.join('; ')}.`,
    { hint: `Read them again as a whole: harvest-bq sync ${names} --full-refresh` },
  );
}

/**
 * Refuses a range that cannot be read again, or that falls into too many slices.
 * @throws ConnectorError USAGE_RANGE
 */
export function assertRange({ from, to, slice }: Omit<BackfillOrder, 'id'>, startDate: string | null): void {
  if (from > to)
    throw new ConnectorError('USAGE_RANGE', `The range is upside down: ${from} comes after ${to}.`);
  const slices = Math.ceil(DateTime.fromISO(to).diff(DateTime.fromISO(from), slice).as(slice));
  if (slices > MOST_SLICES) {
    throw new ConnectorError('USAGE_RANGE', `The range falls into about ${slices} slices of a ${slice}.`, {
      hint: `At most ${MOST_SLICES} are read at once: choose a longer --slice, or a shorter range.`,
    });
  }
  if (startDate === null || from >= startDate) return;
  const message = `The range begins before start_date: rows before ${startDate} are not stored.`;
  throw new ConnectorError('USAGE_RANGE', message, {
    hint: `Begin with --from ${startDate}, or move start_date in the configuration: the next sync loads what is missing.`,
  });
}
