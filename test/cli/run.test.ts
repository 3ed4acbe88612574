import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { documentOf, ended, runCli, startCli, temporaryFolder, type CliRun } from './support/run-cli.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});

afterAll(async () => {
  await sandbox.close();
});

/** A configuration by environment alone. */
function environment(token: string = sandbox.tokens.administrator): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: sandbox.accountId,
    HARVEST_ACCESS_TOKEN: token,
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
    HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
    HARVEST_BQ_HARVEST_LIMITS_REPORTS: 'off',
  };
}

function eventsOf(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function finishes(run: CliRun): readonly unknown[] {
  return eventsOf(run.stderr).filter(({ event }) => event === 'run.finished');
}

describe('sync and what looks at it', () => {
  it('goes from an empty folder to fresh tables', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environment() };
    const before = await runCli(['check'], options);
    expect(before.code).toBe(0);
    expect(before.stdout).toContain('will be created by the first sync');

    const synced = await runCli(['sync', '-o', 'json', '--log-format', 'json'], options);
    expect(synced.code).toBe(0);
    const document = documentOf(synced);
    expect(document).toMatchObject({ command: 'sync', ok: true, data: { outcome: 'ok' } });
    const { totals, streams } = document.data as {
      totals: Record<string, number>;
      streams: readonly Record<string, number>[];
    };
    for (const counts of [totals, ...streams]) {
      const of = (name: string): number => counts[name] ?? Number.NaN;
      expect(of('fetched')).toBe(of('loaded') + of('rejected') + of('skipped'));
      expect(of('loaded')).toBe(of('inserted') + of('updated') + of('unchanged'));
    }
    expect(streams).toHaveLength(32);
    expect(finishes(synced)).toHaveLength(1);
    expect(synced.stderr + synced.stdout).not.toContain(sandbox.tokens.administrator);

    const status = documentOf(await runCli(['status', '-o', 'json', '--max-age', '1h'], options));
    expect(status).toMatchObject({ ok: true, data: { lock: null, last_run: { outcome: 'ok' } } });
    const stale = await runCli(['status', 'clients', '--max-age', '1s', '-o', 'json'], options);
    expect(documentOf(stale)).toMatchObject({ exit_code: 8, error: { code: 'STATUS_STALE' } });
    const runs = documentOf(await runCli(['status', '--runs', '5', '-o', 'json'], options));
    expect((runs.data as { runs: unknown[] }).runs).toHaveLength(1);

    const after = await runCli(['check', '-o', 'json'], options);
    expect(documentOf(after).ok).toBe(true);
  }, 60_000);

  it('gives the events on stdout under -o jsonl, run.finished last and once', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['sync', 'clients', 'roles', '-o', 'jsonl', '-q'], {
      cwd: folder.path,
      env: environment(),
    });
    const events = eventsOf(run.stdout).map(({ event }) => event);
    expect(run.code).toBe(0);
    expect(events[0]).toBeDefined();
    expect(events.filter((event) => event === 'run.finished')).toHaveLength(1);
    expect(events.at(-1)).toBe('run.finished');
    expect(events.filter((event) => event === 'stream.finished')).toHaveLength(2);
    expect(run.stderr).toBe('');
  }, 30_000);

  it('shows plain lines where they are asked for, without escape codes', async () => {
    await using folder = await temporaryFolder();
    const run = await runCli(['sync', 'clients', '--run-id', 'r-1'], {
      cwd: folder.path,
      env: environment(),
    });
    expect(run.stderr).toMatch(/harvest-bq .* · run r-1\n\n {2}✓ clients/);
    expect(run.stdout).toMatch(/stream +fetched/);
    // oxlint-disable-next-line no-control-regex
    expect(run.stdout + run.stderr).not.toMatch(/[\u001b\r]/);
  }, 30_000);

  it('shows rows of a stream, of a child, of a report and of the account without a warehouse', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environment() };
    for (const stream of ['time_entries', 'invoice_payments', 'time_team', 'company', 'project_budget']) {
      const run = await runCli(['discover', stream, '--preview', '--limit', '2', '-o', 'json'], options);
      expect(documentOf(run)).toMatchObject({ ok: true, data: { stream } });
      const { rows } = documentOf(run).data as { rows: readonly Record<string, unknown>[] };
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.length).toBeLessThanOrEqual(2);
    }
    const text = await runCli(['discover', 'clients', '--preview'], options);
    expect(text.stdout).toMatch(/id +name/);
    expect(text.stdout).not.toContain('statement_key');
  }, 60_000);
});

