/** How many pages lists take that are not counted one by one. Pure but for what it carries on. */
import { LARGEST_PAGE } from '../../harvest/types.ts';
import { daysBetween } from '../month.ts';
import type { DateSpan } from '../state.ts';

/** A dated list as a whole. */
export interface WholeList {
  readonly total: number;
  readonly newest: string;
  readonly oldest: string;
}

/** How many records of a list lie in a span, if they are spread evenly. */
export function shareOfSpan({ from, to }: DateSpan, { total, newest, oldest }: WholeList): number {
  const first = from === null || from < oldest ? oldest : from;
  const last = to === null || to > newest ? newest : to;
  if (last < first) return 0;
  const days = daysBetween(oldest, newest) + 1;
  return days <= 0 ? total : (total * (daysBetween(first, last) + 1)) / days;
}

/** The pages of a list with so many records; an empty list is one page too. */
export function pagesOf(records: number): number {
  return Math.max(1, Math.ceil(records / LARGEST_PAGE));
}

/**
 * Pages of spans whose records are only estimated: the last page of each is half full on average, so that half a page is
 * added for each, and what is left of a page is carried on to the next.
 */
export class SpanPages {
  #left = 0;

  /** The pages of one more span. */
  take(records: number): number {
    const wanted = this.#left + records / LARGEST_PAGE + 0.5;
    const pages = Math.max(1, Math.floor(wanted));
    this.#left = wanted - pages;
    return pages;
  }
}
