import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../src/verify/full.ts';
import { withFile } from '../support/tables.ts';
import { byHand, inWords, openBench, WITHOUT_HISTORY, type VerifyBench } from './bench.ts';

let bench: VerifyBench;
/** A billed hour of a project without a fixed fee, in the first month of the account. */
let entry = { id: '', month: '', hours: '' };

beforeAll(async () => {
  bench = await openBench({}, WITHOUT_HISTORY);
  const [row = []] = await bench.office.query(
    `SELECT id, strftime(spent_date, '%Y-%m'), rounded_hours FROM time_entries WHERE billable_rate > 0
     AND project_id IN (SELECT id FROM projects WHERE is_billable AND NOT is_fixed_fee) ORDER BY spent_date, id LIMIT 1`,
  );
  entry = { id: row[0] ?? '', month: row[1] ?? '', hours: String(Number(row[2])) };
});

afterAll(async () => bench[Symbol.asyncDispose]());

const TIME = ['time_entries', 'time_clients', 'time_projects', 'time_tasks', 'time_team'];

/** What is found in some streams after changes by hand, in words. */
async function found(
  streams: readonly string[],
  ...statements: readonly string[]
): Promise<readonly string[]> {
  const { found: verification } = await bench.verify(await bench.tampered(...statements), { streams });
  return verification.found.map(inWords);
}

const inEntry = (text: string): RegExp =>
  new RegExp(text.replaceAll('ID', entry.id).replaceAll('MONTH', entry.month));

