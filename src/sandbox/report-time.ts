/** The four time reports, summed from the entries: rounded hours, one row per entity and currency. */
import type { Account } from './account.ts';
import type { Chunked } from './chunked.ts';
import { FLAG } from './entries.ts';
import type { Project, Rec } from './model.ts';
import { billableRateOf, hoursOf, roundedHundredths, toAmount, worth } from './rates.ts';
import { seesWork, type Viewer } from './roles.ts';

export type TimeReport = 'clients' | 'projects' | 'tasks' | 'team';

export interface ReportWindow {
  /** Day numbers, both included. */
  readonly from: number;
  readonly to: number;
}

interface Sums {
  readonly head: Rec;
  readonly currency: string | null;
  total: number;
  billable: number;
  millionths: number;
}

/**
 * Rows of a time report. Without `includeFixedFee`, fixed-fee projects count with their hours and no money. Where
 * the viewer may not see rates, currency and amount are null and rows are not split by currency.
 */
export function* timeReport(
  account: Account,
  viewer: Viewer,
  kind: TimeReport,
  window: ReportWindow,
  includeFixedFee: boolean,
): Chunked<Rec[]> {
  const { entries, tables } = account;
  const sums = new Map<string, Sums>();
  yield* entries.visit(window.from, window.to, (row) => {
    const project = tables.projects.get(entries.project[row] ?? 0);
    if (project === undefined || !seesWork(viewer, entries.user[row] ?? 0, project.id)) return;
    const client = tables.clients.get(project.client_id);
    const currency = viewer.seesRates ? (client?.currency ?? null) : null;
    const key = `${entityOf(account, kind, row, project)}|${currency}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { head: headOf(account, kind, row, project), currency, total: 0, billable: 0, millionths: 0 };
      sums.set(key, sum);
    }
    const rounded = roundedHundredths(hoursOf(account, row));
    sum.total += rounded;
    if (!entries.has(row, FLAG.billable) || !project.is_billable) return;
    sum.billable += rounded;
    if (!project.is_fixed_fee || includeFixedFee)
      sum.millionths += worth(rounded, billableRateOf(account, row));
  });
  return [...sums.values()].map((sum) => toRow(account, kind, sum, viewer)).toSorted(byNames);
}

function entityOf(account: Account, kind: TimeReport, row: number, project: Project): number {
  if (kind === 'clients') return project.client_id;
  if (kind === 'projects') return project.id;
  return (kind === 'tasks' ? account.entries.task[row] : account.entries.user[row]) ?? 0;
}

function headOf(account: Account, kind: TimeReport, row: number, project: Project): Rec {
  const client = { client_id: project.client_id, client_name: account.clientOfProject(project.id)?.name };
  if (kind === 'clients') return client;
  if (kind === 'projects') return { project_id: project.id, project_name: codedName(project), ...client };
  if (kind === 'tasks') {
    const task = account.entries.task[row] ?? 0;
    return { task_id: task, task_name: account.tables.tasks.get(task)?.name ?? null };
  }
  return personHead(account, account.entries.user[row] ?? 0);
}

/** `[CODE] Name`, as the time and expense reports write a project that has a code. */
export function codedName(project: Project): string {
  return project.code === null || project.code === '' ? project.name : `[${project.code}] ${project.name}`;
}

/** Leading fields of a row about a person. */
export function personHead(account: Account, id: number): Rec {
  const user = account.tables.users.get(id);
  return { user_id: id, user_name: account.userName(id), is_contractor: user?.is_contractor ?? false };
}

function toRow(account: Account, kind: TimeReport, sum: Sums, viewer: Viewer): Rec {
  const user = kind === 'team' ? account.tables.users.get(Number(sum.head['user_id'])) : undefined;
  return {
    ...sum.head,
    total_hours: sum.total / 100,
    billable_hours: sum.billable / 100,
    currency: sum.currency,
    billable_amount: viewer.seesRates ? toAmount(sum.millionths) : null,
    ...(user === undefined ? {} : { weekly_capacity: user.weekly_capacity, avatar_url: user.avatar_url }),
  };
}

/** Order of report rows: by the names in them, then by currency. */
export function byNames(left: Rec, right: Rec): number {
  const text = (row: Rec): string =>
    ['client_name', 'project_name', 'task_name', 'expense_category_name', 'user_name', 'currency']
      .map((name) => (typeof row[name] === 'string' ? row[name] : ''))
      .join('\u0000');
  const [one, other] = [text(left), text(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}
