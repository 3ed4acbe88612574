/**
 * What access roles open of each list. Pure; the names are those of the streams.
 * @see Harvest API v2 docs, the note on permissions at the top of each page (checked 2026-11-20)
 */

/** How much of a list is sent: nothing, what is the person's own, that of their people and projects, everything. */
type Sight = 0 | 1 | 2 | 3;

/** What it takes to see a list. An administrator sees everything of every list. */
interface Opening {
  /** Any of these roles and grants opens the whole list. */
  readonly whole?: readonly string[];
  /** Any of these opens what belongs to the person's teammates or to the projects that they manage. */
  readonly some?: readonly string[];
  /** Whether everybody sees what is their own. */
  readonly own?: true;
  /** Whether its rates or amounts are left empty for those who may not see rates. */
  readonly money?: true;
}

const CLIENTS_AND_TASKS = ['client_and_task_manager'] as const;
const INVOICES = ['managed_projects_invoice_drafter', 'managed_projects_invoice_manager'] as const;
const ESTIMATES = ['estimates_manager'] as const;
const MANAGER = ['manager'] as const;
const RATES = 'billable_rates_manager';

/** A list that shrinks to what the person may see, without an error. */
const WORK = { own: true, some: MANAGER } as const;

const OPENINGS: Readonly<Record<string, Opening>> = {
  billable_rates: { some: [RATES] },
  clients: { whole: CLIENTS_AND_TASKS },
  company: {},
  contacts: { whole: CLIENTS_AND_TASKS },
  cost_rates: {},
  estimate_item_categories: {},
  estimate_messages: { whole: ESTIMATES },
  estimates: { whole: ESTIMATES },
  expense_categories: {},
  expenses: WORK,
  expenses_categories: WORK,
  expenses_clients: WORK,
  expenses_projects: WORK,
  expenses_team: WORK,
  invoice_item_categories: { whole: MANAGER },
  invoice_messages: { some: INVOICES },
  invoice_payments: { some: INVOICES },
  invoices: { some: INVOICES },
  project_assignments: { ...WORK, money: true },
  project_budget: { ...WORK, money: true },
  projects: { some: MANAGER, money: true },
  roles: {},
  task_assignments: { some: MANAGER, money: true },
  tasks: { whole: CLIENTS_AND_TASKS, money: true },
  time_clients: { ...WORK, money: true },
  time_entries: { ...WORK, money: true },
  time_projects: { ...WORK, money: true },
  time_tasks: { ...WORK, money: true },
  time_team: { ...WORK, money: true },
  uninvoiced: { some: INVOICES },
  user_assignments: { some: MANAGER, money: true },
  users: { some: MANAGER, money: true },
};

/** The role in one word: administrator, manager or member. */
export function roleOf(roles: readonly string[]): 'administrator' | 'manager' | 'member' {
  if (roles.includes('administrator')) return 'administrator';
  return roles.includes('manager') ? 'manager' : 'member';
}

/** Whether the permissions of a stream are known here; of others only that an administrator sees them. */
export function hasKnownPermissions(stream: string): boolean {
  return stream in OPENINGS;
}

/**
 * Of these streams those of which less is sent after a change of access roles: fewer rows, or rates and amounts that
 * are left empty.
 */
export function seenLess(
  before: readonly string[],
  after: readonly string[],
  streams: readonly string[],
): readonly string[] {
  return streams.filter((stream) => {
    const opening = OPENINGS[stream] ?? {};
    const sight = sightOf(opening, after);
    const losesMoney = opening.money === true && sight > 0 && seesRates(before) && !seesRates(after);
    return sight < sightOf(opening, before) || losesMoney;
  });
}

/** Of these streams those of which Harvest sends nothing to these roles. */
export function refusedStreams(roles: readonly string[], streams: readonly string[]): readonly string[] {
  return streams.filter((stream) => sightOf(OPENINGS[stream] ?? {}, roles) === 0);
}

function sightOf({ whole = [], some = [], own }: Opening, roles: readonly string[]): Sight {
  const has = (names: readonly string[]): boolean => names.some((name) => roles.includes(name));
  if (has(['administrator', ...whole])) return 3;
  if (has(some)) return 2;
  return own === true ? 1 : 0;
}

function seesRates(roles: readonly string[]): boolean {
  return roles.includes('administrator') || roles.includes(RATES);
}
