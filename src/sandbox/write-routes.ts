/** The routes that write: POST answers 201, PATCH and DELETE 200. */
import type { Account } from './account.ts';
import { type Answer, forbidden, notFound, unprocessable } from './answer.ts';
import type { Rec } from './model.ts';
import { renderPayment } from './render-billing.ts';
import { RESOURCES } from './resources.ts';
import { viewerOf } from './roles.ts';
import { entryAnswer, ok, open, type Route, type RouteContext } from './routes.ts';
import { restartEntry, stopEntry } from './write-entries.ts';
import { createRecord, removeRecord, updateRecord, type Writable } from './writes.ts';
import { renderCompany } from './render.ts';

/** Where a kind is written: its path, and the column that the id of the parent in it becomes. */
interface Place {
  readonly kind: Writable;
  readonly path: string;
  readonly parent?: string;
  /** false: it can be made and deleted, not changed. */
  readonly patch?: false;
  readonly remove?: false;
}

const PLAIN = [
  'clients', 'contacts', 'tasks', 'projects', 'users', 'roles', 'expense_categories', 'expenses', 'invoices', 'estimates',
  'invoice_item_categories', 'estimate_item_categories', 'time_entries',
] as const; // prettier-ignore

const PLACES: readonly Place[] = [
  ...PLAIN.map((kind): Place => ({ kind, path: kind })),
  { kind: 'user_assignments', path: 'projects/{id}/user_assignments', parent: 'project_id' },
  { kind: 'task_assignments', path: 'projects/{id}/task_assignments', parent: 'project_id' },
  {
    kind: 'billable_rates',
    path: 'users/{id}/billable_rates',
    parent: 'user_id',
    patch: false,
    remove: false,
  },
  { kind: 'cost_rates', path: 'users/{id}/cost_rates', parent: 'user_id', patch: false, remove: false },
  { kind: 'invoice_payments', path: 'invoices/{id}/payments', parent: 'invoice_id', patch: false },
  { kind: 'invoice_messages', path: 'invoices/{id}/messages', parent: 'invoice_id', patch: false },
  { kind: 'estimate_messages', path: 'estimates/{id}/messages', parent: 'estimate_id', patch: false },
];

/** Administrators write everything; others their own time and expenses. */
function mayWrite(context: RouteContext, kind: Writable, id: number | null): void {
  const { account, viewer } = context;
  if (viewer.administrator) return;
  if (kind !== 'time_entries' && kind !== 'expenses') throw forbidden();
  const row = id === null ? undefined : account.entries.rowOf(id);
  const owner =
    id === null
      ? (context.body['user_id'] ?? viewer.user.id)
      : kind === 'expenses'
        ? account.tables.expenses.get(id)?.user_id
        : account.entries.user[row ?? -1];
  if (owner !== undefined && owner !== viewer.user.id) throw forbidden();
}

/**
 * Time of an archived project or task stays.
 * @see Harvest API v2 docs, Time Entries, DELETE /v2/time_entries/{TIME_ENTRY_ID} (checked 2026-11-29)
 */
function mayRemove({ account }: RouteContext, kind: Writable, id: number): void {
  const row = kind === 'time_entries' ? account.entries.rowOf(id) : undefined;
  if (row === undefined) return;
  const { entries, tables } = account;
  const project = tables.projects.get(entries.project[row] ?? 0);
  const task = tables.tasks.get(entries.task[row] ?? 0);
  if (project?.is_active === false || task?.is_active === false)
    throw unprocessable('The project or the task is archived');
}

function shown(context: RouteContext, kind: Writable, id: number): Rec {
  if (kind === 'time_entries') return entryAnswer(context, id);
  const payment = kind === 'invoice_payments' ? context.account.tables.invoice_payments.get(id) : undefined;
  if (payment !== undefined) return renderPayment(context.account, payment);
  return RESOURCES[kind].get(context.account, context.viewer, id).record ?? {};
}

function moduleOf(kind: Writable) {
  return kind === 'time_entries' ? null : RESOURCES[kind].module;
}

function routesOf(place: Place): Route[] {
  const { kind } = place;
  const owned = place.parent === undefined ? 0 : 1;
  const routes: Route[] = [
    {
      method: 'POST',
      path: `v2/${place.path}`,
      handle: (context): Answer => {
        mayWrite(context, kind, null);
        open(context, true, moduleOf(kind));
        const parent = place.parent === undefined ? {} : { [place.parent]: context.ids[0] };
        const id = createRecord(
          context.account,
          kind,
          { ...context.body, ...parent },
          context.viewer.user.id,
        );
        return { status: 201, body: shown(context, kind, id) };
      },
    },
  ];
  if (place.patch !== false) {
    routes.push({
      method: 'PATCH',
      path: `v2/${place.path}/{id}`,
      handle: (context) => {
        const id = context.ids[owned] ?? 0;
        mayWrite(context, kind, id);
        updateRecord(context.account, kind, id, context.body);
        return ok(shown(context, kind, id));
      },
    });
  }
  if (place.remove !== false) {
    routes.push({
      method: 'DELETE',
      path: `v2/${place.path}/{id}`,
      handle: (context) => {
        const id = context.ids[owned] ?? 0;
        mayWrite(context, kind, id);
        mayRemove(context, kind, id);
        removeRecord(context.account, kind, id);
        return ok({});
      },
    });
  }
  return routes;
}

function timer(action: 'stop' | 'restart'): Route {
  return {
    method: 'PATCH',
    path: `v2/time_entries/{id}/${action}`,
    handle: (context) => {
      const id = context.ids[0] ?? 0;
      mayWrite(context, 'time_entries', id);
      (action === 'stop' ? stopEntry : restartEntry)(context.account, id);
      return ok(entryAnswer(context, id));
    },
  };
}

function setTeammates(account: Account, id: number, body: Rec): Answer {
  const user = account.tables.users.get(id);
  if (user === undefined) throw notFound();
  const ids = body['teammate_ids'];
  if (!viewerOf(account, user).manager || !Array.isArray(ids))
    return { status: 422, body: { message: 'The person is not a manager' } };
  user.teammate_ids = ids as number[];
  return ok({ teammates: user.teammate_ids.map((each) => ({ id: each, name: account.userName(each) })) });
}

/** Everything that can be written. */
export const WRITE_ROUTES: readonly Route[] = [
  ...PLACES.flatMap(routesOf),
  timer('stop'),
  timer('restart'),
  {
    method: 'DELETE',
    path: 'v2/time_entries/{id}/external_reference',
    handle: (context) => {
      const id = context.ids[0] ?? 0;
      mayWrite(context, 'time_entries', id);
      updateRecord(context.account, 'time_entries', id, { external_reference: null });
      return ok({});
    },
  },
  {
    method: 'PATCH',
    path: 'v2/company',
    handle: (context) => {
      open(context, context.viewer.administrator);
      const { weekly_capacity: capacity, wants_timestamp_timers: timestamps } = context.body;
      if (typeof capacity === 'number') context.account.company['weekly_capacity'] = capacity;
      if (typeof timestamps === 'boolean') context.account.company['wants_timestamp_timers'] = timestamps;
      return ok(renderCompany(context.account));
    },
  },
  {
    method: 'PATCH',
    path: 'v2/users/{id}/teammates',
    handle: (context) => {
      open(context, context.viewer.administrator, 'team');
      return setTeammates(context.account, context.ids[0] ?? 0, context.body);
    },
  },
];
