import { describe, expect, it } from '@jest/globals';
import type { EngineOptions, EngineRun } from '../../support/engine.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { monthsAsked, numberOf, pick, recordsOf } from '../../support/pick.ts';
import { sweptBy } from '../../support/swept.ts';
import { tablesOf, watchDoor } from '../../support/watched.ts';

const NOW = '2026-03-10T09:00:00Z';
const DAY = 86_400_000;
const WEEK = 7 * DAY;
const ROUND = 4;
const BILLING = ['invoices', 'invoice_payments', 'invoice_messages', 'estimates', 'estimate_messages'];
const RATES = ['users', 'billable_rates', 'cost_rates'];
const TEAM = ['users', 'projects', 'user_assignments', 'task_assignments', 'project_assignments'];
/** Lists that have sweeps of their own. */
const ACCOUNT_WIDE = new Set(['invoices', 'estimates', 'users']);
const REPORTS = ['time_team', 'expenses_team', 'uninvoiced'];

/** Runs with some time between them, as many as asked for, or until one passes a test. */
async function runs(
  office: Office,
  { times, gap = WEEK, until = () => false, ...options }: Rhythm,
): Promise<readonly EngineRun[]> {
  const done: EngineRun[] = [];
  while (done.length < times) {
    office.sandbox.account.clock.advance(gap);
    const run = await office.sync(options);
    expect(run.result.outcome).toBe('ok');
    done.push(run);
    if (until(run)) break;
  }
  return done;
}

/** How often is synced; four runs a week apart are one round of 30 days. */
interface Rhythm extends EngineOptions {
  readonly times: number;
  readonly gap?: number;
  readonly until?: (run: EngineRun) => boolean;
}

/** How deletions of a stream were found. */
async function howOf(office: Office, stream: string): Promise<readonly (string | null)[]> {
  const rows = await office.query(`SELECT record_key, how FROM _deletions WHERE stream = '${stream}'`);
  return rows.map(([, how]) => how ?? null);
}

describe('children of parents that are quiet', () => {
  it.each(['invoice_payments', 'invoice_messages', 'estimate_messages'] as const)(
    'that were deleted are found within the period: %s',
    async (stream) => {
      await using office = await openOffice({ now: NOW });
      const parent = stream === 'estimate_messages' ? 'estimates' : 'invoices';
      const streams = [parent, stream];
      await office.sync({ streams });
      const { account } = office.sandbox;
      account.clock.advance(DAY);
      await office.sync({ streams });
      const gone = pick(office, stream);
      // without a trace in the document itself
      account.data.tables[stream].delete(gone.id);
      const until = (run: EngineRun): boolean => resultOf(run, stream).deleted > 0;
      const done = await runs(office, { times: ROUND, streams, until });
      expect(done.map((run) => resultOf(run, stream).deleted).at(-1)).toBe(1);
      expect(await howOf(office, stream)).toEqual(['sweep']);
      expect(await office.differences({ streams: [stream] })).toEqual([]);
    },
  );

  it('that changed are brought up to date within the period: rates and assignments', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = [...new Set([...RATES, ...TEAM])];
    await office.sync({ streams });
    const { tables } = office.sandbox.account.data;
    for (const rates of [tables.billable_rates, tables.cost_rates]) {
      const [rate] = [...rates.all()];
      if (rate !== undefined) rate.amount = 123.45;
    }
    const isActive = recordsOf(office, 'user_assignments').find((each) => each['is_active'] === true);
    const assignment = tables.user_assignments.get(isActive?.id ?? 0);
    if (assignment !== undefined) assignment.budget = 77;
    await runs(office, { times: ROUND, streams });
    const children = ['billable_rates', 'cost_rates', 'project_assignments'];
    expect(await office.differences({ streams: children })).toEqual([]);
  });

  it('are each read again within the period, a few on each day, and cost no more as time goes on', async () => {
    await using office = await openOffice({ now: NOW, size: 'studio' });
    const streams = ['users', 'billable_rates', 'cost_rates'];
    await office.sync({ streams });
    const done = await runs(office, { times: 60, gap: DAY, streams });
    const counts = done.map((run) => sweptBy(run).length);
    const lists = 2 * recordsOf(office, 'users').length;
    expect(Math.max(...counts)).toBeLessThanOrEqual(4 * Math.ceil(lists / 29));
    expect(done.every(({ requests }, nth) => requests.length - (counts[nth] ?? 0) <= 6)).toBe(true);
    for (const month of [done.slice(0, 30), done.slice(30)]) {
      const swept = month.flatMap(sweptBy);
      expect(new Set(swept).size).toBe(lists);
      expect(swept.length).toBeLessThanOrEqual(lists * 1.1);
    }
  }, 180_000);

  it('are not staged again where they are what they were, and then nothing is written', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = [...BILLING, ...RATES];
    await office.sync({ streams });
    for (let week = 0; week < ROUND; week += 1) {
      office.sandbox.account.clock.advance(WEEK);
      const seen = watchDoor();
      const run = await office.sync({ streams, wrapDoor: seen.wrapDoor });
      expect(tablesOf(seen.loads.filter(({ table }) => !ACCOUNT_WIDE.has(table.name)))).toEqual([]);
      expect(run.result.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    }
  });

  it('are all read on every run if that is asked for', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments'];
    const config = { sync: { sweepChildrenEveryMs: 0 } };
    const invoices = recordsOf(office, 'invoices').length;
    expect(sweptBy(await office.sync({ streams, config }))).toEqual([]);
    for (let nth = 0; nth < 2; nth += 1)
      expect(sweptBy(await office.sync({ streams, config }))).toHaveLength(invoices);
    expect(sweptBy(await office.sync({ streams, config, fullRefresh: true }))).toEqual([]);
  });

  it('are found in weekly runs, and all of them in the first run after a long pause', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments'];
    const { clock } = office.sandbox.account;
    const invoices = recordsOf(office, 'invoices').length;
    await office.sync({ streams });
    const weeks: string[] = [];
    for (let week = 0; week < 4; week += 1) {
      clock.advance(WEEK);
      weeks.push(...sweptBy(await office.sync({ streams })));
    }
    expect(new Set(weeks).size).toBe(invoices);
    expect(weeks).toHaveLength(invoices);
    clock.advance(40 * DAY);
    expect(sweptBy(await office.sync({ streams }))).toHaveLength(invoices);
  });

  it('go with a parent that is gone though nobody told, and new parents take their turn', async () => {
    await using office = await openOffice({ now: NOW });
    // invoices are not stored, so that nothing tells of a deleted one
    const config = { streams: { include: ['invoice_payments'] } };
    await office.sync({ config });
    const { account } = office.sandbox;
    const payment = pick(office, 'invoice_payments');
    account.remove('invoices', Number(payment['invoice_id']));
    const fresh = account.create('invoices', { client_id: pick(office, 'clients').id });
    const done = await runs(office, { times: ROUND, config });
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
    expect(done.flatMap(sweptBy)).toContainEqual(expect.stringContaining(`/invoices/${fresh}/payments`));
  });

  it('stay where the sweep meets anything but a 404, and it goes on from there', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments'];
    const config = { sync: { concurrency: 1 } };
    await office.sync({ streams, config });
    const { account, faults } = office.sandbox;
    account.data.tables.invoice_payments.delete(pick(office, 'invoice_payments').id);
    account.clock.advance(40 * DAY);
    faults.add({ match: '/payments', do: 'status', status: 403, nth: 3 });
    const failed = await office.sync({ streams, config });
    expect(resultOf(failed, 'invoice_payments')).toMatchObject({ outcome: 'failed', deleted: 0 });
    const run = await office.sync({ streams, config });
    expect(resultOf(run, 'invoice_payments')).toMatchObject({ outcome: 'ok', deleted: 1 });
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
  });

  it('are not swept where it cannot be told what is gone', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments', 'time_entries', 'time_team'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(40 * DAY);
    account.setModules({ estimate: false });
    const run = await office.sync({ streams, allowDeletes: true });
    expect(sweptBy(run)).toEqual([]);
    expect(sweptBy(await office.sync({ streams })).length).toBeGreaterThan(0);
  });

  it('that a full refresh left where it could not be told are found by the sweep', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.data.tables.invoice_payments.delete(pick(office, 'invoice_payments').id);
    account.setModules({ estimate: false });
    await office.sync({ streams, fullRefresh: true, allowDeletes: true });
    await runs(office, { times: ROUND, streams });
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
  });
});

