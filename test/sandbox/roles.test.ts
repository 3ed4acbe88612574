import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, type Body, control, readAll, start } from './ask.ts';

const WINDOW = 'from=20260101&to=20260131';

describe('what the sandbox shows to whom', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await start({ size: 900 });
  });
  afterAll(() => sandbox.close());

  const statusOf = async (path: string, token: string): Promise<number> =>
    (await ask(sandbox, path, { token })).status;
  const user = (record: Body): unknown => (record['user'] as Body)['id'];

  it('closes most lists to members with 403', async () => {
    const closed = [
      'clients', 'contacts', 'company', 'invoices', 'invoice_item_categories', 'estimates', 'estimate_item_categories',
      'expense_categories', 'tasks', 'user_assignments', 'task_assignments', 'projects', 'roles', 'users',
      `reports/uninvoiced?${WINDOW}`,
    ]; // prettier-ignore
    for (const path of closed) {
      expect([path, await statusOf(path, sandbox.tokens.member)]).toEqual([path, 403]);
      expect([path, await statusOf(path, sandbox.tokens.administrator)]).toEqual([path, 200]);
    }
    const [me] = sandbox.account.truth('users');
    expect(await statusOf(`users/${String(me?.['id'])}/cost_rates`, sandbox.tokens.member)).toBe(403);
  });

  it('shows members their own time without a word about the rest', async () => {
    const me = (await ask(sandbox, 'users/me', { token: sandbox.tokens.member })).body;
    expect(me).toMatchObject({ access_roles: ['member'], cost_rate: null, default_hourly_rate: null });
    const all = [...sandbox.account.truth('time_entries')];
    const own = await readAll(sandbox, 'time_entries', sandbox.tokens.member);
    const expected = all.filter((entry) => user(entry) === me['id']);
    expect(own.map((entry) => entry['id'])).toEqual(expected.map((entry) => entry['id']));
    expect(own.length).toBeLessThan(all.length);
    expect(own.every((entry) => entry['billable_rate'] === null && entry['cost_rate'] === null)).toBe(true);
    const foreign = all.find((entry) => user(entry) !== me['id']);
    expect(await statusOf(`time_entries/${String(foreign?.['id'])}`, sandbox.tokens.member)).toBe(403);
  });

  it('shows managers their teammates and managed projects', async () => {
    const token = sandbox.tokens.manager;
    const me = (await ask(sandbox, 'users/me', { token })).body;
    expect(me['access_roles']).toContain('people_manager');
    const people = await readAll(sandbox, 'users', token);
    expect(people.map((each) => each['id'])).toEqual([
      sandbox.account.data.people.member,
      sandbox.account.data.people.manager,
    ]);
    const projects = new Set(
      [...sandbox.account.truth('user_assignments')]
        .filter((each) => user(each) === me['id'] && each['is_project_manager'] === true)
        .map((each) => (each['project'] as Body)['id']),
    );
    const seen = await readAll(sandbox, 'projects', token);
    expect(new Set(seen.map((each) => each['id']))).toEqual(projects);
    expect(seen.every((each) => each['hourly_rate'] === null && each['fee'] === null)).toBe(true);
    for (const entry of await readAll(sandbox, 'time_entries', token)) {
      const mine = user(entry) === me['id'] || user(entry) === sandbox.account.data.people.member;
      expect(mine || projects.has((entry['project'] as Body)['id'])).toBe(true);
    }
    expect(await statusOf('roles', token)).toBe(403);
    expect(await statusOf('invoices', token)).toBe(403);
  });

  it('opens what a grant opens', async () => {
    await using own = await start({ size: 900 });
    const token = own.tokens.manager;
    own.account.setRole('manager', ['manager', 'managed_projects_invoice_manager', 'estimates_manager']);
    const invoices = await readAll(own, 'invoices', token);
    expect(invoices.length).toBeLessThan([...own.account.truth('invoices')].length);
    expect(await readAll(own, 'estimates', token)).toEqual([...own.account.truth('estimates')]);
    own.account.setRole('manager', ['manager', 'billable_rates_manager', 'client_and_task_manager']);
    expect(await readAll(own, 'clients', token)).toEqual([...own.account.truth('clients')]);
    const [entry] = await readAll(own, 'time_entries?is_billed=true', token);
    expect(typeof entry?.['billable_rate']).toBe('number');
    expect(entry?.['cost_rate']).toBeNull();
  });

  it('hides money in reports from those without the rates grant', async () => {
    const rows = await readAll(sandbox, `reports/time/clients?${WINDOW}`, sandbox.tokens.member);
    expect(rows.every((row) => row['currency'] === null && row['billable_amount'] === null)).toBe(true);
    const all = await readAll(sandbox, `reports/time/clients?${WINDOW}`);
    const hours = (list: Body[]): number => list.reduce((sum, row) => sum + Number(row['total_hours']), 0);
    expect(hours(rows)).toBeLessThan(hours(all));
  });

  it('takes a role away when told to', async () => {
    await using own = await start();
    await control(own, 'role', { token: 'administrator', role: 'member' });
    expect((await ask(own, 'clients')).status).toBe(403);
    expect((await ask(own, 'users/me')).body['access_roles']).toEqual(['member']);
  });

  it('closes a module’s lists when it is switched off, and says so in the company', async () => {
    await using own = await start({ modules: { estimate: false } });
    expect((await ask(own, 'estimates')).status).toBe(403);
    expect((await ask(own, 'company')).body).toMatchObject({
      estimate_feature: false,
      invoice_feature: true,
    });
    await control(own, 'modules', { estimate: true, invoice: false, expense: false });
    expect((await ask(own, 'estimates')).status).toBe(200);
    for (const path of [
      'invoices',
      'invoice_item_categories',
      'expenses',
      `reports/expenses/team?${WINDOW}`,
    ]) {
      expect([path, (await ask(own, path)).status]).toEqual([path, 403]);
    }
  });

  it('lists a manager’s teammates to administrators only', async () => {
    const { manager, member } = sandbox.account.data.people;
    const list = await readAll(sandbox, `users/${manager}/teammates`);
    expect(list.map((each) => each['id'])).toEqual([member]);
    expect((await ask(sandbox, `users/${member}/teammates`)).status).toBe(422);
    expect(await statusOf(`users/${manager}/teammates`, sandbox.tokens.manager)).toBe(403);
  });
});
