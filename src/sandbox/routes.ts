/** The routes of /v2: reading lists, single records and reports, and writing. */
import type { Account } from './account.ts';
import { type Answer, forbidden, notFound } from './answer.ts';
import { runInTurns } from './chunked.ts';
import type { EntryLists } from './entry-list.ts';
import type { Modules, Rec } from './model.ts';
import { listingOf, type PageKind, plainListing, toPage } from './pages.ts';
import { readFlag, readWindow } from './query.ts';
import { renderCompany, renderProjectAssignment, renderUser } from './render.ts';
import { renderEntry } from './render-work.ts';
import { type Report, REPORTS } from './reports.ts';
import { type Resource, RESOURCES } from './resources.ts';
import { hideMoney, seesWork, type Viewer } from './roles.ts';

/** A request that has passed the door. */
export interface RouteContext {
  readonly account: Account;
  readonly lists: EntryLists;
  readonly viewer: Viewer;
  /** Absolute, with the host that was asked. */
  readonly url: URL;
  /** Numbers in the path, in order. */
  readonly ids: readonly number[];
  readonly body: Rec;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `v2/invoices/{id}/messages` */
  readonly path: string;
  readonly handle: (context: RouteContext) => Answer | Promise<Answer>;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

/** @throws Refusal 403 */
export function open(context: RouteContext, may: boolean, module: keyof Modules | null = null): void {
  if (!may || (module !== null && !context.account.modules[module])) throw forbidden();
}

/** Lists that hang under an invoice, estimate or person. */
const UNDER: readonly {
  readonly name: keyof typeof RESOURCES;
  readonly parent: 'invoices' | 'estimates' | 'users';
  readonly last: string;
}[] = [
  { name: 'invoice_messages', parent: 'invoices', last: 'messages' },
  { name: 'invoice_payments', parent: 'invoices', last: 'payments' },
  { name: 'estimate_messages', parent: 'estimates', last: 'messages' },
  { name: 'billable_rates', parent: 'users', last: 'billable_rates' },
  { name: 'cost_rates', parent: 'users', last: 'cost_rates' },
];

const SINGLES = [
  'clients', 'contacts', 'users', 'roles', 'tasks', 'projects', 'expense_categories', 'expenses', 'invoices', 'estimates',
  'invoice_item_categories', 'estimate_item_categories',
] as const; // prettier-ignore

function listRoute(resource: Resource): Route {
  return {
    method: 'GET',
    path: `v2/${resource.name}`,
    handle: (context) => {
      open(context, resource.may(context.viewer), resource.module);
      const list = resource.list(context.account, context.viewer, context.url.searchParams);
      const kind: PageKind = {
        kind: resource.paging,
        key: resource.name,
        defaultPerPage: resource.defaultPerPage,
      };
      return ok(toPage(list, context.url, kind));
    },
  };
}

function singleRoute(resource: Resource): Route {
  return {
    method: 'GET',
    path: `v2/${resource.name}/{id}`,
    handle: (context) => {
      open(context, resource.may(context.viewer), resource.module);
      const found = resource.get(context.account, context.viewer, context.ids[0] ?? 0);
      if (!found.exists) throw notFound();
      if (found.record === null) throw forbidden();
      return ok(found.record);
    },
  };
}

function childRoute({ name, parent, last }: (typeof UNDER)[number]): Route {
  const resource: Resource = RESOURCES[name];
  return {
    method: 'GET',
    path: `v2/${parent}/{id}/${last}`,
    handle: (context) => {
      open(context, resource.may(context.viewer), resource.module);
      const id = context.ids[0] ?? 0;
      const found = RESOURCES[parent].get(context.account, context.viewer, id);
      if (!found.exists) throw notFound();
      if (found.record === null) throw forbidden();
      const list = resource.list(context.account, context.viewer, context.url.searchParams, id);
      const odd = name === 'invoice_messages' ? { firstPath: `/api${context.url.pathname}` } : {};
      return ok(toPage(list, context.url, { kind: 'cursor', key: name, defaultPerPage: 2000, ...odd }));
    },
  };
}

/** `projects/{id}/user_assignments` and its like for tasks: by offset. */
function projectRoute(name: 'user_assignments' | 'task_assignments'): Route {
  return {
    method: 'GET',
    path: `v2/projects/{id}/${name}`,
    handle: (context) => {
      const id = context.ids[0] ?? 0;
      if (context.account.tables.projects.get(id) === undefined) throw notFound();
      open(context, context.viewer.administrator || context.viewer.managedProjects.has(id));
      const list = RESOURCES[name].list(context.account, context.viewer, context.url.searchParams, id);
      return ok(toPage(list, context.url, { kind: 'offset', key: name, defaultPerPage: 2000 }));
    },
  };
}

function projectAssignments(context: RouteContext, user: number, kind: 'cursor' | 'offset'): Answer {
  const { account, viewer, url } = context;
  if (account.tables.users.get(user) === undefined) throw notFound();
  open(context, user === viewer.user.id || viewer.administrator || viewer.teammates.has(user));
  const since = url.searchParams.get('updated_since');
  const rows = account.tables.user_assignments
    .newestFirst()
    .filter(
      (row) =>
        row.user_id === user &&
        row.is_active &&
        (since === null || kind === 'offset' || Date.parse(row.updated_at) >= Date.parse(since)),
    );
  const list = listingOf(rows, (row) => hideMoney(renderProjectAssignment(account, row), viewer));
  return ok(toPage(list, url, { kind, key: 'project_assignments', defaultPerPage: 2000 }));
}

function teammates(context: RouteContext): Answer {
  const { account, viewer, url } = context;
  open(context, viewer.administrator, 'team');
  const user = account.tables.users.get(context.ids[0] ?? 0);
  if (user === undefined) throw notFound();
  if (!user.access_roles.includes('manager'))
    return { status: 422, body: { message: 'The person is not a manager' } };
  const rows = account.tables.users.newestFirst().filter((each) => user.teammate_ids.includes(each.id));
  const list = listingOf(rows, ({ id, first_name, last_name, email }) => ({
    id,
    first_name,
    last_name,
    email,
  }));
  return ok(toPage(list, url, { kind: 'cursor', key: 'teammates', defaultPerPage: 2000 }));
}

function reportRoute(report: Report): Route {
  return {
    method: 'GET',
    path: `v2/${report.path}`,
    handle: async (context) => {
      open(context, report.may(context.viewer), report.module ?? null);
      const query = context.url.searchParams;
      const request = {
        window: report.windowed ? readWindow(query) : { from: 0, to: 0 },
        includeFixedFee: readFlag(query, 'include_fixed_fee'),
        isActive: readFlag(query, 'is_active') ?? (context.account.hideArchived ? true : null),
      };
      const rows = await runInTurns(report.rows(context.account, context.viewer, request));
      const list = plainListing(rows.length, (start, end) => rows.slice(start, end));
      return ok(toPage(list, context.url, { kind: 'offset', key: 'results', defaultPerPage: 2000 }));
    },
  };
}

/** One time entry, if the viewer may see it. @throws Refusal 403, 404 */
export function entryAnswer(context: RouteContext, id: number): Rec {
  const { account, viewer } = context;
  const row = account.entries.rowOf(id);
  if (row === undefined) throw notFound();
  if (!seesWork(viewer, account.entries.user[row] ?? 0, account.entries.project[row] ?? 0)) throw forbidden();
  return hideMoney(renderEntry(account, row), viewer);
}

const OWN: readonly Route[] = [
  {
    method: 'GET',
    path: 'v2/company',
    handle: (context) => {
      open(context, context.viewer.administrator);
      return ok(renderCompany(context.account));
    },
  },
  {
    method: 'GET',
    path: 'v2/users/me',
    handle: ({ account, viewer }) => ok(hideMoney(renderUser(account, viewer.user), viewer)),
  },
  {
    method: 'GET',
    path: 'v2/users/me/project_assignments',
    handle: (context) => projectAssignments(context, context.viewer.user.id, 'offset'),
  },
  {
    method: 'GET',
    path: 'v2/users/{id}/project_assignments',
    handle: (context) => projectAssignments(context, context.ids[0] ?? 0, 'cursor'),
  },
  { method: 'GET', path: 'v2/users/{id}/teammates', handle: teammates },
  {
    method: 'GET',
    path: 'v2/time_entries',
    handle: async ({ account, lists, viewer, url }) => {
      const render = (row: number): Rec => hideMoney(renderEntry(account, row), viewer);
      const list = await lists.select(url.searchParams, viewer, render);
      return ok(toPage(list, url, { kind: 'offset', key: 'time_entries', defaultPerPage: 2000 }));
    },
  },
  {
    method: 'GET',
    path: 'v2/time_entries/{id}',
    handle: (context) => ok(entryAnswer(context, context.ids[0] ?? 0)),
  },
];

const childNames: ReadonlySet<string> = new Set(UNDER.map((each) => each.name));

/** Everything that can be read. */
export const READ_ROUTES: readonly Route[] = [
  ...OWN,
  ...Object.values(RESOURCES)
    .filter((resource) => !childNames.has(resource.name))
    .map(listRoute),
  ...SINGLES.map((name) => singleRoute(RESOURCES[name])),
  ...UNDER.map(childRoute),
  projectRoute('user_assignments'),
  projectRoute('task_assignments'),
  ...REPORTS.map(reportRoute),
];
