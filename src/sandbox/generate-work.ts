/** Clients, contacts, tasks, projects and who is assigned to what. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, dayOf, instantOf } from './calendar.ts';
import { type Employment, type Span, stamp } from './generate-people.ts';
import type { Client, Project, Task } from './model.ts';
import { CLIENT_NAMES, FIRST_NAMES, LAST_NAMES, PROJECT_NAMES, TASK_NAMES } from './names.ts';
import type { Scale } from './options.ts';
import { cycle, type Random } from './random.ts';

const BILL_BY = ['People', 'Project', 'Tasks'] as const;
const CURRENCIES = ['EUR', 'USD', 'GBP', 'EUR'] as const;

export function generateWork(
  account: Account,
  scale: Scale,
  span: Span,
  random: Random,
  people: readonly Employment[],
): void {
  const clients = Array.from({ length: scale.clients }, (_, index) =>
    addClient(account, span, random, index),
  );
  for (const client of clients) addContacts(account, span, random, client);
  const tasks = TASK_NAMES.map((name, index) => addTask(account, span, name, index));
  for (let index = 0; index < scale.projects; index += 1) {
    const client = clients[index % clients.length];
    if (client === undefined) continue;
    const project = addProject(account, span, random, client, index);
    assignTasks(account, random, project, tasks, index);
    assignPeople(account, random, project, people, index);
  }
}

function addClient(account: Account, span: Span, random: Random, index: number): Client {
  const round = Math.floor(index / CLIENT_NAMES.length);
  const name = cycle(CLIENT_NAMES, index);
  const at = stamp(span, random, span.firstDay - random.int(1, 30));
  return account.tables.clients.add({
    id: account.tables.clients.nextId(),
    name: round === 0 ? name : `${name} ${round + 1}`,
    is_active: index % 9 !== 8,
    address: index % 4 === 1 ? null : index % 4 === 2 ? '' : `Ringstraße ${index + 1}\r\n50667 Köln`,
    statement_key: random.hex(32),
    created_at: at,
    updated_at: at,
    currency: cycle(CURRENCIES, index),
  });
}

function addContacts(account: Account, span: Span, random: Random, client: Client): void {
  const statuses = ['recipient', 'none', 'cc', 'bcc'] as const;
  const count = random.int(0, 3);
  for (let index = 0; index < count; index += 1) {
    const at = stamp(span, random, span.firstDay + random.int(0, 60));
    const bare = index === 2;
    account.tables.contacts.add({
      id: account.tables.contacts.nextId(),
      client_id: client.id,
      title: bare ? null : random.pick(['Head of Finance', '', 'Geschäftsführerin']),
      first_name: random.pick(FIRST_NAMES),
      last_name: bare ? null : random.pick(LAST_NAMES),
      email: bare ? null : `contact${client.id + index}@client.example`,
      phone_office: bare ? '' : '+49 30 555 0117',
      phone_mobile: index === 1 ? null : '',
      fax: bare ? null : '',
      invoice_recipient_status: statuses[index] ?? 'none',
      created_at: at,
      updated_at: at,
    });
  }
}

function addTask(account: Account, span: Span, name: string, index: number): Task {
  const at = instantOf((span.firstDay - 40) * DAY_SECONDS + 72_060);
  return account.tables.tasks.add({
    id: account.tables.tasks.nextId(),
    name,
    billable_by_default: index < 6,
    default_hourly_rate: index % 3 === 0 ? null : index % 3 === 1 ? 0 : 95 + index,
    is_default: index < 3,
    is_active: index !== TASK_NAMES.length - 1,
    created_at: at,
    updated_at: at,
  });
}

/** The first project is internal and never billed; the others take turns in being fixed-fee and in their budgets. */
function addProject(account: Account, span: Span, random: Random, client: Client, index: number): Project {
  const internal = index === 0;
  const fixed = index % 5 === 3;
  const starts =
    index < 3 ? span.firstDay - 5 : span.firstDay + random.int(0, span.today - span.firstDay - 60);
  const ended = index > 4 && index % 4 === 1;
  const ends = ended ? Math.min(starts + 240, span.today - 20) : null;
  const at = stamp(span, random, starts - 6);
  const begins = dateOf(starts);
  const name = cycle(PROJECT_NAMES, index);
  const code = `P${index}-${name.slice(0, 2).toUpperCase()}`;
  return account.tables.projects.add({
    id: account.tables.projects.nextId(),
    client_id: client.id,
    name: internal ? 'Internal & “Pause”' : name,
    code: cycle([null, '', code, null, code, code], index),
    is_active: !ended,
    is_billable: !internal && index % 8 !== 7,
    is_fixed_fee: fixed,
    bill_by: internal ? 'none' : cycle(BILL_BY, index),
    hourly_rate: cycle([null, 90 + (index % 7) * 12.5, null], index),
    ...budgetOf(random, index),
    cost_budget_include_expenses: index % 10 === 2,
    notify_when_over_budget: index % 2 === 0,
    over_budget_notification_percentage: cycle([80, 92.5], index),
    over_budget_notification_date: index % 11 === 4 ? dateOf(Math.min(starts + 50, span.today - 1)) : null,
    show_budget_to_all: index % 6 === 0,
    created_at: at,
    updated_at: ends === null ? at : stamp(span, random, ends + 1),
    starts_on: cycle([begins, begins, begins, begins, begins, begins, null], index),
    ends_on: ends === null ? null : dateOf(ends),
    notes: cycle([null, '', 'Ansprechpartner: Frau Özdemir\nBudget "tight"'], index),
    fee: fixed ? 12_000 + index * 250.5 : null,
  });
}

