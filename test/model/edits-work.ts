/** Edits of time, expenses and what they hang on. */
import { type Edit, type Hand, type Shown, within } from './hand.ts';

const PROJECTS = { is_billable: true, bill_by: 'Project', budget_by: 'project' };

/** A person, project and task on which time can be tracked. */
function placeToWork(hand: Hand): Record<string, unknown> | null {
  const assignment = hand.pick('task_assignments', (each) => each['is_active'] === true);
  const user = hand.id('users', (each) => each['is_active'] === true);
  if (assignment === undefined || user === null) return null;
  return { user_id: user, project_id: within(assignment, 'project'), task_id: within(assignment, 'task') };
}

function nearby(hand: Hand): string {
  return hand.day(hand.dice.chance(0.7) ? -hand.dice.int(0, 40) : hand.dice.int(-330, 25));
}

function addEntry(hand: Hand, more: Record<string, unknown>): string | null {
  const place = placeToWork(hand);
  return place === null ? null : hand.add('time_entries', { ...place, spent_date: nearby(hand), ...more });
}

function editEntry(hand: Hand): Record<string, unknown> {
  switch (hand.dice.int(0, 3)) {
    case 0:
      return { notes: hand.text() };
    case 1:
      return { hours: hand.amount(12) };
    case 2:
      return { ...placeToWork(hand), notes: null };
    default:
      return { external_reference: { id: hand.name(), permalink: 'https://tracker.example/1' } };
  }
}

const isIdle = (each: Shown): boolean => each['is_running'] === false;

/** Edits of time entries and expenses. */
export const FACT_EDITS: readonly Edit[] = [
  { name: 'track time', weight: 10, act: (hand) => addEntry(hand, { hours: hand.amount(9) }) },
  { name: 'start a timer', weight: 2, act: (hand) => addEntry(hand, { spent_date: hand.day(0) }) },
  {
    name: 'stop a timer',
    weight: 3,
    act: (hand) => {
      const id = hand.id('time_entries', (each) => each['is_running'] === true);
      if (id !== null) hand.account.stop(id);
      return id === null ? null : `stopped time_entries ${id}`;
    },
  },
  {
    name: 'start a timer again',
    weight: 2,
    act: (hand) => {
      const id = hand.id('time_entries', isIdle);
      if (id !== null) hand.account.restart(id);
      return id === null ? null : `restarted time_entries ${id}`;
    },
  },
  { name: 'correct time', weight: 9, act: (hand) => hand.change('time_entries', () => editEntry(hand)) },
  {
    name: 're-date time',
    weight: 7,
    act: (hand) => hand.change('time_entries', () => ({ spent_date: nearby(hand) })),
  },
  {
    name: 'delete time',
    weight: 9,
    act: (hand) => {
      const count = hand.dice.one([1, 1, 2, 4]);
      return Array.from({ length: count }, () => hand.drop('time_entries') ?? '-').join(', ');
    },
  },
  {
    name: 'delete one entry and add another',
    weight: 2,
    act: (hand) => `${hand.drop('time_entries')}; ${addEntry(hand, { hours: 1 })}`,
  },
  {
    name: 'write an expense',
    weight: 4,
    module: 'expense',
    act: (hand) => {
      const place = placeToWork(hand);
      const category = hand.id('expense_categories');
      if (place === null || category === null) return null;
      const { user_id, project_id } = place;
      const cost = {
        units: hand.dice.int(1, 40) / 4,
        total_cost: hand.amount(300),
        billable: hand.dice.chance(0.5),
      };
      const where = { user_id, project_id, expense_category_id: category };
      return hand.add('expenses', { ...where, ...cost, spent_date: nearby(hand), notes: hand.text() });
    },
  },
  {
    name: 'correct an expense',
    weight: 4,
    module: 'expense',
    act: (hand) => hand.change('expenses', () => ({ notes: hand.text(), total_cost: hand.amount(80) })),
  },
  {
    name: 're-date an expense',
    weight: 3,
    module: 'expense',
    act: (hand) => hand.change('expenses', () => ({ spent_date: nearby(hand) })),
  },
  { name: 'delete an expense', weight: 4, module: 'expense', act: (hand) => hand.drop('expenses') },
];

