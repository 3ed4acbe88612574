import { describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../../src/errors.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { asked, monthsAsked, numberOf, pick, recordsOf } from '../../support/pick.ts';
import type { EngineOptions } from '../../support/engine.ts';

const NOW = '2026-03-10T09:00:00Z';
const EARLY = '2025-11-10';
const LATE = '2026-01-15';

/** A stream of each kind that a start_date matters to. */
const STREAMS = [
  'time_entries',
  'invoices',
  'invoice_messages',
  'invoice_payments',
  'time_clients',
  'uninvoiced',
];

/** A run under a start date. */
function from(startDate: string | null, more: EngineOptions = {}): EngineOptions {
  return { streams: STREAMS, ...more, config: { ...more.config, startDate } };
}

/** What differs from an account whose facts begin with a date. */
function differences(
  office: Office,
  startDate: string | null,
  streams: readonly string[] = STREAMS,
): Promise<unknown> {
  return office.differences({
    ...(startDate === null ? {} : { startDate }),
    streams,
  });
}

describe('a start_date that is moved to an earlier day', () => {
  it('is taken up by the next run, which asks for the missing dates only, documents and months with them', async () => {
    await using office = await openOffice({ now: NOW });
    const all = { streams: [] };
    await office.sync(from(LATE, all));
    const run = await office.sync(from(EARLY, all));
    expect(run.result.outcome).toBe('ok');
    expect(run.events).toContainEqual({ event: 'start_date.moved', before: LATE, after: EARLY });
    expect(asked(run, /time_entries.*from=2025-11-10&to=2026-01-14/)).not.toEqual([]);
    expect(monthsAsked(run, 'reports/time/clients')).toEqual(expect.arrayContaining(['2025-11', '2025-12']));
    expect(await office.differences({ startDate: EARLY })).toEqual([]);
    const quiet = await office.sync(from(EARLY, all));
    expect(quiet.result.totals).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect(asked(quiet, /time_entries.*to=.*per_page=2000/)).toEqual([]);
  });

  it('is worked off by each stream when it runs, and after a run that was stopped', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(from(LATE));
    await office.sync(from(EARLY, { streams: ['clients'] }));
    const stop = new AbortController();
    await office.sync(
      from(EARLY, {
        signal: stop.signal,
        onEvent: (event) => {
          if (event.event === 'rows.committed' && event.stream === 'time_entries')
            stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
        },
      }),
    );
    await office.sync(from(EARLY));
    expect(await differences(office, EARLY)).toEqual([]);
  });
});

describe('a start_date that is moved to a later day', () => {
  it('is refused with what would go, and nothing is touched', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(from(EARLY));
    const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
    const run = await office.sync(from(LATE));
    expect(run.result.failure).toMatchObject({ code: 'START_DATE_LATER', exit_code: 8 });
    expect(run.result.failure?.message).toMatch(/\d+ rows of time_entries/);
    expect(run.result.failure?.message).toContain('2 months of time_clients');
    expect(run.result.failure?.hint).toContain('--allow-deletes');
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(before);
    const back = await office.sync(from(EARLY));
    expect(back.result).toMatchObject({ outcome: 'ok', totals: { deleted: 0, inserted: 0 } });
  });

  it.each(['remove', 'keep'] as const)(
    'lets the rows go that lie before it, with what belongs to them, under deletes: %s',
    async (deletes) => {
      await using office = await openOffice({ now: NOW });
      const config = { sync: { deletes } };
      await office.sync(from(EARLY, { config }));
      const run = await office.sync(from(LATE, { config, allowDeletes: true }));
      expect(run.result.outcome).toBe('ok');
      expect(
        await differences(office, LATE, ['time_entries', 'invoices', 'time_clients', 'uninvoiced']),
      ).toEqual([]);
      if (deletes === 'remove') expect(await differences(office, LATE)).toEqual([]);
      expect(await office.query("SELECT DISTINCT how FROM _deletions WHERE stream = 'invoices'")).toEqual([
        ['moved'],
      ]);
      expect(await numberOf(office, 'SELECT count(*) FROM _restatements')).toBe(0);
      const quiet = await office.sync(from(LATE, { config }));
      expect(quiet.result).toMatchObject({ outcome: 'ok', totals: { deleted: 0, inserted: 0 } });
      expect(quiet.events.filter(({ event }) => event === 'count.differs')).toEqual([]);
    },
  );

  it('asks whoever is there, and goes on or not', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(from(EARLY));
    const questions: string[] = [];
    const answer =
      (yes: boolean) =>
      async (question: string): Promise<boolean> => {
        questions.push(question);
        return yes;
      };
    const no = await office.sync(from(LATE, { ask: answer(false) }));
    expect(no.result.failure?.code).toBe('START_DATE_LATER');
    const yes = await office.sync(from(LATE, { ask: answer(true) }));
    expect(yes.result.outcome).toBe('ok');
    expect(questions).toHaveLength(2);
    expect(await differences(office, LATE)).toEqual([]);
  });

  it('lets the children go although more of them go than is plausible, even in a run of their own', async () => {
    await using office = await openOffice({ now: NOW });
    const { account } = office.sandbox;
    const old = recordsOf(office, 'invoices').filter(
      ({ issue_date: date }) => date !== null && String(date) < LATE,
    );
    for (const { id } of old) {
      for (let at = 0; at < 3; at += 1)
        account.create('invoice_messages', { invoice_id: id, recipients: [], event_type: 'view' });
    }
    const streams = ['invoices', 'invoice_messages', 'invoice_payments'];
    await office.sync(from(null, { streams }));
    await office.sync(from(LATE, { streams: ['invoices'], allowDeletes: true }));
    const run = await office.sync(from(LATE, { streams }));
    expect(run.result.outcome).toBe('ok');
    expect(resultOf(run, 'invoice_messages').deleted).toBeGreaterThan(20);
    expect(await differences(office, LATE, streams)).toEqual([]);
  });
});

describe('children whose documents are not stored', () => {
  it.each([
    [LATE, EARLY],
    [EARLY, LATE],
  ])('follow a start_date from %s to %s', async (before, after) => {
    await using office = await openOffice({ now: NOW });
    const streams = { exclude: ['invoices'] };
    const config = { streams };
    await office.sync(from(before, { config, streams: ['invoice_messages', 'invoice_payments'] }));
    await office.sync(
      from(after, { config, allowDeletes: true, streams: ['invoice_messages', 'invoice_payments'] }),
    );
    expect(await differences(office, after, ['invoice_messages', 'invoice_payments'])).toEqual([]);
  });
});

describe('a start_date that is moved to and fro', () => {
  it('and removed leaves what the last one asks for, whatever was not worked off in between', async () => {
    await using office = await openOffice({ now: NOW });
    await office.sync(from(LATE));
    const only = { streams: ['clients'], allowDeletes: true };
    await office.sync(from('2025-09-01', only));
    await office.sync(from('2025-12-05', only));
    await office.sync(from('2026-02-10', only));
    await office.sync(from(EARLY, only));
    const { account } = office.sandbox;
    account.update('time_entries', pick(office, 'time_entries').id, { hours: 3.33 });
    await office.sync(from(EARLY, { allowDeletes: true }));
    expect(await differences(office, EARLY)).toEqual([]);
    await office.sync(from(null));
    expect(await differences(office, null)).toEqual([]);
  });
});
