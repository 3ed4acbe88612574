/** Edits of people, their assignments, rates and roles, and those that touch everything. */
import type { Writable } from '../../src/sandbox/writes.ts';
import type { Edit, Hand } from './hand.ts';

/** The people of the three tokens keep what makes them that. */
function isFree(hand: Hand): (each: { readonly id?: unknown }) => boolean {
  const people = new Set<unknown>(Object.values(hand.account.data.people));
  return ({ id }) => !people.has(id);
}

const BUMPED: readonly Writable[] = [
  'time_entries',
  'users',
  'invoices',
  'projects',
  'user_assignments',
  'tasks',
];

export const PEOPLE_EDITS: readonly Edit[] = [
  {
    name: 'hire a person',
    weight: 1,
    act: (hand) =>
      hand.add('users', { first_name: hand.name(), last_name: 'Neu', email: 'new@people.example' }),
  },
  {
    name: 'rename a person',
    weight: 4,
    act: (hand) => hand.change('users', () => ({ last_name: hand.dice.one([hand.name(), null]) })),
  },
  {
    name: 'archive a person or take them back',
    weight: 1,
    act: (hand) => hand.change('users', (each) => ({ is_active: each['is_active'] !== true }), isFree(hand)),
  },
  {
    name: 'change what a person is',
    weight: 2,
    act: (hand) =>
      hand.change('users', (each) => ({
        weekly_capacity: hand.dice.int(10, 40) * 3600,
        is_contractor: each['is_contractor'] !== true,
      })),
  },
  { name: 'delete a person', weight: 1, act: (hand) => hand.drop('users') },
  {
    name: 'assign a person',
    weight: 3,
    act: (hand) =>
      hand.add('user_assignments', { project_id: hand.id('projects'), user_id: hand.id('users') }),
  },
  {
    name: 'change the rate of a person on a project',
    weight: 2,
    act: (hand) =>
      hand.change('user_assignments', () => ({
        use_default_rates: hand.dice.chance(0.5),
        hourly_rate: hand.amount(300),
      })),
  },
  {
    name: 'take a person off a project or put them back',
    weight: 3,
    act: (hand) => hand.change('user_assignments', (each) => ({ is_active: each['is_active'] !== true })),
  },
  { name: 'delete an assignment', weight: 2, act: (hand) => hand.drop('user_assignments') },
  {
    name: 'give a person another billable rate',
    weight: 2,
    act: (hand) => hand.add('billable_rates', rateOf(hand)),
  },
  { name: 'give a person another cost rate', weight: 2, act: (hand) => hand.add('cost_rates', rateOf(hand)) },
  {
    name: 'add a role',
    weight: 1,
    act: (hand) => hand.add('roles', { name: hand.name(), user_ids: [hand.id('users')] }),
  },
  { name: 'rename a role', weight: 1, act: (hand) => hand.change('roles', () => ({ name: hand.name() })) },
  {
    name: 'change who has a role',
    weight: 1,
    act: (hand) => hand.change('roles', () => ({ user_ids: [hand.id('users'), hand.id('users')] })),
  },
  { name: 'delete a role', weight: 1, act: (hand) => hand.drop('roles') },
  {
    name: 'change the company',
    weight: 1,
    act: (hand) => {
      hand.account.data.company['weekly_capacity'] = hand.dice.int(20, 40) * 3600;
      return 'weekly capacity of the company';
    },
  },
  {
    name: 'touch every record of a kind',
    weight: 1,
    act: (hand) => {
      const kind = hand.dice.one(BUMPED);
      hand.account.touchAll(kind);
      return `touched all ${kind}`;
    },
  },
];

function rateOf(hand: Hand): Record<string, unknown> {
  const start = hand.dice.one([null, hand.day(-hand.dice.int(0, 200)), hand.day(hand.dice.int(1, 9))]);
  const amount = { amount: hand.amount(190) };
  const user = { user_id: hand.id('users') };
  return start === null ? { ...user, ...amount } : { ...user, ...amount, start_date: start };
}
