import { describe, expect, it } from '@jest/globals';
import { slicesOf, type BackfillOrder, type Slice } from '../../src/sync/backfill/order.ts';
import { ConnectorError } from '../../src/errors.ts';
import type { EngineOptions, EngineRun } from '../support/engine.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';
import { byHand } from '../verify/bench.ts';
import { asked, monthsAsked, numberOf, pick, recordsOf } from '../support/pick.ts';

const NOW = '2026-03-10T09:00:00Z';
const RANGE = { id: 'b1', from: '2025-11-01', to: '2026-03-31', slice: 'month' } as const;

/** A backfill of streams. */
function backfill(
  office: Office,
  streams: readonly string[],
  order: Partial<BackfillOrder> = {},
  more: EngineOptions = {},
): Promise<EngineRun> {
  return office.sync({ ...more, streams, backfill: { ...RANGE, ...order } });
}

/** Cursors of the streams, as they stand in the file. */
function cursors(office: Office): Promise<readonly (readonly (string | null)[])[]> {
  return office.query(
    `SELECT stream, CAST(arg_max(cursor, version) AS VARCHAR) FROM _sync_state
     WHERE stream NOT LIKE '\\_%' ESCAPE '\\' GROUP BY 1 ORDER BY 1`,
  );
}

describe('slices of a range', () => {
  const cut = (from: string, to: string, slice: Slice, today = '2026-12-31'): readonly string[] =>
    slicesOf({ from, to }, slice, today).map((span) => `${span.from}..${span.to}`);

  it.each([
    [
      'month',
      '2026-01-15',
      '2026-03-02',
      ['2026-01-15..2026-01-31', '2026-02-01..2026-02-28', '2026-03-01..2026-03-02'],
    ],
    [
      'week',
      '2026-03-05',
      '2026-03-16',
      ['2026-03-05..2026-03-08', '2026-03-09..2026-03-15', '2026-03-16..2026-03-16'],
    ],
    [
      'year',
      '2024-06-01',
      '2026-01-31',
      ['2024-06-01..2024-12-31', '2025-01-01..2025-12-31', '2026-01-01..2026-01-31'],
    ],
    [
      'day',
      '2026-02-27',
      '2026-03-01',
      ['2026-02-27..2026-02-27', '2026-02-28..2026-02-28', '2026-03-01..2026-03-01'],
    ],
  ] as const)('are calendar %ss', (slice, from, to, wanted) => {
    expect(cut(from, to, slice)).toEqual(wanted);
  });

  it('hold the future as one', () => {
    expect(cut('2026-03-01', '2999-12-31', 'month', '2026-03-10')).toEqual([
      '2026-03-01..2026-03-10',
      '2026-03-11..2999-12-31',
    ]);
    expect(cut('2026-05-01', '2026-07-31', 'month', '2026-03-10')).toEqual(['2026-05-01..2026-07-31']);
  });
});

