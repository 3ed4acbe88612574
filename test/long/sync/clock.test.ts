import { describe, expect, it } from '@jest/globals';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { asked, idIn, numberOf, pick, type SentRecord } from '../../support/pick.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const NOW = '2026-03-10T09:00:00Z';

const free = (entry: SentRecord): boolean => entry['is_locked'] === false && entry['is_running'] === false;

/** Adds an entry like another one; gives its id. */
function addEntry(office: Office, like: SentRecord, spentDate: string): number {
  const work = { project_id: idIn(like, 'project'), task_id: idIn(like, 'task') };
  return office.sandbox.account.create('time_entries', { ...work, spent_date: spentDate, hours: 1 });
}

/** Dates the last change of an entry, as if it had been written then and become visible now. */
function written(office: Office, id: number, at: string): void {
  const { entries } = office.sandbox.account.data;
  const row = entries.rowOf(id) ?? -1;
  entries.updatedAt[row] = Date.parse(at) / 1000;
  entries.version += 1;
}

describe('a clock here that is not Harvest’s', () => {
  it.each([
    ['a day behind', DAY_MS],
    ['a day ahead', -DAY_MS],
  ])(
    '%s loses no record over several runs',
    async (_what, offsetMs) => {
      const streams = ['clients', 'tasks', 'time_entries', 'invoices', 'invoice_payments'];
      await using office = await openOffice({ now: new Date(Date.now() + offsetMs).toISOString() });
      const { account } = office.sandbox;
      await office.sync({ streams });
      for (const minutes of [0, 90, 1_600]) {
        account.clock.advance(minutes * MINUTE_MS);
        const entry = pick(office, 'time_entries', free);
        account.update('time_entries', entry.id, { notes: `${minutes} minutes later` });
        addEntry(office, entry, account.clock.today());
        const client = pick(office, 'clients');
        account.update('clients', client.id, { name: `Client after ${minutes}` });
        account.create('tasks', { name: `Task after ${minutes}` });
        const invoice = pick(office, 'invoices', ({ state }) => state === 'open');
        account.create('invoice_payments', { invoice_id: invoice.id, amount: 1 });
        const run = await office.sync({ streams });
        expect(run.result.outcome).toBe('ok');
        expect(await office.differences({ streams })).toEqual([]);
        const cursor = Date.parse(resultOf(run, 'tasks').cursor ?? '');
        expect(Math.abs(cursor - account.clock.nowMs())).toBeLessThan(MINUTE_MS);
      }
      account.remove('time_entries', pick(office, 'time_entries', free).id);
      await office.sync({ streams });
      expect(await office.differences({ streams })).toEqual([]);
    },
    60_000,
  );
});

describe('a record that was written late', () => {
  it('is found by the next run within the overlap, changed or new', async () => {
    await using office = await openOffice({ now: NOW, clock: 'stands' });
    const streams = ['time_entries'];
    const changed = pick(office, 'time_entries', free);
    await office.sync({ streams });
    office.sandbox.account.update('time_entries', changed.id, { notes: 'late' });
    written(office, changed.id, '2026-03-10T08:51:00Z');
    written(office, addEntry(office, changed, '2026-03-09'), '2026-03-10T08:59:30Z');
    office.sandbox.account.clock.advance(60 * MINUTE_MS);
    await office.sync({ streams });
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('is found by its count when it is new, however late it was', async () => {
    await using office = await openOffice({ now: NOW, clock: 'stands' });
    const streams = ['time_entries'];
    await office.sync({ streams });
    const id = addEntry(office, pick(office, 'time_entries', free), '2026-01-12');
    written(office, id, '2026-03-01T00:00:00Z');
    office.sandbox.account.clock.advance(60 * MINUTE_MS);
    const run = await office.sync({ streams });
    expect(run.events.some(({ event }) => event === 'count.differs')).toBe(true);
    expect(await office.differences({ streams })).toEqual([]);
  });
});

describe('equal timestamps', () => {
  it('of a change in the very second of the last run, before and after it, are no reason to miss one', async () => {
    await using office = await openOffice({ now: NOW, clock: 'stands' });
    const { account } = office.sandbox;
    const streams = ['tasks', 'time_entries'];
    const config = { sync: { overlapMs: 0 } };
    account.create('tasks', { name: 'Before the run' });
    await office.sync({ streams, config });
    account.create('tasks', { name: 'After the run' });
    const entry = pick(office, 'time_entries', free);
    account.update('time_entries', entry.id, { notes: 'in the same second' });
    account.clock.advance(60 * MINUTE_MS);
    await office.sync({ streams, config });
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('of many records that are spread over several pages leave none out', async () => {
    await using office = await openOffice({ now: NOW, clock: 'stands', largestPage: 25 });
    const { entries } = office.sandbox.account.data;
    const streams = ['time_entries'];
    await office.sync({ streams });
    office.sandbox.account.clock.advance(60 * MINUTE_MS);
    entries.updatedAt.fill(Date.parse('2026-03-10T09:30:00Z') / 1000);
    entries.version += 1;
    const run = await office.sync({ streams });
    expect(asked(run, /updated_since=/).length).toBeGreaterThan(5);
    expect(resultOf(run, 'time_entries').updated).toBe(entries.size);
    expect(await office.differences({ streams })).toEqual([]);
  });
});

describe('a bulk edit that bumps every row', () => {
  it('is delivered once, is not remembered row by row, and hides no later change', async () => {
    await using office = await openOffice({ size: 1_500, now: NOW, clock: 'stands' });
    const { account } = office.sandbox;
    const { entries } = account.data;
    const streams = ['time_entries'];
    await office.sync({ streams });
    account.clock.advance(60 * MINUTE_MS);
    entries.updatedAt.fill(account.clock.seconds());
    entries.version += 1;
    const bumped = await office.sync({ streams });
    expect(resultOf(bumped, 'time_entries').updated).toBe(entries.size);
    const notes = await office.query(
      "SELECT state->'recent' FROM _sync_state WHERE stream = 'time_entries' ORDER BY version DESC LIMIT 1",
    );
    expect(notes).toEqual([[null]]);

    // all of them come again with the overlap; one of them has changed in the second of the bulk edit
    const { id } = pick(office, 'time_entries', free);
    account.update('time_entries', id, { notes: 'changed at once' });
    account.clock.advance(MINUTE_MS);
    const again = await office.sync({ streams });
    expect(resultOf(again, 'time_entries')).toMatchObject({ updated: 1, inserted: 0 });
    expect(
      await numberOf(office, `SELECT count(*) FROM time_entries WHERE _run_id = '${again.result.run_id}'`),
    ).toBe(1);
    expect(await office.differences({ streams })).toEqual([]);

    account.clock.advance(60 * MINUTE_MS);
    const quiet = await office.sync({ streams });
    expect(resultOf(quiet, 'time_entries').updated).toBe(0);
    expect(await office.differences({ streams })).toEqual([]);
  }, 30_000);
});
