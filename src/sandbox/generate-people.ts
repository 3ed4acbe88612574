/** People, roles, rates and the company itself. */
import type { Account } from './account.ts';
import { dateOf, DAY_SECONDS, instantOf } from './calendar.ts';
import type { User } from './model.ts';
import { FIRST_NAMES, LAST_NAMES, ROLE_NAMES, TIME_ZONES } from './names.ts';
import type { Scale } from './options.ts';
import { cycle, type Random } from './random.ts';

/** The span that is filled with work. */
export interface Span {
  readonly firstDay: number;
  /** The day of the sandbox's clock when it started; nothing is stamped later than its midnight. */
  readonly today: number;
}

/** When a generated person works. */
export interface Employment {
  readonly user: User;
  readonly fromDay: number;
  readonly toDay: number;
}

export function generateCompany(account: Account): void {
  Object.assign(account.company, {
    base_uri: `https://sandbox${account.id}.harvestapp.com`,
    full_domain: `sandbox${account.id}.harvestapp.com`,
    name: 'Ærø & Partner — "Sandbox"',
    is_active: true,
    week_start_day: 'Monday',
    wants_timestamp_timers: false,
    time_format: 'decimal',
    date_format: '%Y-%m-%d',
    plan_type: 'sponsored',
    clock: account.seed % 2 === 0 ? '12h' : '24h',
    currency_code_display: 'iso_code_none',
    currency_symbol_display: 'symbol_before',
    decimal_symbol: '.',
    thousands_separator: ',',
    color_scheme: 'orange',
    weekly_capacity: 126_000,
    currency: 'EUR',
    day_entry_notes_required: false,
    saml_sign_in_required: false,
  });
}

/** An instant within the working hours of a day, never after the midnight at which today began. */
export function stamp(span: Span, random: Random, day: number): string {
  const seconds = day * DAY_SECONDS + random.int(7 * 3600, 17 * 3600);
  return instantOf(Math.min(seconds, span.today * DAY_SECONDS));
}

/**
 * People: the first is the administrator, the second a manager with teammates and grants, the third a member. About
 * one in seven has left, one in five is a contractor, and two share a name.
 */
export function generatePeople(account: Account, scale: Scale, span: Span, random: Random): Employment[] {
  const employments: Employment[] = [];
  for (let index = 0; index < scale.people; index += 1) {
    const left = index > 3 && index % 7 === 4;
    const joins = index < 5 ? span.firstDay : span.firstDay + random.int(0, Math.floor(scale.days / 3));
    const leaves = left ? joins + Math.floor((span.today - joins) * 0.6) : span.today + 400;
    const user = account.tables.users.add(newUser(account, span, random, index, joins - 20, left));
    if (left) user.updated_at = stamp(span, random, leaves);
    employments.push({ user, fromDay: joins, toDay: leaves });
  }
  const [administrator, manager, member] = employments.map((each) => each.user);
  if (administrator === undefined || manager === undefined || member === undefined) return employments;
  account.people.administrator = administrator.id;
  account.people.manager = manager.id;
  account.people.member = member.id;
  manager.teammate_ids = [member.id];
  generateRoles(account, span, employments);
  generateRates(account, span, random, employments);
  return employments;
}

function accessOf(index: number): string[] {
  if (index === 0) return ['administrator'];
  if (index === 1) return ['manager', 'project_creator', 'time_and_expenses_manager'];
  if (index % 9 === 6) return ['manager', 'billable_rates_manager', 'client_and_task_manager'];
  return ['member'];
}

function newUser(
  account: Account,
  span: Span,
  random: Random,
  index: number,
  joinedDay: number,
  left: boolean,
): User {
  const twin = index === 5 ? 3 : index;
  const first = cycle(FIRST_NAMES, twin * 7 + account.seed);
  const last = index === 6 ? null : cycle(LAST_NAMES, twin * 5 + account.seed);
  const joined = stamp(span, random, joinedDay);
  return {
    id: account.tables.users.nextId(),
    first_name: first,
    last_name: last,
    email: `person${index + 1}@sandbox.example`,
    telephone: index % 3 === 0 ? '' : `+49 221 555 ${1000 + index}`,
    timezone: cycle(TIME_ZONES, index),
    has_access_to_all_future_projects: index === 0,
    is_contractor: index % 5 === 3,
    is_active: !left,
    created_at: joined,
    updated_at: joined,
    weekly_capacity: index % 4 === 2 ? 72_000 : 126_000,
    access_roles: accessOf(index),
    avatar_url: `https://cache.harvestapp.com/assets/profile_images/sandbox_${index % 8}.png?1498516481`,
    calendar_integration_enabled: index % 6 === 1,
    calendar_integration_source: index % 6 === 1 ? 'google' : null,
    teammate_ids: [],
  };
}

function generateRoles(account: Account, span: Span, employments: readonly Employment[]): void {
  const at = instantOf(span.firstDay * DAY_SECONDS);
  for (const [index, name] of ROLE_NAMES.entries()) {
    const members = employments.filter((_, person) => person % 4 === index || (index === 1 && person === 0));
    const user_ids = index === 4 ? [] : members.map((each) => each.user.id);
    account.tables.roles.add({
      id: account.tables.roles.nextId(),
      name,
      created_at: at,
      updated_at: at,
      user_ids,
    });
  }
}

/** One to three rates a person, the first without a start; some have no billable or no cost rate at all. */
function generateRates(
  account: Account,
  span: Span,
  random: Random,
  employments: readonly Employment[],
): void {
  for (const kind of ['billable_rates', 'cost_rates'] as const) {
    const table = account.tables[kind];
    for (const [index, { user, fromDay }] of employments.entries()) {
      if (index > 2 && index % (kind === 'billable_rates' ? 8 : 6) === 5) continue;
      const steps = 1 + (index % 3);
      const base = (kind === 'billable_rates' ? 80 : 35) + random.int(0, 8) * 5;
      const days = Array.from({ length: steps }, (_, step) =>
        Math.floor(fromDay + ((span.today - 10 - fromDay) * step) / steps),
      );
      for (let step = 0; step < steps; step += 1) {
        const at = stamp(span, random, days[step] ?? fromDay);
        const next = days[step + 1];
        table.add({
          id: table.nextId(),
          user_id: user.id,
          amount: base + step * 7.5 + (index % 10 === 4 ? 0.125 : 0),
          start_date: step === 0 ? null : dateOf(days[step] ?? fromDay),
          end_date: next === undefined ? null : dateOf(next - 1),
          created_at: at,
          updated_at: next === undefined ? at : stamp(span, random, next),
        });
      }
    }
  }
}
