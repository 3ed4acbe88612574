import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { documentOf, ended, runCli, startCli, temporaryFolder } from '../cli/support/run-cli.ts';
import { withFile } from '../support/tables.ts';
import { environmentOf, linesOf } from './support/environment.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 5 });
});

afterAll(() => sandbox.close());

/** The default file of a configuration by environment. */
function defaultFile(folder: string, { accountId }: Sandbox): string {
  return join(folder, `harvest_${accountId}.duckdb`);
}

describe('a sync by the program itself', () => {
  it('needs nothing but the configuration that the sandbox of another process prints', async () => {
    await using folder = await temporaryFolder();
    const server = startCli(['sandbox', '--size', 'tiny', '--port', '0', '-o', 'json']);
    const serving = ended(server);
    let said = '';
    while (!said.includes('warnings')) said += ((await once(server.stdout ?? server, 'data')) as [string])[0];
    const { data } = JSON.parse(said) as { data: { config_yaml: string } };
    await writeFile(join(folder.path, 'harvest-bq.yaml'), data.config_yaml);
    const first = documentOf(await runCli(['sync', '-o', 'json'], { cwd: folder.path }));
    const second = documentOf(await runCli(['sync', '-o', 'json'], { cwd: folder.path }));
    server.kill('SIGTERM');
    expect((await serving).code).toBe(0);
    expect(first).toMatchObject({ ok: true, data: { outcome: 'ok', totals: { rejected: 0 } } });
    expect(second).toMatchObject({ ok: true, data: { totals: { inserted: 0, updated: 0, rejected: 0 } } });
    expect(await readdir(folder.path)).toEqual(['harvest-bq.yaml', 'harvest_sandbox.duckdb']);
  }, 60_000);

  it('leaves no trace of the token, and log lines with a severity where there is no terminal', async () => {
    await using folder = await temporaryFolder();
    const env = environmentOf(sandbox);
    const child = startCli(['sync', '--log-level', 'debug', '--log-format', 'json'], {
      cwd: folder.path,
      env,
    });
    const waiting = ended(child);
    const lock = `${defaultFile(folder.path, sandbox)}.lock`;
    let locked = '';
    while (locked === '' && child.exitCode === null) {
      locked = await readFile(lock, 'utf8').catch(() => '');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const run = await waiting;
    expect(run.code).toBe(0);
    const severities = new Set(linesOf(run.stderr).map(({ severity }) => severity));
    expect(
      [...severities].every((level) => ['DEBUG', 'INFO', 'NOTICE', 'WARNING'].includes(String(level))),
    ).toBe(true);
    expect(severities).toContain('INFO');
    expect(locked).toContain('run_id');
    const file = await readFile(defaultFile(folder.path, sandbox), 'latin1');
    for (const text of [run.stdout, run.stderr, locked, file]) {
      expect(text.includes(sandbox.tokens.administrator)).toBe(false);
    }
    expect(await readdir(folder.path)).toEqual([`harvest_${sandbox.accountId}.duckdb`]);
  }, 60_000);
});

describe('what a run that fails ends with', () => {
  it('is 4 for the wrong account and for a token of a member, and no file is made', async () => {
    await using folder = await temporaryFolder();
    const wrong = { ...environmentOf(sandbox), HARVEST_ACCOUNT_ID: '42' };
    const cases = [
      wrong,
      environmentOf(sandbox, sandbox.tokens.member),
      environmentOf(sandbox, 'no-such-token'),
    ];
    const runs = await Promise.all(
      cases.map(async (env, index) => {
        const path = `case-${index}.duckdb`;
        const options = { cwd: folder.path, env: { ...env, HARVEST_BQ_DESTINATION_PATH: path } };
        return documentOf(await runCli(['sync', '-o', 'json'], options));
      }),
    );
    expect(runs.map(({ exit_code }) => exit_code)).toEqual([4, 4, 4]);
    expect(runs.map(({ error }) => error?.code)).toEqual([
      'HARVEST_ACCOUNT_UNKNOWN',
      'HARVEST_PARTIAL_VISIBILITY',
      'HARVEST_UNAUTHORIZED',
    ]);
    expect(await readdir(folder.path)).toEqual([]);
  }, 30_000);

  it('is 5 where one stream is forbidden: its table stays as it was, and the others go on', async () => {
    await using ill = await startSandbox({ size: 'tiny', seed: 5 });
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(ill) };
    const streams = ['roles', 'clients'];
    expect((await runCli(['sync', ...streams], options)).code).toBe(0);
    ill.faults.add({ match: '/v2/roles', times: 0, do: 'status', status: 403 });
    const before = await counted(defaultFile(folder.path, ill), 'roles');
    const run = await runCli(['sync', ...streams, '--full-refresh', '-o', 'json'], options);
    expect(run.code).toBe(5);
    expect(documentOf(run).data).toMatchObject({
      outcome: 'partial',
      streams: expect.arrayContaining([
        expect.objectContaining({ stream: 'roles', outcome: 'failed' }),
        expect.objectContaining({ stream: 'clients', outcome: 'ok' }),
      ]),
    });
    expect(await counted(defaultFile(folder.path, ill), 'roles')).toBe(before);
  }, 30_000);

  it('is 6 where Harvest keeps failing', async () => {
    await using ill = await startSandbox({ size: 'tiny', seed: 5 });
    await using folder = await temporaryFolder();
    ill.faults.add({ match: '.', times: 0, do: 'status', status: 503 });
    const run = await runCli(['sync', '-o', 'json'], { cwd: folder.path, env: environmentOf(ill) });
    expect(run.code).toBe(6);
    expect(documentOf(run)).toMatchObject({ exit_code: 6, error: { code: 'HARVEST_UNAVAILABLE' } });
  }, 60_000);

  it('is 7 where a program holds the file open', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    expect((await runCli(['sync', 'roles'], options)).code).toBe(0);
    const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLD], {
      env: { ...process.env, FILE: defaultFile(folder.path, sandbox) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const gone = once(holder, 'close');
    await once(holder.stdout, 'data');
    const run = documentOf(await runCli(['sync', 'roles', '-o', 'json'], options));
    holder.stdin.end();
    await gone;
    expect(run).toMatchObject({ exit_code: 7, error: { code: 'WAREHOUSE_BUSY' } });
    expect((await runCli(['sync', 'roles'], options)).code).toBe(0);
  }, 30_000);

  it('is 8 where a refresh would lose most of a table, unless that is wanted', async () => {
    await using large = await startSandbox({ size: 600, seed: 5 });
    await using small = await startSandbox({ size: 100, seed: 5 });
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'shrinks.duckdb');
    const sync = async (from: Sandbox, ...flags: readonly string[]): Promise<number | null> => {
      const env = { ...environmentOf(from), HARVEST_BQ_DESTINATION_PATH: path };
      return (await runCli(['sync', 'time_entries', ...flags], { cwd: folder.path, env })).code;
    };
    expect(await sync(large)).toBe(0);
    const before = await counted(path, 'time_entries');
    expect(await sync(small, '--full-refresh')).toBe(8);
    expect(await counted(path, 'time_entries')).toBe(before);
    expect(await sync(small, '--full-refresh', '--allow-shrink')).toBe(0);
    expect(Number(await counted(path, 'time_entries'))).toBeLessThan(Number(before) / 2);
  }, 30_000);
});

