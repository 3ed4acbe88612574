/** What the program prints and leaves behind holds no value of a column that is left out or hashed. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';

import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { ended, runCli, startCli, temporaryFolder, type CliOptions } from '../cli/support/run-cli.ts';
import { startPlanting, wordsIn, type Planting } from '../support/planting.ts';

let sandbox: Sandbox;
let planting: Planting;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let options: CliOptions;

beforeEach(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 5 });
  planting = await startPlanting(sandbox);
  folder = await temporaryFolder();
  const { target, overrides } = planting;
  const temporary = join(folder.path, 'tmp');
  await mkdir(temporary);
  const choices = [...overrides].map(([name, columns]) => [
    name,
    { columns: { exclude: columns.exclude, hash: columns.hash } },
  ]);
  const config = {
    version: 1,
    connector: 'acme',
    harvest: {
      account_id: Number(target.accountId),
      access_token: 'env://TOKEN',
      base_url: target.baseUrl,
      identity_url: target.identityUrl,
      limits: { general: 'off', reports: 'off' },
    },
    destination: { type: 'duckdb', path: 'acme.duckdb' },
    sync: { hash_key: 'env://KEY' },
    streams: { overrides: Object.fromEntries(choices) as unknown },
  };
  await writeFile(join(folder.path, 'harvest-bq.yaml'), stringify(config));
  options = { cwd: folder.path, env: { TOKEN: target.token, KEY: 'k3y', TMPDIR: temporary } };
});

afterEach(async () => {
  await planting[Symbol.asyncDispose]();
  await sandbox.close();
  await folder[Symbol.asyncDispose]();
});

/** Every file below a folder, as text. */
async function filesOf(path: string): Promise<string> {
  if (!(await stat(path)).isDirectory()) return readFile(path, 'latin1');
  const names = await readdir(path);
  return (await Promise.all(names.map((name) => filesOf(join(path, name))))).join('\n');
}

describe('the program', () => {
  it('tells no value that is not chosen, in text or JSON, at the finest level, of what fails as well', async () => {
    const { faults } = sandbox;
    faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'is_active', value: 'bad', times: 0 });
    faults.add({ match: '/v2/tasks\\?', do: 'status', status: 422, times: 0 });
    faults.add({ match: '/v2/projects\\?', do: 'cut', times: 1 });
    const words = ['clients', 'tasks', 'projects', 'users', 'company', 'invoices'];
    const lines = [
      ['sync', ...words, '-o', 'json', '--log-format', 'pretty', '--log-level', 'debug'],
      ['sync', ...words, '-o', 'jsonl', '--log-format', 'json', '--log-level', 'debug', '--full-refresh'],
      ['status', '--verbose'],
      ['verify', 'clients', 'users', '--full', '--verbose'],
      ['discover', 'clients', '--diff'],
      ['discover', 'users', '--preview', '--columns', '-o', 'json'],
      ['check'],
    ];
    const told: string[] = [];
    for (const line of lines) {
      const { stdout, stderr } = await runCli(line, options);
      told.push(stdout, stderr);
    }
    expect(told.join('\n')).toContain('HARVEST_REFUSED');
    expect(told.map(wordsIn)).toEqual(told.map(() => []));
    expect(planting.words.size).toBeGreaterThan(30);
    expect(wordsIn(await filesOf(folder.path))).toEqual([]);
  }, 60_000);

  it('leaves none behind where it is killed', async () => {
    const child = startCli(['sync', '-o', 'jsonl', '--log-level', 'debug'], options);
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes('rows.staged')) child.kill('SIGKILL');
    });
    const { code } = await ended(child);
    expect(code).not.toBe(0);
    expect(planting.words.size).toBeGreaterThan(10);
    const left = await filesOf(join(folder.path, 'tmp'));
    expect(left.length).toBeGreaterThan(0);
    expect(wordsIn(seen)).toEqual([]);
    expect(wordsIn(await filesOf(folder.path))).toEqual([]);
  }, 60_000);
});
