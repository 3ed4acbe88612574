import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf } from '../../support/office.ts';
import { asked, idIn, numberOf, pick, recordsOf } from '../../support/pick.ts';

const BILLING = ['invoices', 'invoice_payments', 'invoice_messages'];
const TEAM = ['users', 'projects', 'user_assignments', 'task_assignments', 'project_assignments'];
/** Later than anything that a run with the usual overlap would read again. */
const AN_HOUR = 3_600_000;

describe('payments and messages', () => {
  it('are read for the invoices that changed, and for no others', async () => {
    await using office = await openOffice();
    const first = await office.sync({ streams: BILLING });
    expect(asked(first, /\/payments/)).toHaveLength(recordsOf(office, 'invoices').length);
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    const quiet = await office.sync({ streams: BILLING });
    expect(asked(quiet, /\/(payments|messages)/)).toEqual([]);

    account.clock.advance(AN_HOUR);
    const invoice = pick(office, 'invoices', ({ state }) => state === 'open');
    account.create('invoice_payments', { invoice_id: invoice.id, amount: 2.25 });
    account.clock.advance(AN_HOUR);
    const next = await office.sync({ streams: BILLING });
    expect(asked(next, /\/payments/)).toEqual([expect.stringContaining(`/invoices/${invoice.id}/payments`)]);
    expect(asked(next, /\/messages/)).toHaveLength(1);
    expect(resultOf(next, 'invoice_payments').inserted).toBe(1);
    expect(await office.differences({ streams: BILLING })).toEqual([]);
  });

  it('that were deleted go with the next change of their invoice', async () => {
    await using office = await openOffice();
    await office.sync({ streams: BILLING });
    const { account } = office.sandbox;
    const payment = pick(office, 'invoice_payments');
    account.remove('invoice_payments', payment.id);
    account.update('invoices', Number(payment['invoice_id']), { subject: 'paid by mistake' });
    await office.sync({ streams: BILLING });
    expect(await office.differences({ streams: BILLING })).toEqual([]);
    expect(await office.query('SELECT stream, record_key, how FROM _deletions')).toEqual([
      ['invoice_payments', String(payment.id), 'parent'],
    ]);
  });

  it('go when their invoice is gone by the time they are read', async () => {
    await using office = await openOffice();
    await office.sync({ streams: BILLING });
    const { account } = office.sandbox;
    const payment = pick(office, 'invoice_payments');
    const id = Number(payment['invoice_id']);
    account.update('invoices', id, { subject: 'about to go' });
    let isGone = false;
    const run = await office.sync({
      streams: BILLING,
      onEvent: (event) => {
        // the list still held it
        if (event.event !== 'page.fetched' || event.stream !== 'invoices' || isGone) return;
        isGone = true;
        account.remove('invoices', id);
      },
    });
    expect(run.result.outcome).toBe('ok');
    expect(await numberOf(office, `SELECT count(*) FROM invoice_payments WHERE invoice_id = ${id}`)).toBe(0);
    expect(await office.differences({ streams: ['invoice_payments', 'invoice_messages'] })).toEqual([]);
  });

  it('go with an invoice that a full refresh finds gone, even if they are not read then', async () => {
    await using office = await openOffice();
    await office.sync({ streams: BILLING });
    const payment = pick(office, 'invoice_payments');
    office.sandbox.account.remove('invoices', Number(payment['invoice_id']));
    await office.sync({ streams: ['invoices'], fullRefresh: true });
    await office.sync({ streams: ['invoice_payments', 'invoice_messages'] });
    expect(await office.differences({ streams: BILLING })).toEqual([]);
  });

  it('of an invoice that changed in the very second of the last run are not lost', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    const { clock } = office.sandbox.account;
    await office.sync({ streams: BILLING });
    const invoice = pick(office, 'invoices', ({ state }) => state === 'open');
    // both payments carry the second in which the next run begins; it sees only the first
    clock.set('2026-03-10T10:00:00.100Z');
    office.sandbox.account.create('invoice_payments', { invoice_id: invoice.id, amount: 1 });
    await office.sync({ streams: BILLING });
    clock.set('2026-03-10T10:00:00.100Z');
    office.sandbox.account.create('invoice_payments', { invoice_id: invoice.id, amount: 2 });
    clock.set('2026-03-10T10:05:00Z');
    await office.sync({ streams: BILLING });
    expect(await office.differences({ streams: BILLING })).toEqual([]);
  });
});

