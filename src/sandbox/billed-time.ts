/** Putting open time on an invoice, and taking it off again. */
import type { Account } from './account.ts';
import { runAtOnce } from './chunked.ts';
import { FLAG } from './entries.ts';
import { billableRateOf, roundedHundredths } from './rates.ts';
import { touchEntry } from './write-entries.ts';

/** Hours of one project at one rate. */
export interface BilledHours {
  readonly project: number;
  readonly rate: number;
  hundredths: number;
}

/** Marks the open billable entries of some projects as billed, running timers excepted, and sums them by rate. */
export function billOpenTime(account: Account, invoice: number, projects: readonly number[]): BilledHours[] {
  const { entries } = account;
  const sums = new Map<string, BilledHours>();
  const found: number[] = [];
  const visit = entries.visit(entries.firstDay, entries.lastDay, (row) => {
    const open = entries.invoice[row] === 0 && entries.has(row, FLAG.billable);
    if (open && !entries.has(row, FLAG.running) && projects.includes(entries.project[row] ?? 0))
      found.push(row);
  });
  runAtOnce(visit);
  for (const row of found) {
    const project = entries.project[row] ?? 0;
    const rate = billableRateOf(account, row) ?? 0;
    const sum = sums.get(`${project}|${rate}`) ?? { project, rate, hundredths: 0 };
    sums.set(`${project}|${rate}`, sum);
    sum.hundredths += roundedHundredths(entries.hundredths[row] ?? 0);
    entries.invoice[row] = invoice;
    touchEntry(account, row);
  }
  return [...sums.values()];
}

/** Opens the entries of an invoice that is gone. */
export function freeBilledTime(account: Account, invoice: number): void {
  const { entries } = account;
  const visit = entries.visit(entries.firstDay, entries.lastDay, (row) => {
    if (entries.invoice[row] !== invoice) return;
    entries.invoice[row] = 0;
    touchEntry(account, row);
  });
  runAtOnce(visit);
}