describe('a backfill', () => {
  it('puts right what was changed by hand, and leaves the cursors, other dates and other streams alone', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_entries', 'invoices', 'clients'];
    await office.sync({ streams });
    const before = await cursors(office);
    const inside = pick(office, 'time_entries', ({ spent_date: date }) => String(date) > '2026-02-01');
    await byHand(office.path, [`UPDATE time_entries SET notes = 'by hand' WHERE id = ${inside.id}`]);
    await byHand(office.path, [`DELETE FROM time_entries WHERE spent_date = '2025-12-10'`]);
    await byHand(office.path, [`UPDATE invoices SET notes = 'by hand'`]);
    const run = await backfill(office, ['time_entries']);
    expect(run.result).toMatchObject({ outcome: 'ok', totals: { updated: 1 } });
    expect(asked(run, /time_entries.*from=/).length).toBe(6);
    expect(asked(run, /invoices|clients/)).toEqual([]);
    expect(await cursors(office)).toEqual(before);
    expect(await office.differences({ streams: ['time_entries'] })).toEqual([]);
    expect(await office.differences({ streams: ['invoices'] })).not.toEqual([]);
    await backfill(office, ['invoices'], { id: 'b2', from: '2025-01-01' });
    expect(await office.differences({ streams: ['invoices'], without: [] })).toHaveLength(
      recordsOf(office, 'invoices').filter(({ issue_date: date }) => date === null).length,
    );
  });

  it('lets rows go that Harvest no longer has, notes how, and takes no record for gone that has moved', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_entries', 'invoices', 'invoice_messages'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(86_400_000);
    const entries = recordsOf(office, 'time_entries').filter(({ is_locked: locked }) => locked !== true);
    const [gone, forth, back] = entries.filter(({ spent_date: date }) => String(date) > '2026-01-05');
    if (gone === undefined || forth === undefined || back === undefined) throw new Error('too few entries');
    account.remove('time_entries', gone.id);
    account.update('time_entries', forth.id, { spent_date: '2026-03-02' });
    account.update('time_entries', back.id, { spent_date: '2025-11-03' });
    account.remove('invoices', pick(office, 'invoice_messages')['invoice_id'] as number);
    account.clock.advance(86_400_000);
    const run = await backfill(office, ['time_entries', 'invoices'], { from: '2025-01-01' });
    expect(run.result.outcome).toBe('ok');
    expect(await office.query('SELECT stream, how FROM _deletions ORDER BY 1')).toEqual([
      ['invoices', 'backfill'],
      ['time_entries', 'backfill'],
    ]);
    expect(await office.differences({ streams: ['time_entries', 'invoices'] })).toEqual([]);
    const next = await office.sync({ streams });
    expect(resultOf(next, 'invoice_messages').deleted).toBeGreaterThan(0);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('replaces months of reports whatever their age, uninvoiced too', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_clients', 'uninvoiced'];
    await office.sync({ streams });
    const before = await cursors(office);
    for (const table of streams)
      await byHand(office.path, [`DELETE FROM ${table} WHERE period_start = '2025-11-01'`]);
    const run = await backfill(office, streams, { to: '2026-01-15' });
    expect(run.result.outcome).toBe('ok');
    expect(monthsAsked(run, 'reports/time/clients')).toEqual(['2025-11', '2025-12', '2026-01']);
    expect(monthsAsked(run, 'reports/uninvoiced')).toEqual(['2025-11', '2025-12', '2026-01']);
    expect(await cursors(office)).toEqual(before);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('refuses implausible deletions, and lets nothing go where the run cannot tell', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_entries'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
    for (const { id } of recordsOf(office, 'time_entries').slice(0, Math.ceil(before / 4)))
      account.remove('time_entries', id);
    const refused = await backfill(office, streams, { slice: 'year', from: '2025-01-01' });
    expect(resultOf(refused, 'time_entries').failure?.code).toBe('DELETES_IMPLAUSIBLE');
    account.setModules({ expense: false });
    const off = await backfill(office, streams, { id: 'b2', slice: 'year' }, { allowDeletes: true });
    expect(off.result).toMatchObject({ outcome: 'ok', totals: { deleted: 0 } });
    const again = await backfill(office, streams, { id: 'b3', from: '2025-01-01' }, { allowDeletes: true });
    expect(again.result.totals.deleted).toBeGreaterThan(20);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('that is stopped goes on with the slice that was next, and ends as done', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['time_entries', 'time_clients'];
    await office.sync({ streams });
    const stop = new AbortController();
    let slices = 0;
    const stopped = await backfill(
      office,
      streams,
      {},
      {
        signal: stop.signal,
        onEvent: (event) => {
          if (event.event === 'checkpoint.saved' && event.stream === 'time_entries' && (slices += 1) === 3)
            stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
        },
      },
    );
    expect(stopped.result.outcome).toBe('interrupted');
    const progress = (): Promise<readonly (readonly (string | null)[])[]> =>
      office.query(`SELECT arg_max(state, version) FROM _sync_state WHERE stream = '_backfill:b1'`);
    const [[state]] = (await progress()) as [[string]];
    const { next } = JSON.parse(state) as { next: Record<string, string> };
    expect(next['time_entries']).toMatch(/^202[56]-\d\d-01$/);
    expect(next['time_clients']).toBe(RANGE.from);
    const resumed = await backfill(office, streams);
    const first = asked(resumed, /time_entries.*from=/)[0];
    expect(first).toContain(`from=${next['time_entries']}`);
    const [[after]] = (await progress()) as [[string]];
    expect(JSON.parse(after)).toMatchObject({ next: { time_entries: null, time_clients: null } });
    const done = await backfill(office, streams);
    expect(asked(done, /time_entries|reports/)).toEqual([]);
  });

  it('is not needed for a whole stream: a full refresh of it leaves the others alone', async () => {
    await using office = await openOffice({ now: NOW });
    const streams = ['clients', 'invoices'];
    await office.sync({ streams });
    await byHand(office.path, [
      "UPDATE clients SET address = 'by hand'",
      "UPDATE invoices SET notes = 'by hand'",
    ]);
    const before = (await cursors(office)).filter(([stream]) => stream === 'invoices');
    office.sandbox.account.clock.advance(60_000);
    const run = await office.sync({ streams: ['clients'], fullRefresh: true });
    expect(asked(run, /invoices/)).toEqual([]);
    expect((await cursors(office)).filter(([stream]) => stream === 'invoices')).toEqual(before);
    expect(await office.differences({ streams: ['clients'] })).toEqual([]);
    expect(await office.differences({ streams: ['invoices'] })).not.toEqual([]);
  });

  it('of a stream that was never loaded is refused', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync({ streams: ['clients'] });
    const run = await backfill(office, ['time_entries']);
    expect(resultOf(run, 'time_entries').failure).toMatchObject({ code: 'STREAM_NOT_LOADED', exit_code: 2 });
  });
});
