import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { environmentOf } from '../e2e/support/environment.ts';
import { say, type Said } from './support/in-process.ts';
import { temporaryFolder } from './support/run-cli.ts';

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

const CONFIG = `version: 1
harvest: { account_id: '\${HARVEST_ACCOUNT_ID}', access_token: '\${HARVEST_ACCESS_TOKEN}' }
destination: { type: duckdb, path: w.duckdb }
`;

const at = (name: string): string => join(folder.path, name);
const run = (line: string): Promise<Said> =>
  say(line, {
    cwd: folder.path,
    env: { ...environmentOf(sandbox), HARVEST_BQ_DESTINATION_PATH: 'w.duckdb' },
  });

beforeAll(async () => {
  [sandbox, folder] = await Promise.all([startSandbox({ size: 'tiny', seed: 3 }), temporaryFolder()]);
  await writeFile(at('harvest-bq.yaml'), CONFIG);
  await writeFile(at('.env'), 'OTHER=1\n');
  expect((await run('sync clients')).error).toBeNull();
  await symlink('w.duckdb', at('to-it.html'));
  await link(at('w.duckdb'), at('as-well.html'));
}, 60_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await sandbox.close();
});

const COMMANDS = ['report --html', 'state export --file'];

describe.each(COMMANDS)('%s', (command) => {
  it.each(['w.duckdb', './w.duckdb', 'to-it.html', 'as-well.html', 'harvest-bq.yaml', '.env'])(
    'never writes over %s, whatever was answered beforehand',
    async (name) => {
      const before = await readFile(at(name));
      for (const line of [`${command} ${name}`, `${command} ${name} --yes`]) {
        const { code, error } = await run(line);
        expect(code).toBe(2);
        expect(error?.message).toMatch(/it is not written over\.$/);
        expect(error?.hint).not.toBe('');
      }
      expect((await readFile(at(name))).equals(before)).toBe(true);
    },
  );

  it('writes over a file that is not its own only with --yes, and over its own unasked', async () => {
    await writeFile(at('notes.txt'), 'mine');
    const refused = await run(`${command} notes.txt`);
    expect(refused.error).toMatchObject({ code: 'USAGE_CONFIRMATION', exitCode: 2 });
    expect(refused.error?.hint).toBe('Choose another name, or write over it with --yes.');
    expect(await readFile(at('notes.txt'), 'utf8')).toBe('mine');
    for (const line of [`${command} notes.txt --yes`, `${command} notes.txt`]) {
      expect((await run(line)).code).toBe(0);
    }
    expect((await stat(at('notes.txt'))).mode & 0o777).toBe(0o600);
  });

  it('makes no folder, and leaves nothing beside', async () => {
    const { error } = await run(`${command} nowhere/x`);
    expect(error?.message).toBe('nowhere/x cannot be written: there is no such folder');
    await mkdir(at('taken'), { recursive: true });
    expect((await run(`${command} taken`)).error?.message).toBe('taken cannot be written: it is a folder');
    expect(
      (await readdir(folder.path)).filter((name) => name === 'nowhere' || name.endsWith('.part')),
    ).toEqual([]);
  });

  it('writes to what is no file', async () => {
    expect((await run(`${command} /dev/null`)).code).toBe(0);
  });
});
