import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_HISTORY } from '../../../src/catalog/history.ts';
import { Secret } from '../../../src/config/secret.ts';
import { byHand } from '../../verify/bench.ts';
import { openOffice, type Office } from '../../support/office.ts';
import { idIn, numberOf, pick, recordsOf } from '../../support/pick.ts';
import { tableNames } from '../../support/tables.ts';

const CHILD = fileURLToPath(new URL('../../support/crash-child.ts', import.meta.url));
const AN_HOUR = 3_600_000;
const WHO = ['clients', 'projects', 'users', 'billable_rates', 'cost_rates'];
const only = (...history: readonly string[]) => ({ sync: { history } });

/** Each version of a row: a column, whether it is open, whether the row was gone after it. */
function versionsOf(office: Office, stream: string, id: number, column: string): ReturnType<Office['query']> {
  return office.query(
    `SELECT ${column}, _valid_to IS NULL, _is_deleted FROM ${stream}_history WHERE id = ${id} ORDER BY _valid_from`,
  );
}

/** What verify finds of the histories, in words. */
async function faults(
  office: Office,
  options: Parameters<Office['sync']>[0] = {},
): Promise<readonly string[]> {
  const run = await office.sync({ ...options, onlyVerify: true, verify: true });
  const { found, left_out: leftOut } = run.result.verification ?? { found: null, left_out: [] };
  if (found === null) return [run.result.failure?.message ?? 'nothing was compared'];
  const left = leftOut.filter(({ table }) => table.endsWith('_history')).map(({ reason }) => reason);
  return [
    ...left,
    ...found
      .filter(({ kind }) => kind === 'history')
      .map(({ table, key, ours }) => `${table} ${key ?? ''}: ${ours ?? ''}`),
  ];
}

const versionCount = (office: Office, stream: string): Promise<number> =>
  numberOf(office, `SELECT count(*) FROM ${stream}_history`);

