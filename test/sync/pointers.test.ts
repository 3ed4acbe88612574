import { describe, expect, it } from '@jest/globals';
import type { EngineOptions } from '../support/engine.ts';
import { interpose } from '../support/interpose.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { asked, idIn, numberOf, pick, recordsOf } from '../support/pick.ts';
import { sweptBy } from '../support/swept.ts';

const NOW = '2026-03-10T09:00:00Z';
const AN_HOUR = 3_600_000;
const BILLING = ['invoices', 'invoice_payments', 'invoice_messages'];
const RATES = ['users', 'billable_rates', 'cost_rates'];
const TEAM = ['users', 'projects', 'user_assignments', 'task_assignments', 'project_assignments'];

/** A synced office an hour later, so that nothing but edits lies in the next window. */
async function openSynced(streams: readonly string[], options: EngineOptions = {}): Promise<Office> {
  const office = await openOffice({ now: NOW });
  await office.sync({ ...options, streams });
  office.sandbox.account.clock.advance(AN_HOUR);
  return office;
}

const peopleOf = (urls: readonly string[]): ReadonlySet<string | undefined> =>
  new Set(urls.map((url) => /users\/(\d+)\//.exec(url)?.[1]));

describe('a rate that changed', () => {
  it('is read when only the updated_at of its person moved', async () => {
    await using office = await openSynced(RATES);
    const { account } = office.sandbox;
    const rate = pick(office, 'cost_rates');
    const stored = account.data.tables.cost_rates.get(rate.id);
    if (stored !== undefined) stored.amount = 88.25;
    account.update('users', Number(rate['user_id']), {});
    const run = await office.sync({ streams: RATES });
    expect(peopleOf(asked(run, /_rates/))).toEqual(new Set([String(rate['user_id'])]));
    expect(await office.differences({ streams: RATES })).toEqual([]);
  });

  it('is read when a full listing shows other default rates of its person, without a newer updated_at', async () => {
    await using office = await openSynced(RATES);
    const { tables } = office.sandbox.account.data;
    const rates = [...tables.billable_rates.all()];
    const newest = rates.findLast((rate) => rate.end_date === null);
    if (newest !== undefined) newest.amount += 7.5;
    const run = await office.sync({ streams: RATES, config: { sync: { sweepEveryMs: 0 } } });
    const regular = asked(run, /billable_rates/).filter((url) => !sweptBy(run).includes(url));
    expect(peopleOf(regular)).toEqual(new Set([String(newest?.user_id)]));
    expect(await office.differences({ streams: RATES })).toEqual([]);
  });
});

describe('an assignment that was deleted', () => {
  it('of a person leaves their project assignments in the same run', async () => {
    await using office = await openSynced(TEAM);
    const { account } = office.sandbox;
    const gone = pick(office, 'user_assignments', ({ is_active: isActive }) => isActive === true);
    account.remove('user_assignments', gone.id);
    const run = await office.sync({ streams: TEAM });
    expect(peopleOf(asked(run, /project_assignments/))).toEqual(new Set([String(idIn(gone, 'user'))]));
    expect(resultOf(run, 'project_assignments').deleted).toBe(1);
    expect(await office.differences({ streams: TEAM })).toEqual([]);
  });

  it('of a task has the assignments of all people of its project read', async () => {
    await using office = await openSynced(TEAM);
    const { account } = office.sandbox;
    const own = pick(office, 'user_assignments', ({ is_active: isActive }) => isActive === true);
    const project = idIn(own, 'project');
    // one without hours: others cannot be deleted
    const task = account.create('tasks', { name: 'A task that nobody needs' });
    const gone = account.create('task_assignments', { project_id: project, task_id: task });
    await office.sync({ streams: TEAM });
    account.clock.advance(AN_HOUR);
    account.remove('task_assignments', gone);
    const run = await office.sync({ streams: TEAM });
    const people = recordsOf(office, 'user_assignments')
      .filter((each) => idIn(each, 'project') === project)
      .map((each) => String(idIn(each, 'user')));
    expect(peopleOf(asked(run, /project_assignments/))).toEqual(new Set(people));
    expect(await office.differences({ streams: TEAM })).toEqual([]);
  });
});

describe('an invoice that was deleted takes its payments and messages', () => {
  it.each(['remove', 'mark', 'keep'] as const)('under deletes: %s', async (deletes) => {
    const config = { sync: { deletes } };
    await using office = await openSynced(BILLING, { config });
    const { account } = office.sandbox;
    const payment = pick(office, 'invoice_payments');
    const id = Number(payment['invoice_id']);
    const paid = recordsOf(office, 'invoice_payments').filter((each) => each['invoice_id'] === id).length;
    account.remove('invoices', id);
    const run = await office.sync({ streams: BILLING, config });
    expect(run.result.outcome).toBe('ok');
    const left = await numberOf(office, `SELECT count(*) FROM invoice_payments WHERE invoice_id = ${id}`);
    expect(left).toBe(deletes === 'remove' ? 0 : paid);
    const noted = "SELECT count(*) FROM _deletions WHERE stream = 'invoice_payments'";
    if (deletes !== 'keep') expect(await numberOf(office, noted)).toBe(paid);
    if (deletes === 'mark') {
      const live = `SELECT count(*) FROM invoice_payments WHERE invoice_id = ${id} AND _deleted_at IS NULL`;
      expect(await numberOf(office, live)).toBe(0);
    }
    const again = await office.sync({ streams: BILLING, config });
    expect(asked(again, new RegExp(`/invoices/${id}/`))).toEqual([]);
    expect(again.result.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
  });
});

describe('an invoice of a run that disagrees with its payments', () => {
  const streams = ['invoices', 'invoice_payments'];
  const never = { sweepChildrenEveryMs: 4e12 };
  const everything = { config: { sync: { ...never, sweepEveryMs: 0 } }, streams };

  it('has them read at once, though its own row is as before', async () => {
    await using office = await openSynced(streams);
    const { account } = office.sandbox;
    const agreed = await office.sync(everything);
    expect(asked(agreed, /\/payments/)).toEqual([]);
    const payment = pick(office, 'invoice_payments');
    const stored = account.data.tables.invoice_payments.get(payment.id);
    if (stored !== undefined) stored.amount += 0.01;
    account.clock.advance(AN_HOUR);
    // the table holds what the invoice does not tell: the payment is written in by hand
    await office.sync({ ...everything, config: { sync: { ...never, sweepChildrenEveryMs: 0 } } });
    if (stored !== undefined) stored.amount -= 0.01;
    account.clock.advance(AN_HOUR);
    const run = await office.sync(everything);
    expect(asked(run, /\/payments/)).toEqual([
      expect.stringContaining(`/invoices/${String(payment['invoice_id'])}/payments`),
    ]);
    expect(resultOf(run, 'invoice_payments').updated).toBe(1);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('is looked for in the warehouse only where an invoice was staged', async () => {
    await using office = await openSynced(streams);
    const queries: unknown[] = [];
    const count = async (sync: EngineOptions): Promise<number> => {
      queries.length = 0;
      await office.sync({
        ...sync,
        wrapDoor: (door) => ({
          ...door,
          open: async (session) =>
            interpose(await door.open(session), {
              readRows: async (_warehouse, table) => {
                if (table === 'invoice_payments') queries.push(table);
              },
            }),
        }),
      });
      return queries.length;
    };
    expect(await count({ streams })).toBe(0);
    expect(await count(everything)).toBe(1);
    const columns = { include: ['*'], exclude: ['due_amount'], hash: [] };
    const overrides = new Map([['invoices', columns]]);
    expect(await count({ streams, config: { ...everything.config, streams: { overrides } } })).toBe(0);
  });
});