/** Edits of clients, contacts, projects, tasks, assignments and categories. */
export const WORK_EDITS: readonly Edit[] = [
  { name: 'add a client', weight: 1, act: (hand) => hand.add('clients', { name: hand.name() }) },
  {
    name: 'rename a client',
    weight: 4,
    act: (hand) => hand.change('clients', () => ({ name: hand.name() })),
  },
  {
    name: 'archive a client or take it back',
    weight: 1,
    act: (hand) => hand.change('clients', (each) => ({ is_active: each['is_active'] !== true })),
  },
  { name: 'delete a client', weight: 1, act: (hand) => hand.drop('clients') },
  {
    name: 'add a contact',
    weight: 1,
    act: (hand) => hand.add('contacts', { client_id: hand.id('clients'), first_name: hand.name() }),
  },
  {
    name: 'change a contact',
    weight: 1,
    act: (hand) => hand.change('contacts', () => ({ email: `${hand.dice.int(1, 99)}@c.example` })),
  },
  { name: 'delete a contact', weight: 1, act: (hand) => hand.drop('contacts') },
  {
    name: 'add a project',
    weight: 2,
    act: (hand) => {
      const rate = {
        hourly_rate: hand.amount(200),
        budget: hand.amount(100),
        code: hand.dice.one([null, 'N-1']),
      };
      const body = { client_id: hand.id('clients'), name: hand.name(), ...PROJECTS, ...rate };
      return hand.add('projects', body);
    },
  },
  {
    name: 'rename a project',
    weight: 4,
    act: (hand) => hand.change('projects', () => ({ name: hand.name() })),
  },
  {
    name: 'give a project another code',
    weight: 3,
    act: (hand) =>
      hand.change('projects', () => ({ code: hand.dice.one([null, '', 'A', 'B-7', hand.name()]) })),
  },
  {
    name: 'archive a project or take it back',
    weight: 2,
    act: (hand) => hand.change('projects', (each) => ({ is_active: each['is_active'] !== true })),
  },
  {
    name: 'change how a project is billed',
    weight: 2,
    act: (hand) =>
      hand.change('projects', (each) =>
        hand.dice.chance(0.5)
          ? { hourly_rate: hand.amount(150), budget: hand.amount(400), notes: hand.text() }
          : { is_billable: each['is_billable'] !== true },
      ),
  },
  { name: 'delete a project', weight: 1, act: (hand) => hand.drop('projects') },
  { name: 'add a task', weight: 1, act: (hand) => hand.add('tasks', { name: hand.name() }) },
  { name: 'rename a task', weight: 3, act: (hand) => hand.change('tasks', () => ({ name: hand.name() })) },
  {
    name: 'archive a task or take it back',
    weight: 1,
    act: (hand) => hand.change('tasks', (each) => ({ is_active: each['is_active'] !== true })),
  },
  { name: 'delete a task', weight: 1, act: (hand) => hand.drop('tasks') },
  {
    name: 'assign a task',
    weight: 2,
    act: (hand) =>
      hand.add('task_assignments', { project_id: hand.id('projects'), task_id: hand.id('tasks') }),
  },
  {
    name: 'change the rate of a task on a project',
    weight: 2,
    act: (hand) => hand.change('task_assignments', () => ({ hourly_rate: hand.amount(200) })),
  },
  {
    name: 'archive a task on a project or take it back',
    weight: 2,
    act: (hand) => hand.change('task_assignments', (each) => ({ is_active: each['is_active'] !== true })),
  },
  { name: 'take a task off a project', weight: 2, act: (hand) => hand.drop('task_assignments') },
  {
    name: 'add a category of expenses',
    weight: 1,
    module: 'expense',
    act: (hand) =>
      hand.add('expense_categories', { name: hand.name(), unit_price: hand.dice.one([null, 0.42]) }),
  },
  {
    name: 'rename a category of expenses',
    weight: 2,
    module: 'expense',
    act: (hand) => hand.change('expense_categories', () => ({ name: hand.name() })),
  },
  {
    name: 'price a category of expenses',
    weight: 1,
    module: 'expense',
    act: (hand) => hand.change('expense_categories', () => ({ unit_price: hand.amount(3), unit_name: 'km' })),
  },
  {
    name: 'delete a category of expenses',
    weight: 1,
    module: 'expense',
    act: (hand) => hand.drop('expense_categories'),
  },
];
