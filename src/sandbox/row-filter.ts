/** Filters and order of the lists of small things. */
import { dayOf } from './calendar.ts';
import type { Rec } from './model.ts';
import { readDay, readFlag, readInstant, readWhole } from './query.ts';

/** What a query may ask of a row's own fields. */
export interface RowFilters {
  /** Lists that know no updated_since ignore it, as every parameter they do not know. */
  readonly ignoresUpdatedSince?: true;
  /** Parameters that equal a field of the row. */
  readonly filters?: readonly string[];
  /** Date field that from and to act on, and that the list is ordered by, newest first. */
  readonly dated?: 'spent_date' | 'issue_date';
}

/** A field of a row by name. */
export function field(row: unknown, name: string): unknown {
  return (row as Rec)[name];
}

/** Newest date first, undated last, then highest id first. */
export function byDate<T>(rows: readonly T[], name: string): readonly T[] {
  const key = (row: T): string => {
    const date = field(row, name);
    return typeof date === 'string' ? date : '';
  };
  return rows.toSorted((left, right) => {
    const [one, other] = [key(left), key(right)];
    if (one !== other) return one < other ? 1 : -1;
    return Number(field(right, 'id')) - Number(field(left, 'id'));
  });
}

/** Whether a row is within updated_since, the equality filters and from/to. */
export function passes(spec: RowFilters, row: unknown, query: URLSearchParams): boolean {
  const since = spec.ignoresUpdatedSince === true ? null : readInstant(query, 'updated_since');
  if (since !== null && Date.parse(String(field(row, 'updated_at'))) < since) return false;
  for (const name of spec.filters ?? []) {
    const value = field(row, name);
    const wanted =
      typeof value === 'boolean'
        ? readFlag(query, name)
        : typeof value === 'number'
          ? readWhole(query, name)
          : query.get(name);
    if (wanted !== null && wanted !== value) return false;
  }
  return spec.dated === undefined || inDays(field(row, spec.dated), query);
}

function inDays(date: unknown, query: URLSearchParams): boolean {
  const from = readDay(query, 'from');
  const to = readDay(query, 'to');
  if (from === null && to === null) return true;
  if (typeof date !== 'string') return false;
  const day = dayOf(date);
  return day >= (from ?? 0) && day <= (to ?? Number.MAX_SAFE_INTEGER);
}
