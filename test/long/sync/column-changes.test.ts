import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from '@jest/globals';
import type { ColumnChoice } from '../../../src/config/config.ts';
import { Secret } from '../../../src/config/secret.ts';
import type { SyncEvent } from '../../../src/events.ts';
import { verifyFully } from '../../../src/verify/full.ts';
import { repairing } from '../../../src/verify/repair.ts';
import type { Commit } from '../../../src/warehouse/warehouse.ts';
import type { EngineOptions, EngineRun } from '../../support/engine.ts';
import { interpose } from '../../support/interpose.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { recordsOf } from '../../support/pick.ts';

const none: ColumnChoice = { include: null, exclude: [], hash: [] };

/** Settings with a choice of columns by stream. */
function choosing(choices: Readonly<Record<string, Partial<ColumnChoice>>>, key = 'k3y'): EngineOptions {
  const overrides = new Map(Object.entries(choices).map(([name, choice]) => [name, { ...none, ...choice }]));
  return {
    streams: Object.keys(choices),
    config: { sync: { hashKey: new Secret(key, 'test'), history: ['users'] }, streams: { overrides } },
  };
}

const hashed = (text: string, key = 'k3y'): string =>
  createHmac('sha256', key).update(text, 'utf8').digest('hex');

const changesOf = ({ events }: EngineRun): readonly string[] =>
  events.flatMap((event) =>
    event.event === 'columns.changed' ? [`${event.stream} ${event.change} ${event.columns.join(',')}`] : [],
  );

const modeOf = ({ events }: EngineRun, stream: string): readonly string[] =>
  events
    .filter(
      (event): event is Extract<SyncEvent, { event: 'window.chosen' }> => event.event === 'window.chosen',
    )
    .filter((event) => event.stream === stream)
    .map(({ mode }) => mode);

/** A column of the users with a value, in the table and in its history; all text that they hold of it. */
async function emails(office: Office): Promise<{ readonly now: readonly unknown[]; readonly ever: string }> {
  const now = await office.query('SELECT email FROM users ORDER BY id');
  const ever = await office.query('SELECT email FROM users_history');
  return { now: now.map(([email]) => email), ever: JSON.stringify([now, ever]) };
}

const sent = (office: Office): readonly string[] =>
  recordsOf(office, 'users')
    .toSorted((a, b) => a.id - b.id)
    .map((user) => String(user['email']));

/** The open version of each row equals the row. */
const UNEQUAL = `SELECT count(*) FROM users AS u JOIN users_history AS h ON h.id = u.id AND h._valid_to IS NULL
  WHERE u.email IS DISTINCT FROM h.email`;

/** Makes the file one of a version that kept no note of columns. */
async function forgetColumns(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run("DELETE FROM _sync_state WHERE stream = '_columns'");
  connection.closeSync();
  instance.closeSync();
}

describe('a column that is switched on', () => {
  it('is filled for the rows that are there: that stream is read again, once, and says so', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: { exclude: ['email'] }, tasks: {} }));
    const run = await office.sync(choosing({ users: {}, tasks: {} }));
    expect(changesOf(run)).toEqual(['users on email']);
    expect([modeOf(run, 'users'), modeOf(run, 'tasks')]).toEqual([['full'], ['incremental']]);
    expect((await emails(office)).now).toEqual(sent(office));
    expect(await office.query(UNEQUAL)).toEqual([['0']]);
    const next = await office.sync(choosing({ users: {}, tasks: {} }));
    expect(changesOf(next)).toEqual([]);
    expect(modeOf(next, 'users')).toEqual(['incremental']);
  });

  it('waits until its stream takes part', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: { exclude: ['email'] }, tasks: {} }));
    const other = await office.sync({ ...choosing({ users: {}, tasks: {} }), streams: ['tasks'] });
    expect(changesOf(other)).toEqual([]);
    const run = await office.sync(choosing({ users: {}, tasks: {} }));
    expect(changesOf(run)).toEqual(['users on email']);
    expect((await emails(office)).now).toEqual(sent(office));
  });

  it('fills lists, children and every month of a report that is stored', async () => {
    await using office = await openOffice();
    const off = choosing({
      invoices: { exclude: ['line_items.description', 'line_items.kind'] },
      invoice_messages: { exclude: ['subject'] },
      time_entries: { exclude: ['notes'] },
      time_team: { exclude: ['billable_hours'] },
    });
    await office.sync(off);
    const on = choosing({ invoices: {}, invoice_messages: {}, time_entries: {}, time_team: {} });
    const run = await office.sync(on);
    expect(run.result.outcome).toBe('ok');
    expect(changesOf(run)).toHaveLength(4);
    const streams = ['invoices', 'invoice_messages', 'time_entries', 'time_team'];
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('is tried again where the refresh failed', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: { exclude: ['email'] } }));
    office.sandbox.faults.add({ match: '/v2/users\\?', do: 'status', status: 422, times: 1 });
    const failed = await office.sync(choosing({ users: {} }));
    expect(resultOf(failed, 'users').outcome).toBe('failed');
    const run = await office.sync(choosing({ users: {} }));
    expect(changesOf(run)).toEqual(['users on email']);
    expect((await emails(office)).now).toEqual(sent(office));
  });
});

