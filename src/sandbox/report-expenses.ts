/** The four expense reports, summed from the expenses: one row per entity and currency. */
import type { Account } from './account.ts';
import { dayOf } from './calendar.ts';
import type { Expense, Project, Rec } from './model.ts';
import { cents } from './rates.ts';
import { byNames, codedName, personHead, type ReportWindow } from './report-time.ts';
import { seesWork, type Viewer } from './roles.ts';

export type ExpenseReport = 'clients' | 'projects' | 'categories' | 'team';

/** Rows of an expense report: entities with expenses in the window. */
export function expenseReport(
  account: Account,
  viewer: Viewer,
  kind: ExpenseReport,
  window: ReportWindow,
): Rec[] {
  const sums = new Map<string, { head: Rec; total: number; billable: number; currency: string | null }>();
  for (const expense of account.tables.expenses.newestFirst()) {
    const day = dayOf(expense.spent_date);
    const project = account.tables.projects.get(expense.project_id);
    if (day < window.from || day > window.to || project === undefined) continue;
    if (!seesWork(viewer, expense.user_id, project.id)) continue;
    const client = account.tables.clients.get(project.client_id);
    const currency = client?.currency ?? null;
    const head = headOf(account, kind, expense, project);
    const key = `${Object.values(head).slice(0, 3).join('|')}|${currency}`;
    const sum = sums.get(key) ?? { head, total: 0, billable: 0, currency };
    sums.set(key, sum);
    sum.total += expense.total_cost;
    if (expense.billable && project.is_billable) sum.billable += expense.total_cost;
  }
  const rows = [...sums.values()].map(({ head, total, billable, currency }): Rec => {
    return { ...head, total_amount: cents(total), billable_amount: cents(billable), currency };
  });
  return rows.toSorted(byNames);
}

function headOf(account: Account, kind: ExpenseReport, expense: Expense, project: Project): Rec {
  const client = { client_id: project.client_id, client_name: account.clientOfProject(project.id)?.name };
  if (kind === 'clients') return client;
  if (kind === 'projects') return { ...client, project_id: project.id, project_name: codedName(project) };
  if (kind === 'team') return personHead(account, expense.user_id);
  const category = account.tables.expense_categories.get(expense.expense_category_id);
  return { expense_category_id: expense.expense_category_id, expense_category_name: category?.name ?? null };
}
