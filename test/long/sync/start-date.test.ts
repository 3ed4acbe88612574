import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { asked, idIn, monthsAsked, numberOf, pick, recordsOf } from '../../support/pick.ts';

const NOW = '2026-03-10T09:00:00Z';
const START = '2026-01-15';
const FROM_START = { config: { startDate: START } } as const;

/** A person, a project and a task that time can be tracked with. */
function workOf(office: Office): Record<string, number> {
  const entry = pick(office, 'time_entries');
  return { user_id: idIn(entry, 'user'), project_id: idIn(entry, 'project'), task_id: idIn(entry, 'task') };
}

describe('start_date', () => {
  it('keeps older dated facts out and lets undated and future ones in, with every reference complete', async () => {
    await using office = await openOffice({ now: NOW });
    const { account } = office.sandbox;
    const client = pick(office, 'clients');
    const undated = account.create('invoices', { client_id: client.id, issue_date: null });
    const future = account.create('time_entries', { ...workOf(office), spent_date: '2026-06-15', hours: 2 });
    const run = await office.sync(FROM_START);
    expect(run.result.outcome).toBe('ok');
    expect(await office.differences({ startDate: START })).toEqual([]);
    expect(await numberOf(office, `SELECT count(*) FROM invoices WHERE id = ${undated}`)).toBe(1);
    expect(await numberOf(office, `SELECT count(*) FROM time_entries WHERE id = ${future}`)).toBe(1);
    for (const stream of ['clients', 'projects', 'tasks', 'users', 'user_assignments', 'billable_rates']) {
      expect(await numberOf(office, `SELECT count(*) FROM "${stream}"`)).toBe(
        recordsOf(office, stream).length,
      );
    }
    expect(recordsOf(office, 'clients').some(({ created_at: at }) => String(at) < START)).toBe(true);
  });

  it('begins the report months with its own month, and reads none before it', async () => {
    await using office = await openOffice({ now: NOW });
    const run = await office.sync({ ...FROM_START, streams: ['time_entries', 'time_clients', 'uninvoiced'] });
    expect(monthsAsked(run, 'reports/time/clients')).toEqual(['2026-03', '2026-02', '2026-01']);
    const first = await office.query('SELECT CAST(min(period_start) AS VARCHAR) FROM time_clients');
    expect(first).toEqual([['2026-01-01']]);
  });

  it('counts what it leaves out as skipped', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'estimates', 'expenses', 'time_entries'];
    const run = await office.sync({ ...FROM_START, streams });
    for (const stream of streams) {
      const counts = resultOf(run, stream);
      expect(counts.fetched).toBe(counts.loaded + counts.rejected + counts.skipped);
      expect(counts.loaded).toBe(await numberOf(office, `SELECT count(*) FROM "${stream}"`));
    }
    const old = recordsOf(office, 'invoices').filter(
      ({ issue_date: date }) => date !== null && String(date) < START,
    );
    expect(old.length).toBeGreaterThan(0);
    expect(resultOf(run, 'invoices').skipped).toBe(old.length);
    expect(asked(run, /time_entries/)[0]).toContain(`from=${START}`);
  });

  it('holds for a full refresh, too', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(FROM_START);
    const { result } = await office.sync({ ...FROM_START, fullRefresh: true });
    expect(result).toMatchObject({ outcome: 'ok', totals: { inserted: 0, updated: 0, deleted: 0 } });
    expect(await office.differences({ startDate: START })).toEqual([]);
  });
});

