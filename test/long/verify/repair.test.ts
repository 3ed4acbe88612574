import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runEngine } from '../../support/engine.ts';
import { withFile } from '../../support/tables.ts';
import { differences } from '../../support/truth.ts';
import { verifyFully } from '../../../src/verify/full.ts';
import { verifyQuickly } from '../../../src/verify/quick.ts';
import { repairing } from '../../../src/verify/repair.ts';
import { inWords, openBench, WITHOUT_HISTORY, type VerifyBench } from '../../verify/bench.ts';

const STREAMS = [
  'clients',
  'projects',
  'tasks',
  'users',
  'roles',
  'cost_rates',
  'time_entries',
  'time_clients',
  'time_team',
  'expense_categories',
  'expenses',
  'invoices',
  'invoice_payments',
];

let bench: VerifyBench;

beforeAll(async () => {
  bench = await openBench({}, { ...WITHOUT_HISTORY, streams: STREAMS });
});

afterAll(async () => bench[Symbol.asyncDispose]());

const QUICK = { verifier: repairing(verifyQuickly), fullRefresh: true };
const FULL = { verifier: repairing(verifyFully), fullRefresh: true };

describe('verify --repair', () => {
  it('leaves alone what is equal', async () => {
    const { found, requests } = await bench.verify(undefined, QUICK);
    expect(found).toMatchObject({ outcome: 'equal', differences: 0 });
    expect(found.repaired).toBeUndefined();
    expect(requests.length).toBeLessThanOrEqual(45);
  });

  it('puts right what the quick form finds, and goes on as if nothing had been', async () => {
    const path = await bench.tampered(
      'UPDATE time_entries SET rounded_hours = rounded_hours + 1, updated_at = updated_at + INTERVAL 1 YEAR WHERE id = (SELECT min(id) FROM time_entries)',
      'DELETE FROM time_entries WHERE id = (SELECT max(id) FROM time_entries)',
      'INSERT INTO clients SELECT * REPLACE (7 AS id) FROM clients ORDER BY id LIMIT 1',
      "DELETE FROM time_team WHERE period_start = DATE '2026-01-01'",
    );
    const { found, result } = await bench.verify(path, QUICK);
    expect(found.found.map(inWords)).toEqual([]);
    expect(found).toMatchObject({ form: 'quick', outcome: 'equal', differences: 0 });
    expect(found.repaired).toEqual(expect.arrayContaining(['clients', 'time_entries', 'time_team']));
    expect(result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    const gone = await withFile(path, (rows) => rows('SELECT stream, record_key, how FROM _deletions'));
    expect(gone).toEqual([['clients', '7', 'sweep']]);
    expect(await differences(path, bench.office.sandbox, { streams: STREAMS })).toEqual([]);

    const { result: next } = await runEngine(bench.office.target, path, { streams: STREAMS });
    expect(next).toMatchObject({ outcome: 'ok', totals: { inserted: 0, updated: 0, deleted: 0 } });
    expect(await differences(path, bench.office.sandbox, { streams: STREAMS })).toEqual([]);
  });

  it('puts right what only the full form finds', async () => {
    const path = await bench.tampered(
      "UPDATE invoices SET subject = subject || '!', updated_at = updated_at - INTERVAL 1 DAY WHERE id = (SELECT max(id) FROM invoices)",
      'UPDATE cost_rates SET amount = amount + 1',
      "UPDATE expenses SET notes = 'x' WHERE id = (SELECT max(id) FROM expenses)",
    );
    const streams = ['invoices', 'cost_rates', 'expenses', 'roles'];
    const { found } = await bench.verify(path, { ...FULL, streams });
    expect(found).toMatchObject({ form: 'full', outcome: 'equal', differences: 0 });
    expect(found.repaired?.toSorted()).toEqual(['cost_rates', 'expenses', 'invoices']);
    expect(await differences(path, bench.office.sandbox, { streams: STREAMS })).toEqual([]);
  });

  it('removes no more than is plausible', async () => {
    const path = await bench.tampered(
      'INSERT INTO time_entries SELECT * REPLACE (id + 1000000 AS id) FROM time_entries',
      "UPDATE tasks SET name = name || '!' WHERE id = (SELECT min(id) FROM tasks)",
    );
    const options = { ...FULL, streams: ['time_entries', 'tasks'], onlyVerify: true, verify: true };
    const { result } = await runEngine(bench.office.target, path, options);
    expect(result).toMatchObject({ exit_code: 8, failure: { code: 'DELETES_IMPLAUSIBLE' } });
    const rows = await withFile(path, (query) => query('SELECT count(*) FROM time_entries'));
    expect(rows).toEqual([['400']]);
    const { found } = await bench.verify(path, {
      ...FULL,
      streams: ['time_entries', 'tasks'],
      allowDeletes: true,
    });
    expect(found).toMatchObject({ outcome: 'equal', repaired: ['time_entries'] });
    expect(await differences(path, bench.office.sandbox, { streams: STREAMS })).toEqual([]);
  });
});
