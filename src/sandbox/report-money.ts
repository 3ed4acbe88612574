/** The uninvoiced report and the project budget report. */
import type { Account } from './account.ts';
import { dayOf } from './calendar.ts';
import type { Chunked } from './chunked.ts';
import { FLAG } from './entries.ts';
import type { Project, Rec } from './model.ts';
import { billableRateOf, cents, hoursOf, roundedHundredths, toAmount, worth } from './rates.ts';
import { byNames, type ReportWindow } from './report-time.ts';
import type { Viewer } from './roles.ts';

interface Open {
  total: number;
  hours: number;
  millionths: number;
  expenses: number;
}

/**
 * All billable projects, those without time included, with what was not invoiced yet. A fixed fee is open as a
 * whole, less what was invoiced, whatever the window, once the window reaches the project's start.
 */
export function* uninvoicedReport(
  account: Account,
  viewer: Viewer,
  window: ReportWindow,
  includeFixedFee: boolean,
): Chunked<Rec[]> {
  const { entries, tables } = account;
  const open = new Map<number, Open>();
  for (const project of tables.projects.all()) {
    const visible = viewer.administrator || viewer.managedProjects.has(project.id);
    if (project.is_billable && visible)
      open.set(project.id, { total: 0, hours: 0, millionths: 0, expenses: 0 });
  }
  yield* entries.visit(window.from, window.to, (row) => {
    const sum = open.get(entries.project[row] ?? 0);
    if (sum === undefined) return;
    const rounded = roundedHundredths(hoursOf(account, row));
    sum.total += rounded;
    if (!entries.has(row, FLAG.billable) || entries.invoice[row] !== 0) return;
    sum.hours += rounded;
    sum.millionths += worth(rounded, billableRateOf(account, row));
  });
  for (const expense of tables.expenses.all()) {
    const sum = open.get(expense.project_id);
    const day = dayOf(expense.spent_date);
    if (sum === undefined || day < window.from || day > window.to) continue;
    if (expense.billable && expense.invoice_id === null) sum.expenses += expense.total_cost;
  }
  const invoiced = invoicedByProject(account);
  const rows = [...open].map(([id, sum]): Rec => {
    const project = tables.projects.get(id);
    if (project === undefined) return {};
    const client = tables.clients.get(project.client_id);
    return {
      client_id: project.client_id,
      client_name: client?.name ?? null,
      project_id: id,
      project_name: project.name,
      currency: client?.currency ?? null,
      total_hours: sum.total / 100,
      uninvoiced_hours: sum.hours / 100,
      uninvoiced_expenses: cents(sum.expenses),
      uninvoiced_amount: openAmount(project, sum, invoiced.get(id) ?? 0, window, includeFixedFee),
    };
  });
  return rows.toSorted(byNames);
}

function openAmount(
  project: Project,
  sum: Open,
  invoiced: number,
  window: ReportWindow,
  includeFixedFee: boolean,
): number {
  if (!project.is_fixed_fee) return cents(toAmount(sum.millionths) + sum.expenses);
  if (!includeFixedFee) return 0;
  const begun = project.starts_on === null || dayOf(project.starts_on) <= window.to;
  return begun ? cents((project.fee ?? 0) - invoiced) : 0;
}

function invoicedByProject(account: Account): Map<number, number> {
  const sums = new Map<number, number>();
  for (const invoice of account.tables.invoices.all()) {
    for (const line of invoice.line_items) {
      if (line.project_id === null) continue;
      sums.set(line.project_id, (sums.get(line.project_id) ?? 0) + line.amount);
    }
  }
  return sums;
}

interface Spent {
  hundredths: number;
  millionths: number;
}

/** Projects that have a budget, with what was spent: ever, or in the current month where the budget is monthly. */
export function* budgetReport(account: Account, viewer: Viewer, isActive: boolean | null): Chunked<Rec[]> {
  const projects = [...account.tables.projects.all()].filter(
    (project) =>
      project.budget_by !== 'none' &&
      (isActive === null || project.is_active === isActive) &&
      (viewer.administrator || viewer.managedProjects.has(project.id) || project.show_budget_to_all),
  );
  const spent = yield* spentByProject(account, projects);
  const rows = projects.map((project): Rec => {
    const budget = project.budget_by === 'project_cost' ? project.cost_budget : project.budget;
    const used = usedOf(account, project, spent.get(project.id) ?? { hundredths: 0, millionths: 0 });
    const hidden = inMoney(project) && !viewer.seesRates;
    return {
      client_id: project.client_id,
      client_name: account.clientOfProject(project.id)?.name ?? null,
      project_id: project.id,
      project_name: project.name,
      budget_is_monthly: project.budget_is_monthly,
      budget_by: project.budget_by,
      is_active: project.is_active,
      budget: hidden ? null : budget,
      budget_spent: hidden ? null : used,
      budget_remaining: hidden || budget === null ? null : cents(budget - used),
    };
  });
  return rows.toSorted(byNames);
}

function inMoney(project: Project): boolean {
  return project.budget_by === 'project_cost' || project.budget_by === 'task_fees';
}

function* spentByProject(
  account: Account,
  projects: readonly Project[],
): Chunked<ReadonlyMap<number, Readonly<Spent>>> {
  const { entries } = account;
  const monthStart = dayOf(`${account.clock.today().slice(0, 7)}-01`);
  const wanted = new Map(
    projects.map((project) => [
      project.id,
      {
        hundredths: 0,
        millionths: 0,
        from: project.budget_is_monthly ? monthStart : 0,
        money: inMoney(project),
      },
    ]),
  );
  yield* entries.visit(entries.firstDay, entries.lastDay, (row) => {
    const sum = wanted.get(entries.project[row] ?? 0);
    if (sum === undefined || (entries.day[row] ?? 0) < sum.from) return;
    const rounded = roundedHundredths(hoursOf(account, row));
    sum.hundredths += rounded;
    if (sum.money) sum.millionths += worth(rounded, billableRateOf(account, row));
  });
  return wanted;
}

function usedOf(account: Account, project: Project, spent: Readonly<Spent>): number {
  if (!inMoney(project)) return spent.hundredths / 100;
  let expenses = 0;
  if (project.cost_budget_include_expenses) {
    const month = account.clock.today().slice(0, 7);
    for (const expense of account.tables.expenses.all()) {
      const counts = !project.budget_is_monthly || expense.spent_date.startsWith(month);
      if (expense.project_id === project.id && expense.billable && counts) expenses += expense.total_cost;
    }
  }
  return cents(toAmount(spent.millionths) + expenses);
}
