/** People, clients, projects and rates as Harvest's administrator sees them. Embedded names are the current ones. */
import type { Account } from './account.ts';
import { dayOf } from './calendar.ts';
import type * as model from './model.ts';
import type { Rec } from './model.ts';
import { without } from './without.ts';

/** `{ id, name }` of a client; null fields where it is gone. */
export function clientReference(account: Account, id: number): Rec {
  return { id, name: account.tables.clients.get(id)?.name ?? null };
}

/** `{ id, name, code }` of a project, or null where there is none. */
export function projectReference(account: Account, id: number | null): Rec | null {
  const project = account.tables.projects.get(id);
  return project === undefined ? null : { id: project.id, name: project.name, code: project.code };
}

export function userReference(account: Account, id: number): Rec {
  return { id, name: account.userName(id) };
}

export function renderPlain(_account: Account, row: model.Row): Rec {
  return { ...row };
}

export function renderContact(account: Account, row: model.Contact): Rec {
  const { client_id: client, ...rest } = row;
  return { ...rest, client: clientReference(account, client) };
}

export function renderProject(account: Account, row: model.Project): Rec {
  const { client_id: client, ...rest } = row;
  const currency = account.tables.clients.get(client)?.currency ?? null;
  return { ...rest, client: { ...clientReference(account, client), currency } };
}

export function renderUser(account: Account, row: model.User): Rec {
  const { teammate_ids: teammates, access_roles: access, ...rest } = row;
  const today = dayOf(account.clock.today());
  const roles = [...account.tables.roles.all()].filter((role) => role.user_ids.includes(row.id));
  const administrator = access.includes('administrator');
  return {
    ...rest,
    can_create_projects: administrator || access.includes('project_creator'),
    permissions_claims: administrator
      ? ['expenses:read:all', 'timers:read:all', 'timers:write:all']
      : ['expenses:read:own', 'timers:read:own', 'timers:write:own'],
    default_hourly_rate: account.rateOn('billable_rates', row.id, today),
    cost_rate: account.rateOn('cost_rates', row.id, today),
    roles: roles.map((role) => role.name),
    access_roles: teammates.length > 0 && !administrator ? [...access, 'people_manager'] : [...access],
  };
}

export function renderUserAssignment(account: Account, row: model.UserAssignment): Rec {
  return {
    ...assignmentOfUser(account, row),
    project: projectReference(account, row.project_id),
    user: userReference(account, row.user_id),
  };
}

/** The assignment without project and person, as time entries and expenses embed it. */
export function assignmentOfUser(account: Account, row: model.UserAssignment): Rec {
  const user = row.user_id;
  const today = dayOf(account.clock.today());
  const rate = row.use_default_rates ? account.rateOn('billable_rates', user, today) : row.hourly_rate;
  return { ...without(row, 'project_id', 'user_id'), hourly_rate: rate };
}

export function renderTaskAssignment(account: Account, row: model.TaskAssignment): Rec {
  return { ...assignmentOfTask(account, row), project: projectReference(account, row.project_id) };
}

/** The assignment without its project, as people's project assignments list it. */
export function assignmentOfTask(account: Account, row: model.TaskAssignment): Rec {
  const task = { id: row.task_id, name: account.tables.tasks.get(row.task_id)?.name ?? null };
  return { ...without(row, 'project_id', 'task_id'), task };
}

/** A user assignment seen from the person: with the client and the active tasks of the project. */
export function renderProjectAssignment(account: Account, row: model.UserAssignment): Rec {
  const project = account.tables.projects.get(row.project_id);
  const client = account.clientOfProject(row.project_id);
  const tasks = account.tables.task_assignments.of(row.project_id).filter((each) => each.is_active);
  return {
    ...assignmentOfUser(account, row),
    project: {
      ...projectReference(account, row.project_id),
      is_billable: project?.is_billable ?? null,
    },
    client: { id: client?.id ?? null, name: client?.name ?? null, currency: client?.currency ?? null },
    task_assignments: tasks.toReversed().map((each) => assignmentOfTask(account, each)),
  };
}

export function renderRate(_account: Account, row: model.Rate): Rec {
  return without(row, 'user_id');
}

export function renderEstimateItemCategory(_account: Account, row: model.ItemCategory): Rec {
  return without(row, 'use_as_service', 'use_as_expense');
}

/** GET /v2/company. */
export function renderCompany(account: Account): Rec {
  const { expense, invoice, estimate, approval, team } = account.modules;
  return {
    ...account.company,
    expense_feature: expense,
    invoice_feature: invoice,
    estimate_feature: estimate,
    approval_feature: approval,
    team_feature: team,
  };
}
