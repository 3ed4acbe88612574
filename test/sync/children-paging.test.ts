import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { json, startServer, type SeenRequest } from '../support/http-server.ts';
import { runEngine } from '../support/engine.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { numberOf, pick } from '../support/pick.ts';

const STREAMS = ['invoices', 'invoice_payments'];

/** An invoice with so many payments that their list has pages. */
function payOften(office: Office): number {
  const { id } = pick(office, 'invoices', ({ state }) => state === 'open');
  for (let nth = 0; nth < 5; nth += 1) {
    office.sandbox.account.create('invoice_payments', { invoice_id: id, amount: 1.5 });
  }
  return id;
}

/** Answers like the sandbox, but pages the payments of an invoice by position, two at a time. */
async function byPosition(
  office: Office,
  { url, headers }: SeenRequest,
  response: ServerResponse,
  onSecond: () => void,
): Promise<void> {
  const { origin } = new URL(office.target.baseUrl);
  const page = Number(/[?&]page=(\d+)/.exec(url)?.[1] ?? 1);
  const isPaged = url.includes('/payments');
  if (isPaged && page === 2) onSecond();
  const answer = await fetch(`${origin}${isPaged ? url.replace(/\?.*/, '?per_page=2000') : url}`, {
    headers: Object.fromEntries(
      Object.entries(headers).filter(([, value]) => typeof value === 'string'),
    ) as Record<string, string>,
  });
  const body = (await answer.json()) as Record<string, unknown>;
  const date = { date: answer.headers.get('date') ?? '' };
  const all = body['invoice_payments'];
  if (!isPaged || !Array.isArray(all)) return json(body, answer.status, date)(response, {} as never);
  const next =
    page * 2 < all.length ? `http://${headers.host}${url.replace(/\?.*/, '')}?page=${page + 1}` : null;
  const invoice_payments = all.slice(page * 2 - 2, page * 2);
  json({ ...body, invoice_payments, links: { next } }, 200, date)(response, {} as never);
}

describe("a child's list with several pages", () => {
  it('is given up when the parent is deleted between two of them', async () => {
    await using office = await openOffice({ largestPage: 2 });
    const id = payOften(office);
    const { account, faults } = office.sandbox;
    faults.add({
      match: `/invoices/${id}/payments\\?.*cursor`,
      do: 'edit',
      act: () => account.remove('invoices', id),
    });
    const run = await office.sync({ streams: STREAMS });
    expect(run.result.outcome).toBe('ok');
    expect(run.events.filter(({ event }) => event === 'window.moved')).toHaveLength(1);
    expect(await numberOf(office, `SELECT count(*) FROM invoice_payments WHERE invoice_id = ${id}`)).toBe(0);
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
  });

  it('is read again when it shrinks under a reader by position, and nothing is taken for gone', async () => {
    await using office = await openOffice();
    await office.sync({ streams: STREAMS });
    const id = payOften(office);
    const { account } = office.sandbox;
    const newest = pick(office, 'invoice_payments', (payment) => payment['invoice_id'] === id).id;
    let seconds = 0;
    const isFirst = (): boolean => (seconds += 1) === 1;
    await using proxy = await startServer((request) => (response) => {
      void byPosition(office, request, response, () => {
        if (isFirst()) account.remove('invoice_payments', newest);
      });
    });
    const target = { ...office.target, baseUrl: `${proxy.origin}/v2` };
    const run = await runEngine(target, office.path, { streams: STREAMS });
    expect(resultOf(run, 'invoice_payments')).toMatchObject({ outcome: 'ok', deleted: 0 });
    expect(run.events.filter(({ event }) => event === 'window.moved').length).toBeGreaterThan(0);
    expect(await office.differences({ streams: ['invoice_payments'] })).toEqual([]);
  });

  it('leaves everything as it was when it does not hold still', async () => {
    await using office = await openOffice();
    const id = payOften(office);
    await office.sync({ streams: STREAMS });
    const { account } = office.sandbox;
    for (let nth = 0; nth < 9; nth += 1) {
      account.create('invoice_payments', { invoice_id: id, amount: 0.5 });
    }
    const before = await numberOf(office, 'SELECT count(*) FROM invoice_payments');
    await using proxy = await startServer((request) => (response) => {
      void byPosition(office, request, response, () => {
        const first = pick(office, 'invoice_payments', (payment) => payment['invoice_id'] === id);
        account.remove('invoice_payments', first.id);
      });
    });
    const target = { ...office.target, baseUrl: `${proxy.origin}/v2` };
    const run = await runEngine(target, office.path, { streams: STREAMS });
    expect(resultOf(run, 'invoice_payments').failure).toMatchObject({ code: 'PAGES_UNSETTLED' });
    expect(await numberOf(office, 'SELECT count(*) FROM invoice_payments')).toBe(before);
    expect(await office.query('SELECT * FROM _deletions')).toEqual([]);
  });
});
