import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { QUESTIONS } from '../../src/cli/demo-questions.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { documentOf, runCli, temporaryFolder } from './support/run-cli.ts';

describe('the demo', () => {
  it('fills 32 tables, answers two questions, and reads little on the next day; and again over its own file', async () => {
    await using folder = await temporaryFolder();
    const shown = await runCli(['demo'], { cwd: folder.path });
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^\n32 tables with [\d ]+ rows in harvest_demo\.duckdb/);
    for (const { question } of QUESTIONS) expect(shown.stdout).toContain(question);
    expect(shown.stdout).toContain('A day passed at the office:');
    expect(shown.stdout).toContain('Try next');
    // oxlint-disable-next-line no-control-regex
    expect(shown.stdout + shown.stderr).not.toMatch(/[\u001b\r]/);

    const again = documentOf(await runCli(['demo', '-o', 'json', '-q'], { cwd: folder.path }));
    expect(again).toMatchObject({ ok: true, data: { first: { outcome: 'ok' }, second: { outcome: 'ok' } } });
    const { tables, answers, first, second } = again.data as {
      tables: readonly { table: string; rows: number }[];
      answers: readonly { rows: readonly unknown[] }[];
      first: { totals: { requests: number; fetched: number } };
      second: { totals: { requests: number; fetched: number } };
    };
    expect(tables).toHaveLength(32);
    for (const { rows } of tables) expect(rows).toBeGreaterThan(0);
    for (const { rows } of answers) expect(rows.length).toBeGreaterThan(0);
    expect(second.totals.requests).toBeLessThan(first.totals.requests / 3);
    expect(second.totals.fetched).toBeLessThan(first.totals.fetched / 3);
  }, 120_000);

  it('leaves the tables of a connector alone that is called demo', async () => {
    await using folder = await temporaryFolder();
    await using sandbox = await startSandbox({ size: 'tiny' });
    const env = {
      HARVEST_ACCOUNT_ID: sandbox.accountId,
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
      HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
      HARVEST_BQ_CONNECTOR: 'demo',
    };
    expect((await runCli(['sync', 'roles'], { cwd: folder.path, env })).code).toBe(0);
    const refused = documentOf(await runCli(['demo', '-o', 'json'], { cwd: folder.path }));
    expect(refused).toMatchObject({ exit_code: 3, error: { code: 'WAREHOUSE_UNWRITABLE' } });
  }, 30_000);

  it('leaves alone what it did not write', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'harvest_demo.duckdb');
    await writeFile(path, 'a file of somebody');
    const refused = documentOf(await runCli(['demo', '-o', 'json'], { cwd: folder.path }));
    expect(refused).toMatchObject({ exit_code: 3, error: { code: 'WAREHOUSE_UNWRITABLE' } });
    expect(await readFile(path, 'utf8')).toBe('a file of somebody');
  }, 30_000);
});
