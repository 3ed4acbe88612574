/** What can be written of people, roles and rates. */
import type { Account, Tables } from './account.ts';
import { dateOf, dayOf } from './calendar.ts';
import type { Rate, Role, User } from './model.ts';
import { some, touch, tracked, type WriteRules } from './write-rule.ts';

function rateRules(kind: 'billable_rates' | 'cost_rates'): WriteRules {
  return {
    fields: { user_id: 'users', amount: 'number', start_date: 'date?' },
    required: ['user_id', 'amount'],
    defaults: () => ({ start_date: null, end_date: null }),
    before: (account, given) => {
      const start = typeof given['start_date'] === 'string' ? given['start_date'] : '';
      for (const old of account.tables[kind].of(Number(given['user_id']))) {
        if (start === '' || (old.start_date ?? '') >= start) account.tables[kind].delete(old.id);
        else if (old.end_date === null || old.end_date >= start) {
          old.end_date = dateOf(dayOf(start) - 1);
          touch(account, old);
        }
      }
    },
    after: (account, row) => touch(account, account.tables.users.get((row as Rate).user_id)),
  };
}

/** People whose record shows the role are changed with it. */
function touchMembers(account: Account, ids: Iterable<number>): void {
  for (const id of ids) touch(account, account.tables.users.get(id));
}

/** Rules by table. */
export const PEOPLE_RULES: Readonly<Partial<Record<keyof Tables, WriteRules>>> = {
  users: {
    fields: {
      first_name: 'text',
      last_name: 'text?',
      email: 'text',
      telephone: 'text',
      timezone: 'text',
      has_access_to_all_future_projects: 'flag',
      is_contractor: 'flag',
      is_active: 'flag',
      weekly_capacity: 'number',
      access_roles: 'texts',
    },
    required: ['first_name', 'last_name', 'email'],
    defaults: () => ({
      telephone: '',
      timezone: 'Berlin',
      has_access_to_all_future_projects: false,
      is_contractor: false,
      is_active: true,
      weekly_capacity: 126_000,
      access_roles: ['member'],
      avatar_url: 'https://cache.harvestapp.com/assets/profile_images/sandbox_9.png?1498516481',
      calendar_integration_enabled: false,
      calendar_integration_source: null,
      teammate_ids: [],
    }),
    keeps: (account, row) =>
      some(account.tables.expenses.all(), (each) => each.user_id === row.id) ||
      tracked(account, (entry) => account.entries.user[entry] === row.id)
        ? 'The person has tracked time or expenses'
        : null,
    gone: (account, row) => {
      const { tables } = account;
      for (const kind of ['user_assignments', 'billable_rates', 'cost_rates'] as const) {
        for (const each of tables[kind].newestFirst())
          if (each.user_id === row.id) tables[kind].delete(each.id);
      }
      for (const role of tables.roles.all()) role.user_ids = role.user_ids.filter((id) => id !== row.id);
      for (const user of tables.users.all() as Iterable<User>)
        user.teammate_ids = user.teammate_ids.filter((id) => id !== row.id);
    },
  },
  roles: {
    fields: { name: 'text', user_ids: 'ids' },
    required: ['name'],
    defaults: () => ({ user_ids: [] }),
    before: (account, _given, row) => touchMembers(account, (row as Role | undefined)?.user_ids ?? []),
    after: (account, row) => touchMembers(account, (row as Role).user_ids),
    gone: (account, row) => touchMembers(account, (row as Role).user_ids),
  },
  billable_rates: rateRules('billable_rates'),
  cost_rates: rateRules('cost_rates'),
};
