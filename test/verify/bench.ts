/** A synced account whose file is copied, changed by hand and compared, as often as a test likes. */
import { copyFile } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Difference, Verification } from '../../src/verification.ts';
import { runEngine, type EngineOptions, type EngineRun } from '../support/engine.ts';
import { openOffice, type Office } from '../support/office.ts';
import type { SandboxOptions } from '../../src/sandbox/server.ts';

/** The sandbox's clock, which stands. */
export const NOW = '2026-03-10T09:00:00Z';

/** A change by hand is no version: without histories only what Harvest says is compared. */
export const WITHOUT_HISTORY: EngineOptions = { config: { sync: { history: [] } } };

/** A bench that goes with the test. */
export interface VerifyBench extends AsyncDisposable {
  readonly office: Office;
  /** Changes a fresh copy of the synced file by hand; gives its path. */
  tampered(...statements: readonly string[]): Promise<string>;
  /** Compares a file, the untouched one if none is named. */
  verify(path?: string, options?: EngineOptions): Promise<EngineRun & { readonly found: Verification }>;
}

/** Syncs an account. The clock goes on a minute afterwards, so that what is changed then is newer. */
export async function openBench(
  sandbox: SandboxOptions = {},
  options: EngineOptions = {},
): Promise<VerifyBench> {
  const office = await openOffice({ now: NOW, clock: 'stands', ...sandbox });
  await office.sync(options);
  office.sandbox.account.clock.advance(60_000);
  let copies = 0;
  return {
    office,
    async tampered(...statements) {
      copies += 1;
      const path = office.path.replace('.duckdb', `-${copies}.duckdb`);
      await copyFile(office.path, path);
      await byHand(path, statements);
      return path;
    },
    async verify(path = office.path, more = {}) {
      const run = await runEngine(office.target, path, { ...options, ...more, ...VERIFY });
      const found = run.result.verification;
      if (found === undefined) throw new Error(`nothing was compared: ${run.result.failure?.message ?? '?'}`);
      return { ...run, found };
    },
    [Symbol.asyncDispose]: () => office[Symbol.asyncDispose](),
  };
}

const VERIFY = { onlyVerify: true, verify: true, command: 'verify' };

/** Runs statements on a file with nothing but the vendor's library. */
export async function byHand(path: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

/** A difference in one line: `time_entries sum 2026-02 client 5 USD total_hours: 10 ≠ 11`. */
export function inWords({
  table,
  kind,
  month,
  group,
  key,
  column,
  ours,
  harvest,
  cause,
}: Difference): string {
  const place = [month, group, key, column].filter((part) => part !== null).join(' ');
  const why = cause === 'differs' ? '' : ` (${cause})`;
  return `${table} ${kind} ${place}: ${ours ?? '–'} ≠ ${harvest ?? '–'}${why}`;
}
