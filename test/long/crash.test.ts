import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { runEngine, temporaryFolder, type Target } from '../support/engine.ts';
import { randomFrom } from '../support/random.ts';
import { differences } from '../support/truth.ts';

/** The events that a run emits on its way; each is a place to be killed at. */
const BOUNDARIES = [
  'run.started',
  'schema.changed',
  'stream.started',
  'window.chosen',
  'request.sent',
  'page.fetched',
  'rows.staged',
  'rows.committed',
  'checkpoint.saved',
  'stream.finished',
  'names.renamed',
  'run.finished',
] as const;

const CHILD = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));

let sandbox: Sandbox;
let target: Target;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 11, size: 'tiny' });
  const { baseUrl, identityUrl, accountId, tokens } = sandbox;
  target = { baseUrl, identityUrl, accountId, token: tokens.administrator };
});
afterAll(() => sandbox.close());

let kills = 0;

/** Runs a child and tells whether a signal ended it. */
async function killed(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  afterMs?: number,
): Promise<boolean> {
  const child = spawn(process.execPath, ['--no-warnings', script, ...args], { env, stdio: 'ignore' });
  const timer = afterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

async function kill(event: string, nth: number, path: string): Promise<void> {
  if (await killed(CHILD, [JSON.stringify({ target, path, event, nth })], process.env)) kills += 1;
}

async function day(): Promise<void> {
  const answer = await fetch(`${sandbox.url}/sandbox/day`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(200);
}

afterAll(() => {
  process.stderr.write(`killed ${kills} times\n`);
});

describe('a run that is killed', () => {
  it.each(BOUNDARIES)('at %s and run once more leaves what an undisturbed run leaves', async (event) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'crash.duckdb');
    // the first load is killed early and late; then days pass and incremental runs are killed
    for (const nth of [1, 2, 5, 12, 30]) await kill(event, nth, path);
    for (const nth of [1, 3]) {
      await day();
      await kill(event, nth, path);
    }
    const { result } = await runEngine(target, path);
    expect(result.failure).toBeNull();
    expect(result.streams.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(await differences(path, sandbox, { lags: true })).toEqual([]);
  });

  it('at random moments, again and again, leaves what an undisturbed run leaves', async () => {
    const random = randomFrom(20_261_121);
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'random.duckdb');
    const env = {
      ...process.env,
      HARVEST_ACCOUNT_ID: String(target.accountId),
      HARVEST_ACCESS_TOKEN: target.token,
      HARVEST_BQ_HARVEST_BASE_URL: target.baseUrl,
      HARVEST_BQ_HARVEST_IDENTITY_URL: target.identityUrl,
      HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
      HARVEST_BQ_HARVEST_LIMITS_REPORTS: 'off',
      HARVEST_BQ_DESTINATION_PATH: path,
    };
    // some are done before their moment comes
    for (let round = 0; round < 10 || (kills < 100 && round < 20); round += 1) {
      for (let attempt = 0; attempt < 7; attempt += 1) {
        if (await killed(CLI, ['sync'], env, 250 + random() * 1500)) kills += 1;
      }
      const { result } = await runEngine(target, path);
      expect(result.failure).toBeNull();
      expect(await differences(path, sandbox, { lags: true })).toEqual([]);
      await day();
    }
    expect(kills).toBeGreaterThanOrEqual(100);
  });
});