describe('a history', () => {
  it('is kept of ten streams; a first load writes the first versions, a quiet run none', async () => {
    await using office = await openOffice();
    const streams = [...DEFAULT_HISTORY, 'project_budget'];
    const first = await office.sync({ streams });
    const named = (await tableNames(office.path)).filter((name) => name.endsWith('_history'));
    expect(named).toEqual(
      [...DEFAULT_HISTORY.map((name) => `${name}_history`), 'project_budget_history'].toSorted(),
    );
    for (const stream of DEFAULT_HISTORY) {
      expect(await versionCount(office, stream)).toBe(recordsOf(office, stream).length);
    }
    const seen = await office.query('SELECT DISTINCT _run_id, _valid_to, _is_deleted FROM projects_history');
    expect(seen).toEqual([[first.result.run_id, null, 'false']]);
    expect(await faults(office, { streams })).toEqual([]);
    office.sandbox.account.clock.advance(AN_HOUR);
    await office.sync({ streams, fullRefresh: true });
    for (const stream of DEFAULT_HISTORY) {
      expect(await versionCount(office, stream)).toBe(recordsOf(office, stream).length);
    }
    expect(await numberOf(office, `SELECT count(*) FROM _sync_state WHERE stream = '_history'`)).toBe(1);
  });

  it('dates a rate, a budget and a capacity that change, at the time of the run that saw it', async () => {
    await using office = await openOffice();
    await office.sync({ streams: WHO });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    const project = pick(office, 'projects', ({ is_active: isActive }) => isActive === true);
    const [[rate = '', owner = ''] = []] = await office.query(
      'SELECT id, user_id FROM billable_rates WHERE end_date IS NULL ORDER BY id LIMIT 1',
    );
    const user = { id: Number(owner) };
    account.update('projects', project.id, { budget: 123.25 });
    account.update('users', user.id, { weekly_capacity: 72_000 });
    account.create('billable_rates', { user_id: user.id, amount: 91, start_date: account.clock.today() });
    const before = new Date().toISOString();
    const { result } = await office.sync({ streams: WHO });
    expect((await versionsOf(office, 'projects', project.id, 'CAST(budget AS DOUBLE)')).at(-1)).toEqual([
      '123.25',
      'true',
      'false',
    ]);
    const capacities = await versionsOf(office, 'users', user.id, 'weekly_capacity');
    expect(capacities.map(([, isOpen]) => isOpen)).toEqual(['false', 'true']);
    expect(capacities.at(-1)?.[0]).toBe('72000');
    const rates = await versionsOf(office, 'billable_rates', Number(rate), 'end_date IS NULL');
    expect(rates).toEqual([
      ['true', 'false', 'false'],
      ['false', 'true', 'false'],
    ]);
    const [[from = '', run = ''] = []] = await office.query(
      `SELECT strftime(_valid_from, '%Y-%m-%dT%H:%M:%S.%gZ'), _run_id FROM users_history WHERE id = ${user.id} AND _valid_to IS NULL`,
    );
    expect(run).toBe(result.run_id);
    expect((from ?? '') >= before).toBe(true);
    expect(
      await numberOf(
        office,
        `SELECT count(*) FROM users_history AS a JOIN users_history AS b
      ON a.id = b.id AND a._valid_to = b._valid_from`,
      ),
    ).toBe(1);
    expect(await faults(office, { streams: WHO })).toEqual([]);
  });

  it('has the new name of what a row refers to in its open version alone', async () => {
    await using office = await openOffice();
    await office.sync({ streams: WHO });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    await office.sync({ streams: WHO });
    const project = pick(office, 'projects');
    const client = idIn(project, 'client');
    const old = (project['client'] as { readonly name: string }).name;
    account.update('projects', project.id, { notes: 'Another note' });
    await office.sync({ streams: WHO });
    for (const _ of [1, 2]) {
      account.clock.advance(AN_HOUR);
      await office.sync({ streams: WHO });
    }
    account.update('clients', client, { name: 'New & Söhne' });
    const { result } = await office.sync({ streams: WHO });
    expect(result.renamed).toBeGreaterThan(0);
    expect(await versionsOf(office, 'projects', project.id, 'client_name')).toEqual([
      [old, 'false', 'false'],
      ['New & Söhne', 'true', 'false'],
    ]);
    expect(await versionsOf(office, 'clients', client, 'name')).toEqual([
      [old, 'false', 'false'],
      ['New & Söhne', 'true', 'false'],
    ]);
    expect(await faults(office, { streams: WHO })).toEqual([]);
  });

  it.each(['remove', 'mark', 'keep'] as const)(
    'ends with a row that is gone: deletes %s',
    async (deletes) => {
      await using office = await openOffice();
      const streams = ['tasks', 'estimates'];
      const options = { streams, config: { sync: { deletes } } };
      await office.sync(options);
      const { account } = office.sandbox;
      account.clock.advance(AN_HOUR);
      const { id } = pick(office, 'estimates');
      account.remove('estimates', id);
      await office.sync(options);
      const gone = ['false', 'true'];
      expect((await versionsOf(office, 'estimates', id, 'id')).map((row) => row.slice(1))).toEqual([gone]);
      expect(await faults(office, options)).toEqual([]);
      const where = deletes === 'mark' ? 'WHERE _deleted_at IS NULL' : '';
      const live = await numberOf(office, `SELECT count(*) FROM estimates ${where}`);
      const open = await numberOf(office, 'SELECT count(*) FROM estimates_history WHERE _valid_to IS NULL');
      expect(live - open).toBe(deletes === 'keep' ? 1 : 0);
    },
  );

  it('goes on where a row lay before start_date for a while', async () => {
    await using office = await openOffice();
    const invoice = pick(office, 'invoices', ({ issue_date: date }) => String(date) > '2025-01-01');
    const options = { streams: ['invoices'], config: { startDate: '2024-01-01' } };
    await office.sync(options);
    const { account } = office.sandbox;
    for (const date of ['2023-05-05', '2025-06-06']) {
      account.clock.advance(AN_HOUR);
      account.update('invoices', invoice.id, { issue_date: date });
      await office.sync(options);
    }
    expect(await versionsOf(office, 'invoices', invoice.id, 'issue_date')).toEqual([
      [invoice['issue_date'], 'false', 'true'],
      ['2025-06-06', 'true', 'false'],
    ]);
    expect(await faults(office, options)).toEqual([]);
  });

  it('has the chosen columns alone, hashed ones as their hash', async () => {
    await using office = await openOffice();
    const users = { include: ['id', 'first_name', 'email'], exclude: [], hash: ['email'] };
    const config = {
      sync: { hashKey: new Secret('k3y', 'test') },
      streams: { include: ['users'], overrides: new Map([['users', users]]) },
    };
    await office.sync({ config });
    const columns = await office.query(
      "SELECT column_name FROM duckdb_columns() WHERE table_name = 'users_history' ORDER BY column_index",
    );
    const own = ['_valid_from', '_valid_to', '_is_deleted', '_run_id'];
    expect(columns.flat()).toEqual(expect.arrayContaining(['id', 'first_name', 'email', ...own]));
    expect(columns.flat()).not.toContain('last_name');
    const plain = await numberOf(office, "SELECT count(*) FROM users_history WHERE email LIKE '%@%'");
    expect(plain).toBe(0);
  });
});

