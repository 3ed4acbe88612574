import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, type Body, readAll, start } from './ask.ts';

const FROM = '2026-01-01';
const TO = '2026-01-31';

/** Rounded hours and money of entries, added up one by one. */
interface Sum {
  hours: number;
  billable: number;
  amount: number;
}

describe('the sandbox’s reports', () => {
  let sandbox: Sandbox;
  let entries: Body[];
  let projects: Map<unknown, Body>;
  beforeAll(async () => {
    sandbox = await start({ size: 4000 });
    const inWindow = (entry: Body): boolean =>
      String(entry['spent_date']) >= FROM && String(entry['spent_date']) <= TO;
    entries = [...sandbox.account.truth('time_entries')].filter(inWindow);
    projects = new Map([...sandbox.account.truth('projects')].map((each) => [each['id'], each]));
  });
  afterAll(() => sandbox.close());

  const read = (path: string, more = ''): Promise<Body[]> =>
    readAll(sandbox, `reports/${path}?from=20260101&to=20260131${more}`);
  const reference = (entry: Body, name: string): Body => entry[name] as Body;

  function naive(key: (entry: Body) => string, withFixedFee: boolean): Map<string, Sum> {
    const sums = new Map<string, Sum>();
    for (const entry of entries) {
      const project = projects.get(reference(entry, 'project')['id']) ?? {};
      const sum = sums.get(key(entry)) ?? { hours: 0, billable: 0, amount: 0 };
      sums.set(key(entry), sum);
      const hours = Number(entry['rounded_hours']);
      sum.hours += hours;
      if (entry['billable'] !== true) continue;
      sum.billable += hours;
      if (withFixedFee || project['is_fixed_fee'] !== true)
        sum.amount += hours * Number(entry['billable_rate']);
    }
    return sums;
  }

  it.each([
    ['clients', 'client'],
    ['projects', 'project'],
    ['tasks', 'task'],
    ['team', 'user'],
  ])('sum time by %s and currency as the entries say', async (report, entity) => {
    for (const withFixedFee of [false, true]) {
      const key = (entry: Body): string =>
        `${String(reference(entry, entity)['id'])}|${String(reference(entry, 'client')['currency'])}`;
      const expected = naive(key, withFixedFee);
      const rows = await read(`time/${report}`, withFixedFee ? '&include_fixed_fee=true' : '');
      expect(rows).toHaveLength(expected.size);
      for (const row of rows) {
        const sum = expected.get(`${String(row[`${entity}_id`])}|${String(row['currency'])}`);
        expect(row['total_hours']).toBeCloseTo(sum?.hours ?? -1, 6);
        expect(row['billable_hours']).toBeCloseTo(sum?.billable ?? -1, 6);
        expect(Math.abs(Number(row['billable_amount']) - (sum?.amount ?? -1))).toBeLessThan(0.0051);
      }
    }
  });

  it('split a person’s time by currency', async () => {
    const rows = await read('time/team');
    expect(new Set(rows.map((row) => row['user_id'])).size).toBeLessThan(rows.length);
    expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining(['weekly_capacity', 'avatar_url']));
  });

  it('put the code before the name in time and expense reports only', async () => {
    const coded = [...projects.values()].filter((each) => Boolean(each['code']));
    const names = new Map(
      coded.map((each) => [each['id'], `[${String(each['code'])}] ${String(each['name'])}`]),
    );
    const rows = (await read('time/projects')).filter((row) => names.has(row['project_id']));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row['project_name']).toBe(names.get(row['project_id']));
    for (const row of await read('uninvoiced'))
      expect(row['project_name']).toBe(projects.get(row['project_id'])?.['name']);
    for (const row of await readAll(sandbox, 'reports/project_budget'))
      expect(row['project_name']).toBe(projects.get(row['project_id'])?.['name']);
  });

  it.each([
    ['clients', 'client', 'client_id'],
    ['projects', 'project', 'project_id'],
    ['categories', 'expense_category', 'expense_category_id'],
    ['team', 'user', 'user_id'],
  ])('sum expenses by %s and currency', async (report, entity, column) => {
    const expected = new Map<string, number>();
    for (const expense of sandbox.account.truth('expenses')) {
      if (String(expense['spent_date']) < FROM || String(expense['spent_date']) > TO) continue;
      const key = `${String(reference(expense, entity)['id'])}|${String(reference(expense, 'client')['currency'])}`;
      expected.set(key, (expected.get(key) ?? 0) + Number(expense['total_cost']));
    }
    const rows = await read(`expenses/${report}`);
    expect(rows).toHaveLength(expected.size);
    for (const row of rows) {
      const total = expected.get(`${String(row[column])}|${String(row['currency'])}`);
      expect(row['total_amount']).toBeCloseTo(total ?? -1, 2);
    }
  });

  it('list all billable projects as uninvoiced, those without time included', async () => {
    const rows = await read('uninvoiced');
    const billable = [...projects.values()].filter((each) => each['is_billable'] === true);
    expect(rows.map((row) => row['project_id']).toSorted()).toEqual(
      billable.map((each) => each['id']).toSorted(),
    );
    for (const row of rows) {
      const own = entries.filter((entry) => reference(entry, 'project')['id'] === row['project_id']);
      const open = own.filter((entry) => entry['billable'] === true && entry['is_billed'] === false);
      const hours = (list: Body[]): number =>
        list.reduce((sum, entry) => sum + Number(entry['rounded_hours']), 0);
      expect([row['total_hours'], row['uninvoiced_hours']]).toEqual([hours(own), hours(open)]);
      if (projects.get(row['project_id'])?.['is_fixed_fee'] === true) continue;
      const worth = open.reduce(
        (sum, entry) => sum + Number(entry['rounded_hours']) * Number(entry['billable_rate']),
        0,
      );
      const amount = Number(row['uninvoiced_amount']) - Number(row['uninvoiced_expenses']);
      expect(Math.abs(amount - worth)).toBeLessThan(0.011);
    }
  });

  it('leave a fixed fee open until it is invoiced, whatever the window', async () => {
    const fixed = [...projects.values()].find((each) => each['is_fixed_fee'] === true) ?? {};
    const invoiced = [...sandbox.account.truth('invoices')]
      .flatMap((invoice) => invoice['line_items'] as Body[])
      .filter((line) => (line['project'] as Body | null)?.['id'] === fixed['id'])
      .reduce((sum, line) => sum + Number(line['amount']), 0);
    for (const window of ['from=20260101&to=20260131', 'from=20260201&to=20260228']) {
      const rows = await readAll(sandbox, `reports/uninvoiced?${window}`);
      const row = rows.find((each) => each['project_id'] === fixed['id']);
      expect(row?.['uninvoiced_amount']).toBeCloseTo(Number(fixed['fee']) - invoiced, 2);
    }
    const without = await read('uninvoiced', '&include_fixed_fee=false');
    expect(without.find((each) => each['project_id'] === fixed['id'])?.['uninvoiced_amount']).toBe(0);
  });

  it('show budgets only of projects that have one, spent ever or this month', async () => {
    const rows = await readAll(sandbox, 'reports/project_budget');
    const budgeted = [...projects.values()].filter((each) => each['budget_by'] !== 'none');
    expect(rows).toHaveLength(budgeted.length);
    const all = [...sandbox.account.truth('time_entries')];
    for (const row of rows) {
      const project = projects.get(row['project_id']) ?? {};
      if (project['budget_by'] === 'project_cost' || project['budget_by'] === 'task_fees') continue;
      const own = all.filter(
        (entry) =>
          reference(entry, 'project')['id'] === row['project_id'] &&
          (project['budget_is_monthly'] !== true || String(entry['spent_date']).startsWith('2026-03')),
      );
      const spent = own.reduce((sum, entry) => sum + Number(entry['rounded_hours']), 0);
      expect(row['budget_spent']).toBe(spent);
      expect(row['budget_remaining']).toBeCloseTo(Number(row['budget']) - spent, 6);
    }
    const active = await readAll(sandbox, 'reports/project_budget?is_active=true');
    const archived = await readAll(sandbox, 'reports/project_budget?is_active=false');
    expect(active.length + archived.length).toBe(rows.length);
    expect(archived.length).toBeGreaterThan(0);
  });

  it('insist on a window of at most 365 days in the right order', async () => {
    const status = async (query: string): Promise<number> =>
      (await ask(sandbox, `reports/time/clients?${query}`)).status;
    expect(await status('')).toBe(422);
    expect(await status('from=20260101')).toBe(422);
    expect(await status('from=20260201&to=20260131')).toBe(422);
    expect(await status('from=20250101&to=20260101')).toBe(200);
    expect(await status('from=20250101&to=20260102')).toBe(422);
    expect(await status('from=2026-01-01&to=2026-01-31')).toBe(200);
  });

  it('are told by the truth month by month', () => {
    const months = sandbox.account.months();
    expect(months).toContain('2026-03');
    const rows = [...sandbox.account.truth('time_clients', { months: ['2026-02'] })];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      expect(row).toMatchObject({ period_start: '2026-02-01', period_end: '2026-02-28' });
    const all = [...sandbox.account.truth('time_clients')];
    const hours = all.reduce((sum, row) => sum + Number(row['total_hours']), 0);
    const tracked = [...sandbox.account.truth('time_entries')];
    expect(hours).toBeCloseTo(
      tracked.reduce((sum, entry) => sum + Number(entry['rounded_hours']), 0),
      4,
    );
  });
});