function budgetOf(random: Random, index: number) {
  const kinds = ['none', 'project', 'project_cost', 'task', 'person', 'project', 'task_fees'] as const;
  const budget_by = kinds[index % kinds.length] ?? 'none';
  const inHours = budget_by !== 'none' && budget_by !== 'project_cost';
  return {
    budget_by,
    budget_is_monthly: budget_by !== 'none' && index % 4 === 1,
    budget: inHours ? random.int(20, 300) : null,
    cost_budget: budget_by === 'project_cost' ? random.int(4, 60) * 500 : null,
  };
}

function assignTasks(
  account: Account,
  random: Random,
  project: Project,
  tasks: readonly Task[],
  index: number,
): void {
  const chosen = tasks.filter((_, nth) => nth < 2 || random.chance(0.35));
  for (const [nth, task] of chosen.entries()) {
    account.tables.task_assignments.add({
      id: account.tables.task_assignments.nextId(),
      project_id: project.id,
      task_id: task.id,
      is_active: !(nth > 2 && nth === chosen.length - 1 && index % 3 === 2),
      billable: project.is_billable && task.billable_by_default,
      hourly_rate: project.bill_by === 'Tasks' ? Math.round((70 + nth * 10.05) * 100) / 100 : null,
      budget: project.budget_by === 'task' || project.budget_by === 'task_fees' ? 10 + nth * 5 : null,
      created_at: project.created_at,
      updated_at: project.created_at,
    });
  }
}

/** Everyone is on the internal project. The last assignment of a project is one that nobody tracks time on. */
function assignPeople(
  account: Account,
  random: Random,
  project: Project,
  people: readonly Employment[],
  index: number,
): void {
  const since = dayOf(project.created_at.slice(0, 10));
  const chosen = people.filter((each, nth) => {
    if (index === 0) return true;
    return (each.toDay > since && random.chance(Math.min(0.5, 8 / people.length))) || nth === index % 3;
  });
  for (const [nth, { user }] of chosen.entries()) {
    account.tables.user_assignments.add({
      id: account.tables.user_assignments.nextId(),
      project_id: project.id,
      user_id: user.id,
      is_active: user.is_active && !(nth > 1 && nth === chosen.length - 2 && index % 4 === 2),
      is_project_manager: nth === 0 || (user.id === account.people.manager && index % 3 === 1),
      use_default_rates: nth % 3 !== 1,
      hourly_rate: nth % 3 === 1 ? (7777 + nth * 100) / 100 : null,
      budget: project.budget_by === 'person' ? 15 + nth : null,
      created_at: project.created_at,
      updated_at: project.updated_at,
    });
  }
}
