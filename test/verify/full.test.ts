import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../src/verify/full.ts';
import { verifyQuickly } from '../../src/verify/quick.ts';
import { repairing } from '../../src/verify/repair.ts';
import { withFile } from '../support/tables.ts';
import { differences } from '../support/truth.ts';
import { inWords, openBench, type VerifyBench } from './bench.ts';

/** The whole forms stand in `test/long/verify`: all streams, all kinds of changes, other settings. */
const STREAMS = ['clients', 'projects', 'users', 'time_entries', 'invoices', 'invoice_payments', 'time_team'];

let bench: VerifyBench;

beforeAll(async () => {
  bench = await openBench({ size: 'tiny' }, { streams: STREAMS });
});

afterAll(async () => bench[Symbol.asyncDispose]());

const one = async (sql: string): Promise<readonly string[]> =>
  ((await bench.office.query(sql))[0] ?? []).map(String);

describe('verify --full, in short', () => {
  it('finds nothing in an untouched warehouse', async () => {
    const { found, result } = await bench.verify(undefined, { verifier: verifyFully });
    expect(found).toMatchObject({ form: 'full', outcome: 'equal', found: [], left_out: [], tables: {} });
    expect(result.exit_code).toBe(0);
  });

  it('finds a digit, a missing row, and rows too many, those of unknown parents among them', async () => {
    const [id = '', month = '', hours = ''] = await one(
      "SELECT id, strftime(spent_date, '%Y-%m'), CAST(hours AS DOUBLE) FROM time_entries ORDER BY id LIMIT 1",
    );
    const [project = ''] = await one('SELECT max(id) FROM projects');
    const path = await bench.tampered(
      `UPDATE time_entries SET hours = hours + 1 WHERE id = ${id}`,
      `DELETE FROM projects WHERE id = ${project}`,
      'INSERT INTO clients SELECT * REPLACE (7 AS id) FROM clients ORDER BY id LIMIT 1',
      'INSERT INTO invoice_payments SELECT * REPLACE (8 AS id, 9 AS invoice_id) FROM invoice_payments LIMIT 1',
    );
    const { found } = await bench.verify(path, { verifier: verifyFully });
    const lines = found.found.map(inWords).filter((line) => !line.includes('_history '));
    expect(lines.toSorted()).toEqual([
      'clients extra 7: – ≠ –',
      'invoice_payments extra 8: – ≠ –',
      `projects missing ${project}: – ≠ –`,
      `time_entries cell ${month} ${id} hours: ${Number(hours) + 1} ≠ ${hours}`,
    ]);
  });

  it('is followed by a repair that takes a row that stands elsewhere for no deletion', async () => {
    const [id = '', date = ''] = await one(
      'SELECT id, spent_date FROM time_entries ORDER BY spent_date, id LIMIT 1',
    );
    const path = await bench.tampered(
      `UPDATE time_entries SET spent_date = (SELECT max(spent_date) FROM time_entries) WHERE id = ${id}`,
      'INSERT INTO clients SELECT * REPLACE (7 AS id) FROM clients ORDER BY id LIMIT 1',
      'INSERT INTO invoice_payments SELECT * REPLACE (8 AS id, 9 AS invoice_id) FROM invoice_payments LIMIT 1',
    );
    for (const verifier of [repairing(verifyQuickly), repairing(verifyFully)]) {
      const { found, result } = await bench.verify(path, { verifier, fullRefresh: true });
      expect(found.found.map(inWords)).toEqual([]);
      expect(result.exit_code).toBe(0);
    }
    const rows = await withFile(path, async (query) => [
      await query('SELECT stream, record_key, how FROM _deletions ORDER BY stream'),
      await query(`SELECT spent_date FROM time_entries WHERE id = ${id}`),
    ]);
    expect(rows).toEqual([
      [
        ['clients', '7', 'sweep'],
        ['invoice_payments', '8', 'sweep'],
      ],
      [[date]],
    ]);
    expect(await differences(path, bench.office.sandbox, { streams: STREAMS })).toEqual([]);
  });
});