describe('a run that is stopped', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s keeps its checkpoints, says run.finished last and once, and goes on later',
    async (signal, code) => {
      await using slow = await startSandbox({ size: 'tiny', seed: 5, latencyMs: 150 });
      await using folder = await temporaryFolder();
      const options = { cwd: folder.path, env: environmentOf(slow) };
      const child = startCli(['sync', '-o', 'jsonl', '-q'], options);
      const stopped = stopAtFirstCheckpoint(child.stdout, () => child.kill(signal));
      const run = await ended(child);
      expect(performance.now() - (await stopped)).toBeLessThan(10_000);
      expect(run.code).toBe(code);
      const events = linesOf(run.stdout);
      expect(events.filter(({ event }) => event === 'run.finished')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ event: 'run.finished', outcome: 'interrupted', exit_code: code });
      const kept = events.filter(({ event }) => event === 'checkpoint.saved').map(({ stream }) => stream);
      expect(kept.length).toBeGreaterThan(0);
      const state = await withFile(defaultFile(folder.path, slow), (rows) =>
        rows('SELECT stream FROM _sync_state'),
      );
      expect(state.flat()).toEqual(expect.arrayContaining(kept));
      expect(await readdir(folder.path)).toEqual([`harvest_${slow.accountId}.duckdb`]);
      expect((await runCli(['sync', 'clients', 'roles'], options)).code).toBe(0);
    },
    60_000,
  );
});

/** Opens a DuckDB file for writing until its input ends. */
const HOLD = `
import { DuckDBInstance } from '@duckdb/node-api';
const instance = await DuckDBInstance.create(process.env.FILE);
await instance.connect();
process.stdout.write('open');
process.stdin.resume().on('end', () => process.exit(0));
`;

async function counted(path: string, table: string): Promise<string | null> {
  const rows = await withFile(path, (query) => query(`SELECT count(*) FROM "${table}"`));
  return rows[0]?.[0] ?? null;
}

/** Stops a run once it has saved something; tells when. */
async function stopAtFirstCheckpoint(
  stream: NodeJS.ReadableStream | null,
  stop: () => void,
): Promise<number> {
  return new Promise((resolve) => {
    let said = '';
    stream?.on('data', (text: string | Buffer) => {
      if (said.includes('checkpoint.saved')) return;
      said += text.toString();
      if (!said.includes('checkpoint.saved')) return;
      resolve(performance.now());
      stop();
    });
  });
}
