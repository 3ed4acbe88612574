import { beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { ask, type Body, patch, post, readAll, remove, start } from './ask.ts';

const LATER = '2026-03-10T10:30:00Z';

describe('writing to the sandbox', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await start();
    sandbox.account.clock.set(LATER);
  });
  afterEach(() => sandbox.close());

  const all = (stream: string): Body[] => [...sandbox.account.truth(stream)];
  const first = (stream: string, test: (record: Body) => boolean = () => true): Body =>
    all(stream).find(test) ?? {};
  const isNew = (record: Body): boolean => String(record['updated_at']) >= LATER;

  it('adds, changes and deletes a client', async () => {
    const made = await post(sandbox, 'clients', { name: 'Neu & Söhne', currency: 'CHF', unknown: 1 });
    expect(made).toMatchObject({
      status: 201,
      body: { name: 'Neu & Söhne', currency: 'CHF', is_active: true },
    });
    const path = `clients/${String(made.body['id'])}`;
    sandbox.account.clock.advance(5000);
    const changed = await patch(sandbox, path, { is_active: false });
    expect(changed.body).toMatchObject({ is_active: false, created_at: made.body['created_at'] });
    expect(String(changed.body['updated_at']) > String(made.body['updated_at'])).toBe(true);
    expect((await remove(sandbox, path)).status).toBe(200);
    expect((await ask(sandbox, path)).status).toBe(404);
  });

  it('refuses what is missing, of the wrong kind or refers to nothing', async () => {
    expect((await post(sandbox, 'clients', {})).body).toEqual({ message: "name can't be blank" });
    expect((await post(sandbox, 'clients', { name: 7 })).status).toBe(422);
    expect((await post(sandbox, 'contacts', { client_id: 1, first_name: 'A' })).status).toBe(422);
    expect((await patch(sandbox, 'clients/1', { name: 'A' })).status).toBe(404);
    expect((await post(sandbox, 'clients', { name: 'A' }, sandbox.tokens.member)).status).toBe(403);
  });

  it('shows a new name everywhere at once without touching the records that embed it', async () => {
    const project = first('projects', (each) => Boolean(each['code']) && each['is_active'] === true);
    const id = project['id'];
    const within = (record: Body): boolean => (record['project'] as Body | null)?.['id'] === id;
    const before = all('user_assignments').filter(within);
    await patch(sandbox, `projects/${String(id)}`, { name: 'Ganz anders' });
    const after = all('user_assignments').filter(within);
    expect(after.map((each) => each['updated_at'])).toEqual(before.map((each) => each['updated_at']));
    expect(after.every((each) => (each['project'] as Body)['name'] === 'Ganz anders')).toBe(true);
    expect(all('uninvoiced').some((row) => row['project_name'] === 'Ganz anders')).toBe(true);
    expect(all('time_projects').some((row) => String(row['project_name']).endsWith('] Ganz anders'))).toBe(
      true,
    );
    expect(isNew(first('projects', (each) => each['id'] === id))).toBe(true);
  });

  it('moves an invoice with its payments', async () => {
    const invoice = first('invoices', (each) => each['state'] === 'open' && Number(each['due_amount']) > 2);
    const path = `invoices/${String(invoice['id'])}`;
    await post(sandbox, `${path}/payments`, { amount: 1 });
    const partly = (await ask(sandbox, path)).body;
    expect(partly).toMatchObject({ state: 'open' });
    expect(partly['due_amount']).toBeCloseTo(Number(invoice['due_amount']) - 1, 2);
    expect(isNew(partly)).toBe(true);
    const rest = await post(sandbox, `${path}/payments`, {
      amount: partly['due_amount'],
      paid_date: '2026-03-09',
    });
    expect(rest.body).toMatchObject({ paid_at: '2026-03-09T00:00:00Z', paid_date: '2026-03-09' });
    const paid = (await ask(sandbox, path)).body;
    expect(paid).toMatchObject({ state: 'paid', due_amount: 0, paid_date: '2026-03-09' });
    sandbox.account.clock.advance(60_000);
    await remove(sandbox, `${path}/payments/${String(rest.body['id'])}`);
    const reopened = (await ask(sandbox, path)).body;
    expect(reopened).toMatchObject({ state: 'open', paid_at: null, updated_at: paid['updated_at'] });
  });

  it('moves an invoice with its messages', async () => {
    const draft = first('invoices', (each) => each['state'] === 'draft' && each['issue_date'] !== null);
    const path = `invoices/${String(draft['id'])}`;
    const sent = await post(sandbox, `${path}/messages`, {
      recipients: [{ name: 'A', email: 'a@b.example' }],
      subject: 'Hier',
    });
    expect(sent).toMatchObject({ status: 201, body: { subject: 'Hier', event_type: null } });
    expect((await ask(sandbox, path)).body).toMatchObject({
      state: 'open',
      sent_at: sent.body['created_at'],
      updated_at: sent.body['created_at'],
    });
    await post(sandbox, `${path}/messages`, { event_type: 'close' });
    expect((await ask(sandbox, path)).body).toMatchObject({ state: 'closed' });
    expect(await readAll(sandbox, `${path}/messages`)).toHaveLength(2);
  });

  it('bills open time, touching the entries and the client', async () => {
    const [row] = await readAll(
      sandbox,
      'reports/uninvoiced?from=20250701&to=20260331&include_fixed_fee=false',
    );
    const open = await readAll(sandbox, 'reports/uninvoiced?from=20250701&to=20260331');
    const target =
      open.find((each) => Number(each['uninvoiced_hours']) > 0 && fee(each) === null) ?? row ?? {};
    const made = await post(sandbox, 'invoices', {
      client_id: target['client_id'],
      line_items_import: { project_ids: [target['project_id']], expenses: {} },
      line_items: [{ kind: 'Service', unit_price: 10, quantity: 2.5 }],
    });
    const invoice = made.body;
    const lines = invoice['line_items'] as Body[];
    expect(lines.length).toBeGreaterThan(1);
    expect(invoice['amount']).toBeCloseTo(
      lines.reduce((sum, line) => sum + Number(line['amount']), 0),
      2,
    );
    const billed = all('time_entries').filter(
      (each) => (each['invoice'] as Body | null)?.['id'] === invoice['id'],
    );
    expect(billed.length).toBeGreaterThan(0);
    expect(billed.every((each) => isNew(each) && each['is_locked'] === true)).toBe(true);
    expect(isNew(first('clients', (each) => each['id'] === target['client_id']))).toBe(true);
    const after = await readAll(sandbox, 'reports/uninvoiced?from=20250701&to=20260331');
    expect(after.find((each) => each['project_id'] === target['project_id'])?.['uninvoiced_hours']).toBe(0);
    await remove(sandbox, `invoices/${String(invoice['id'])}`);
    expect(
      all('time_entries').every((each) => (each['invoice'] as Body | null)?.['id'] !== invoice['id']),
    ).toBe(true);
  });

  const fee = (row: Body): unknown =>
    all('projects').find((each) => each['id'] === row['project_id'])?.['fee'] ?? null;

  it('replaces line items and prices them to the cent', async () => {
    const client_id = first('clients')['id'];
    const line = { kind: 'Product', taxed: true };
    const made = await post(sandbox, 'invoices', {
      client_id,
      tax: 5,
      discount: 10,
      line_items: [
        { ...line, quantity: 100, unit_price: 0.575 },
        { ...line, quantity: 1, unit_price: 242.5 },
      ],
    });
    expect(made.body).toMatchObject({
      amount: 283.5,
      tax_amount: 13.5,
      discount_amount: 30,
      due_amount: 283.5,
    });
    const [one] = made.body['line_items'] as Body[];
    const changed = await patch(sandbox, `invoices/${String(made.body['id'])}`, {
      line_items: [
        { id: one?.['id'], _destroy: true },
        { ...line, quantity: 1, unit_price: 57.5 },
      ],
    });
    expect(changed.body['amount']).toBe(283.5);
    expect((changed.body['line_items'] as Body[]).map((each) => each['id'])).not.toContain(one?.['id']);
  });

  it('deletes a project with its time, expenses and assignments, and keeps its invoices', async () => {
    const invoice = first('invoices', (each) =>
      (each['line_items'] as Body[]).some((line) => line['project']),
    );
    const line = (invoice['line_items'] as Body[]).find((each) => each['project'] !== null) ?? {};
    const id = (line['project'] as Body)['id'];
    await remove(sandbox, `projects/${String(id)}`);
    const within = (record: Body): boolean => (record['project'] as Body | null)?.['id'] === id;
    for (const stream of [
      'time_entries',
      'expenses',
      'user_assignments',
      'task_assignments',
      'project_assignments',
    ])
      expect(all(stream).filter(within)).toEqual([]);
    const kept = (await ask(sandbox, `invoices/${String(invoice['id'])}`)).body;
    expect((kept['line_items'] as Body[]).length).toBe((invoice['line_items'] as Body[]).length);
    expect((kept['line_items'] as Body[]).some(within)).toBe(false);
  });

  it('keeps what is in use', async () => {
    const used = first('time_entries', (each) => each['user_assignment'] !== null);
    const project = String((used['project'] as Body)['id']);
    const assignment = String((used['user_assignment'] as Body)['id']);
    for (const path of [
      `clients/${String((used['client'] as Body)['id'])}`,
      `tasks/${String((used['task'] as Body)['id'])}`,
      `users/${String((used['user'] as Body)['id'])}`,
      `projects/${project}/user_assignments/${assignment}`,
      `expense_categories/${String((first('expenses')['expense_category'] as Body)['id'])}`,
    ])
      expect([path, (await remove(sandbox, path)).status]).toEqual([path, 422]);
  });

  it('ends a rate where its successor starts, or replaces rates that start later', async () => {
    const made = await post(sandbox, 'users', { first_name: 'Neu', last_name: 'Hier', email: 'n@h.example' });
    const path = `users/${String(made.body['id'])}/billable_rates`;
    await post(sandbox, path, { amount: 80 });
    await post(sandbox, path, { amount: 90.125, start_date: '2026-02-01' });
    expect(await readAll(sandbox, path)).toMatchObject([
      { amount: 80, start_date: null, end_date: '2026-01-31' },
      { amount: 90.125, start_date: '2026-02-01', end_date: null },
    ]);
    expect((await ask(sandbox, `users/${String(made.body['id'])}`)).body['default_hourly_rate']).toBe(90.125);
    await post(sandbox, path, { amount: 70 });
    expect(await readAll(sandbox, path)).toMatchObject([{ amount: 70, start_date: null, end_date: null }]);
  });

  it('gives new projects the default tasks and lets assignments be archived', async () => {
    const made = await post(sandbox, 'projects', {
      client_id: first('clients')['id'],
      name: 'Frisch',
      is_billable: true,
      bill_by: 'People',
      budget_by: 'none',
    });
    const path = `projects/${String(made.body['id'])}`;
    expect(await readAll(sandbox, `${path}/task_assignments`)).toHaveLength(3);
    const member = sandbox.account.data.people.member;
    const joined = await post(sandbox, `${path}/user_assignments`, { user_id: member });
    expect((await post(sandbox, `${path}/user_assignments`, { user_id: member })).status).toBe(422);
    const listed = (): boolean => all('project_assignments').some((each) => each['id'] === joined.body['id']);
    expect(listed()).toBe(true);
    const left = await patch(sandbox, `${path}/user_assignments/${String(joined.body['id'])}`, {
      is_active: false,
    });
    expect(left.body['is_active']).toBe(false);
    expect(listed()).toBe(false);
  });

  it('shows a deleted creator as nobody', async () => {
    const made = await post(sandbox, 'users', { first_name: 'Kurz', last_name: 'Da', email: 'k@d.example' });
    const id = Number(made.body['id']);
    const invoice = sandbox.account.data.tables.invoices.newestFirst()[0];
    if (invoice !== undefined) invoice.creator_id = id;
    expect((await ask(sandbox, `invoices/${invoice?.id}`)).body['creator']).toMatchObject({
      name: 'Kurz Da',
    });
    await remove(sandbox, `users/${id}`);
    expect((await ask(sandbox, `invoices/${invoice?.id}`)).body['creator']).toEqual({ id: null, name: null });
  });
});
