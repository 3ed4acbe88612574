/** A task of a Cloud Run job, as a child process: what it says, and how it ends when it is told to. */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { ended, runCli, startCli, temporaryFolder, type CliRun } from '../cli/support/run-cli.ts';
import { environmentOf, linesOf } from '../e2e/support/environment.ts';
import { withFile } from '../support/tables.ts';

/** Cloud Run kills what has not ended so long after SIGTERM. */
const GRACE_MS = 10_000;

/** Slow enough that a run is still at work when it is stopped. */
const slowSandbox = (): Promise<Sandbox> => startSandbox({ size: 'tiny', seed: 5, latencyMs: 300 });

function taskOf(sandbox: Sandbox, attempt: number): Readonly<Record<string, string>> {
  return {
    ...environmentOf(sandbox),
    CLOUD_RUN_JOB: 'harvest-bq',
    CLOUD_RUN_EXECUTION: 'harvest-bq-7k2pv',
    CLOUD_RUN_TASK_INDEX: '0',
    CLOUD_RUN_TASK_ATTEMPT: String(attempt),
  };
}

/** One after the other, so that stopping after the first leaves the others to do. */
const FEW = ['sync', 'clients', 'users', 'tasks', 'projects', 'roles', '--concurrency', '1'];

const finishesOf = (run: CliRun): readonly Readonly<Record<string, unknown>>[] =>
  linesOf(run.stderr).filter((line) => line['event'] === 'run.finished');

describe('a task of a Cloud Run job', () => {
  it('that is sent SIGTERM ends in time, with 143 and one run.finished, and its retry completes the tables', async () => {
    await using slow = await slowSandbox();
    await using folder = await temporaryFolder();
    const child = startCli(FEW, { cwd: folder.path, env: taskOf(slow, 0) });
    const waiting = ended(child);
    await said(child, 'stream.finished');
    const toldAt = performance.now();
    child.kill('SIGTERM');
    const stopped = await waiting;
    expect(performance.now() - toldAt).toBeLessThan(GRACE_MS);
    expect(stopped.code).toBe(143);
    const [finished, ...more] = finishesOf(stopped);
    expect(finished).toMatchObject({ outcome: 'interrupted', exit_code: 143, code: 'RUN_INTERRUPTED' });
    expect(more).toEqual([]);
    expect(linesOf(stopped.stderr).at(-1)).toEqual(finished);

    const retried = await runCli(FEW, { cwd: folder.path, env: taskOf(slow, 1) });
    expect(finishesOf(retried)).toMatchObject([{ outcome: 'ok', exit_code: 0, ok: 5 }]);
    const path = join(folder.path, `harvest_${slow.accountId}.duckdb`);
    const runs = await withFile(path, (rows) =>
      rows('SELECT execution, outcome, exit_code FROM _sync_runs ORDER BY started_at'),
    );
    expect(runs.map((row) => row.map(String))).toEqual([
      ['harvest-bq-7k2pv', 'interrupted', '143'],
      ['harvest-bq-7k2pv', 'ok', '0'],
    ]);
  }, 60_000);

  it('labels every line with its execution and attempt', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 5 });
    await using folder = await temporaryFolder();
    const run = await runCli(['sync', 'clients'], { cwd: folder.path, env: taskOf(sandbox, 1) });
    const lines = linesOf(run.stderr);
    expect(lines.map((line) => line['event'])).toEqual(['run.started', 'stream.finished', 'run.finished']);
    for (const line of lines) {
      expect(line['logging.googleapis.com/labels']).toEqual({
        job: 'harvest-bq',
        execution: 'harvest-bq-7k2pv',
        task_index: '0',
        task_attempt: '1',
      });
    }
  }, 30_000);

  it('that cannot even begin says so in one line of severity ERROR', async () => {
    await using folder = await temporaryFolder();
    const env = { CLOUD_RUN_JOB: 'harvest-bq', CLOUD_RUN_EXECUTION: 'harvest-bq-9' };
    const run = await runCli(['sync'], { cwd: folder.path, env });
    expect(run.code).toBe(3);
    expect(linesOf(run.stderr)).toMatchObject([
      { severity: 'ERROR', event: 'command.failed', code: 'CONFIG_NOT_FOUND', exit_code: 3 },
    ]);
  }, 30_000);

  it('that is told twice leaves at once, still with one run.finished', async () => {
    await using slow = await slowSandbox();
    await using folder = await temporaryFolder();
    const child = startCli(['sync'], { cwd: folder.path, env: taskOf(slow, 0) });
    const waiting = ended(child);
    await said(child, 'run.started');
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    const run = await waiting;
    expect(run.code).toBe(143);
    expect(finishesOf(run)).toMatchObject([{ outcome: 'interrupted', exit_code: 143 }]);
  }, 30_000);
});

describe('the time limit of a run', () => {
  it.each([
    ['--timeout', ['--timeout', '1s'], {}],
    ['HARVEST_BQ_TIMEOUT', [], { HARVEST_BQ_TIMEOUT: '1s' }],
    ['sync.timeout', [], { HARVEST_BQ_SYNC_TIMEOUT: '1s' }],
  ])(
    'given as %s stops it cleanly with 130 before anybody has to kill it',
    async (_, flags, env) => {
      await using slow = await slowSandbox();
      await using folder = await temporaryFolder();
      const startedAt = performance.now();
      const run = await runCli(['sync', ...flags], { cwd: folder.path, env: { ...taskOf(slow, 0), ...env } });
      expect(performance.now() - startedAt).toBeLessThan(GRACE_MS);
      expect(run.code).toBe(130);
      expect(finishesOf(run)).toMatchObject([
        { outcome: 'interrupted', exit_code: 130, code: 'RUN_TIMEOUT', severity: 'WARNING' },
      ]);
    },
    30_000,
  );
});

/** Waits until a line with this word was said on stderr. */
async function said(child: ChildProcess, word: string): Promise<void> {
  const { stderr } = child;
  if (stderr === null) throw new Error('nothing to read from');
  let text = '';
  while (!text.includes(word)) text += ((await once(stderr, 'data')) as [string])[0];
}
