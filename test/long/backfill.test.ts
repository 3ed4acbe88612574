import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import type { BackfillOrder } from '../../src/sync/backfill/order.ts';
import { runEngine, temporaryFolder, type Target } from '../support/engine.ts';
import { randomFrom } from '../support/random.ts';
import { withFile } from '../support/tables.ts';
import { differences } from '../support/truth.ts';
import { byHand } from '../verify/bench.ts';

const CHILD = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url));
const STREAMS = ['time_entries', 'expenses', 'time_clients', 'uninvoiced'];
const ORDER: BackfillOrder = { id: 'killed', from: '2025-01-01', to: '2026-12-31', slice: 'week' };

/** The events at which a backfill is killed, one after the other. */
const EVENTS = [
  'window.chosen',
  'page.fetched',
  'rows.staged',
  'rows.committed',
  'checkpoint.saved',
] as const;

let sandbox: Sandbox;
let target: Target;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let damaged: string;
let kills = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ seed: 5, size: 'tiny', now: '2026-03-10T09:00:00Z' });
  const { baseUrl, identityUrl, accountId, tokens, account } = sandbox;
  target = { baseUrl, identityUrl, accountId, token: tokens.administrator };
  folder = await temporaryFolder();
  damaged = join(folder.path, 'damaged.duckdb');
  expect((await runEngine(target, damaged)).result.outcome).toBe('ok');
  // what Harvest has done since, and what somebody has done to the file
  account.clock.advance(86_400_000);
  const entries = ([...account.truth('time_entries')] as unknown as { id: number }[]).slice(0, 12);
  for (const [at, { id }] of entries.entries()) {
    if (at % 2 === 0) account.remove('time_entries', id);
    else account.update('time_entries', id, { spent_date: at % 3 === 0 ? '2025-12-24' : '2026-03-01' });
  }
  account.clock.advance(86_400_000);
  await byHand(damaged, [
    "UPDATE expenses SET notes = 'by hand' WHERE id % 2 = 0",
    'DELETE FROM time_entries WHERE id % 5 = 0',
    "DELETE FROM time_clients WHERE period_start < DATE '2026-01-01'",
  ]);
});

afterAll(async () => {
  process.stderr.write(`killed ${kills} times\n`);
  await sandbox.close();
  await folder[Symbol.asyncDispose]();
});

/** Runs the backfill in a process of its own; it is killed at an event, or after some time. */
async function kill(path: string, at: { event?: string; nth?: number; afterMs?: number }): Promise<void> {
  const { afterMs, ...order } = at;
  const args = [
    '--no-warnings',
    CHILD,
    JSON.stringify({ target, path, streams: STREAMS, backfill: ORDER, ...order }),
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  if (signal === 'SIGKILL') kills += 1;
}

/** Cursors and versions do not tell the same: only where the streams stand. */
function cursors(path: string): Promise<unknown> {
  return withFile(path, (rows) =>
    rows(
      `SELECT stream, arg_max(cursor, version) FROM _sync_state WHERE stream NOT LIKE '\\_%' ESCAPE '\\' GROUP BY 1 ORDER BY 1`,
    ),
  );
}

async function finish(path: string): Promise<void> {
  const before = await cursors(damaged);
  const { result } = await runEngine(target, path, { streams: STREAMS, backfill: ORDER });
  expect(result).toMatchObject({ outcome: 'ok', failure: null });
  expect(await cursors(path)).toEqual(before);
  expect(await differences(path, sandbox, { streams: STREAMS })).toEqual([]);
  const [[state]] = (await withFile(path, (rows) =>
    rows("SELECT arg_max(state, version) FROM _sync_state WHERE stream = '_backfill:killed'"),
  )) as [[string]];
  expect(Object.values((JSON.parse(state) as { next: object }).next)).toEqual(STREAMS.map(() => null));
}

describe('a backfill', () => {
  it('that nobody disturbs puts everything right', async () => {
    const path = join(folder.path, 'undisturbed.duckdb');
    await copyFile(damaged, path);
    await finish(path);
  });

  it.each(EVENTS)(
    'that is killed at %s, again and again, equals it, and no cursor has moved',
    async (event) => {
      const path = join(folder.path, `${event}.duckdb`);
      await copyFile(damaged, path);
      for (const nth of [1, 3, 7, 15]) await kill(path, { event, nth });
      await finish(path);
    },
  );

  it('that is killed at random moments equals it', async () => {
    const random = randomFrom(20_261_129);
    for (let round = 0; round < 5; round += 1) {
      const path = join(folder.path, `random-${round}.duckdb`);
      await copyFile(damaged, path);
      for (let attempt = 0; attempt < 4; attempt += 1) await kill(path, { afterMs: 400 + random() * 1200 });
      await finish(path);
    }
    expect(kills).toBeGreaterThan(20);
  });
});
