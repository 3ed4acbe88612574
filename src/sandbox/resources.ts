/**
 * The lists of small things: where each is found, how it is paged, filtered and rendered, and who may read it.
 * Time entries (entry-list.ts) and reports (reports.ts) have ways of their own.
 */
import type { Account, Tables } from './account.ts';
import { readFlag, readWhole } from './query.ts';
import { byDate, passes, type RowFilters } from './row-filter.ts';
import type { Modules, Rec, Row } from './model.ts';
import { type Listing, listingOf } from './pages.ts';
import * as render from './render.ts';
import { renderExpense } from './render-work.ts';
import * as billing from './render-billing.ts';
import { hideMoney, MAY, seesWork, type Viewer } from './roles.ts';

type RowOf<K extends keyof Tables> = Tables[K] extends { get(id: number): infer R | undefined } ? R : never;

interface Spec<K extends keyof Tables> extends RowFilters {
  readonly render: (account: Account, row: RowOf<K>) => Rec;
  readonly may: (viewer: Viewer) => boolean;
  /** Rows that the viewer sees of an open list; absent: all. */
  readonly sees?: (viewer: Viewer, row: RowOf<K>) => boolean;
  readonly paging?: 'offset';
  readonly defaultPerPage?: number;
  readonly module?: keyof Modules;
  /** Filters that need more than a field. */
  readonly matches?: (account: Account, row: RowOf<K>, query: URLSearchParams) => boolean;
}

export interface Resource {
  readonly name: keyof Tables;
  readonly paging: 'cursor' | 'offset';
  readonly defaultPerPage: number;
  readonly module: keyof Modules | null;
  readonly may: (viewer: Viewer) => boolean;
  /** The list, below a parent where `parent` is given, with the query's filters; null: simply everything. */
  list(account: Account, viewer: Viewer, query: URLSearchParams | null, parent?: number): Listing;
  /** Whether there is such a row, and the record if the viewer sees it. */
  get(account: Account, viewer: Viewer, id: number): { exists: boolean; record: Rec | null };
}

function resource<K extends keyof Tables>(name: K, spec: Spec<K>): Resource {
  // The table of K holds rows of K: TypeScript cannot follow that through the index.
  const tableOf = (account: Account) =>
    account.tables[name] as unknown as {
      get(id: number): RowOf<K> | undefined;
      of(parent: number): readonly RowOf<K>[];
      newestFirst(): readonly RowOf<K>[];
    };
  const matches = spec.matches ?? (() => true);
  const visible = (viewer: Viewer, row: RowOf<K>): boolean =>
    viewer.administrator || spec.sees === undefined || spec.sees(viewer, row);
  const shown = (account: Account, viewer: Viewer, row: RowOf<K>): Rec =>
    hideMoney(spec.render(account, row), viewer);
  return {
    name,
    paging: spec.paging ?? 'cursor',
    defaultPerPage: spec.defaultPerPage ?? 2000,
    module: spec.module ?? null,
    may: spec.may,
    list(account, viewer, query, parent) {
      const table = tableOf(account);
      const rates = name === 'billable_rates' || name === 'cost_rates';
      const children = parent === undefined ? null : table.of(parent);
      const rows = (
        children === null ? table.newestFirst() : rates ? children : children.toReversed()
      ).filter(
        (row) =>
          visible(viewer, row) &&
          (query === null || (passes(spec, row, query) && matches(account, row, query))),
      );
      const ordered = spec.dated === undefined ? rows : byDate(rows, spec.dated);
      return listingOf(ordered as readonly (RowOf<K> & Row)[], (row) => shown(account, viewer, row), rates);
    },
    get(account, viewer, id) {
      const row = tableOf(account).get(id);
      if (row === undefined) return { exists: false, record: null };
      return { exists: true, record: visible(viewer, row) ? shown(account, viewer, row) : null };
    },
  };
}

/** Lists of assignments without is_active may be told to leave out the archived ones. */
function shownByDefault(account: Account, row: { is_active: boolean }, query: URLSearchParams): boolean {
  return row.is_active || !account.hideArchived || query.get('is_active') !== null;
}

function manages(viewer: Viewer, lines: readonly { project_id: number | null }[]): boolean {
  return lines.some((line) => line.project_id !== null && viewer.managedProjects.has(line.project_id));
}