describe('a column that is switched off', () => {
  it('is emptied in all rows, versions and rejects before anything is read; the column stays', async () => {
    await using office = await openOffice();
    const { faults } = office.sandbox;
    faults.add({ match: '/v2/users\\?', do: 'malformed', field: 'weekly_capacity', value: 'bad', times: 1 });
    await office.sync(choosing({ users: {} }));
    const rejected = await office.query('SELECT record FROM _rejects');
    expect(JSON.stringify(rejected)).toContain('email');
    const run = await office.sync(choosing({ users: { exclude: ['email'] } }));
    expect(changesOf(run)).toEqual(['users off email']);
    const left = await emails(office);
    expect(new Set(left.now)).toEqual(new Set([null]));
    expect(left.ever).not.toContain('@');
    const bytes = readFileSync(office.path, 'latin1');
    expect(sent(office).filter((email) => bytes.includes(email))).toEqual([]);
    expect(JSON.stringify(await office.query('SELECT record FROM _rejects'))).not.toContain('email');
    expect(run.events.findIndex(({ event }) => event === 'columns.changed')).toBeLessThan(
      run.events.findIndex(({ event }) => event === 'stream.started'),
    );
    expect(modeOf(run, 'users')).toEqual(['incremental']);
    expect(changesOf(await office.sync(choosing({ users: { exclude: ['email'] } })))).toEqual([]);
  });

  it('is emptied though its stream does not take part in the run', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {}, tasks: {} }));
    const narrow = choosing({ users: { exclude: ['email'] }, tasks: {} });
    await office.sync({ ...narrow, streams: ['tasks'] });
    expect((await emails(office)).ever).not.toContain('@');
  });

  it('may be the field of a list, or a whole list', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ invoices: {}, users: {} }));
    await office.sync(
      choosing({ invoices: { exclude: ['line_items.description'] }, users: { exclude: ['roles'] } }),
    );
    const lines = await office.query(
      'SELECT line.description, line.quantity FROM (SELECT unnest(line_items) AS line FROM invoices)',
    );
    expect(new Set(lines.map(([description]) => description))).toEqual(new Set([null]));
    expect(lines.some(([, quantity]) => quantity !== null)).toBe(true);
    expect(await office.query('SELECT count(*) FROM users WHERE len(roles) > 0')).toEqual([['0']]);
  });

  it('is emptied from the days of the budgets too', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ project_budget: {} }));
    await office.sync(choosing({ project_budget: { exclude: ['budget_spent'] } }));
    const counts = await office.query(
      'SELECT (SELECT count(budget_spent) FROM project_budget), (SELECT count(budget_spent) FROM project_budget_history)',
    );
    expect(counts).toEqual([['0', '0']]);
    await office.sync(choosing({ project_budget: {} }));
    const filled = await office.query(
      'SELECT (SELECT count(budget_spent) FROM project_budget) = (SELECT count(budget_spent) FROM project_budget_history)',
    );
    expect(filled).toEqual([['true']]);
  });

  it('is filled again when it is switched on after a run that was killed once it was emptied', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {} }));
    const killed = await office.sync({
      ...choosing({ users: { exclude: ['email'] } }),
      wrapDoor: (door) => ({
        ...door,
        open: async (session) =>
          interpose(await door.open(session), {
            commit: async () => Promise.reject(new Error('killed')),
            prepare: async () => Promise.reject(new Error('killed')),
          }),
      }),
    });
    expect(killed.result.outcome).toBe('failed');
    expect((await emails(office)).ever).not.toContain('@');
    const run = await office.sync(choosing({ users: {} }));
    expect(changesOf(run)).toEqual(['users on email']);
    expect((await emails(office)).now).toEqual(sent(office));
  });

  it('is emptied though the configuration selects its stream no more', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {}, tasks: {} }));
    const { config } = choosing({ users: { exclude: ['email'] } });
    const streams = { include: ['tasks'], overrides: config?.streams?.overrides ?? new Map() };
    await office.sync({ config: { ...config, streams } });
    expect((await emails(office)).ever).not.toContain('@');
  });

  it.each([{ exclude: ['email'] }, { hash: ['email'] }])(
    'leaves nothing though it was on in a run that was killed: %j',
    async (choice) => {
      await using office = await openOffice();
      await office.sync(choosing({ users: choice }));
      const killed = await office.sync({
        ...choosing({ users: {} }),
        wrapDoor: (door) => ({
          ...door,
          open: async (session) => {
            let hasRead = false;
            return interpose(await door.open(session), {
              commit: async (_, order) => {
                if (hasRead) throw new Error('killed');
                hasRead = (order as Commit).loads.length > 0;
              },
            });
          },
        }),
      });
      expect(killed.result.outcome).toBe('failed');
      expect((await emails(office)).ever).toContain('@');
      await office.sync(choosing({ users: choice }));
      expect((await emails(office)).ever).not.toContain('@');
    },
  );

  it.each([{ exclude: ['notes'] }, { hash: ['notes'] }])(
    'leaves nothing though a range was read again with it: %j',
    async (choice) => {
      await using office = await openOffice();
      const notes = "SELECT count(*) FROM time_entries WHERE notes <> '' AND length(notes) <> 64";
      await office.sync(choosing({ time_entries: choice }));
      const order = { id: 'b1', from: '2020-01-01', to: '2026-12-31', slice: 'year' } as const;
      await office.sync({ ...choosing({ time_entries: {} }), backfill: order });
      expect(await office.query(notes)).not.toEqual([['0']]);
      await office.sync(choosing({ time_entries: choice }));
      expect(await office.query(notes)).toEqual([['0']]);
    },
  );

  it('leaves nothing though it was on in a repair', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {} }));
    await office.sync(choosing({ users: { exclude: ['email'] } }));
    const repair = { onlyVerify: true, verify: true, fullRefresh: true, verifier: repairing(verifyFully) };
    await office.sync({ ...choosing({ users: {} }), ...repair });
    expect((await emails(office)).ever).toContain('@');
    await office.sync(choosing({ users: { exclude: ['email'] } }));
    expect((await emails(office)).ever).not.toContain('@');
  });

  it('leaves no trace in the file, though the run was killed before it took them away', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {} }));
    const kill = { forgetTraces: async () => Promise.reject(new Error('killed')) };
    const killed = await office.sync({
      ...choosing({ users: { exclude: ['email'] } }),
      wrapDoor: (door) => ({
        ...door,
        open: async (session) => interpose(await door.open(session), kill),
      }),
    });
    expect(killed.result.outcome).toBe('failed');
    await office.sync(choosing({ users: { exclude: ['email'] } }));
    const bytes = readFileSync(office.path, 'latin1');
    expect(sent(office).filter((email) => bytes.includes(email))).toEqual([]);
    const [[state] = []] = await office.query(
      "SELECT state FROM _sync_state WHERE stream = '_columns' ORDER BY version DESC LIMIT 1",
    );
    expect(state).not.toContain('_traces');
  });

  it('is found by a run that knows nothing of the runs before', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {} }));
    await forgetColumns(office.path);
    const run = await office.sync(choosing({ users: { exclude: ['email'] } }));
    expect(modeOf(run, 'users')).toEqual(['incremental']);
    expect((await emails(office)).ever).not.toContain('@');
  });
});

