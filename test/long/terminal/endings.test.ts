/** However a run ends: its end is told once and last, its numbers add up, and what it has stored is kept. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { environmentOf, linesOf } from '../../e2e/support/environment.ts';
import {
  documentOf,
  ended,
  runCli,
  startCli,
  temporaryFolder,
  type CliOptions,
} from '../../cli/support/run-cli.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});

afterAll(() => sandbox.close());

/** A way for a run to end. */
interface Ending {
  readonly outcome: 'ok' | 'partial' | 'failed' | 'interrupted';
  readonly code: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
  readonly latencyMs?: number;
  /** What happens to the account beforehand. */
  readonly arm?: (sandbox: Sandbox) => void;
  /** Sent as soon as the run has begun. */
  readonly signal?: NodeJS.Signals;
}

const BOMB = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes('run.started'))setImmediate(()=>{throw new TypeError('a defect')});return write.call(this,text,...rest)}`;

const REJECTION = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes('run.started'))setImmediate(()=>{Promise.reject(new TypeError('a defect'))});return write.call(this,text,...rest)}`;

const ENDINGS: Readonly<Record<string, Ending>> = {
  'all is well': { outcome: 'ok', code: 0 },
  'a record is rejected': {
    outcome: 'ok',
    code: 0,
    arm: ({ faults }) =>
      faults.add({ match: '/v2/clients', times: 0, do: 'malformed', field: 'is_active', value: 'perhaps' }),
  },
  'one stream fails': {
    outcome: 'partial',
    code: 5,
    arm: ({ faults }) => faults.add({ match: '/v2/roles', times: 0, do: 'status', status: 403 }),
  },
  'all streams fail': {
    outcome: 'failed',
    code: 4,
    arm: ({ faults }) =>
      faults.add({ match: '/v2/(roles|clients|users)\\b(?!/me)', times: 0, do: 'status', status: 403 }),
  },
  'the token is refused': { outcome: 'failed', code: 4, env: { HARVEST_ACCESS_TOKEN: 'wrong' } },
  'the configuration turns out to be wrong': {
    outcome: 'failed',
    code: 3,
    env: { HARVEST_BQ_DESTINATION_PATH: '/proc/nowhere/x.duckdb' },
  },
  'time is up': { outcome: 'interrupted', code: 130, latencyMs: 400, args: ['--timeout', '1s'] },
  SIGINT: { outcome: 'interrupted', code: 130, latencyMs: 300, signal: 'SIGINT' },
  SIGTERM: { outcome: 'interrupted', code: 143, latencyMs: 300, signal: 'SIGTERM' },
  'an exception is not caught': { outcome: 'failed', code: 1, latencyMs: 300, node: ['--import', BOMB] },
  'a rejection is not handled': { outcome: 'failed', code: 1, latencyMs: 300, node: ['--import', REJECTION] },
};

/** Numbers by name. */
type Counts = Readonly<Record<string, number>>;

function expectSums(counts: Counts): void {
  const of = (name: string): number => counts[name] ?? Number.NaN;
  expect(of('fetched')).toBe(of('loaded') + of('rejected') + of('skipped'));
  expect(of('loaded')).toBe(of('inserted') + of('updated') + of('unchanged'));
}

/** The result of a run: its numbers and those of its streams add up, and the streams to the run. */
function expectAccount(result: { readonly totals: Counts; readonly streams: readonly unknown[] }): void {
  const streams = result.streams as readonly Counts[];
  for (const counts of [result.totals, ...streams]) expectSums(counts);
  for (const name of [
    'fetched',
    'loaded',
    'inserted',
    'updated',
    'unchanged',
    'rejected',
    'skipped',
    'deleted',
  ]) {
    const sum = streams.reduce((total, stream) => total + (stream[name] ?? Number.NaN), 0);
    if (streams.length > 0) expect([name, result.totals[name]]).toEqual([name, sum]);
  }
}

async function endWith(ending: Ending): Promise<readonly Readonly<Record<string, unknown>>[]> {
  await using own = await startSandbox({ size: 'tiny', seed: 3, latencyMs: ending.latencyMs ?? 0 });
  await using folder = await temporaryFolder();
  ending.arm?.(own);
  const options: CliOptions = {
    cwd: folder.path,
    env: { ...environmentOf(own), HARVEST_BQ_LOG_FORMAT: 'json', ...ending.env },
    node: ending.node ?? [],
  };
  const child = startCli(
    ['sync', 'roles', 'clients', 'users', '-o', 'jsonl', ...(ending.args ?? [])],
    options,
  );
  if (ending.signal !== undefined) {
    child.stdout?.on('data', (piece: string) => {
      if (piece.includes('run.started')) child.kill(ending.signal);
    });
  }
  const run = await ended(child);
  if (run.code !== ending.code) throw new Error(`exit ${run.code}: ${run.stderr}`);
  return linesOf(run.stdout);
}

