/** Calendar dates as day numbers and instants as whole seconds, both counted from 1970-01-01 UTC. */

export const DAY_SECONDS = 86_400;

/** `2026-03-01` → day number. */
export function dayOf(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
}

/** Dates of the days seen so far: at most 65,536, since entries keep their day in 16 bits. */
const DATES = new Map<number, string>();

/** Day number → `2026-03-01`. */
export function dateOf(day: number): string {
  let date = DATES.get(day);
  if (date === undefined) {
    date = new Date(day * 86_400_000).toISOString().slice(0, 10);
    DATES.set(day, date);
  }
  return date;
}

/** Seconds → `2026-03-01T08:30:00Z`, Harvest's form of an instant. */
export function instantOf(seconds: number): string {
  const day = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - day * DAY_SECONDS;
  const two = (number: number): string => (number < 10 ? `0${number}` : String(number));
  return `${dateOf(day)}T${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}Z`;
}

/** Instant → whole seconds, rounded down. */
export function secondsOf(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}

/** Whether a text is a calendar date that exists, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** First and last date of a month: `2026-02` → `{ from: '2026-02-01', to: '2026-02-28' }`. */
export function monthWindow(month: string): { readonly from: string; readonly to: string } {
  const from = `${month}-01`;
  return { from, to: dateOf(dayOf(`${nextMonth(month)}-01`) - 1) };
}

/** `2026-12` → `2027-01`. */
export function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}

/** 0 is Sunday. */
export function weekdayOf(day: number): number {
  return (day + 4) % 7;
}
