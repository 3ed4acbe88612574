import { describe, expect, it } from '@jest/globals';
import { openOffice } from '../support/office.ts';
import { pick } from '../support/pick.ts';
import { differences } from '../support/truth.ts';

const STREAMS = ['invoices', 'invoice_payments'];
const AN_HOUR_MS = 3_600_000;
const EACH_RUN = { sync: { sweepChildrenEveryMs: 0 } };

describe('an invoice of which a payment was deleted', () => {
  it.each([STREAMS, ['invoice_payments']])(
    'is read again by the run that finds it, though nothing says that it changed: %p',
    async (...streams) => {
      await using office = await openOffice({ now: '2026-03-10T09:00:00Z', clock: 'stands', size: 'tiny' });
      await office.sync({ streams: STREAMS });
      const { account } = office.sandbox;
      account.clock.advance(AN_HOUR_MS);
      const payment = pick(office, 'invoice_payments');
      account.remove('invoice_payments', payment.id);
      account.clock.advance(AN_HOUR_MS);
      const run = await office.sync({ streams, config: EACH_RUN });
      expect(run.result.outcome).toBe('ok');
      expect(run.requests.filter((url) => /\/v2\/invoices\/\d+$/.test(url))).toHaveLength(1);
      expect(await differences(office.path, office.sandbox, { streams: STREAMS })).toEqual([]);
      account.clock.advance(AN_HOUR_MS);
      const quiet = await office.sync({ streams: STREAMS, config: EACH_RUN });
      expect(quiet.requests.filter((url) => /\/v2\/invoices\/\d+$/.test(url))).toEqual([]);
      expect(quiet.result.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    },
  );

  it('is read once where the run has it from its list, and not at all after a first load', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z', clock: 'stands', size: 'tiny' });
    const first = await office.sync({ streams: STREAMS });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR_MS);
    const invoice = pick(office, 'invoices', (each) => each['state'] === 'open');
    account.create('invoice_payments', { invoice_id: invoice.id, amount: 1 });
    account.update('invoices', invoice.id, { subject: 'changed' });
    const second = await office.sync({ streams: STREAMS });
    for (const { requests } of [first, second])
      expect(requests.filter((url) => /\/v2\/invoices\/\d+$/.test(url))).toEqual([]);
    expect(await differences(office.path, office.sandbox, { streams: STREAMS })).toEqual([]);
  });
});
