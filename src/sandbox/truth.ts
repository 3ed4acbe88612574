/**
 * What the account holds, record by record as Harvest would send it to an administrator, past all paging: what
 * tests compare a warehouse with. Children carry their parent's id, report rows their month, the company its account.
 */
import type { Account } from './account.ts';
import { dateOf, dayOf, monthWindow, nextMonth } from './calendar.ts';
import { runAtOnce } from './chunked.ts';
import type { Rec } from './model.ts';
import { renderCompany, renderProjectAssignment } from './render.ts';
import { renderEntry } from './render-work.ts';
import { type Report, REPORTS } from './reports.ts';
import { RESOURCES } from './resources.ts';
import { type Viewer, viewerOf } from './roles.ts';

/** Which part of a stream is wanted. */
export interface TruthParams {
  /** Months of a report, `YYYY-MM`; absent: those of `monthsOf`. */
  readonly months?: readonly string[];
}

const PARENTS: Readonly<
  Record<string, { readonly of: 'users' | 'invoices' | 'estimates'; readonly column: string }>
> = {
  billable_rates: { of: 'users', column: 'user_id' },
  cost_rates: { of: 'users', column: 'user_id' },
  project_assignments: { of: 'users', column: 'user_id' },
  invoice_payments: { of: 'invoices', column: 'invoice_id' },
  invoice_messages: { of: 'invoices', column: 'invoice_id' },
  estimate_messages: { of: 'estimates', column: 'estimate_id' },
};

/**
 * Every record of a stream.
 * @throws RangeError for a name that is not one of the 32
 */
export function* truthOf(account: Account, stream: string, params: TruthParams = {}): Generator<Rec> {
  const viewer = everything(account);
  const report = REPORTS.find((each) => each.stream === stream);
  if (report !== undefined) yield* reportRows(account, viewer, report, params.months ?? monthsOf(account));
  else if (stream === 'company') yield { account_id: account.id, ...renderCompany(account) };
  else if (stream === 'time_entries') yield* entryRecords(account);
  else if (PARENTS[stream] !== undefined) yield* childRecords(account, viewer, stream);
  else if (stream in RESOURCES) {
    const resource = RESOURCES[stream as keyof typeof RESOURCES];
    const all = resource.list(account, viewer, null);
    for (let at = 0; at < all.length; at += 1) yield* all.slice(at, at + 1);
  } else throw new RangeError(`no stream is called ${stream}`);
}

/**
 * Months of the reports: from the first time entry or expense to the clock's month, and later ones that hold some.
 */
export function monthsOf(account: Account): string[] {
  const { entries, tables } = account;
  const facts = new Set<string>();
  for (let day = entries.firstDay; day <= entries.lastDay; day += 1) {
    if (entries.countOfDay(day) > 0) facts.add(dateOf(day).slice(0, 7));
  }
  for (const expense of tables.expenses.all()) facts.add(expense.spent_date.slice(0, 7));
  const now = account.clock.today().slice(0, 7);
  const first = [...facts].toSorted()[0] ?? now;
  for (let month = first; month <= now; month = nextMonth(month)) facts.add(month);
  return [...facts].toSorted();
}

function everything(account: Account): Viewer {
  const user = account.tables.users.get(account.people.administrator);
  if (user === undefined) throw new RangeError('the administrator is gone');
  return viewerOf(account, { ...user, access_roles: ['administrator'] });
}

function* entryRecords(account: Account): Generator<Rec> {
  const { entries } = account;
  for (let day = entries.lastDay; day >= entries.firstDay; day -= 1) {
    for (let nth = entries.countOfDay(day) - 1; nth >= 0; nth -= 1) {
      yield renderEntry(account, entries.rowOfDay(day, nth));
    }
  }
}

function* childRecords(account: Account, viewer: Viewer, stream: string): Generator<Rec> {
  const parent = PARENTS[stream];
  if (parent === undefined) return;
  for (const { id } of account.tables[parent.of].newestFirst()) {
    if (stream === 'project_assignments') {
      for (const row of account.tables.user_assignments.newestFirst()) {
        if (row.user_id === id && row.is_active)
          yield { user_id: id, ...renderProjectAssignment(account, row) };
      }
      continue;
    }
    const list = RESOURCES[stream as keyof typeof RESOURCES].list(account, viewer, null, id);
    for (const record of list.slice(0, list.length)) yield { [parent.column]: id, ...record };
  }
}

function* reportRows(
  account: Account,
  viewer: Viewer,
  report: Report,
  months: readonly string[],
): Generator<Rec> {
  const none = { includeFixedFee: null, isActive: null };
  if (!report.windowed) {
    yield* runAtOnce(report.rows(account, viewer, { window: { from: 0, to: 0 }, ...none }));
    return;
  }
  for (const month of months) {
    const { from, to } = monthWindow(month);
    const window = { from: dayOf(from), to: dayOf(to) };
    for (const row of runAtOnce(report.rows(account, viewer, { window, ...none }))) {
      yield { period_start: from, period_end: to, ...row };
    }
  }
}
