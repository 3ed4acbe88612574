import { createServer } from 'node:net';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { examineWarehouse } from '../../src/cli/warehouse-check.ts';
import { documentOf, runCli, temporaryFolder, type CliRun } from './support/run-cli.ts';

/** Enough to have a configuration, with a Harvest that is not there. */
const NOWHERE = {
  HARVEST_ACCOUNT_ID: '123456',
  HARVEST_ACCESS_TOKEN: 'not-a-token-of-anyone',
  HARVEST_BQ_HARVEST_BASE_URL: 'http://127.0.0.1:9/v2',
};

// oxlint-disable-next-line no-control-regex
const ESCAPES = /[\u001b\r]/;

describe('the program without set-up', () => {
  it('shows what to try when started without a word', async () => {
    const run = await runCli([]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('harvest-bq demo');
  });

  it('tells its version, alone on stdout', async () => {
    const run = await runCli(['--version']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('lists all 32 streams', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['discover', '-o', 'json'], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect(documentOf(run).data).toMatchObject({ config: null });
    expect((documentOf(run).data as { streams: unknown[] }).streams).toHaveLength(32);
  });

  it('shows a stream with its columns', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['discover', 'clients'], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/statement_key\s+STRING\s+secret\s+no/);
  });

  it('answers --help fast: without the clients, the warehouse and the log', async () => {
    const startedAt = performance.now();
    expect((await runCli(['--help'])).code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('says in one line what to install under an old Node.js, and ends with 2', async () => {
    const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`;
    const run = await runCli(['sync'], { node: ['--import', old] });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^USAGE_NODE_TOO_OLD .*24.*20\.20\.2.*\n$/);
  });
});

describe('the next step', () => {
  const CONFIG = `version: 1
harvest: { account_id: '123456', access_token: 'env://HARVEST_ACCESS_TOKEN' }
destination: { type: duckdb }
`;
  it('can be typed as it stands: by npx where npm started the program, and with the file that -c named', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'acme.yaml'), CONFIG);
    const env = { ...NOWHERE, npm_execpath: '/npm' };
    const run = (line: string, more = {}): Promise<CliRun> =>
      runCli(line.split(' '), { cwd: folder.path, env: { ...env, ...more } });
    const checked = await run('check --offline -c acme.yaml');
    expect(checked.stdout).toMatch(/Next: npx harvest-bq sync -c acme\.yaml\n$/);
    const byVariable = await run('check --offline', { HARVEST_BQ_CONFIG: 'acme.yaml' });
    expect(byVariable.stdout).toMatch(/Next: npx harvest-bq sync\n$/);
    const failed = await run('status -c acme.yaml');
    expect(failed.stderr).toContain('npx harvest-bq sync -c acme.yaml');
    expect(failed.stderr).toContain('More  npx harvest-bq help errors WAREHOUSE_MISSING');
    const document = documentOf(await run('status -c acme.yaml -o json'));
    expect(document.error?.hint).toMatch(/: harvest-bq sync$/);
  });
});

describe('every command', () => {
  const lines: readonly (readonly [string, string | null, number])[] = [
    ['', null, 0],
    ['--help', 'help', 0],
    ['--version', 'version', 0],
    ['help', 'help', 0],
    ['help errors', 'help', 0],
    ['help errors RUN_LOCKED', 'help', 0],
    ['help errors NOTHING', 'help', 2],
    ['help exit-codes', 'help', 0],
    ['help environment', 'help', 0],
    ['help config', 'help', 0],
    ['help nonsense', 'help', 2],
    ['discover', 'discover', 0],
    ['discover clients --columns', 'discover', 0],
    ['discover clinets', 'discover', 2],
    ['discover --preview', 'discover', 2],
    ['discover clients --preview', 'discover', 3],
    ['check', 'check', 3],
    ['check --offline', 'check', 3],
    ['status', 'status', 3],
    ['sync', 'sync', 3],
    ['backfill --from soon', 'backfill', 2],
    ['state', 'state', 2],
    ['sync --concurrency none', 'sync', 2],
    ['snyc', null, 2],
    ['sandbox --port 99999999', 'sandbox', 2],
    ['demo --nonsense', 'demo', 2],
  ];

  it.each(lines)(
    '%j gives one document for machines, and text on the right stream for people',
    async (line, command, code) => {
      await using folder = await temporaryFolder();
      const words = line.split(' ').filter((word) => word !== '');
      const run = async (...flags: readonly string[]): Promise<CliRun> =>
        runCli([...words, ...flags], { cwd: folder.path });
      const [json, jsonl, text] = await Promise.all([run('-o', 'json'), run('-o', 'jsonl'), run()]);
      expect([json.code, jsonl.code, text.code]).toEqual([code, code, code]);
      for (const document of [documentOf(json), documentOf(jsonl)]) {
        expect(document).toMatchObject({ schema_version: 1, command, exit_code: code, warnings: [] });
        expect(document.ok).toBe(code === 0);
        expect(Object.hasOwn(document, 'error')).toBe(code !== 0);
      }
      expect(jsonl.stdout.trimEnd()).not.toContain('\n');
      expect(text.stdout + text.stderr).not.toMatch(ESCAPES);
      expect(text.stdout === '').toBe(code !== 0 && !line.startsWith('check'));
    },
  );

  it('carries code, cause and next step in the document of a failure', async () => {
    const { error } = documentOf(await runCli(['snyc', '-o', 'json']));
    expect(error).toMatchObject({
      code: 'USAGE_INVALID',
      kind: 'usage',
      stream: null,
      docs: 'docs/errors.md#usage_invalid',
    });
    expect(error?.hint).toContain('Did you mean sync?');
  });

  it('shows colours in a pipe only where they are forced', async () => {
    const forced = await runCli(['snyc'], { env: { FORCE_COLOR: '1' } });
    expect(forced.stderr).toMatch(ESCAPES);
    const declined = await runCli(['snyc', '--no-color'], { env: { FORCE_COLOR: '1' } });
    expect(declined.stderr).not.toMatch(ESCAPES);
  });
});

describe('mistakes in the configuration', () => {
  const check = async (
    yaml: string,
    args: readonly string[],
    env = {},
  ): Promise<ReturnType<typeof documentOf>> => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'harvest-bq.yaml'), yaml);
    const run = await runCli([...args, '-o', 'json'], { cwd: folder.path, env });
    expect(run.code).toBe(documentOf(run).exit_code);
    return documentOf(run);
  };

  it.each([
    ['an empty file', '', 'CONFIG_INVALID'],
    ['wrong YAML', 'version: [1', 'CONFIG_INVALID'],
    ['an unknown key', 'version: 1\nharvset: {}\n', 'CONFIG_INVALID'],
    ['a wrong type', 'version: 1\nsync: { overlap: two }\n', 'CONFIG_INVALID'],
    [
      'a missing variable',
      'version: 1\nharvest: { account_id: 1, access_token: "${NO_SUCH_VARIABLE}" }\n',
      'CONFIG_ENV_MISSING',
    ],
    [
      'a start date in the future',
      'version: 1\nstart_date: 2999-01-01\nharvest: { account_id: 1, access_token: env://TOKEN }\n',
      'CONFIG_INVALID',
    ],
  ])('%s ends sync and check with 3 and %s', async (_name, yaml, code) => {
    const commands = [['sync'], ['check'], ['check', '--offline']];
    const documents = await Promise.all(commands.map((command) => check(yaml, command, { TOKEN: 'x' })));
    for (const document of documents) {
      expect(document).toMatchObject({ exit_code: 3, error: { code } });
      expect(document.error?.hint).not.toBe('');
    }
  });

  it('names all of them with line, column and suggestion', async () => {
    const { error } = await check('version: 1\nharvest: { acount_id: 1 }\nsync: { overlap: two }\n', [
      'sync',
    ]);
    expect(error?.message).toMatch(/2:12.*acount_id.*account_id/);
    expect(error?.message).toMatch(/3:9.*sync\.overlap/);
  });

  it.each([
    ['sync clinets', 'clients'],
    ['sync nothing*', 'matches no stream'],
    ['sync tag:biling', 'billing'],
  ])('%s is refused before anything is asked', async (line, told) => {
    await using folder = await temporaryFolder();
    const run = await runCli([...line.split(' '), '-o', 'json'], { cwd: folder.path, env: NOWHERE });
    expect(documentOf(run)).toMatchObject({ exit_code: 2, error: { code: 'USAGE_UNKNOWN_STREAM' } });
    expect(documentOf(run).error?.message).toContain(told);
  });

  it('a file that is not there is named', async () => {
    const run = await runCli(['sync', '-c', 'nowhere.yaml', '-o', 'json']);
    expect(documentOf(run)).toMatchObject({ exit_code: 3, error: { code: 'CONFIG_FILE_MISSING' } });
    expect(documentOf(run).error?.message).toContain('nowhere.yaml');
  });
});

describe('the warehouse', () => {
  it('is missed by status with the command that makes it', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['status', '-o', 'json'], { cwd: folder.path, env: NOWHERE });
    expect(documentOf(run)).toMatchObject({ exit_code: 3, error: { code: 'WAREHOUSE_MISSING' } });
    expect(documentOf(run).error?.hint).toContain('harvest-bq sync');
  });

  it.each([
    ['below a file', 'file/x.duckdb', 'WAREHOUSE_UNWRITABLE'],
    ['in a folder that is not there', 'nowhere/x.duckdb', 'WAREHOUSE_UNWRITABLE'],
    ['that is a folder', 'folder', 'WAREHOUSE_UNWRITABLE'],
    ['that is something else', 'file', 'WAREHOUSE_NOT_DUCKDB'],
  ])('at a path %s is refused by sync and by what check looks at', async (_name, path, code) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), 'something else');
    await mkdir(join(folder.path, 'folder'));
    const env = { ...NOWHERE, HARVEST_BQ_DESTINATION_TYPE: 'duckdb', HARVEST_BQ_DESTINATION_PATH: path };
    const synced = documentOf(await runCli(['sync', '-o', 'json'], { cwd: folder.path, env }));
    expect(synced).toMatchObject({ exit_code: 3, error: { code } });
    await expect(examineWarehouse(join(folder.path, path))).rejects.toMatchObject({ code });
    expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('something else');
  });

  it('that is not there yet is not made by looking at it', async () => {
    await using folder = await temporaryFolder();
    expect(await examineWarehouse(join(folder.path, 'x.duckdb'))).toContain('first sync');
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('the sandbox', () => {
  it('says which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const run = await runCli(['sandbox', '--port', String(port), '--size', 'tiny', '-o', 'json']);
    server.close();
    expect(documentOf(run)).toMatchObject({ exit_code: 2, error: { code: 'USAGE_PORT_IN_USE' } });
  });
});
