import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../../src/errors.ts';
import type { Commit } from '../../../src/warehouse/warehouse.ts';
import { interpose } from '../../support/interpose.ts';
import { openOffice, resultOf } from '../../support/office.ts';
import { pick } from '../../support/pick.ts';

const NOW = { now: '2026-03-10T09:00:00Z' };

describe('the first load of an account of many windows', () => {
  it('reads the reports of a month as soon as its facts are stored, and not only when all are', async () => {
    await using office = await openOffice({ ...NOW, size: 130_000, latencyMs: 30 });
    const streams = ['time_entries', 'time_team', 'time_clients'];
    const stored = new Set<string>();
    const early: string[] = [];
    const spans: string[] = [];
    const run = await office.sync({
      streams,
      onEvent: (event) => {
        if (event.event === 'window.chosen' && event.stream === 'time_entries') spans.push(event.window);
        if (event.event === 'checkpoint.saved' && event.stream === 'time_entries')
          stored.add(String(stored.size));
        if (event.event !== 'request.sent' || !event.url.includes('/reports/time/team')) return;
        if (stored.size < 4) early.push(/from=(\d{6})/.exec(event.url)?.[1] ?? '');
      },
    });
    expect(run.result.failure).toBeNull();
    expect(spans.length).toBeGreaterThanOrEqual(4);
    expect(early[0]).toBe('202603');
    expect(early.length).toBeGreaterThan(6);
    expect(new Set(early).size).toBe(early.length);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('asks for no month before the first fact, though start_date lies earlier', async () => {
    await using office = await openOffice({ ...NOW });
    const first = office.sandbox.account.months()[0] ?? '';
    const config = { startDate: '2019-05-01' };
    const run = await office.sync({ config });
    const asked = run.requests.filter((url) => /reports\/(time|expenses)\//.test(url));
    const months = asked.map((url) => /from=(\d{4})(\d{2})/.exec(url)?.slice(1).join('-') ?? '');
    expect(months.length).toBeGreaterThan(20);
    expect(months.toSorted()[0]).toBe(first);
  });

  it('finds records without a date at the end of the list without reading all of it once more', async () => {
    await using office = await openOffice({
      ...NOW,
      size: 60_000,
      scale: { invoices: 43_000, clients: 900, projects: 1200, days: 3650 },
    });
    const streams = ['invoices'];
    const run = await office.sync({ streams });
    expect(run.result.failure).toBeNull();
    const lists = run.requests.filter((url) => url.includes('/invoices?'));
    process.stderr.write(`43,000 invoices, some without a date: ${lists.length} requests\n`);
    expect(lists.length).toBeGreaterThan(22);
    expect(lists.length).toBeLessThanOrEqual(1.05 * 22 + 12);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('stores children in their order: a failure of one batch leaves the next one out, though it was read', async () => {
    await using office = await openOffice(NOW);
    const streams = ['invoices', 'invoice_messages'];
    const client = pick(office, 'clients').id;
    for (let nth = 0; nth < 280; nth += 1) {
      const id = office.sandbox.account.create('invoices', { client_id: client, subject: `no. ${nth}` });
      office.sandbox.account.create('invoice_messages', { invoice_id: id, recipients: [] });
    }
    let commits = 0;
    const stopped = await office.sync({
      streams,
      wrapDoor: (door) => ({
        ...door,
        open: async (session) =>
          interpose(await door.open(session), {
            commit: async (_warehouse, commit) => {
              const [load] = (commit as Commit).loads;
              if (load?.load.table.name !== 'invoice_messages') return;
              commits += 1;
              if (commits === 2) throw new ConnectorError('WAREHOUSE_FAILED', 'the disk is full');
            },
          }),
      }),
    });
    const { outcome } = resultOf(stopped, 'invoice_messages');
    expect([outcome, commits]).toEqual(['failed', 2]);
    const batches = stopped.events.filter(
      (event) => event.event === 'rows.staged' && event.stream === 'invoice_messages',
    );
    expect(batches.length).toBeGreaterThanOrEqual(2);
    const [[state] = []] = await office.query(
      "SELECT state FROM _sync_state WHERE stream = 'invoice_messages' ORDER BY version DESC LIMIT 1",
    );
    expect(JSON.parse(state ?? '{}')).toMatchObject({ load: { place: expect.any(Number) } });
    const resumed = await office.sync({ streams });
    expect(resumed.result.outcome).toBe('ok');
    expect(await office.differences({ streams })).toEqual([]);
  });
});