describe('old report months', () => {
  it('that Harvest restated without a changed entry are put right within the period', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync({ streams: ['time_entries', 'expenses', ...REPORTS] });
    const { entries } = office.sandbox.account.data;
    const { id } = pick(office, 'time_entries', (entry) => String(entry['spent_date']) < '2025-12');
    const row = entries.rowOf(id) ?? 0;
    entries.hundredths[row] = (entries.hundredths[row] ?? 0) + 100;
    entries.version += 1;
    // entries are left alone, so that nothing tells of the month
    const done = await runs(office, { times: ROUND, streams: REPORTS });
    expect(await office.differences({ streams: ['time_team', 'expenses_team'] })).toEqual([]);
    const swept = done.map((run) => sweptBy(run));
    expect(swept.flat().filter((url) => url.includes('uninvoiced'))).toEqual([]);
    const old = office.sandbox.account.months().length - 3;
    expect(Math.max(...swept.map((urls) => urls.length))).toBeLessThanOrEqual(
      2 * (Math.ceil(old / ROUND) + 1),
    );
    expect(done.map((run) => monthsAsked(run, 'reports/time/team').length >= 3)).not.toContain(false);
  });

  it('are not staged again where they are what they were', async () => {
    await using office = await openOffice({ now: NOW });
    const config = { sync: { sweepChildrenEveryMs: 0 } };
    await office.sync({ streams: ['time_entries', 'time_team'] });
    office.sandbox.account.clock.advance(DAY);
    const seen = watchDoor();
    const run = await office.sync({ streams: ['time_team'], config, wrapDoor: seen.wrapDoor });
    expect(sweptBy(run)).toHaveLength(office.sandbox.account.months().length - 3);
    expect(tablesOf(seen.loads)).toEqual([]);
  });
});

describe('a sweep that is killed', () => {
  it('goes on with what is left', async () => {
    await using office = await openOffice({ now: NOW, size: 'studio' });
    const streams = ['invoices', 'invoice_messages'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(10 * DAY);
    for (const message of account.data.tables.invoice_messages.all()) message.subject = 'Another subject';
    const seen = watchDoor(async ({ loads }) => {
      if (loads.some(({ load }) => load.table.name === 'invoice_messages'))
        throw new Error('the power fails');
    });
    const killed = await office.sync({ streams, wrapDoor: seen.wrapDoor });
    expect(killed.result.outcome).not.toBe('ok');
    expect(sweptBy(killed).length).toBeGreaterThan(0);
    const next = await office.sync({ streams });
    expect(new Set(sweptBy(next))).toEqual(new Set(sweptBy(killed)));
    await runs(office, { times: ROUND, streams });
    expect(await office.differences({ streams })).toEqual([]);
    expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(0);
  });
});
