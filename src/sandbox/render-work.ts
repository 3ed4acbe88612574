/** Time entries and expenses as Harvest's administrator sees them. */
import type { Account } from './account.ts';
import { dateOf, instantOf } from './calendar.ts';
import { FLAG } from './entries.ts';
import { clockTime, derivedNotes, derivedReference, derivedStart } from './entry-text.ts';
import type { Expense, Rec } from './model.ts';
import { billableRateOf, costRateOf, hoursOf, roundedHundredths } from './rates.ts';
import { without } from './without.ts';
import { assignmentOfUser, projectReference, userReference } from './render.ts';

/** `{ id, number }` of an invoice, or null. */
function invoiceReference(account: Account, id: number | null): Rec | null {
  const invoice = account.tables.invoices.get(id);
  return invoice === undefined ? null : { id: invoice.id, number: invoice.number };
}

function clientOf(account: Account, project: number): Rec {
  const client = account.clientOfProject(project);
  return { id: client?.id ?? null, name: client?.name ?? null, currency: client?.currency ?? null };
}

/** The sentence in `locked_reason`, or null for an entry that may be edited. */
function lockReason(account: Account, row: number): string | null {
  const { entries } = account;
  const reasons: string[] = [];
  if ((entries.invoice[row] ?? 0) !== 0) reasons.push('Invoiced');
  if (entries.has(row, FLAG.approved)) reasons.push('Approved');
  if (reasons.length > 0) return `Item ${reasons.join(' and ')} and Locked for this Time Period`;
  const project = account.tables.projects.get(entries.project[row] ?? 0);
  return project?.is_active === false ? 'Project Archived' : null;
}

function times(account: Account, row: number, hundredths: number): Rec {
  const edited = account.entries.overlay.get(row);
  const start = derivedStart(account.seed, row);
  const clock = account.company['clock'] === '24h' ? '24h' : '12h';
  const running = account.entries.has(row, FLAG.running);
  const end = start === null ? null : start + Math.round(hundredths * 0.6);
  return {
    timer_started_at: running ? (edited?.timer_started_at ?? null) : null,
    started_time:
      edited?.started_time === undefined
        ? start === null
          ? null
          : clockTime(start, clock)
        : edited.started_time,
    ended_time: running
      ? null
      : edited?.ended_time === undefined
        ? end === null
          ? null
          : clockTime(end, clock)
        : edited.ended_time,
  };
}

function approvalOf(account: Account, row: number): string {
  if (account.entries.has(row, FLAG.approved)) return 'approved';
  return account.entries.has(row, FLAG.submitted) ? 'submitted' : 'unsubmitted';
}

function assignmentsOf(account: Account, row: number): Rec {
  const project = account.entries.project[row] ?? 0;
  const person = account.userAssignment(account.entries.user[row] ?? 0, project);
  const task = account.taskAssignment(project, account.entries.task[row] ?? 0);
  return {
    user_assignment: person === undefined ? null : assignmentOfUser(account, person),
    task_assignment: task === undefined ? null : without(task, 'project_id', 'task_id'),
  };
}

/** One time entry. */
export function renderEntry(account: Account, row: number): Rec {
  const { entries, seed } = account;
  const at = (column: Uint32Array | Uint16Array): number => column[row] ?? 0;
  const project = at(entries.project);
  const task = at(entries.task);
  const invoice = at(entries.invoice);
  const hundredths = hoursOf(account, row);
  const edited = entries.overlay.get(row);
  const locked = lockReason(account, row);
  const approval = approvalOf(account, row);
  return {
    id: entries.idOf(row),
    spent_date: dateOf(at(entries.day)),
    user: userReference(account, at(entries.user)),
    client: clientOf(account, project),
    project: projectReference(account, project),
    task: { id: task, name: account.tables.tasks.get(task)?.name ?? null },
    ...assignmentsOf(account, row),
    hours: hundredths / 100,
    hours_without_timer: at(entries.hundredths) / 100,
    rounded_hours: roundedHundredths(hundredths) / 100,
    notes: edited?.notes === undefined ? derivedNotes(seed, row) : edited.notes,
    created_at: instantOf(at(entries.createdAt)),
    updated_at: instantOf(at(entries.updatedAt)),
    is_locked: locked !== null,
    locked_reason: locked,
    is_closed: approval === 'approved',
    approval_status: approval,
    is_billed: invoice !== 0,
    ...times(account, row, hundredths),
    is_running: entries.has(row, FLAG.running),
    invoice: invoiceReference(account, invoice),
    external_reference:
      edited?.external_reference === undefined ? derivedReference(seed, row) : edited.external_reference,
    billable: entries.has(row, FLAG.billable),
    budgeted: entries.has(row, FLAG.budgeted),
    billable_rate: billableRateOf(account, row),
    cost_rate: costRateOf(account, row),
  };
}

/** One expense. */
export function renderExpense(account: Account, row: Expense): Rec {
  const category = account.tables.expense_categories.get(row.expense_category_id);
  const assignment = account.userAssignment(row.user_id, row.project_id);
  const approved = row.approval_status === 'approved';
  const lock = row.invoice_id === null ? null : 'Expense is invoiced.';
  const reason = lock ?? (approved ? 'The project is locked for this time period.' : null);
  const url = `${String(account.company['base_uri'])}/expenses/${row.id}/receipt`;
  return {
    id: row.id,
    notes: row.notes,
    total_cost: row.total_cost,
    units: row.units,
    is_closed: approved,
    approval_status: row.approval_status,
    is_locked: reason !== null,
    is_billed: row.invoice_id !== null,
    locked_reason: reason,
    spent_date: row.spent_date,
    created_at: row.created_at,
    updated_at: row.updated_at,
    billable: row.billable,
    receipt: row.receipt === null ? null : { url, ...row.receipt },
    user: userReference(account, row.user_id),
    user_assignment: assignment === undefined ? null : assignmentOfUser(account, assignment),
    project: projectReference(account, row.project_id),
    expense_category: {
      id: row.expense_category_id,
      name: category?.name ?? null,
      unit_price: category?.unit_price ?? null,
      unit_name: category?.unit_name ?? null,
    },
    client: clientOf(account, row.project_id),
    invoice: invoiceReference(account, row.invoice_id),
  };
}