describe('a column that is hashed', () => {
  it('after it was plain leaves no plain value, and fills every row with the hash', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: {} }));
    const run = await office.sync(choosing({ users: { hash: ['email'] } }));
    expect(changesOf(run)).toEqual(['users hashed email']);
    const { now, ever } = await emails(office);
    expect(now).toEqual(sent(office).map((email) => hashed(email)));
    expect(ever).not.toContain('@');
    expect(await office.query(UNEQUAL)).toEqual([['0']]);
  });

  it('is plain again in every row, or hashed with another key, when that is chosen', async () => {
    await using office = await openOffice();
    await office.sync(choosing({ users: { hash: ['email'] } }));
    const other = await office.sync(choosing({ users: { hash: ['email'] } }, 'another'));
    expect(changesOf(other)).toEqual(['users rekeyed email']);
    expect((await emails(office)).now).toEqual(sent(office).map((email) => hashed(email, 'another')));
    const plain = await office.sync(choosing({ users: {} }, 'another'));
    expect(changesOf(plain)).toEqual(['users plain email']);
    expect((await emails(office)).now).toEqual(sent(office));
  });
});

describe('a property that the configuration adds', () => {
  it('becomes a column of that type, filled for the rows that are there, and goes with the line', async () => {
    await using office = await openOffice();
    const { faults } = office.sandbox;
    faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'vat', value: 'ATU123', times: 0 });
    await office.sync(choosing({ clients: {} }));
    expect(await office.query('SELECT path, type_seen FROM _schema_drift')).toEqual([['vat', 'string']]);
    const run = await office.sync(choosing({ clients: { include: ['name'], add: { vat: 'STRING' } } }));
    expect(changesOf(run)).toContain('clients on vat');
    expect(await office.query("SELECT count(*) FROM clients WHERE vat = 'ATU123'")).toEqual([['1']]);
    expect(run.events.some(({ event }) => event === 'schema.drift')).toBe(false);
    await office.sync(choosing({ clients: { include: ['name'] } }));
    expect(await office.query('SELECT count(vat) FROM clients')).toEqual([['0']]);
  });
});
