import { createHmac } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ColumnChoice } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { openOffice, type Office } from '../support/office.ts';
import { idIn, pick, recordsOf } from '../support/pick.ts';
import { tableNames } from '../support/tables.ts';

const HASH_KEY = new Secret('k3y', 'test');
const none: ColumnChoice = { include: null, exclude: [], hash: [] };
const overrides = (choices: Readonly<Record<string, Partial<ColumnChoice>>>) => ({
  overrides: new Map(Object.entries(choices).map(([name, choice]) => [name, { ...none, ...choice }])),
});
const hashed = (text: string): string => createHmac('sha256', 'k3y').update(text, 'utf8').digest('hex');

/** Everything that the file holds, as one text. */
async function dump(office: Office): Promise<string> {
  const texts: string[] = [];
  for (const table of await tableNames(office.path)) {
    const rows = await office.query(`SELECT CAST(to_json(t) AS VARCHAR) FROM "${table}" AS t`);
    texts.push(table, ...rows.map(([row]) => row ?? ''));
  }
  return texts.join('\n');
}

async function columnsOf(office: Office, table: string): Promise<readonly string[]> {
  const rows = await office.query(`SELECT column_name FROM duckdb_columns() WHERE table_name = '${table}'`);
  return rows.map(([name]) => name ?? '');
}

describe('a column that is not wanted', () => {
  it('appears nowhere: not in a table, a reject, the drift or an event', async () => {
    await using office = await openOffice();
    const { account, faults } = office.sandbox;
    const invoice = pick(office, 'invoices', (each) => (each['line_items'] as readonly unknown[]).length > 0);
    const entry = pick(office, 'time_entries');
    account.update('time_entries', entry.id, { notes: 'ZZ-entry-notes' });
    account.update('invoices', invoice.id, {
      notes: 'ZZ-invoice-notes',
      line_items: [{ kind: 'Service', unit_price: 5, description: 'ZZ-line' }],
    });
    const user = pick(office, 'users');
    account.update('users', user.id, { email: 'ZZ@example.com', telephone: 'ZZ-phone' });
    // the first record of each list is rejected, and each has an unknown property
    for (const [match, field] of [
      ['/v2/time_entries', 'hours'],
      ['/v2/invoices\\?', 'amount'],
      ['/v2/users\\?', 'weekly_capacity'],
    ] as const) {
      faults.add({ match, do: 'malformed', field, value: 'ZZ-bad-value', times: 0 });
      faults.add({ match, do: 'malformed', field: 'novelty', value: 'ZZ-novelty', times: 0 });
    }
    const streams = ['time_entries', 'invoices', 'users'];
    const config = {
      sync: { hashKey: HASH_KEY },
      streams: overrides({
        time_entries: { exclude: ['notes', 'hours'] },
        invoices: { exclude: ['notes', 'line_items.description', 'amount'] },
        users: { include: ['last_name', 'weekly_capacity'] },
      }),
    };
    const run = await office.sync({ streams, config });
    expect(run.result.outcome).toBe('ok');
    expect(run.result.totals.rejected).toBeGreaterThan(0);
    const found = `${await dump(office)}\n${JSON.stringify(run.events)}`;
    const unwanted = [
      'ZZ-entry-notes',
      'ZZ-invoice-notes',
      'ZZ-line',
      'ZZ-phone',
      'ZZ-novelty',
      'ZZ@example.com',
    ];
    expect(unwanted.filter((value) => found.includes(value))).toEqual([]);
    expect(await columnsOf(office, 'users')).toEqual(
      expect.not.arrayContaining(['email', 'first_name', 'telephone']),
    );
    const views = await columnsOf(office, 'invoice_line_items');
    expect(views).toContain('quantity');
    expect(views).not.toContain('description');
  });

  it('is not in the temporary files on their way to the warehouse', async () => {
    await using office = await openOffice();
    const entry = pick(office, 'time_entries');
    office.sandbox.account.update('time_entries', entry.id, { notes: 'ZZ-entry-notes' });
    const read: Promise<string>[] = [];
    await office.sync({
      streams: ['time_entries'],
      config: { streams: overrides({ time_entries: { exclude: ['notes'] } }) },
      onEvent: ({ event }) => {
        if (event === 'rows.staged') read.push(spooled());
      },
    });
    const texts = (await Promise.all(read)).join('\n');
    expect(texts).toContain(String(entry.id));
    expect(texts).not.toContain('ZZ-entry-notes');
  });
});

/** What the spool files of this process hold now. */
async function spooled(): Promise<string> {
  const folders = (await readdir(tmpdir())).filter((name) => name.includes(`-${process.pid}-`));
  const texts: string[] = [];
  for (const folder of folders.map((name) => join(tmpdir(), name))) {
    if (!(await stat(folder)).isDirectory()) continue;
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.ndjson'))) {
      texts.push(await readFile(join(folder, file), 'utf8'));
    }
  }
  return texts.join('\n');
}

describe('a column that bears a secret', () => {
  it.each([
    ['clients', 'statement_key'],
    ['invoices', 'client_key'],
  ])('of %s is stored only when it is named: %s', async (stream, column) => {
    await using office = await openOffice();
    await office.sync({ streams: [stream] });
    expect(await columnsOf(office, stream)).not.toContain(column);
    const config = { streams: overrides({ [stream]: { include: ['*', column] } }) };
    await office.sync({ streams: [stream], config, fullRefresh: true });
    const [first] = recordsOf(office, stream);
    const stored = await office.query(`SELECT "${column}" FROM "${stream}" WHERE id = ${first?.id}`);
    expect(stored).toEqual([[first?.[column]]]);
    expect(await columnsOf(office, stream)).toContain('created_at');
  });
});

describe('a hashed column', () => {
  it('holds the keyed hash, equal wherever the same text is hashed, and NULL stays NULL', async () => {
    await using office = await openOffice();
    const user = pick(office, 'users');
    const contact = pick(office, 'contacts');
    const nobody = office.sandbox.account.create('contacts', {
      client_id: idIn(contact, 'client'),
      first_name: 'No',
    });
    office.sandbox.account.update('contacts', contact.id, { email: String(user['email']) });
    const config = {
      sync: { hashKey: HASH_KEY },
      streams: overrides({ users: { hash: ['email'] }, contacts: { hash: ['email'] } }),
    };
    await office.sync({ streams: ['users', 'contacts'], config });
    const wanted = hashed(String(user['email']));
    expect(await office.query(`SELECT email FROM users WHERE id = ${user.id}`)).toEqual([[wanted]]);
    expect(await office.query(`SELECT email FROM contacts WHERE id = ${contact.id}`)).toEqual([[wanted]]);
    expect(await office.query(`SELECT email FROM contacts WHERE id = ${nobody}`)).toEqual([[null]]);
    expect((await dump(office)).includes(String(user['email']))).toBe(false);
  });

  it('needs a key: without one the run ends with SECRET_NOT_FOUND before anything is written', async () => {
    await using office = await openOffice();
    const config = { streams: overrides({ users: { hash: ['email'] } }) };
    const { result, requests } = await office.sync({ streams: ['users'], config });
    expect(result).toMatchObject({ outcome: 'failed', exit_code: 3, failure: { code: 'SECRET_NOT_FOUND' } });
    expect(requests).toEqual([]);
    await expect(stat(office.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