describe('a record that moves over start_date', () => {
  it('leaves the table in that run, is noted, and its month’s report is read again; later it comes back', async () => {
    await using office = await openOffice({ now: NOW });
    const config = { startDate: START, sync: { restateMonths: 1 } };
    const streams = ['time_entries', 'time_clients', 'time_team'];
    await office.sync({ config, streams });
    const { account } = office.sandbox;
    const entry = pick(office, 'time_entries', ({ spent_date: date }) => date === '2026-01-20');
    account.update('time_entries', entry.id, { spent_date: '2025-12-20' });
    const away = await office.sync({ config, streams });
    expect(resultOf(away, 'time_entries')).toMatchObject({ deleted: 1, skipped: 1 });
    expect(await office.query('SELECT stream, record_key, how FROM _deletions')).toEqual([
      ['time_entries', String(entry.id), 'moved'],
    ]);
    expect(new Set(monthsAsked(away, 'reports/time/clients'))).toEqual(new Set(['2026-03', '2026-01']));
    expect(await office.differences({ startDate: START, streams })).toEqual([]);

    account.update('time_entries', entry.id, { spent_date: '2026-01-20' });
    const back = await office.sync({ config, streams });
    expect(resultOf(back, 'time_entries').inserted).toBe(1);
    expect(monthsAsked(back, 'reports/time/team')).toContain('2026-01');
    expect(await office.differences({ startDate: START, streams })).toEqual([]);
  });

  it('takes its children with it when it is an invoice, and brings them back', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['invoices', 'invoice_payments', 'invoice_messages'];
    const { account } = office.sandbox;
    const invoice = pick(office, 'invoices', ({ issue_date: date }) => String(date) >= START);
    account.create('invoice_payments', { invoice_id: invoice.id, amount: 1.5 });
    account.create('invoice_messages', { invoice_id: invoice.id, recipients: [], event_type: 'view' });
    await office.sync({ ...FROM_START, streams });
    const children = `SELECT (SELECT count(*) FROM invoice_payments WHERE invoice_id = ${invoice.id})
      + (SELECT count(*) FROM invoice_messages WHERE invoice_id = ${invoice.id})`;
    const before = await numberOf(office, children);
    expect(before).toBeGreaterThanOrEqual(2);

    account.update('invoices', invoice.id, { issue_date: '2025-06-01' });
    const away = await office.sync({ ...FROM_START, streams });
    expect(away.result.outcome).toBe('ok');
    expect(await numberOf(office, children)).toBe(0);
    expect(await office.differences({ startDate: START, streams })).toEqual([]);
    const noted = await office.query(
      "SELECT DISTINCT stream, how FROM _deletions WHERE stream <> 'invoices' ORDER BY 1",
    );
    expect(noted).toEqual([
      ['invoice_messages', 'parent'],
      ['invoice_payments', 'parent'],
    ]);

    account.update('invoices', invoice.id, { issue_date: '2026-02-01' });
    await office.sync({ ...FROM_START, streams });
    expect(await numberOf(office, children)).toBe(before);
    expect(await office.differences({ startDate: START, streams })).toEqual([]);
  });
});

describe('a start_date within a month', () => {
  it('has the reports of that month follow facts before it: edited, given another date, deleted', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const entries = recordsOf(office, 'time_entries').filter(
      ({ is_locked: locked, is_running: running }) => locked === false && running === false,
    );
    const middle = entries
      .map((entry) => String(entry['spent_date']))
      .find((date) => date > '2000' && date.slice(-2) > '12');
    if (middle === undefined) throw new Error('no entry late in a month');
    const startDate = middle;
    const before = (): (typeof entries)[number] => {
      const found = recordsOf(office, 'time_entries').find(
        ({ spent_date: date, is_locked: locked, is_running: running }) =>
          locked === false &&
          running === false &&
          String(date) < startDate &&
          String(date) >= startDate.slice(0, 7),
      );
      if (found === undefined) throw new Error('no entry before start_date');
      return found;
    };
    const work = {
      project_id: idIn(entries[0] ?? before(), 'project'),
      task_id: idIn(entries[0] ?? before(), 'task'),
    };
    for (let day = 1; day < 4; day += 1) {
      account.create('time_entries', { ...work, spent_date: `${startDate.slice(0, 8)}0${day}`, hours: day });
    }
    const streams = ['time_entries', 'time_projects'];
    const config = { startDate, sync: { restateMonths: 1 } };
    const sync = async (): Promise<readonly string[]> => {
      account.clock.advance(3_600_000);
      await office.sync({ streams, config });
      return office.differences({ streams, startDate });
    };
    expect(await sync()).toEqual([]);
    account.update('time_entries', before().id, { hours: 6.5 });
    expect(await sync()).toEqual([]);
    account.update('time_entries', before().id, { spent_date: entries[0]?.['spent_date'] });
    expect(await sync()).toEqual([]);
    account.remove('time_entries', before().id);
    expect(await sync()).toEqual([]);
  });
});