describe('a history that is switched on later', () => {
  const streams = ['tasks', 'contacts'];

  it('begins with the rows as they are; switched off it stays, and on again it goes on from there', async () => {
    await using office = await openOffice();
    await office.sync({ streams, config: only() });
    const { account } = office.sandbox;
    const turn = async (...history: readonly string[]): Promise<string> => {
      account.clock.advance(AN_HOUR);
      return (await office.sync({ streams, config: only(...history) })).result.run_id;
    };
    expect((await tableNames(office.path)).filter((name) => name.endsWith('_history'))).toEqual([]);
    const began = await turn('contacts');
    expect(await office.query('SELECT DISTINCT _run_id FROM contacts_history')).toEqual([[began]]);
    expect(await versionCount(office, 'contacts')).toBe(recordsOf(office, 'contacts').length);
    expect(await faults(office, { streams, config: only('contacts') })).toEqual([]);
    const [edited, gone] = recordsOf(office, 'contacts');
    account.update('contacts', edited?.id ?? 0, { title: 'Chief' });
    account.remove('contacts', gone?.id ?? 0);
    await turn();
    expect(await versionCount(office, 'contacts')).toBe(recordsOf(office, 'contacts').length + 1);
    const again = await turn('contacts');
    const [first, second] = await office.query(
      `SELECT title = 'Chief', _run_id FROM contacts_history WHERE id = ${edited?.id} ORDER BY _valid_from`,
    );
    expect([first?.[1], second]).toEqual([began, ['true', again]]);
    expect(await versionsOf(office, 'contacts', gone?.id ?? 0, 'id')).toMatchObject([[/./, 'false', 'true']]);
    expect(await faults(office, { streams, config: only('contacts') })).toEqual([]);
  });

  it('begins in a run that is killed right after, or right before, and is the same', async () => {
    await using office = await openOffice();
    await office.sync({ streams, config: only() });
    office.sandbox.account.clock.advance(AN_HOUR);
    office.sandbox.account.update('contacts', pick(office, 'contacts').id, { title: 'Chief' });
    for (const event of ['schema.changed', 'window.chosen']) {
      const order = {
        target: office.target,
        path: office.path,
        event,
        nth: 1,
        streams,
        config: only('contacts'),
      };
      const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(order)], {
        stdio: 'ignore',
      });
      const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      expect(signal).toBe('SIGKILL');
    }
    await office.sync({ streams, config: only('contacts') });
    expect(await versionCount(office, 'contacts')).toBe(recordsOf(office, 'contacts').length + 1);
    expect(await faults(office, { streams, config: only('contacts') })).toEqual([]);
  });

  it('stays whole when its table is dropped, or that of the rows', async () => {
    await using office = await openOffice();
    const options = { streams, config: only('contacts', 'tasks') };
    await office.sync(options);
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    const gone = account.create('tasks', { name: 'Short-lived' });
    await office.sync(options);
    await byHand(office.path, ['DROP TABLE contacts_history', 'DROP TABLE tasks']);
    account.remove('tasks', gone);
    account.clock.advance(AN_HOUR);
    await office.sync({ ...options, fullRefresh: true });
    await office.sync(options);
    expect(await faults(office, options)).toEqual([]);
    expect(await versionsOf(office, 'tasks', gone, 'id')).toMatchObject([[String(gone), 'false', 'true']]);
  });
});

describe('sync.history', () => {
  it.each([
    ['time_team', /time_team is no list of records, so it has no history/],
    ['project_budget', /project_budget_history has one row a day instead/],
    ['company', /no list of records/],
    ['invoice', /There is no stream invoice\. Did you mean invoices\?/],
  ])('cannot name %s', async (name, message) => {
    await using office = await openOffice();
    const { result } = await office.sync({ config: only('users', name) });
    expect(result.failure).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(result.failure?.message).toMatch(message);
    expect(result.failure?.message).toContain('sync.history[1]');
  });
});
