/** The ten report endpoints: names, rights and how their rows are computed. */
import type { Account } from './account.ts';
import { type Chunked, inOneGo } from './chunked.ts';
import type { Modules, Rec } from './model.ts';
import { expenseReport, type ExpenseReport } from './report-expenses.ts';
import { budgetReport, uninvoicedReport } from './report-money.ts';
import { type ReportWindow, timeReport, type TimeReport } from './report-time.ts';
import { MAY, type Viewer } from './roles.ts';

export interface ReportRequest {
  readonly window: ReportWindow;
  /** null: as the report has it by default. */
  readonly includeFixedFee: boolean | null;
  readonly isActive: boolean | null;
}

export interface Report {
  /** Name of the stream. */
  readonly stream: string;
  /** Path below /v2/. */
  readonly path: string;
  /** Whether from and to are asked for; the budget report knows only now. */
  readonly windowed: boolean;
  readonly module?: keyof Modules;
  readonly may: (viewer: Viewer) => boolean;
  readonly rows: (account: Account, viewer: Viewer, request: ReportRequest) => Chunked<Rec[]>;
}

function time(kind: TimeReport): Report {
  return {
    stream: `time_${kind}`,
    path: `reports/time/${kind}`,
    windowed: true,
    may: MAY.anyone,
    rows: (account, viewer, request) =>
      timeReport(account, viewer, kind, request.window, request.includeFixedFee ?? false),
  };
}

function expenses(kind: ExpenseReport): Report {
  return {
    stream: `expenses_${kind}`,
    path: `reports/expenses/${kind}`,
    windowed: true,
    module: 'expense',
    may: MAY.anyone,
    rows: (account, viewer, request) => inOneGo(expenseReport(account, viewer, kind, request.window)),
  };
}

export const REPORTS: readonly Report[] = [
  time('clients'),
  time('projects'),
  time('tasks'),
  time('team'),
  expenses('clients'),
  expenses('projects'),
  expenses('categories'),
  expenses('team'),
  {
    stream: 'uninvoiced',
    path: 'reports/uninvoiced',
    windowed: true,
    may: MAY.invoices,
    rows: (account, viewer, request) =>
      uninvoicedReport(account, viewer, request.window, request.includeFixedFee ?? true),
  },
  {
    stream: 'project_budget',
    path: 'reports/project_budget',
    windowed: false,
    may: MAY.anyone,
    rows: (account, viewer, request) => budgetReport(account, viewer, request.isActive),
  },
];
