/** Reading query parameters; what cannot be read is a 422. Unknown parameters are ignored, as Harvest does. */
import { unprocessable } from './answer.ts';
import { dayOf, isDate } from './calendar.ts';

/** `2026-03-01` or `20260301` as a day number; null when absent. */
export function readDay(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const date = /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
  if (!isDate(date)) throw unprocessable(`Invalid ${name} parameter`);
  return dayOf(date);
}

/** Milliseconds of an ISO instant; null when absent. */
export function readInstant(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw unprocessable(`Invalid ${name} parameter`);
  return at;
}

export function readFlag(query: URLSearchParams, name: string): boolean | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw unprocessable(`Invalid ${name} parameter`);
}

export function readWhole(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || text === '') return null;
  if (!/^\d{1,15}$/.test(text)) throw unprocessable(`Invalid ${name} parameter`);
  return Number(text);
}

/** The window of a report: both dates wanted, in order, at most 365 days apart. */
export function readWindow(query: URLSearchParams): { readonly from: number; readonly to: number } {
  const from = readDay(query, 'from');
  const to = readDay(query, 'to');
  if (from === null || to === null) throw unprocessable('from and to are required');
  if (from > to) throw unprocessable('from must not be later than to');
  if (to - from > 365) throw unprocessable('The window must not exceed 365 days');
  return { from, to };
}