describe('verify', () => {
  it('finds nothing in an untouched warehouse, with few requests', async () => {
    const { result, found: verification, requests } = await bench.verify();
    expect(verification).toMatchObject({
      form: 'quick',
      outcome: 'equal',
      differences: 0,
      found: [],
      left_out: [],
    });
    expect(verification.compared).toBeGreaterThan(300);
    expect(result).toMatchObject({
      command: 'verify',
      outcome: 'ok',
      exit_code: 0,
      streams: [],
      failure: null,
    });
    // two years of 4 time and 4 expense reports each, and the two counts of the budgets
    expect(requests.filter((url) => url.includes('/reports/'))).toHaveLength(18);
    expect(requests.length).toBeLessThanOrEqual(45);
  });

  it('writes nothing but its own row', async () => {
    const path = await bench.tampered();
    const all = async (): Promise<unknown> =>
      withFile(path, async (rows) => {
        const tables = await rows(
          `SELECT table_name FROM duckdb_tables() WHERE table_name <> '_sync_runs' ORDER BY 1`,
        );
        return Promise.all(
          tables.map(async ([name]) => [
            name,
            await rows(`SELECT md5(string_agg(t::VARCHAR, '' ORDER BY t::VARCHAR)) FROM "${name}" AS t`),
          ]),
        );
      });
    const before = await all();
    await byHand(path, [
      `UPDATE invoices SET due_amount = due_amount + 0.01 WHERE id = (SELECT max(id) FROM invoices)`,
    ]);
    const changed = await all();
    expect(changed).not.toEqual(before);
    await bench.verify(path);
    await bench.verify(path, { verifier: verifyFully, streams: ['invoices', 'time_clients', 'cost_rates'] });
    expect(await all()).toEqual(changed);
    const runs = await withFile(path, (rows) =>
      rows(
        'SELECT command, outcome, exit_code, error_code, verified, differences FROM _sync_runs ORDER BY started_at',
      ),
    );
    expect(runs).toEqual([
      ['sync', 'ok', '0', null, null, null],
      ['verify', 'ok', '0', null, 'equal', '0'],
      ['verify', 'failed', '8', 'VERIFY_DIFFERS', 'differs', '1'],
      ['verify', 'failed', '8', 'VERIFY_DIFFERS', 'differs', '2'],
    ]);
  });

  it('finds a hundredth of an hour, and names the month, the sums and the row', async () => {
    const run = await bench.verify(
      await bench.tampered(
        `UPDATE time_entries SET rounded_hours = rounded_hours + 0.01 WHERE id = ${entry.id}`,
      ),
      { streams: TIME },
    );
    expect(run.result).toMatchObject({
      outcome: 'failed',
      exit_code: 8,
      failure: { code: 'VERIFY_DIFFERS' },
    });
    const lines = run.found.found.map(inWords);
    const more = (Number(entry.hours) + 0.01).toFixed(2);
    expect(lines).toContain(
      `time_entries cell ${entry.month} ${entry.id} rounded_hours: ${more} ≠ ${entry.hours}`,
    );
    for (const entity of ['client', 'project', 'task', 'person']) {
      for (const measure of ['total_hours', 'billable_hours', 'billable_amount'])
        expect(lines).toContainEqual(
          expect.stringMatching(inEntry(`^time_entries sum MONTH ${entity} \\d+ USD ${measure}: `)),
        );
    }
    for (const table of ['time_clients', 'time_projects', 'time_tasks', 'time_team'])
      expect(lines).toContainEqual(expect.stringMatching(inEntry(`^${table} report MONTH .* total_hours: `)));
    expect(lines).toHaveLength(1 + 12 + 8);
  });

  it('finds a row that is missing, and one too many', async () => {
    const missing = await found(['time_entries'], `DELETE FROM time_entries WHERE id = ${entry.id}`);
    expect(missing[0]).toBe('time_entries count rows: 199 ≠ 200');
    expect(missing).toContain(`time_entries missing ${entry.month} ${entry.id}: – ≠ –`);
    const extra = await found(
      ['time_entries'],
      `INSERT INTO time_entries SELECT * REPLACE (1 AS id) FROM time_entries WHERE id = ${entry.id}`,
    );
    expect(extra[0]).toBe('time_entries count rows: 201 ≠ 200');
    expect(extra).toContain(`time_entries extra ${entry.month} 1: – ≠ –`);
  });

  it('finds a row in another month by the report beside it', async () => {
    const lines = await found(
      ['time_entries', 'time_clients'],
      `UPDATE time_entries SET spent_date = spent_date + INTERVAL 31 DAY WHERE id = ${entry.id}`,
    );
    expect(lines).toContainEqual(expect.stringMatching(inEntry('^time_clients report MONTH ')));
    expect(lines).toContainEqual(expect.stringMatching(inEntry('^time_entries cell MONTH ID spent_date: ')));
  });

  it('takes a rate that nothing explains for what it is', async () => {
    const [[id = ''] = []] = await bench.office.query(
      'SELECT max(id) FROM time_entries WHERE billable_rate > 0 AND project_id IN (SELECT id FROM projects WHERE is_billable AND NOT is_fixed_fee)',
    );
    const lines = await found(
      ['time_entries'],
      `UPDATE time_entries SET billable_rate = billable_rate + 1 WHERE id = ${id ?? ''}`,
    );
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(new RegExp(`^time_entries cell [-\\d]+ ${id ?? ''} billable_rate: [^()]*$`));
  });

  it('finds a cent in expenses', async () => {
    const [[id = ''] = []] = await bench.office.query('SELECT max(id) FROM expenses');
    const lines = await found(
      ['expenses', 'expenses_team'],
      `UPDATE expenses SET total_cost = total_cost + 0.01 WHERE id = ${id ?? ''}`,
    );
    for (const entity of ['client', 'project', 'category', 'person'])
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^expenses sum \\d{4}-\\d\\d ${entity} \\d+ \\w+ total_amount: `)),
      );
    expect(lines).toContainEqual(
      expect.stringMatching(new RegExp(`^expenses cell \\d{4}-\\d\\d ${id ?? ''} total_cost: `)),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^expenses_team report .* total_amount: /));
  });

  it('finds an invoice that its payments do not settle, but not one that was written off', async () => {
    const [[id = '', invoice = ''] = []] = await bench.office.query(
      `SELECT max(p.id), max_by(p.invoice_id, p.id) FROM invoice_payments AS p`,
    );
    const tamper = `UPDATE invoice_payments SET amount = amount + 0.01 WHERE id = ${id ?? ''}`;
    expect(await found(['invoice_payments'], tamper)).toEqual([
      expect.stringMatching(
        new RegExp(`^invoices balance ${invoice ?? ''} amount - due_amount: .* ≠ payments `),
      ),
    ]);
    expect(
      await found(['invoices'], tamper, `UPDATE invoices SET state = 'closed' WHERE id = ${invoice ?? ''}`),
    ).toEqual([]);
  });

  it('finds a key that stands twice', async () => {
    const lines = await found(
      ['tasks'],
      'CREATE TABLE twin AS FROM tasks',
      'DROP TABLE tasks CASCADE',
      'ALTER TABLE twin RENAME TO tasks',
      'INSERT INTO tasks SELECT * FROM tasks ORDER BY id LIMIT 1',
    );
    const [[id = ''] = []] = await bench.office.query('SELECT min(id) FROM tasks');
    expect(lines).toContain(`tasks duplicate ${id ?? ''}: 2 ≠ 1`);
  });

  it('finds rows that point at one that is not there', async () => {
    const [[id = '', user = ''] = []] = await bench.office.query(
      'SELECT min(id), min_by(user_id, id) FROM time_entries',
    );
    expect(await found(['time_entries', 'users'], `DELETE FROM users WHERE id = ${user ?? ''}`)).toContain(
      `time_entries orphan ${id ?? ''} user_id: ${user ?? ''} ≠ –`,
    );
    const [[rate = ''] = []] = await bench.office.query('SELECT min(id) FROM cost_rates');
    expect(await found(['cost_rates'], `UPDATE cost_rates SET user_id = 1 WHERE id = ${rate ?? ''}`)).toEqual(
      [`cost_rates orphan ${rate ?? ''} user_id: 1 ≠ –`],
    );
  });

  it('finds a report month that is not what the entries say', async () => {
    const lines = await found(
      ['time_tasks'],
      `DELETE FROM time_tasks WHERE period_start = DATE '${entry.month}-01'`,
    );
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(line).toMatch(inEntry('^time_tasks report MONTH .*_hours: 0 ≠ '));
  });

  it('looks only at the streams that it is asked for', async () => {
    const path = await bench.tampered('DELETE FROM clients', 'DELETE FROM tasks');
    const { found: verification } = await bench.verify(path, { streams: ['tasks'] });
    expect(verification.found.map(inWords)).toEqual([expect.stringMatching(/^tasks count rows: 0 ≠ \d+$/)]);
  });
});
