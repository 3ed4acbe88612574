/** The whole story of an erased person: every place that a word of theirs can be in, and every way back. */
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../src/verify/full.ts';
import { erase, WITH_KEY } from '../support/erase.ts';
import { openOffice, type Office } from '../support/office.ts';
import { numberOf } from '../support/pick.ts';
import { placesOf, plantUser } from '../support/planted.ts';
import { tableNames } from '../support/tables.ts';

const AN_HOUR = 3_600_000;
const WRONG = { match: '/v2/time_entries', do: 'malformed', field: 'hours', value: 'x', times: 0 } as const;

async function sql(office: Office, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(office.path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

describe('an erased user', () => {
  it('is found nowhere any more, and nothing brings them back', async () => {
    await using office = await openOffice();
    const { account, faults } = office.sandbox;
    await office.sync(WITH_KEY);
    account.clock.advance(AN_HOUR);
    const planted = plantUser(office);
    faults.add({ ...WRONG, id: planted.entry });
    await office.sync(WITH_KEY);
    const before = await placesOf(planted, office.path);
    for (const table of ['users', 'users_history', 'time_entries', 'expenses', 'invoices', 'time_team'])
      expect(before).toContain(table);
    for (const table of ['invoice_messages', 'invoice_payments', 'invoices_history', '_rejects'])
      expect(before).toContain(table);
    const hours = await numberOf(office, 'SELECT sum(hours) FROM time_entries');

    const person = { kind: 'user', id: String(planted.id) } as const;
    const counted = await erase(office, person, { dryRun: true });
    expect(await placesOf(planted, office.path)).toEqual(before);
    const touched = await erase(office, person);
    expect(touched).toEqual(counted);
    expect(touched.map(({ table }) => table)).toEqual(expect.arrayContaining(['users', 'time_entries']));
    expect(await placesOf(planted, office.path)).toEqual([]);
    expect(await numberOf(office, 'SELECT sum(hours) FROM time_entries')).toBe(hours);
    expect(await erase(office, person)).toEqual([]);
    expect(await numberOf(office, 'SELECT count(*) FROM _erasures')).toBe(1);

    account.clock.advance(AN_HOUR);
    account.touchAll('invoices');
    account.touchAll('users');
    expect((await office.sync(WITH_KEY)).result).toMatchObject({ outcome: 'ok', renamed: 0 });
    expect(await placesOf(planted, office.path)).toEqual([]);
    faults.clear();
    const again = await office.sync({ ...WITH_KEY, fullRefresh: true, verify: true, verifier: verifyFully });
    expect(again.result).toMatchObject({ outcome: 'ok', verification: { outcome: 'equal' } });
    expect(await placesOf(planted, office.path)).toEqual([]);
    expect(JSON.stringify(again.events)).not.toMatch(/zqx\d+plant/i);

    const backfill = { id: 'erased', from: '2020-01-01', to: '2030-12-31', slice: 'year' } as const;
    const dated = ['time_entries', 'expenses', 'invoices', 'estimates', 'time_team', 'expenses_team'];
    const reread = await office.sync({ ...WITH_KEY, streams: dated, backfill });
    expect(reread.result.outcome).toBe('ok');
    expect(reread.result.totals.fetched).toBeGreaterThan(0);
    expect(await placesOf(planted, office.path)).toEqual([]);

    const others = (await tableNames(office.path)).filter((name) => name !== '_erasures');
    await sql(office, [
      'DROP VIEW IF EXISTS invoice_line_items',
      'DROP VIEW IF EXISTS estimate_line_items',
      ...others.map((name) => `DROP TABLE "${name}"`),
    ]);
    await office.sync(WITH_KEY);
    expect(await placesOf(planted, office.path)).toEqual([]);
  }, 120_000);
});