export const RESOURCES = {
  clients: resource('clients', {
    render: render.renderPlain,
    may: MAY.clientsAndTasks,
    filters: ['is_active'],
  }),
  contacts: resource('contacts', {
    render: render.renderContact,
    may: MAY.clientsAndTasks,
    filters: ['client_id'],
  }),
  users: resource('users', {
    render: render.renderUser,
    may: MAY.people,
    sees: (viewer, row) => viewer.teammates.has(row.id) || row.id === viewer.user.id,
    filters: ['is_active'],
  }),
  roles: resource('roles', { render: render.renderPlain, may: MAY.administrator, ignoresUpdatedSince: true }),
  tasks: resource('tasks', {
    render: render.renderPlain,
    may: MAY.clientsAndTasks,
    filters: ['is_active'],
  }),
  projects: resource('projects', {
    render: render.renderProject,
    may: MAY.projects,
    sees: (viewer, row) => viewer.managedProjects.has(row.id),
    filters: ['is_active', 'client_id'],
  }),
  user_assignments: resource('user_assignments', {
    render: render.renderUserAssignment,
    may: MAY.assignments,
    sees: (viewer, row) => seesWork(viewer, row.user_id, row.project_id),
    filters: ['is_active', 'user_id'],
    matches: shownByDefault,
  }),
  task_assignments: resource('task_assignments', {
    render: render.renderTaskAssignment,
    may: MAY.manager,
    sees: (viewer, row) => viewer.managedProjects.has(row.project_id),
    filters: ['is_active'],
    matches: shownByDefault,
  }),
  billable_rates: resource('billable_rates', {
    render: render.renderRate,
    may: MAY.rates,
    ignoresUpdatedSince: true,
  }),
  cost_rates: resource('cost_rates', {
    render: render.renderRate,
    may: MAY.administrator,
    ignoresUpdatedSince: true,
  }),
  expense_categories: resource('expense_categories', {
    render: render.renderPlain,
    may: MAY.administrator,
    module: 'expense',
    filters: ['is_active'],
  }),
  expenses: resource('expenses', {
    render: renderExpense,
    may: MAY.anyone,
    sees: (viewer, row) => seesWork(viewer, row.user_id, row.project_id),
    module: 'expense',
    paging: 'offset',
    dated: 'spent_date',
    filters: ['user_id', 'project_id', 'approval_status'],
    matches: (account, row, query) => {
      const client = readWhole(query, 'client_id');
      const billed = readFlag(query, 'is_billed');
      return (
        (client === null || account.tables.projects.get(row.project_id)?.client_id === client) &&
        (billed === null || (row.invoice_id !== null) === billed)
      );
    },
  }),
  invoice_item_categories: resource('invoice_item_categories', {
    render: render.renderPlain,
    may: MAY.manager,
    module: 'invoice',
  }),
  estimate_item_categories: resource('estimate_item_categories', {
    render: render.renderEstimateItemCategory,
    may: MAY.administrator,
    module: 'estimate',
  }),
  invoices: resource('invoices', {
    render: billing.renderInvoice,
    may: MAY.invoices,
    sees: (viewer, row) => manages(viewer, row.line_items),
    module: 'invoice',
    paging: 'offset',
    defaultPerPage: 100,
    dated: 'issue_date',
    filters: ['client_id', 'state'],
    matches: (_account, row, query) => {
      const project = readWhole(query, 'project_id');
      return project === null || row.line_items.some((line) => line.project_id === project);
    },
  }),
  invoice_payments: resource('invoice_payments', {
    render: billing.renderPayment,
    may: MAY.invoices,
    module: 'invoice',
  }),
  invoice_messages: resource('invoice_messages', {
    render: billing.renderInvoiceMessage,
    may: MAY.invoices,
    module: 'invoice',
  }),
  estimates: resource('estimates', {
    render: billing.renderEstimate,
    may: MAY.estimates,
    module: 'estimate',
    paging: 'offset',
    dated: 'issue_date',
    filters: ['client_id', 'state'],
  }),
  estimate_messages: resource('estimate_messages', {
    render: billing.renderEstimateMessage,
    may: MAY.estimates,
    module: 'estimate',
  }),
} as const satisfies { readonly [K in keyof Tables]: Resource };
