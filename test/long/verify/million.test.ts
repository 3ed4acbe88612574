import { describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../../src/verify/full.ts';
import { inWords, openBench } from '../../verify/bench.ts';

const STREAMS = ['clients', 'projects', 'tasks', 'users', 'time_entries', 'expenses', 'invoices'];

describe('verify --full among a million cells', () => {
  it('finds nothing where nothing was touched, and each of five changes by its name', async () => {
    await using bench = await openBench({ size: 40_000 }, { streams: STREAMS });
    const one = async (sql: string): Promise<readonly string[]> =>
      ((await bench.office.query(sql))[0] ?? []).map(String);
    const [digit = '', hours = ''] = await one(
      'SELECT id, CAST(hours AS DOUBLE) FROM time_entries ORDER BY id LIMIT 1 OFFSET 20000',
    );
    const [missing = ''] = await one('SELECT id FROM time_entries ORDER BY id LIMIT 1 OFFSET 31000');
    const [extra = ''] = await one('SELECT id FROM expenses ORDER BY id LIMIT 1 OFFSET 5');
    const [swapped = ''] = await one("SELECT min(id) FROM invoices WHERE currency = 'EUR'");
    const [nested = '', price = ''] = await one(
      'SELECT id, CAST(line_items[2].unit_price AS DOUBLE) FROM invoices WHERE len(line_items) > 1 ORDER BY id DESC LIMIT 1',
    );
    const change =
      'lambda line, nth: CASE WHEN nth = 2 THEN struct_update(line, unit_price := line.unit_price + 1) ELSE line END';
    const path = await bench.tampered(
      `UPDATE time_entries SET hours = hours + 0.1 WHERE id = ${digit}`,
      `DELETE FROM time_entries WHERE id = ${missing}`,
      `INSERT INTO expenses SELECT * REPLACE (7 AS id) FROM expenses WHERE id = ${extra}`,
      `UPDATE invoices SET currency = 'USD' WHERE id = ${swapped}`,
      `UPDATE invoices SET line_items = list_transform(line_items, ${change}) WHERE id = ${nested}`,
    );
    const timed = async (
      file?: string,
    ): Promise<{ compared: number; seconds: number; found: readonly string[] }> => {
      const begun = performance.now();
      const { found } = await bench.verify(file, { verifier: verifyFully });
      const seconds = Math.round((performance.now() - begun) / 100) / 10;
      return { compared: found.compared, seconds, found: found.found.map(inWords) };
    };
    const untouched = await timed();
    expect(untouched.found).toEqual([]);
    expect(untouched.compared).toBeGreaterThanOrEqual(1_000_000);
    const touched = await timed(path);
    // what the histories of the lists say of changes by hand is their own business
    const cells = touched.found.filter((line) => !line.includes('_history '));
    expect(cells.toSorted()).toEqual([
      'expenses extra 7: – ≠ –',
      expect.stringMatching(new RegExp(`^invoices cell [-\\d]+ ${swapped} currency: USD ≠ EUR$`)),
      expect.stringMatching(
        new RegExp(
          `^invoices cell [-\\d]+ ${nested} line_items\\[1\\]\\.unit_price: ${Number(price) + 1} ≠ ${price}$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(
          `^time_entries cell [-\\d]+ ${digit} hours: ${Math.round(10 * Number(hours) + 1) / 10}\\d* ≠ ${hours}$`,
        ),
      ),
      expect.stringMatching(new RegExp(`^time_entries missing [-\\d]+ ${missing}: – ≠ –$`)),
    ]);
    process.stderr.write(
      `verify --full: ${untouched.compared} cells in ${untouched.seconds} s, with five changes in ${touched.seconds} s\n`,
    );
  });
});
