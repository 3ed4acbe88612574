/** What an hour is worth: the rules by which Harvest finds the rate of an entry. */
import type { Account } from './account.ts';
import { FLAG } from './entries.ts';

/** Harvest rounds this account's time up to the quarter of an hour. */
const ROUND_TO = 25;

/** Hours in hundredths, rounded up to the quarter: 211 → 225. */
export function roundedHundredths(hundredths: number): number {
  return Math.ceil(hundredths / ROUND_TO) * ROUND_TO;
}

/** Hours of an entry in hundredths, of a running timer as far as it has come where timers are live. */
export function hoursOf(account: Account, row: number): number {
  const stored = account.entries.hundredths[row] ?? 0;
  if (!account.liveTimers || !account.entries.has(row, FLAG.running)) return stored;
  const started = account.entries.overlay.get(row)?.timer_started_at;
  if (typeof started !== 'string') return stored;
  return stored + Math.max(0, Math.floor((account.clock.nowMs() - Date.parse(started)) / 36_000));
}

/** The hourly rate of an entry: null when it is not billable or no rate applies. */
export function billableRateOf(account: Account, row: number): number | null {
  const { entries } = account;
  if (!entries.has(row, FLAG.billable)) return null;
  const at = (column: Uint32Array | Uint16Array): number => column[row] ?? 0;
  const project = account.tables.projects.get(at(entries.project));
  if (project === undefined || !project.is_billable) return null;
  switch (project.bill_by) {
    case 'Project':
      return project.hourly_rate;
    case 'Tasks':
      return account.taskAssignment(project.id, at(entries.task))?.hourly_rate ?? null;
    case 'People': {
      const assignment = account.userAssignment(at(entries.user), project.id);
      if (assignment !== undefined && !assignment.use_default_rates) return assignment.hourly_rate;
      return account.rateOn('billable_rates', at(entries.user), at(entries.day));
    }
    default:
      return null;
  }
}

/** What an hour of the entry costs; null where the person has no cost rate. */
export function costRateOf(account: Account, row: number): number | null {
  return account.rateOn('cost_rates', account.entries.user[row] ?? 0, account.entries.day[row] ?? 0);
}

/**
 * Money in millionths, a whole number as long as rates have at most four decimals: sums of it are exact.
 * @param hundredths hours × 100
 */
export function worth(hundredths: number, rate: number | null): number {
  return rate === null ? 0 : hundredths * Math.round(rate * 10_000);
}

/** Millionths → an amount in cents' resolution. */
export function toAmount(millionths: number): number {
  return Math.round(millionths / 10_000) / 100;
}

/** Rounds to whole cents, half away from zero. */
export function cents(amount: number): number {
  return (Math.sign(amount) * Math.round(Math.abs(amount) * 100 + 1e-7)) / 100 || 0;
}
