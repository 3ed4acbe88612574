/** The periods whose sums are compared, as far as facts are stored: not before `start_date`. Pure. */
import { addMonths, firstDay, lastDay, monthOf } from '../sync/month.ts';
import type { Scope } from './scope.ts';

/** Both ends inclusive, `YYYY-MM-DD`. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/**
 * A calendar year: its ends lie at most 365 days apart, which is as much as a report takes.
 * @see Harvest API v2 docs, Time Reports: from and to (checked 2026-11-20)
 */
export function yearPeriod(year: string, scope: Scope): Period {
  return clip({ from: `${year}-01-01`, to: `${year}-12-31` }, scope);
}

/** A calendar month. */
export function monthPeriod(month: string, scope: Scope): Period {
  return clip({ from: firstDay(month), to: lastDay(month) }, scope);
}

/** The months of a year that may hold facts, newest first. */
export function monthsOfYear(year: string, { context }: Scope): readonly string[] {
  const first = monthOf(context.config.startDate ?? '0001-01-01');
  return Array.from({ length: 12 }, (_, back) => addMonths(`${year}-12`, -back)).filter(
    (month) => month >= first,
  );
}

function clip({ from, to }: Period, { context }: Scope): Period {
  const { startDate } = context.config;
  return { from: startDate !== null && startDate > from ? startDate : from, to };
}
