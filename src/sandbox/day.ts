/** A day at the office: what people do to an account between two syncs, in one scripted go. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, dayOf } from './calendar.ts';
import { runAtOnce } from './chunked.ts';
import { FLAG } from './entries.ts';
import { createRecord, removeRecord, updateRecord } from './writes.ts';

/** What a day brought. */
export interface DayReport {
  /** The clock afterwards. */
  readonly now: string;
  /** One sentence for each thing that was done. */
  readonly happened: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface DayOptions {
  /** Also deletes a time entry. Off by default. */
  readonly deletions?: boolean;
}

/** Puts the clock forward by a day and does a day's work: as Harvest's own routes would, with all that follows. */
export function passDay(account: Account, options: DayOptions = {}): DayReport {
  account.clock.advance(DAY_SECONDS * 1000);
  const happened: string[] = [];
  const counts: Record<string, number> = {};
  const note = (name: string, count: number, sentence: string): void => {
    if (count === 0) return;
    counts[name] = (counts[name] ?? 0) + count;
    happened.push(sentence);
  };
  const tracked = trackTime(account);
  note('new_time_entries', tracked, `${tracked} people tracked time`);
  const edited = correctOldEntries(account);
  note('edited_time_entries', edited, `${edited} older time entries were corrected`);
  const paid = payAnInvoice(account);
  note('payments', paid === null ? 0 : 1, `a payment came in for invoice ${paid}`);
  const billed = writeAnInvoice(account);
  note('invoices', billed === null ? 0 : 1, `invoice ${billed} was written`);
  for (const [kind, word] of [
    ['clients', 'client'],
    ['projects', 'project'],
  ] as const) {
    const name = rename(account, kind);
    note(`renamed_${kind}`, name === null ? 0 : 1, `a ${word} is now called ${name}`);
  }
  const left = archiveAnAssignment(account);
  note('archived_assignments', left === null ? 0 : 1, `${left} left a project`);
  if (options.deletions === true) {
    const deleted = deleteAnEntry(account);
    note('deleted_time_entries', deleted, 'a time entry was deleted');
  }
  return { now: account.clock.instant(), happened, counts };
}

function trackTime(account: Account): number {
  let count = 0;
  for (const user of account.tables.users.all()) {
    if (!user.is_active || count === 6) continue;
    const assignment = account.tables.user_assignments
      .newestFirst()
      .find((each) => each.user_id === user.id && each.is_active && isOpen(account, each.project_id));
    if (assignment === undefined) continue;
    const task = account.tables.task_assignments.of(assignment.project_id).find((each) => each.is_active);
    if (task === undefined) continue;
    const work = { project_id: assignment.project_id, task_id: task.task_id, user_id: user.id };
    const body = {
      ...work,
      spent_date: account.clock.today(),
      hours: 1.25 + count / 2,
      notes: 'Ein Tag im Büro',
    };
    createRecord(account, 'time_entries', body, user.id);
    count += 1;
  }
  return count;
}

function isOpen(account: Account, project: number): boolean {
  return account.tables.projects.get(project)?.is_active === true;
}

/** Three entries of about two months ago: longer, noted anew, or dated a day earlier. */
function correctOldEntries(account: Account): number {
  const edits = [{ hours: 3.75 }, { notes: 'Corrected: "see e-mail"\nvon gestern' }, null] as const;
  const rows = rowsFrom(account, dayOf(account.clock.today()) - 60, edits.length, () => true);
  for (const [index, row] of rows.entries()) {
    const earlier = { spent_date: dateOf((account.entries.day[row] ?? 1) - 1) };
    updateRecord(account, 'time_entries', account.entries.idOf(row), edits[index] ?? earlier);
  }
  return rows.length;
}

/** The latest entries on or before a day that pass a test. */
function rowsFrom(account: Account, day: number, most: number, test: (row: number) => boolean): number[] {
  const rows: number[] = [];
  for (let at = day; at >= account.entries.firstDay && rows.length < most; at -= 1) {
    runAtOnce(
      account.entries.visit(at, at, (row) => {
        if (rows.length < most && test(row)) rows.push(row);
      }),
    );
  }
  return rows;
}

function payAnInvoice(account: Account): string | null {
  const open = account.tables.invoices
    .newestFirst()
    .find((each) => each.state === 'open' && each.due_amount > 0);
  if (open === undefined) return null;
  createRecord(
    account,
    'invoice_payments',
    { invoice_id: open.id, amount: open.due_amount, notes: 'bank transfer' },
    0,
  );
  return open.number;
}

/** Bills what is open of one project, the latest that people tracked billable time on. */
function writeAnInvoice(account: Account): string | null {
  const { entries, tables } = account;
  const [row] = rowsFrom(account, entries.lastDay, 1, (each) => {
    const project = tables.projects.get(entries.project[each] ?? 0);
    const open = entries.invoice[each] === 0 && entries.has(each, FLAG.billable);
    return open && !entries.has(each, FLAG.running) && project?.is_fixed_fee === false;
  });
  const project = row === undefined ? undefined : tables.projects.get(entries.project[row] ?? 0);
  if (project === undefined || !account.modules.invoice) return null;
  const body = {
    client_id: project.client_id,
    subject: `Leistungen, ${project.name}`,
    line_items_import: { project_ids: [project.id] },
  };
  const id = createRecord(account, 'invoices', body, account.people.administrator);
  return tables.invoices.get(id)?.number ?? null;
}

function rename(account: Account, kind: 'clients' | 'projects'): string | null {
  const day = dayOf(account.clock.today());
  const rows = [...account.tables[kind].all()].filter((each) => each.is_active);
  const row = rows[day % Math.max(1, rows.length)];
  if (row === undefined) return null;
  const name = `${row.name.replace(/ \(seit .*\)$/, '')} (seit ${account.clock.today()})`;
  updateRecord(account, kind, row.id, { name });
  return name;
}

/** Somebody leaves a project, rather one they never tracked time on. */
function archiveAnAssignment(account: Account): string | null {
  const { entries } = account;
  const active = account.tables.user_assignments.newestFirst().filter((each) => each.is_active);
  const worked = new Set<string>();
  runAtOnce(
    entries.visit(entries.firstDay, entries.lastDay, (row) => {
      worked.add(`${entries.user[row]}|${entries.project[row]}`);
    }),
  );
  const spent = (each: { user_id: number; project_id: number }): boolean =>
    worked.has(`${each.user_id}|${each.project_id}`) ||
    [...account.tables.expenses.all()].some(
      (expense) => expense.user_id === each.user_id && expense.project_id === each.project_id,
    );
  const chosen = active.find((each) => !spent(each)) ?? active[0];
  if (chosen === undefined) return null;
  updateRecord(account, 'user_assignments', chosen.id, { is_active: false });
  return account.userName(chosen.user_id);
}

function deleteAnEntry(account: Account): number {
  const [row] = rowsFrom(account, dayOf(account.clock.today()) - 20, 1, () => true);
  if (row === undefined) return 0;
  removeRecord(account, 'time_entries', account.entries.idOf(row));
  return 1;
}
