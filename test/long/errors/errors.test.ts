/** Every code of the table, provoked with the built program, and every exit code. */
import { readFile } from 'node:fs/promises';
import PQueue from 'p-queue';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ERROR_TABLE, type ErrorCode } from '../../../src/error-codes.ts';
import { EXIT_CODES } from '../../../src/error-kinds.ts';
import { EXIT_MEANINGS } from '../../../src/cli/help-topics.ts';
import { documentOf, type CliRun, type Envelope } from '../../cli/support/run-cli.ts';
import { expectDocument } from '../../support/documents.ts';
import { BIGQUERY } from './bigquery.ts';
import { CONFIG } from './config.ts';
import { HARVEST } from './harvest.ts';
import { Scene, type Provoke } from './scene.ts';
import { USAGE } from './usage.ts';
import { stoppedBy, WAREHOUSE } from './warehouse.ts';

/** A code that nobody can provoke has no place in the table. */
const PROVOKED: Readonly<Record<ErrorCode, Provoke>> = {
  ...USAGE,
  ...CONFIG,
  ...HARVEST,
  ...WAREHOUSE,
  ...BIGQUERY,
};

/** Ends that are no failures, and some that have an exit code of their own. */
const ENDINGS: Readonly<Record<number, Provoke>> = {
  0: async (scene) => {
    await scene.configure(await scene.sandbox());
    return scene.run(['sync', 'roles']);
  },
  5: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    sandbox.faults.add({ match: '/v2/clients', times: 0, do: 'status', status: 403 });
    return scene.run(['sync', 'roles', 'clients']);
  },
  143: async (scene) => stoppedBy('SIGTERM', scene),
};

/** Most of the time is waiting: for retries, and for answers that are slow. */
const SIDE_BY_SIDE = 6;

const runs = new Map<string, CliRun>();
const failures = new Map<string, Error>();

beforeAll(async () => {
  const queue = new PQueue({ concurrency: SIDE_BY_SIDE });
  const all = [...Object.entries(PROVOKED), ...Object.entries(ENDINGS)];
  // those that wait longest go first
  const first = ['BIGQUERY_THROTTLED', 'BIGQUERY_UNAVAILABLE', 'BIGQUERY_CONTENTION', 'HARVEST_UNAVAILABLE'];
  all.sort(([a], [b]) => Number(first.includes(b)) - Number(first.includes(a)));
  await queue.addAll(
    all.map(([name, provoke]) => async () => {
      try {
        await using scene = await Scene.open();
        runs.set(name, await provoke(scene));
      } catch (error) {
        failures.set(name, error instanceof Error ? error : new Error(String(error)));
      }
    }),
  );
}, 300_000);

function runOf(name: string): CliRun {
  const run = runs.get(name);
  if (run === undefined) throw failures.get(name) ?? new Error(`${name} did not run`);
  return run;
}

/** What the failed run says of its failure: the command's, or that of its only stream. */
function errorOf(run: CliRun): NonNullable<Envelope['error']> {
  const { error, data } = documentOf(run);
  if (error === undefined) throw new Error(`no error in ${JSON.stringify(data)}`);
  return error;
}

describe('every code of the table', () => {
  it.each(Object.keys(PROVOKED) as ErrorCode[])('%s comes with its exit code and a next step', (code) => {
    const run = runOf(code);
    expect(run.code).toBe(EXIT_CODES[ERROR_TABLE[code].kind]);
    // before Node.js is new enough there is nothing that could write a document
    if (code === 'USAGE_NODE_TOO_OLD') {
      expect(run.stderr).toMatch(/^USAGE_NODE_TOO_OLD .*install it from/);
      return;
    }
    expectDocument(documentOf(run));
    const error = errorOf(run);
    expect(error).toMatchObject({ code, kind: ERROR_TABLE[code].kind });
    expect(error.message).toMatch(/\S/);
    expect(error.hint).toMatch(/\S/);
    expect(run.stderr).not.toContain('administrator-sandbox');
    expect(run.stdout).not.toContain('administrator-sandbox');
  });

  it('stands in docs/errors.md, where its document leads', async () => {
    const text = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    for (const code of Object.keys(PROVOKED)) expect(text).toMatch(new RegExp(`^#+ ${code}$`, 'm'));
  });
});

describe('every exit code', () => {
  it.each(Object.keys(ENDINGS).map(Number))('%i', (code) => {
    expect(runOf(String(code)).code).toBe(code);
  });

  it('is one of those that help exit-codes tells of, and all of them were seen', () => {
    const seen = new Set([...runs.values()].map(({ code }) => code));
    expect([...seen].toSorted((a, b) => Number(a) - Number(b))).toEqual(
      EXIT_MEANINGS.map(({ code }) => code),
    );
  });
});