describe('rates', () => {
  it('are read for the people whose row changed', async () => {
    await using office = await openOffice();
    const streams = ['users', 'billable_rates', 'cost_rates'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    await office.sync({ streams });
    account.clock.advance(AN_HOUR);
    const user = pick(office, 'users');
    account.create('cost_rates', { user_id: user.id, amount: 77.5, start_date: account.clock.today() });
    account.clock.advance(AN_HOUR);
    const run = await office.sync({ streams });
    expect(asked(run, /_rates/).map((url) => /users\/(\d+)\//.exec(url)?.[1])).toEqual([
      String(user.id),
      String(user.id),
    ]);
    expect(resultOf(run, 'cost_rates').inserted).toBe(1);
    expect(await office.differences({ streams })).toEqual([]);
  });
});

describe('project assignments', () => {
  it('that become inactive leave the table', async () => {
    await using office = await openOffice();
    await office.sync({ streams: TEAM });
    const assignment = pick(office, 'user_assignments', ({ is_active: isActive }) => isActive === true);
    office.sandbox.account.update('user_assignments', assignment.id, { is_active: false });
    const run = await office.sync({ streams: TEAM });
    expect(resultOf(run, 'project_assignments').deleted).toBe(1);
    expect(asked(run, /users\/\d+\/project_assignments/)).toHaveLength(1);
    expect(await office.differences({ streams: TEAM })).toEqual([]);
  });

  it('are read for all people of a project whose task assignments changed', async () => {
    await using office = await openOffice();
    await office.sync({ streams: TEAM });
    const own = recordsOf(office, 'user_assignments').filter(({ is_active: isActive }) => isActive === true);
    const task = pick(office, 'task_assignments', (each) =>
      own.some((other) => idIn(other, 'project') === idIn(each, 'project')),
    );
    office.sandbox.account.update('task_assignments', task.id, { hourly_rate: 123.45 });
    const run = await office.sync({ streams: TEAM });
    const project = idIn(task, 'project');
    const people = recordsOf(office, 'user_assignments').filter((each) => idIn(each, 'project') === project);
    const read = asked(run, /users\/\d+\/project_assignments/).map((url) => /users\/(\d+)/.exec(url)?.[1]);
    expect(new Set(read)).toEqual(new Set(people.map((each) => String(idIn(each, 'user')))));
    expect(await office.differences({ streams: TEAM })).toEqual([]);
  });
});

describe('children whose parents are left out by the configuration', () => {
  it('stay complete where the parents were stored before', async () => {
    await using office = await openOffice();
    await office.sync({ streams: BILLING });
    const invoice = pick(office, 'invoices', ({ state }) => state === 'open');
    office.sandbox.account.create('invoice_payments', { invoice_id: invoice.id, amount: 3 });
    await office.sync({ config: { streams: { include: ['invoice_payments'] } } });
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
  });

  it.each([
    ['invoice_payments', 'invoices'],
    ['billable_rates', 'users'],
    ['project_assignments', 'users'],
  ])('are complete at first and afterwards: %s without %s', async (stream) => {
    await using office = await openOffice();
    const config = { streams: { include: [stream] } };
    const { account } = office.sandbox;
    await office.sync({ config });
    expect(await office.differences({ streams: [stream] })).toEqual([]);
    const invoice = pick(office, 'invoices', ({ state }) => state === 'open');
    const user = pick(office, 'users');
    account.create('invoice_payments', { invoice_id: invoice.id, amount: 3 });
    account.create('billable_rates', { user_id: user.id, amount: 91, start_date: account.clock.today() });
    const run = await office.sync({ config });
    expect(run.result.outcome).toBe('ok');
    expect(await office.differences({ streams: [stream] })).toEqual([]);
    const tables = await office.query(
      "SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE '\\_%' ESCAPE '\\' AND table_name NOT LIKE '%_history'",
    );
    expect(tables).toEqual([[stream]]);
  });

  it('go when their invoice moves before start_date', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    const config = { streams: { include: ['invoice_payments'] }, startDate: '2026-01-15' };
    const { account } = office.sandbox;
    const invoice = pick(office, 'invoices', ({ issue_date: date }) => String(date) >= '2026-01-15');
    account.create('invoice_payments', { invoice_id: invoice.id, amount: 1.5 });
    await office.sync({ config });
    account.update('invoices', invoice.id, { issue_date: '2025-06-01' });
    await office.sync({ config });
    expect(await office.differences({ streams: ['invoice_payments'], startDate: '2026-01-15' })).toEqual([]);
  });

  it.each([
    [['project_assignments']],
    [['users', 'project_assignments']],
    [['user_assignments', 'project_assignments']],
    [['users', 'task_assignments', 'project_assignments']],
    [['users', 'user_assignments', 'project_assignments']],
  ])('follow the assignments that they show, with only %j configured', async (include) => {
    await using office = await openOffice();
    const config = { streams: { include } };
    const { account } = office.sandbox;
    await office.sync({ config });
    const active = recordsOf(office, 'user_assignments').filter(
      ({ is_active: isActive }) => isActive === true,
    );
    account.update('user_assignments', active[0]?.id ?? 0, { is_active: false });
    const task = pick(office, 'task_assignments', (each) =>
      active.slice(1).some((own) => idIn(own, 'project') === idIn(each, 'project')),
    );
    account.update('task_assignments', task.id, { hourly_rate: 123.45 });
    await office.sync({ config });
    expect(await office.differences({ streams: include })).toEqual([]);
  });
});
