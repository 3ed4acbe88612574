import { describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../../src/verify/full.ts';
import { runEngine, type EngineOptions } from '../../support/engine.ts';
import { pick } from '../../support/pick.ts';
import { byHand, inWords, openBench } from '../../verify/bench.ts';

const FACTS = [
  'projects',
  'time_entries',
  'expenses',
  'time_clients',
  'expenses_team',
  'invoices',
  'invoice_payments',
  'estimates',
];

describe('verify goes by the configuration', () => {
  it('looks at what start_date leaves, from the day on', async () => {
    await using bench = await openBench({}, { streams: FACTS, config: { startDate: '2025-11-13' } });
    const quick = await bench.verify();
    expect(quick.found).toMatchObject({ outcome: 'equal', found: [], left_out: [] });
    expect(quick.requests).toContainEqual(expect.stringContaining('from=20251113&to=20251231'));
    const full = await bench.verify(undefined, { verifier: verifyFully });
    expect(full.found).toMatchObject({ outcome: 'equal', found: [], left_out: [] });
    const older = await bench.tampered(
      "INSERT INTO expenses SELECT * REPLACE (7 AS id, DATE '2025-01-01' AS spent_date) FROM expenses LIMIT 1",
    );
    const { found } = await bench.verify(older, { verifier: verifyFully, streams: ['expenses'] });
    expect(found.found.map(inWords)).toEqual(['expenses extra 7: – ≠ –']);
  });

  it.each(['mark', 'keep'] as const)('knows rows that are gone under deletes: %s', async (deletes) => {
    const options: EngineOptions = { streams: FACTS, config: { sync: { deletes } } };
    await using bench = await openBench({}, options);
    const { office } = bench;
    const removed = pick(office, 'time_entries', (each) => each['is_locked'] === false);
    office.sandbox.account.remove('time_entries', removed.id);
    await runEngine(office.target, office.path, options);
    const [[rows] = []] = await office.query('SELECT count(*) FROM time_entries');
    expect(rows).toBe('200');
    expect((await bench.verify()).found).toMatchObject({ outcome: 'equal', found: [] });
    expect((await bench.verify(undefined, { verifier: verifyFully })).found).toMatchObject({ found: [] });
    await byHand(office.path, [
      `DELETE FROM time_entries WHERE id = (SELECT min(id) FROM time_entries WHERE id <> ${removed.id})`,
    ]);
    const { found } = await bench.verify();
    expect(found.found.map(inWords)).toContain('time_entries count rows: 198 ≠ 199');
    expect(found.found.filter(({ kind }) => kind === 'extra')).toEqual([]);
  });

  it('says what it cannot compare', async () => {
    const streams = {
      overrides: new Map([['time_entries', { include: ['*'], exclude: ['billable_rate', 'task_id'] }]]),
    };
    const options: EngineOptions = {
      streams: ['projects', 'time_entries', 'estimates', 'expenses'],
      config: { streams: streams as never },
    };
    await using bench = await openBench({ modules: { estimate: false } }, options);
    const { found } = await bench.verify(undefined, { streams: [...(options.streams ?? []), 'tasks'] });
    expect(found).toMatchObject({ outcome: 'equal', found: [] });
    expect(found.left_out).toEqual([
      { table: 'estimates', reason: 'estimates are switched off in Harvest' },
      { table: 'tasks', reason: 'not loaded completely yet' },
      { table: 'time_entries', reason: 'sums that need task_id, which is not chosen' },
      { table: 'time_entries', reason: 'sums that need billable_rate, which is not chosen' },
    ]);
  });

  it('compares what a manager may see with what was loaded of it', async () => {
    const streams = ['projects', 'time_entries', 'time_clients', 'expenses', 'users'];
    await using bench = await openBench({}, { streams });
    const { target, sandbox, path } = bench.office;
    const manager = { ...target, token: sandbox.tokens.manager };
    const partial: EngineOptions = { streams, config: { harvest: { visibility: 'partial' } } };
    const file = path.replace('.duckdb', '-manager.duckdb');
    await runEngine(manager, file, partial);
    const { result } = await runEngine(manager, file, { ...partial, onlyVerify: true, verify: true });
    expect(result.failure).toBeNull();
    expect(result.verification).toMatchObject({ outcome: 'equal', found: [] });
    const reasons = result.verification?.left_out.map(({ reason }) => reason);
    expect(reasons).toContain('what is billed: this token may not see all projects');
  });

  it('does not miss a record that was rejected', async () => {
    await using bench = await openBench({}, { streams: ['clients'] });
    const { office } = bench;
    const path = office.path.replace('.duckdb', '-rejects.duckdb');
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'malformed', field: 'is_active', value: 'yes' });
    await runEngine(office.target, path, { streams: ['tasks'] });
    const { found } = await bench.verify(path, { streams: ['tasks'] });
    expect(found).toMatchObject({ outcome: 'equal', found: [] });
  });

  it('takes nothing for equal that is not there', async () => {
    await using bench = await openBench({}, { streams: ['clients', 'tasks'] });
    const streams = ['clients', 'tasks'];
    const path = await bench.tampered('DROP TABLE tasks', 'ALTER TABLE clients DROP COLUMN address');
    for (const verifier of [undefined, verifyFully]) {
      const { found } = await bench.verify(path, { streams, ...(verifier && { verifier }) });
      expect(found.found.map(inWords)).toEqual(['tasks count table: – ≠ a table']);
      expect(found.left_out).toEqual([
        { table: 'clients', reason: 'address: the table does not have them yet' },
      ]);
    }
    const missing = await runEngine(bench.office.target, `${path}-none`, { onlyVerify: true, verify: true });
    expect(missing.result).toMatchObject({ failure: { code: 'WAREHOUSE_MISSING' } });
  });
});

describe('sync --verify', () => {
  it('ends with the comparison, notes it, and fails where something differs', async () => {
    await using bench = await openBench({}, { streams: ['clients', 'tasks'] });
    const options = { streams: ['clients', 'tasks'], verify: true };
    const well = await runEngine(bench.office.target, bench.office.path, options);
    expect(well.result).toMatchObject({ outcome: 'ok', exit_code: 0, verification: { outcome: 'equal' } });
    await byHand(bench.office.path, ['INSERT INTO contacts SELECT * FROM contacts']).catch(() => undefined);
    bench.office.sandbox.faults.add({ match: '/v2/tasks\\?.*per_page=1$', do: 'count', value: 1, times: 0 });
    const ill = await runEngine(bench.office.target, bench.office.path, options);
    expect(ill.result).toMatchObject({ exit_code: 8, failure: { code: 'VERIFY_DIFFERS' } });
    const rows = await bench.office.query(
      'SELECT command, exit_code, verified, differences FROM _sync_runs WHERE verified IS NOT NULL ORDER BY started_at',
    );
    expect(rows).toEqual([
      ['sync', '0', 'equal', '0'],
      ['sync', '8', 'differs', '1'],
    ]);
  });
});
