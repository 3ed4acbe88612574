/**
 * Who sees what. An administrator sees everything; a manager their teammates' and managed projects' work and what
 * their grants open; a member their own. Time entries, expenses and reports shrink without a word, most other
 * lists answer 403. Rates are hidden as null.
 * @see Harvest API v2 docs, the note on permissions at the top of each page (checked 2026-11-20)
 */
import type { Account } from './account.ts';
import type { Rec, User } from './model.ts';

export interface Viewer {
  readonly user: User;
  readonly administrator: boolean;
  readonly manager: boolean;
  /** Administrators have every grant. */
  readonly grants: ReadonlySet<string>;
  readonly managedProjects: ReadonlySet<number>;
  readonly teammates: ReadonlySet<number>;
  readonly seesRates: boolean;
}

const GRANTS = [
  'project_creator',
  'billable_rates_manager',
  'managed_projects_invoice_drafter',
  'managed_projects_invoice_manager',
  'client_and_task_manager',
  'time_and_expenses_manager',
  'estimates_manager',
];

/** What a person may see right now. */
export function viewerOf(account: Account, user: User): Viewer {
  const administrator = user.access_roles.includes('administrator');
  const manager = user.access_roles.includes('manager');
  const assignments = manager ? [...account.tables.user_assignments.all()] : [];
  const managed = assignments.filter((each) => each.user_id === user.id && each.is_project_manager);
  const grants = new Set(administrator ? GRANTS : user.access_roles);
  return {
    user,
    administrator,
    manager,
    grants,
    managedProjects: new Set(managed.map((each) => each.project_id)),
    teammates: new Set(manager ? user.teammate_ids : []),
    seesRates: administrator || grants.has('billable_rates_manager'),
  };
}

/** Whether a time entry or expense of this person on this project is visible. */
export function seesWork(viewer: Viewer, user: number, project: number): boolean {
  return (
    viewer.administrator ||
    user === viewer.user.id ||
    viewer.teammates.has(user) ||
    viewer.managedProjects.has(project)
  );
}

/** The rules that open a list. */
export const MAY = {
  anyone: () => true,
  administrator: (viewer: Viewer) => viewer.administrator,
  manager: (viewer: Viewer) => viewer.administrator || viewer.manager,
  clientsAndTasks: (viewer: Viewer) => viewer.grants.has('client_and_task_manager'),
  estimates: (viewer: Viewer) => viewer.grants.has('estimates_manager'),
  invoices: (viewer: Viewer) =>
    viewer.grants.has('managed_projects_invoice_drafter') ||
    viewer.grants.has('managed_projects_invoice_manager'),
  rates: (viewer: Viewer) => viewer.seesRates,
  people: (viewer: Viewer) => viewer.administrator || viewer.teammates.size > 0,
  projects: (viewer: Viewer) => viewer.administrator || viewer.managedProjects.size > 0,
  assignments: (viewer: Viewer) =>
    viewer.administrator || viewer.teammates.size > 0 || viewer.managedProjects.size > 0,
} as const satisfies Record<string, (viewer: Viewer) => boolean>;

const RATE_KEYS = ['hourly_rate', 'default_hourly_rate', 'billable_rate', 'fee', 'cost_budget'];

/** Hides what a viewer may not see of a record's money: rates without the grant, costs from all but administrators. */
export function hideMoney(record: Rec, viewer: Viewer): Rec {
  if (viewer.administrator) return record;
  const shown: Rec = {};
  for (const [key, value] of Object.entries(record)) {
    if (key === 'cost_rate' || (!viewer.seesRates && RATE_KEYS.includes(key))) shown[key] = null;
    else if (key === 'task_assignments' && Array.isArray(value)) {
      shown[key] = value.map((each: Rec) => hideMoney(each, viewer));
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      shown[key] = hideMoney(value as Rec, viewer);
    } else shown[key] = value;
  }
  return shown;
}
