import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { documentOf, runCli, temporaryFolder } from '../cli/support/run-cli.ts';
import { withFile } from '../support/tables.ts';
import { byHand } from '../verify/bench.ts';
import { environmentOf } from './support/environment.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 5 });
});

afterAll(() => sandbox.close());

const KEY = { HARVEST_BQ_SYNC_HASH_KEY: 'env://ERASE_KEY', ERASE_KEY: 'a key of thirty-two characters..' };

describe('erase by the program itself', () => {
  it('counts, asks, erases, and is noted as a run', async () => {
    await using folder = await temporaryFolder();
    const plain = { cwd: folder.path, env: environmentOf(sandbox) };
    const options = { ...plain, env: { ...plain.env, ...KEY } };
    const [user] = [...sandbox.account.truth('users')];
    const id = String(user?.['id']);
    const erase = ['erase', '--user', id];
    expect(documentOf(await runCli([...erase, '--yes', '-o', 'json'], options))).toMatchObject({
      error: { code: 'WAREHOUSE_MISSING' },
    });
    await runCli(['sync', 'users', 'time_entries'], options);
    const noKey = documentOf(await runCli([...erase, '-o', 'json'], plain));
    expect(noKey).toMatchObject({ exit_code: 3, error: { code: 'SECRET_NOT_FOUND' } });
    expect(noKey.error?.hint).toContain('sync.hash_key');
    for (const line of [['erase'], [...erase, '--client', '1'], ['erase', '--user', 'jane']]) {
      const refused = documentOf(await runCli([...line, '-o', 'json'], options));
      expect(refused).toMatchObject({ exit_code: 2, error: { code: 'USAGE_INVALID' } });
    }
    const asked = await runCli(erase, options);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toMatch(/USAGE_CONFIRMATION[\s\S]*--yes/);

    for (const flag of ['--dry-run', '--yes']) {
      const unknown = documentOf(await runCli(['erase', '--client', '1', flag, '-o', 'json'], options));
      expect(unknown).toMatchObject({ exit_code: 2, error: { code: 'USAGE_INVALID' } });
    }
    const dry = documentOf(await runCli([...erase, '--dry-run', '-o', 'json'], options));
    expect(dry).toMatchObject({ ok: true, data: { kind: 'user', id, dry_run: true } });
    const screen = await runCli([...erase, '--yes'], options);
    expect(screen.code).toBe(0);
    expect(screen.stdout).toMatch(/^ {2}users +1$/m);
    expect(screen.stdout).toMatch(new RegExp(`^user ${id} is erased from \\d+ rows of harvest_`, 'm'));
    expect(screen.stdout + screen.stderr).not.toContain(String(user?.['email']));
    const file = join(folder.path, `harvest_${sandbox.accountId}.duckdb`);
    const [name, runs, tombstones] = await withFile(file, async (rows) => [
      await rows(`SELECT first_name, email, is_active FROM users WHERE id = ${id}`),
      await rows("SELECT command, outcome, exit_code FROM _sync_runs WHERE command = 'erase'"),
      await rows('SELECT kind, record_id FROM _erasures'),
    ]);
    expect(name).toEqual([[null, null, 'true']]);
    expect(runs).toEqual(
      expect.arrayContaining([
        ['erase', 'ok', '0'],
        ['erase', 'failed', '2'],
      ]),
    );
    expect(tombstones).toEqual([['user', id]]);
    expect(existsSync(`${file}.lock`)).toBe(false);
    const again = documentOf(await runCli([...erase, '--yes', '-o', 'json'], options));
    expect(again).toMatchObject({ ok: true, data: { rows: 0, tables: [] } });
  }, 60_000);
});

describe('destroy by the program itself', () => {
  it('is refused beside foreign tables, and else takes the file away', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    await runCli(['sync', 'users', 'invoices'], options);
    const file = join(folder.path, `harvest_${sandbox.accountId}.duckdb`);
    const asked = await runCli(['destroy'], options);
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    await byHand(file, ['CREATE SCHEMA own', 'CREATE TABLE own.mine AS SELECT 1 AS a']);
    for (const flag of ['--dry-run', '--yes']) {
      const refused = documentOf(await runCli(['destroy', flag, '-o', 'json'], options));
      expect(refused).toMatchObject({
        exit_code: 8,
        error: { code: 'DESTROY_FOREIGN', details: { foreign: ['own.mine'] } },
      });
    }
    expect(await withFile(file, (rows) => rows('SELECT count(*) > 0 FROM users'))).toEqual([['true']]);
    await byHand(file, [
      'DROP SCHEMA own CASCADE',
      'CREATE SCHEMA empty',
      "CREATE TYPE mood AS ENUM ('fine')",
      'CREATE TABLE clients (id INT)',
      'CREATE VIEW tasks AS SELECT 1 AS _run_id',
    ]);
    const others = documentOf(await runCli(['destroy', '--dry-run', '-o', 'json'], options));
    expect(others.error?.details).toEqual({ foreign: ['clients', 'empty', 'mood', 'tasks'] });
    await byHand(file, ['DROP SCHEMA empty', 'DROP TYPE mood', 'DROP TABLE clients', 'DROP VIEW tasks']);
    await byHand(file, ["UPDATE _sync_runs SET account = 'Another (7)'"]);
    const foreign = documentOf(await runCli(['destroy', '--yes', '-o', 'json'], options));
    expect(foreign).toMatchObject({
      error: { code: 'DESTROY_FOREIGN', details: { account: 'Another (7)' } },
    });
    await byHand(file, [`UPDATE _sync_runs SET account = '${sandbox.accountId}'`]);
    const dry = documentOf(await runCli(['destroy', '--dry-run', '-o', 'json'], options));
    const tables = (dry.data as { readonly tables: readonly string[] }).tables;
    expect(tables).toEqual(expect.arrayContaining(['users', 'invoice_line_items', '_sync_state']));
    expect(existsSync(file)).toBe(true);
    writeFileSync(`${file}.new-1`, 'erased');
    const done = await runCli(['destroy', '--yes'], options);
    expect(done.stdout).toMatch(/^\d+ tables and views are deleted, and harvest_\d+\.duckdb with them\.$/m);
    expect(done.code).toBe(0);
    for (const end of ['', '.lock', '.new-1']) expect(existsSync(file + end)).toBe(false);
    const gone = documentOf(await runCli(['destroy', '--yes', '-o', 'json'], options));
    expect(gone).toMatchObject({ error: { code: 'WAREHOUSE_MISSING' } });
  }, 60_000);
});
