import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../../src/verify/full.ts';
import { inWords, openBench, WITHOUT_HISTORY, type VerifyBench } from '../../verify/bench.ts';

let bench: VerifyBench;

beforeAll(async () => {
  bench = await openBench({}, WITHOUT_HISTORY);
});

afterAll(async () => bench[Symbol.asyncDispose]());

/** What the full form finds in some streams after changes by hand, in words. */
async function found(
  streams: readonly string[],
  ...statements: readonly string[]
): Promise<readonly string[]> {
  const path = await bench.tampered(...statements);
  const { found: verification } = await bench.verify(path, { streams, verifier: verifyFully });
  return verification.found.map(inWords);
}

const one = async (sql: string): Promise<readonly string[]> =>
  ((await bench.office.query(sql))[0] ?? []).map(String);

describe('verify --full', () => {
  it('compares every cell of an untouched warehouse and finds nothing', async () => {
    const { found: verification, result } = await bench.verify(undefined, { verifier: verifyFully });
    expect(verification).toMatchObject({ form: 'full', outcome: 'equal', found: [], left_out: [] });
    expect(verification.compared).toBeGreaterThan(15_000);
    expect(result.exit_code).toBe(0);
  });

  it('finds one changed digit', async () => {
    const [id = '', month = '', hours = ''] = await one(
      "SELECT id, strftime(spent_date, '%Y-%m'), CAST(hours AS DOUBLE) FROM time_entries ORDER BY id LIMIT 1",
    );
    expect(
      await found(['time_entries'], `UPDATE time_entries SET hours = hours + 1 WHERE id = ${id}`),
    ).toEqual([`time_entries cell ${month} ${id} hours: ${Number(hours) + 1} ≠ ${hours}`]);
  });

  it('finds a missing row, and a row too many', async () => {
    const [id = ''] = await one('SELECT min(id) FROM clients');
    expect(await found(['clients'], `DELETE FROM clients WHERE id = ${id}`)).toEqual([
      `clients missing ${id}: – ≠ –`,
    ]);
    expect(
      await found(
        ['clients'],
        `INSERT INTO clients SELECT * REPLACE (7 AS id) FROM clients WHERE id = ${id}`,
      ),
    ).toEqual(['clients extra 7: – ≠ –']);
  });

  it('finds a swapped currency, in a report too', async () => {
    const [id = ''] = await one("SELECT min(id) FROM invoices WHERE currency = 'EUR'");
    expect(await found(['invoices'], `UPDATE invoices SET currency = 'USD' WHERE id = ${id}`)).toContainEqual(
      expect.stringMatching(new RegExp(`^invoices cell \\d{4}-\\d\\d ${id} currency: USD ≠ EUR$`)),
    );
    const [start = '', client = ''] = await one(
      "SELECT period_start, client_id FROM time_clients WHERE currency = 'EUR' ORDER BY ALL LIMIT 1",
    );
    const month = start.slice(0, 7);
    expect(
      await found(
        ['time_clients'],
        `UPDATE time_clients SET currency = 'USD' WHERE period_start = '${start}' AND client_id = ${client} AND currency = 'EUR'`,
      ),
    ).toEqual([
      `time_clients missing ${month} ${start}|${client}|EUR: – ≠ –`,
      `time_clients extra ${start}|${client}|USD: – ≠ –`,
    ]);
  });

  it('finds a change inside a list, and tells nothing of what describes people', async () => {
    const [id = '', price = ''] = await one(
      'SELECT id, CAST(line_items[1].unit_price AS DOUBLE) FROM invoices WHERE len(line_items) > 1 ORDER BY id LIMIT 1',
    );
    const changed = (field: string, value: string): string =>
      `UPDATE invoices SET line_items = list_transform(line_items, lambda line, nth: CASE WHEN nth = 1 THEN struct_update(line, ${field} := ${value}) ELSE line END) WHERE id = ${id}`;
    expect(await found(['invoices'], changed('unit_price', 'line.unit_price + 0.001'))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^invoices cell .*${id} line_items\\[0\\]\\.unit_price: ${Number(price) + 0.001} ≠ ${price}$`,
        ),
      ),
    ]);
    expect(await found(['invoices'], changed('description', "'x'"))).toEqual([
      expect.stringMatching(new RegExp(`^invoices cell .*${id} line_items\\[0\\]\\.description: – ≠ –$`)),
    ]);
    expect(
      await found(['invoices'], `UPDATE invoices SET line_items = line_items[2:] WHERE id = ${id}`),
    ).toEqual([expect.stringMatching(/ line_items: \d+ elements ≠ \d+ elements$/)]);
  });

  it('finds an updated_at that is older or newer, and what it would hide', async () => {
    const [id = ''] = await one('SELECT min(id) FROM projects');
    for (const sign of ['-', '+']) {
      expect(
        await found(
          ['projects'],
          `UPDATE projects SET updated_at = updated_at ${sign} INTERVAL 1 YEAR, fee = 12.5 WHERE id = ${id}`,
        ),
      ).toEqual([
        expect.stringMatching(new RegExp(`^projects cell ${id} fee: 12.5 ≠ `)),
        expect.stringMatching(new RegExp(`^projects cell ${id} updated_at: \\S+Z ≠ \\S+Z$`)),
      ]);
    }
  });

  it('finds a child of another parent, and one whose parent has none', async () => {
    const [id = '', user = ''] = await one('SELECT min(id), min_by(user_id, id) FROM cost_rates');
    const [other = ''] = await one(`SELECT max(id) FROM users WHERE id <> ${user}`);
    expect(await found(['cost_rates'], `UPDATE cost_rates SET user_id = ${other} WHERE id = ${id}`)).toEqual([
      `cost_rates cell ${id} user_id: ${other} ≠ ${user}`,
    ]);
    expect(
      await found(
        ['cost_rates'],
        `INSERT INTO cost_rates SELECT * REPLACE (7 AS id) FROM cost_rates WHERE id = ${id}`,
      ),
    ).toEqual(['cost_rates extra 7: – ≠ –']);
  });

  it('finds a row under another date once', async () => {
    const [id = '', date = ''] = await one('SELECT min(id), min_by(spent_date, id) FROM expenses');
    expect(
      await found(['expenses'], `UPDATE expenses SET spent_date = DATE '2020-01-01' WHERE id = ${id}`),
    ).toEqual([`expenses cell ${date.slice(0, 7)} ${id} spent_date: 2020-01-01 ≠ ${date}`]);
  });

  it('finds a changed digit in what rows embed, too', async () => {
    const [id = ''] = await one('SELECT max(id) FROM time_entries WHERE cost_rate IS NOT NULL');
    const swap = `UPDATE time_entries SET cost_rate = cost_rate + 1, user_assignment_hourly_rate = 1, client_currency = 'ISK' WHERE id = ${id}`;
    const lines = await found(['time_entries'], swap);
    expect(lines.map((line) => line.split(' ')[4])).toEqual([
      'client_currency:',
      'user_assignment_hourly_rate:',
      'cost_rate:',
    ]);
    for (const line of lines) expect(line).not.toContain('(lag)');
  });
});