describe('a stream that fails', () => {
  it('is the 5 of its run, the first line of status and the next command', async () => {
    await using ill = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    ill.faults.add({ match: '/v2/roles', times: 0, do: 'status', status: 403 });
    const options = { cwd: folder.path, env: { ...environment(), HARVEST_BQ_HARVEST_BASE_URL: ill.baseUrl } };
    const run = await runCli(['sync', 'roles', 'clients'], options);
    expect(run.code).toBe(5);
    expect(run.stdout).toContain('✗ roles');
    expect(run.stderr).toContain('HARVEST_FORBIDDEN  roles');
    expect(run.stderr).toContain('help errors HARVEST_FORBIDDEN');
    expect(run.stderr.trimEnd()).toMatch(/exit 5 \(.*\)$/);

    const status = await runCli(['status'], options);
    expect(status.stdout).toMatch(/─\n {2}roles +never +– +✗ HARVEST_FORBIDDEN ×1/);
    expect(status.stdout).toContain('Next   harvest-bq sync roles');
    const failed = documentOf(await runCli(['status', '--failed', '-o', 'json'], options));
    expect((failed.data as { streams: readonly { stream: string }[] }).streams).toMatchObject([
      { stream: 'roles' },
    ]);
  }, 30_000);
});

describe('credentials', () => {
  it('that Harvest refuses end every command with 4', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environment('wrong-token') };
    for (const line of ['sync', 'check', 'discover clients --preview']) {
      const run = await runCli([...line.split(' '), '-o', 'json'], options);
      expect(documentOf(run)).toMatchObject({ exit_code: 4, error: { code: 'HARVEST_UNAUTHORIZED' } });
      expect(run.code).toBe(4);
      expect(run.stdout + run.stderr).not.toContain('wrong-token');
    }
  }, 30_000);

  it('of a member end sync and check with 4, unless that is accepted', async () => {
    await using folder = await temporaryFolder();
    const env = environment(sandbox.tokens.member);
    for (const command of ['sync', 'check']) {
      const run = await runCli([command, '-o', 'json'], { cwd: folder.path, env });
      expect(documentOf(run)).toMatchObject({ exit_code: 4, error: { code: 'HARVEST_PARTIAL_VISIBILITY' } });
    }
    const accepted = { ...env, HARVEST_BQ_HARVEST_VISIBILITY: 'partial' };
    expect((await runCli(['check'], { cwd: folder.path, env: accepted })).code).toBe(0);
  }, 30_000);

  it('of another account are told from a wrong token', async () => {
    await using folder = await temporaryFolder();
    const env = { ...environment(), HARVEST_ACCOUNT_ID: '42' };
    const run = await runCli(['check', '-o', 'json'], { cwd: folder.path, env });
    expect(documentOf(run)).toMatchObject({ exit_code: 4, error: { code: 'HARVEST_ACCOUNT_UNKNOWN' } });
  }, 30_000);
});

