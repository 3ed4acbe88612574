import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../../src/config/secret.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { asked, idIn, numberOf, pick, recordsOf, writtenBy } from '../../support/pick.ts';
import { KEYS } from '../../support/truth.ts';

const CHILD = fileURLToPath(new URL('../../support/crash-child.ts', import.meta.url));
const AN_HOUR = 3_600_000;

/** Tables of which a run wrote any row. */
async function tablesWritten(office: Office, runId: string): Promise<readonly string[]> {
  const counts = Object.keys(KEYS).map(
    (name) => `SELECT '${name}' AS n FROM "${name}" WHERE _run_id = '${runId}'`,
  );
  const rows = await office.query(`SELECT DISTINCT n FROM (${counts.join(' UNION ALL ')}) ORDER BY 1`);
  return rows.map(([name]) => name ?? '');
}

describe('a new name', () => {
  it('of a client, project, task, person and category reaches every row that embeds it, in the same run', async () => {
    await using office = await openOffice();
    await office.sync();
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    const coded = pick(office, 'projects', ({ code }) => code !== null && code !== '');
    account.update('clients', idIn(coded, 'client'), { name: 'Renamed "Client" & Söhne' });
    account.update('projects', coded.id, { name: "Renamed project's" });
    account.update('tasks', idIn(pick(office, 'time_entries'), 'task'), { name: 'Renamed task' });
    account.update('users', idIn(pick(office, 'time_entries'), 'user'), {
      first_name: 'Renamed',
      last_name: 'Person',
    });
    account.update('expense_categories', idIn(pick(office, 'expenses'), 'expense_category'), {
      name: 'Renamed category',
    });
    const { result } = await office.sync();
    expect(result.outcome).toBe('ok');
    expect(result.renamed).toBeGreaterThan(0);
    expect(await office.differences()).toEqual([]);
    expect(
      await numberOf(
        office,
        "SELECT count(*) FROM time_projects WHERE project_name LIKE '[%] Renamed project''s'",
      ),
    ).toBeGreaterThan(1);
  });

  it('of a project’s code alone shows in its report months, and nowhere else but in the project itself', async () => {
    await using office = await openOffice();
    await office.sync();
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    await office.sync();
    const project = pick(office, 'projects', ({ code }) => code !== null && code !== '');
    account.update('projects', project.id, { code: 'NEW-1' });
    account.clock.advance(1000);
    const { result } = await office.sync();
    const codes = await office.query(
      `SELECT DISTINCT project_name FROM time_projects WHERE project_id = ${project.id}
       UNION SELECT DISTINCT project_name FROM expenses_projects WHERE project_id = ${project.id}`,
    );
    expect(codes).toEqual([[`[NEW-1] ${String(project['name'])}`]]);
    const written = await tablesWritten(office, result.run_id);
    expect(written).toEqual(expect.arrayContaining(['projects', 'time_projects']));
    expect(written.filter((name) => !name.endsWith('projects'))).toEqual([]);
  });

  it('touches only the rows that show it', async () => {
    await using office = await openOffice();
    const streams = ['clients', 'projects', 'contacts', 'invoices', 'time_entries'];
    await office.sync({ streams });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    await office.sync({ streams });
    const client = pick(office, 'clients', ({ id }) =>
      recordsOf(office, 'invoices').some((invoice) => idIn(invoice, 'client') === id),
    );
    account.update('clients', client.id, { name: 'Somebody else' });
    const run = await office.sync({ streams });
    for (const table of ['projects', 'contacts', 'invoices', 'time_entries']) {
      const own = recordsOf(office, table).filter((record) => idIn(record, 'client') === client.id);
      expect(await writtenBy(office, run, table, 'id')).toEqual(own.map(({ id }) => String(id)).toSorted());
    }
    expect(asked(run, /time_entries\?per_page=2000&updated/)).toHaveLength(1);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('that is embedded as a hash becomes the hash of the new name', async () => {
    await using office = await openOffice();
    const streams = ['clients', 'projects'];
    const choice = { include: null, exclude: [], hash: ['client_name'] };
    const config = {
      sync: { hashKey: new Secret('k3y', 'test') },
      streams: { overrides: new Map([['projects', choice]]) },
    };
    await office.sync({ streams, config });
    const project = pick(office, 'projects');
    office.sandbox.account.update('clients', idIn(project, 'client'), { name: 'Neu & Söhne' });
    await office.sync({ streams, config });
    const hash = createHmac('sha256', 'k3y').update('Neu & Söhne', 'utf8').digest('hex');
    expect(await office.query(`SELECT client_name FROM projects WHERE id = ${project.id}`)).toEqual([[hash]]);
  });

  it('waits for a stream that failed, and reaches its rows in the next run', async () => {
    await using office = await openOffice();
    const streams = ['clients', 'projects', 'contacts'];
    await office.sync({ streams });
    const { account, faults } = office.sandbox;
    const project = pick(office, 'projects');
    const names = `SELECT client_name FROM projects WHERE id = ${project.id}`;
    const before = await office.query(names);
    account.update('clients', idIn(project, 'client'), { name: 'Somebody else' });
    account.clock.advance(AN_HOUR);
    faults.add({ match: '/v2/projects', do: 'status', status: 403, times: 0 });
    const failed = await office.sync({ streams });
    expect(resultOf(failed, 'projects').outcome).toBe('failed');
    expect(await office.query(names)).toEqual(before);
    expect(await office.differences({ streams: ['clients', 'contacts'] })).toEqual([]);
    faults.clear();
    account.clock.advance(AN_HOUR);
    const next = await office.sync({ streams });
    expect(next.result.renamed).toBeGreaterThan(0);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('that was stored by a run which was killed before it was spread is spread by the next run', async () => {
    await using office = await openOffice();
    const config = { streams: { include: ['clients', 'projects', 'time_clients', 'time_entries'] } };
    const streams = config.streams.include;
    await office.sync({ config });
    const { account } = office.sandbox;
    account.clock.advance(AN_HOUR);
    await office.sync({ config });
    const entry = pick(office, 'time_entries');
    account.update('clients', idIn(entry, 'client'), { name: 'Somebody else' });
    const order = {
      target: office.target,
      path: office.path,
      event: 'checkpoint.saved',
      stream: 'clients',
      nth: 1,
      config,
    };
    const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(order)], {
      stdio: 'ignore',
    });
    const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    expect(signal).toBe('SIGKILL');
    expect(await numberOf(office, "SELECT count(*) FROM clients WHERE name = 'Somebody else'")).toBe(1);
    expect(
      await numberOf(office, "SELECT count(*) FROM time_entries WHERE client_name = 'Somebody else'"),
    ).toBe(0);
    account.clock.advance(AN_HOUR);
    const { result } = await office.sync({ config });
    expect(result.outcome).toBe('ok');
    expect(await office.differences({ streams })).toEqual([]);
    expect(await office.query('SELECT outcome FROM _sync_runs ORDER BY started_at')).toEqual([
      ['ok'],
      ['ok'],
      ['crashed'],
      ['ok'],
    ]);
  });
});
