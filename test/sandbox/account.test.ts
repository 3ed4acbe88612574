import { describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { type Body, NOW, start } from './ask.ts';

const STREAMS = [
  'billable_rates', 'clients', 'company', 'contacts', 'cost_rates', 'estimate_item_categories', 'estimate_messages',
  'estimates', 'expense_categories', 'expenses', 'expenses_categories', 'expenses_clients', 'expenses_projects',
  'expenses_team', 'invoice_item_categories', 'invoice_messages', 'invoice_payments', 'invoices', 'project_assignments',
  'project_budget', 'projects', 'roles', 'task_assignments', 'tasks', 'time_clients', 'time_entries', 'time_projects',
  'time_tasks', 'time_team', 'uninvoiced', 'user_assignments', 'users',
]; // prettier-ignore

function everything(sandbox: Sandbox): Record<string, Body[]> {
  return Object.fromEntries(STREAMS.map((stream) => [stream, [...sandbox.account.truth(stream)]]));
}

describe('the generated account', () => {
  it('is the same for the same seed, size and day, and another for another seed', async () => {
    await using one = await start({ seed: 11 });
    await using same = await start({ seed: 11, now: '2026-03-10T17:00:00Z' });
    await using other = await start({ seed: 12 });
    expect(everything(same)).toEqual(everything(one));
    expect([...other.account.truth('time_entries')]).not.toEqual([...one.account.truth('time_entries')]);
    expect(other.accountId).not.toBe(one.accountId);
  });

  it.each(['tiny', 'studio', 'agency'] as const)('fills all 32 streams at size %s', async (size) => {
    await using sandbox = await startSandbox({ size, now: NOW });
    const months = ['2026-01', '2026-02'];
    for (const stream of STREAMS) {
      const [record] = sandbox.account.truth(stream, { months });
      expect([stream, typeof record]).toEqual([stream, 'object']);
    }
    const counts = { tiny: 200, studio: 3000, agency: 60_000 };
    expect(sandbox.account.data.entries.size).toBe(counts[size]);
  });

  it('may be as small as nobody having tracked any time', async () => {
    await using sandbox = await start({ size: 0 });
    expect([...sandbox.account.truth('time_entries')]).toEqual([]);
    expect([...sandbox.account.truth('users')].length).toBeGreaterThan(2);
    expect([...sandbox.account.truth('time_team')]).toEqual([]);
    expect(sandbox.account.passDay().counts['new_time_entries']).toBeGreaterThan(0);
  });

  it('holds what real accounts hold: odd names, empty and missing texts, several currencies, every state', async () => {
    await using sandbox = await start({ size: 'studio' });
    const all = everything(sandbox);
    const values = (stream: string, field: string): Set<unknown> =>
      new Set(all[stream]?.map((each) => each[field]));
    expect(values('clients', 'currency')).toEqual(new Set(['EUR', 'USD', 'GBP']));
    expect(values('invoices', 'state')).toEqual(new Set(['draft', 'open', 'paid', 'closed']));
    expect(values('estimates', 'state')).toEqual(new Set(['draft', 'sent', 'accepted', 'declined']));
    expect(values('invoices', 'issue_date').has(null)).toBe(true);
    expect(values('estimates', 'issue_date').has(null)).toBe(true);
    const notes = [...values('time_entries', 'notes')].map(String);
    for (const sign of ['"', '📷', 'ö', '[', '\n', '\\'])
      expect(notes.some((text) => text.includes(sign))).toBe(true);
    for (const empty of [null, '']) expect(values('time_entries', 'notes').has(empty)).toBe(true);
    expect(values('time_entries', 'user_assignment').has(null)).toBe(true);
    expect(values('time_entries', 'is_running').has(true)).toBe(true);
    expect(all['time_entries']?.some((each) => String(each['spent_date']) > NOW)).toBe(true);
    const lines = (all['invoices'] ?? []).flatMap((each) => each['line_items'] as Body[]);
    expect(lines.some((line) => line['unit_price'] === 0.575 && line['project'] === null)).toBe(true);
    expect(all['invoices']?.some((each) => (each['creator'] as Body)['id'] === null)).toBe(true);
    const partly = (each: Body): boolean =>
      Number(each['due_amount']) > 0 && Number(each['due_amount']) < Number(each['amount']);
    expect(all['invoices']?.some(partly)).toBe(true);
  });

  it('stamps nothing later than its clock and no change before the making', async () => {
    await using sandbox = await start({ size: 'studio' });
    for (const [stream, records] of Object.entries(everything(sandbox))) {
      for (const { id, created_at, updated_at } of records) {
        if (created_at === undefined) continue;
        const order = [created_at, updated_at, NOW].map(String);
        expect([stream, id, order.toSorted()]).toEqual([stream, id, order]);
      }
    }
  });

  it('adds up: payments to due amounts, lines to amounts', async () => {
    await using sandbox = await start({ size: 'studio' });
    const payments = [...sandbox.account.truth('invoice_payments')];
    for (const invoice of sandbox.account.truth('invoices')) {
      const own = payments.filter((each) => each['invoice_id'] === invoice['id']);
      const paid = own.reduce((sum, each) => sum + Number(each['amount']), 0);
      expect(invoice['due_amount']).toBeCloseTo(Number(invoice['amount']) - paid, 2);
      const lines = invoice['line_items'] as Body[];
      const sum = lines.reduce((total, line) => total + Number(line['amount']), 0);
      const taxes = Number(invoice['tax_amount']) + Number(invoice['tax2_amount']);
      expect(invoice['amount']).toBeCloseTo(sum - Number(invoice['discount_amount']) + taxes, 2);
      if (invoice['state'] === 'paid') expect(invoice['due_amount']).toBe(0);
    }
  });

  it('lets the clock be set and put forward', async () => {
    await using sandbox = await start();
    sandbox.account.clock.set('2027-01-01T00:00:00Z');
    sandbox.account.clock.advance(1500);
    expect(sandbox.account.clock.instant()).toMatch(/^2027-01-01T00:00:0\d/);
    expect(sandbox.account.months().at(-1)).toBe('2027-01');
  });

  it('knows no stream that does not exist', async () => {
    await using sandbox = await start();
    expect(() => [...sandbox.account.truth('retainers')]).toThrow(RangeError);
  });
});