describe('run.finished', () => {
  it.each(Object.entries(ENDINGS))(
    'is told once and last when %s',
    async (_name, ending) => {
      const events = await endWith(ending);
      expect(events.filter(({ event }) => event === 'run.started')).toHaveLength(1);
      expect(events.filter(({ event }) => event === 'run.finished')).toHaveLength(1);
      const last = events.at(-1);
      expect(last).toMatchObject({ event: 'run.finished', outcome: ending.outcome, exit_code: ending.code });
      expectAccount(last as unknown as Parameters<typeof expectAccount>[0]);
    },
    60_000,
  );
});

describe('the numbers of a summary', () => {
  it('add up for a first run, a quiet one, a refresh, a backfill, a repair, and with rejects', async () => {
    await using own = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(own) };
    const lines = [
      'sync',
      'sync',
      'sync --full-refresh',
      'backfill time_entries expenses time_team --from 2026-10-01 --to 2026-10-31 --yes',
      'verify --full --repair',
      'sync clients contacts --full-refresh',
    ];
    for (const [index, line] of lines.entries()) {
      if (index === 1) own.account.passDay();
      if (index === 5) {
        own.faults.add({
          match: '/v2/clients',
          times: 0,
          do: 'malformed',
          field: 'is_active',
          value: 'perhaps',
        });
        own.faults.add({ match: '/v2/contacts', times: 0, do: 'malformed', field: 'client.id', value: 'x' });
      }
      const document = documentOf(await runCli([...line.split(' '), '-o', 'json'], options));
      const result = document.data as Parameters<typeof expectAccount>[0];
      expectAccount(result);
      if (index === 5) expect(result.totals['rejected']).toBeGreaterThan(0);
    }
  }, 120_000);
});

const REPORTS = /^(time|expenses)_(clients|projects|tasks|team|categories)$|^uninvoiced$/;

describe('SIGTERM', () => {
  it('ends a run within ten seconds, with the checkpoints of what is stored; the next run goes on from there', async () => {
    await using slow = await startSandbox({ size: 'tiny', seed: 3, latencyMs: 250 });
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(slow) };
    const child = startCli(['sync', '-o', 'jsonl'], options);
    const waiting = ended(child);
    let sentAt = 0;
    child.stdout?.on('data', (piece: string) => {
      if (sentAt > 0 || !piece.includes('"stream.finished"')) return;
      sentAt = performance.now();
      child.kill('SIGTERM');
    });
    const run = await waiting;
    expect(run.code).toBe(143);
    expect(performance.now() - sentAt).toBeLessThan(10_000);
    const finished = linesOf(run.stdout).filter(({ event }) => event === 'stream.finished');
    expect(finished.length).toBeGreaterThan(0);
    expect(finished.length).toBeLessThan(32);
    const { data } = documentOf(await runCli(['state', 'show', '-o', 'json'], options));
    const stored = JSON.stringify(data);
    for (const { stream, cursor } of finished) {
      expect(stored).toContain(`"${String(stream)}"`);
      expect(cursor).not.toBeNull();
    }
    const next = documentOf(await runCli(['sync', '-o', 'json'], options));
    expect(next).toMatchObject({ ok: true, data: { outcome: 'ok' } });
    const streams = (next.data as { readonly streams: readonly Record<string, unknown>[] }).streams;
    // a report that was done without the facts of its run reads their months as soon as they are there
    for (const { stream } of finished.filter((each) => !REPORTS.test(String(each['stream'])))) {
      expect(streams.find((each) => each['stream'] === stream)).toMatchObject({ inserted: 0 });
    }
    const verified = await runCli(['verify', '-o', 'json'], options);
    expect(documentOf(verified).ok).toBe(true);
  }, 120_000);
});

describe('a backfill that is stopped', () => {
  it('says what is stored and how to go on, and goes on from there', async () => {
    await using slow = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(slow) };
    expect((await runCli(['sync', 'time_entries'], options)).code).toBe(0);
    slow.faults.add({ match: '/v2/time_entries', times: 0, do: 'slow', ms: 200 });
    const range = ['--from', '2026-01-01', '--to', '2026-10-31', '--yes'];
    const child = startCli(['backfill', 'time_entries', ...range, '--log-level', 'debug'], options);
    const waiting = ended(child);
    let said = '';
    child.stderr?.on('data', (piece: string) => {
      const isSecond = said.split(' is stored').length < 3;
      said += piece;
      if (isSecond && said.split(' is stored').length >= 3) child.kill('SIGINT');
    });
    const run = await waiting;
    expect(run.code).toBe(130);
    expect(run.stderr).toMatch(/^[23] of 10 slices of time_entries are stored and stay\.$/m);
    const [, id = ''] = /^Go on with: harvest-bq backfill --resume (\S+)$/m.exec(run.stderr) ?? [];
    slow.faults.clear();
    const resumed = await runCli(['backfill', '--resume', id, '--yes', '--log-level', 'debug'], options);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/time_entries: [78] slices to read/);
    expect((await runCli(['backfill', '--resume', id], options)).stdout).toContain('is complete');
  }, 60_000);
});
