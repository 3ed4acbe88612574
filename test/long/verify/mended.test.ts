import { describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../../src/verify/full.ts';
import { verifyQuickly } from '../../../src/verify/quick.ts';
import { repairing } from '../../../src/verify/repair.ts';
import { openOffice } from '../../support/office.ts';
import { idIn, pick } from '../../support/pick.ts';
import { inWords, NOW, openBench } from '../../verify/bench.ts';

const AN_HOUR_MS = 3_600_000;
const VERIFY = { onlyVerify: true, verify: true, command: 'verify' };

describe('verify', () => {
  it('compares each table again that was repaired, however much differed', async () => {
    await using bench = await openBench({ size: 'studio' });
    const texts = await bench.office.query(
      `SELECT table_name, string_agg(format('"{}" = ''tampered''', column_name), ', ')
       FROM duckdb_columns() WHERE data_type = 'VARCHAR' AND column_name NOT LIKE '\\_%' ESCAPE '\\'
       AND column_name NOT IN ('id', 'currency') AND table_name NOT LIKE '%\\_history' ESCAPE '\\'
       AND table_name NOT LIKE '\\_%' ESCAPE '\\' AND table_name NOT IN ('uninvoiced', 'project_budget', 'company')
       AND table_name IN (SELECT table_name FROM duckdb_tables()) GROUP BY ALL`,
    );
    const path = await bench.tampered(...texts.map(([table, cells]) => `UPDATE "${table}" SET ${cells}`));
    const before = await bench.verify(path, { verifier: verifyFully });
    expect(Object.keys(before.found.tables).length).toBeGreaterThan(15);
    const { found } = await bench.verify(path, { verifier: repairing(verifyFully), fullRefresh: true });
    expect(found).toMatchObject({ outcome: 'equal', differences: 0 });
    const after = await bench.verify(path, { verifier: verifyFully });
    expect(after.found).toMatchObject({ outcome: 'equal', found: [] });
  });

  it('excuses no made-up cell by a change that a full listing came after', async () => {
    await using bench = await openBench({}, { streams: ['users', 'projects', 'time_entries', 'invoices'] });
    const { office } = bench;
    const { account } = office.sandbox;
    const entry = pick(
      office,
      'time_entries',
      (each) => each['cost_rate'] !== null && each['is_running'] !== true,
    );
    account.clock.advance(AN_HOUR_MS);
    account.update('users', idIn(entry, 'user'), { telephone: '1' });
    const made = `UPDATE time_entries SET cost_rate = cost_rate + 1, is_locked = NOT is_locked, invoice_number = 'X' WHERE id = ${entry.id}`;
    const causes = async (): Promise<readonly string[]> => {
      const path = await bench.tampered(made);
      const { found } = await bench.verify(path, { verifier: verifyFully, streams: ['time_entries'] });
      return found.found.map(({ column, cause }) => `${column ?? ''} ${cause}`).toSorted();
    };
    // the person changed after the entry: until the next listing that may be why
    expect(await causes()).toEqual(['cost_rate lag', 'invoice_number differs', 'is_locked lag']);
    account.clock.advance(8 * 24 * AN_HOUR_MS);
    await office.sync({ streams: ['users', 'projects', 'time_entries', 'invoices'] });
    account.clock.advance(60_000);
    expect(await causes()).toEqual(['cost_rate differs', 'invoice_number differs', 'is_locked differs']);
  });

  it.each([
    ['hours', 'time_entries', 'an entry'],
    ['name', 'clients', 'a client, and what points at it'],
  ])('does not count what follows from a rejected record: %s of %s: %s', async (field, table) => {
    await using office = await openOffice({ now: NOW, clock: 'stands' });
    const record = pick(office, table, (each) => each['is_locked'] !== true && each['is_running'] !== true);
    const match = `/v2/${table}\\?`;
    office.sandbox.faults.add({ match, do: 'malformed', field, value: [], id: record.id, times: 0 });
    await office.sync();
    const { result } = await office.sync(VERIFY);
    expect(result.verification?.found.map(inWords)).toEqual([]);
    expect(result).toMatchObject({ exit_code: 0, verification: { outcome: 'equal', differences: 0 } });
    expect(result.verification?.left_out.length).toBeGreaterThan(0);
    const full = await office.sync({ ...VERIFY, verifier: verifyFully, streams: [table] });
    expect(full.result.verification?.left_out).toContainEqual({
      table,
      reason: '1 record breaks its schema: not compared',
    });
  });

  it('has another next step for what a repair has left', async () => {
    const streams = ['clients', 'tasks'];
    await using bench = await openBench({}, { streams });
    bench.office.sandbox.faults.add({ match: '/v2/tasks\\?.*per_page=1$', do: 'count', value: 1, times: 0 });
    const { result } = await bench.verify();
    expect(result.failure?.hint).toContain('verify --repair');
    const left = await bench.verify(undefined, { verifier: repairing(verifyQuickly), fullRefresh: true });
    expect(left.result).toMatchObject({ exit_code: 8, failure: { code: 'VERIFY_DIFFERS' } });
    expect(left.result.failure?.hint).not.toContain('verify --repair');
    expect(left.result.failure?.hint).toContain('--full-refresh');
  });

  it('says that nothing was compared where nothing was', async () => {
    await using office = await openOffice({ size: 'tiny' });
    await office.sync({ streams: ['roles'] });
    for (const verifier of [verifyQuickly, verifyFully]) {
      const { result } = await office.sync({ ...VERIFY, verifier, streams: ['time_entries', 'invoices'] });
      expect(result).toMatchObject({ exit_code: 0, verification: { outcome: 'nothing', compared: 0 } });
      expect(result.verification?.left_out).toHaveLength(2);
    }
    const rows = await office.query("SELECT verified FROM _sync_runs WHERE command = 'verify'");
    expect(rows).toEqual([[null], [null]]);
  });

  it('finds a row that is noted as gone though it is there, where deletions are kept', async () => {
    const streams = ['contacts', 'clients'];
    await using bench = await openBench({}, { streams, config: { sync: { deletes: 'keep' } } });
    const [[id = ''] = []] = await bench.office.query('SELECT max(id) FROM contacts');
    const path = await bench.tampered(
      `INSERT INTO _deletions (stream, record_key, how, run_id, found_at) VALUES ('contacts', '${id ?? ''}', 'count', 'x', now())`,
    );
    const { found } = await bench.verify(path, { verifier: verifyFully });
    expect(found.found.map(inWords)).toContain(`contacts missing ${id ?? ''}: noted as gone ≠ –`);
  });

  it('takes a deleted payment that no run has seen for a lag of its invoice', async () => {
    const streams = ['invoices', 'invoice_payments'];
    await using bench = await openBench({}, { streams });
    const payment = pick(bench.office, 'invoice_payments');
    bench.office.sandbox.account.remove('invoice_payments', payment.id);
    const { found } = await bench.verify(undefined, { verifier: verifyFully });
    const lines = found.found.map(inWords);
    expect(lines).toContain(`invoice_payments extra ${payment.id}: – ≠ –`);
    expect(lines).toContainEqual(expect.stringMatching(/^invoices cell .* due_amount: .*\(lag\)$/));
    expect(found.differences).toBe(1);
    expect((await bench.verify()).found).toMatchObject({ outcome: 'equal', found: [] });
  });
});