describe('the end of a process', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s stops a sync cleanly with %s and one run.finished',
    async (signal, code) => {
      await using slow = await startSandbox({ size: 'tiny', seed: 3, latencyMs: 300 });
      await using folder = await temporaryFolder();
      const env = { ...environment(), HARVEST_BQ_HARVEST_BASE_URL: slow.baseUrl };
      const child = startCli(['sync', '-o', 'json', '--log-format', 'json'], { cwd: folder.path, env });
      const waiting = ended(child);
      await untilSaid(child.stderr, 'run.started');
      const startedAt = performance.now();
      child.kill(signal);
      const run = await waiting;
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      expect(run.code).toBe(code);
      expect(documentOf(run)).toMatchObject({ exit_code: code, error: { code: 'RUN_INTERRUPTED' } });
      expect(finishes(run)).toMatchObject([{ outcome: 'interrupted', exit_code: code }]);
    },
    30_000,
  );

  it('a defect is told as one, and the run it breaks is finished', async () => {
    await using slow = await startSandbox({ size: 'tiny', seed: 3, latencyMs: 300 });
    await using folder = await temporaryFolder();
    const env = { ...environment(), HARVEST_BQ_HARVEST_BASE_URL: slow.baseUrl };
    const bomb = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes('run.started'))setImmediate(()=>{throw new TypeError('a defect')});return write.call(this,text,...rest)}`;
    const args = ['sync', '-o', 'json', '--run-id', 'r-1'];
    const logged = { ...env, HARVEST_BQ_LOG_FORMAT: 'json' };
    const run = await runCli(args, { cwd: folder.path, env: logged, node: ['--import', bomb] });
    expect(run.code).toBe(1);
    expect(documentOf(run)).toMatchObject({ exit_code: 1, error: { code: 'INTERNAL' } });
    expect(finishes(run)).toMatchObject([{ outcome: 'failed', exit_code: 1 }]);
    expect(documentOf(run).error?.hint).toContain('.harvest-bq/crash-r-1.txt');
    const file = await readFile(join(folder.path, '.harvest-bq', 'crash-r-1.txt'), 'utf8');
    expect(file).toMatch(/^command {3}sync -o --run-id\nrun {7}r-1$/m);
    expect(file).toContain('caused by TypeError: (message left out: it may hold values)\n');
    expect(file).toMatch(/^ {2}run\.started$/m);
    expect(file).not.toContain(sandbox.tokens.administrator);
  }, 30_000);

  it('the sandbox serves until a signal, which is its ordinary end', async () => {
    const child = startCli(['sandbox', '--size', 'tiny', '-o', 'json']);
    const waiting = ended(child);
    await untilSaid(child.stdout, 'warnings');
    child.kill('SIGINT');
    const run = await waiting;
    expect(run.code).toBe(0);
    expect(documentOf(run).data).toMatchObject({
      base_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v2$/),
    });
  }, 30_000);

  it('the configuration that the sandbox prints works as it is', async () => {
    await using folder = await temporaryFolder();
    const child = startCli(['sandbox', '--size', 'tiny', '-o', 'json']);
    const waiting = ended(child);
    const said = await untilSaid(child.stdout, 'warnings');
    const { data } = JSON.parse(said) as { data: { config_yaml: string } };
    await writeFile(join(folder.path, 'harvest-bq.yaml'), data.config_yaml);
    const run = await runCli(['check', '-o', 'json'], { cwd: folder.path });
    child.kill('SIGTERM');
    await waiting;
    expect(documentOf(run)).toMatchObject({ ok: true });
  }, 30_000);

  it('a reader that goes away is no failure', async () => {
    const child = startCli(['help', 'errors', '-o', 'json']);
    child.stdout?.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
  });
});

describe('a second run', () => {
  it('is refused with 7 while the first is at work, and status tells from the lock', async () => {
    await using slow = await startSandbox({ size: 'tiny', seed: 3, latencyMs: 400 });
    await using folder = await temporaryFolder();
    const env = { ...environment(), HARVEST_BQ_HARVEST_BASE_URL: slow.baseUrl };
    const options = { cwd: folder.path, env };
    const child = startCli(['sync', '--run-id', 'first', '--log-format', 'json'], options);
    const waiting = ended(child);
    await untilSaid(child.stderr, 'run.started');
    const [second, status, monitor] = await Promise.all([
      runCli(['sync', '-o', 'json'], options),
      runCli(['status', '-o', 'json'], options),
      runCli(['status', '--max-age', '1h', '-o', 'json'], options),
    ]);
    child.kill('SIGTERM');
    await waiting;
    expect(documentOf(second)).toMatchObject({ exit_code: 7, error: { code: 'RUN_LOCKED' } });
    expect(documentOf(status)).toMatchObject({
      ok: true,
      data: { lock: { run_id: 'first' }, streams: null },
    });
    expect(documentOf(monitor)).toMatchObject({ exit_code: 7, error: { code: 'RUN_LOCKED' } });
  }, 30_000);
});

/** Resolves with what was said up to a word. */
async function untilSaid(stream: NodeJS.ReadableStream | null, word: string): Promise<string> {
  if (stream === null) throw new Error('nothing to read from');
  let said = '';
  for (;;) {
    const [piece] = (await once(stream, 'data')) as [string];
    said += piece;
    if (said.includes(word)) return said;
  }
}
