/** The same account synced to BigQuery and to DuckDB: both hold what the account holds, and the same as each other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runEngine, temporaryFolder, type EngineOptions } from '../support/engine.ts';
import { canonicalValue, parseCanonical, readRowsOf, withFile, type Canonical } from '../support/tables.ts';
import { KEYS } from '../support/truth.ts';
import { PROJECT, type Bench } from './support/bench.ts';
import { Branch, brokenVersions, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import { readTableOf, type Row } from './support/read-tables.ts';

const CLI = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url));
/** Both runs of a step lie this far apart at most. */
const APART_MS = 600_000;

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
beforeEach(async () => {
  [bench, account, folder] = await Promise.all([startStepBench(), openAccount(), temporaryFolder()]);
  file = join(folder.path, 'twin.duckdb');
});
afterEach(async () => {
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Rows of a DuckDB table, canonical. */
async function rowsOfFile(table: string): Promise<readonly Row[]> {
  return withFile(file, async (rows) => {
    const found = await rows(`SELECT CAST(to_json(t) AS VARCHAR) FROM "${table}" AS t`);
    return found.map(([text]) => canonicalValue(parseCanonical(text ?? '{}')) as Row);
  });
}

/** What has to be the same of a housekeeping table, whoever wrote it. */
function sorted(rows: readonly Row[], columns: readonly string[]): readonly string[] {
  return rows.map((row) => JSON.stringify(columns.map((column) => row[column] ?? null))).toSorted();
}

/** Rows of the run that came last. */
function ofLastRun(runs: readonly Row[], rows: readonly Row[]): readonly Row[] {
  const last = runs.toSorted((a, b) => String(a['started_at']).localeCompare(String(b['started_at']))).at(-1);
  return rows.filter(({ run_id: run }) => run === last?.['run_id']);
}

const RESTATED = ['stream', 'period_start', 'entity_id', 'currency', 'column_name'];

const COUNTS = ['stream', 'outcome', 'error_code', 'rows_rejected', 'rows_skipped', 'rows_deleted'];

/** What the overlap brings again, and which months are read twice, depends on the second: not so in a first run. */
const READ = ['rows_fetched', 'rows_loaded'];

/** The newest cursor of each stream, in milliseconds; null during a first load. */
function cursors(rows: readonly Row[]): ReadonlyMap<string, number | null> {
  const newest = new Map<string, Row>();
  const versionOf = (row: Row | undefined): number => Number(String(row?.['version'] ?? '#0').slice(1));
  for (const row of rows) {
    const stream = String(row['stream']);
    if (versionOf(row) > versionOf(newest.get(stream))) newest.set(stream, row);
  }
  const cursorOf = (value: Canonical | undefined): number | null =>
    value === null || value === undefined ? null : Date.parse(String(value));
  return new Map([...newest].map(([stream, { cursor }]) => [stream, cursorOf(cursor)]));
}

/** Keys of the rows that the last run wrote; what did not change is not written. */
function written(
  rows: readonly Row[],
  run: Canonical | undefined,
  key: readonly string[],
): readonly string[] {
  return rows
    .filter(({ _run_id: by }) => by === run)
    .map((row) => key.map((column) => String(row[column])).join('|'))
    .toSorted();
}

/** Both equal the account and each other, down to the connector's own tables. */
async function expectSame(branch: Branch): Promise<void> {
  expect(await branch.differences({ lags: true })).toEqual([]);
  const streams = branch.streams ?? Object.keys(KEYS);
  for (const name of [
    ...streams,
    ...(streams.includes('project_budget') ? ['project_budget_history'] : []),
  ]) {
    const key = name === 'project_budget_history' ? ['snapshot_date', 'project_id'] : (KEYS[name] ?? ['id']);
    const stored = await readTableOf(bench.emulator.url, branch.dataset, name, key);
    const twin = await withFile(file, (rows) => readRowsOf(rows, name, key));
    expect({ name, rows: Object.fromEntries(stored) }).toEqual({ name, rows: Object.fromEntries(twin) });
  }
  const what = ['stream', 'record_key', 'how'];
  expect(sorted(await branch.rows('_deletions'), what)).toEqual(sorted(await rowsOfFile('_deletions'), what));
  const restated = [...RESTATED, 'value_before', 'value_after'];
  expect(sorted(await branch.rows('_restatements'), restated)).toEqual(
    sorted(await rowsOfFile('_restatements'), restated),
  );
  const [runs, notes] = [await branch.rows('_sync_runs'), await branch.rows('_sync_streams')];
  const [twinRuns, twinNotes] = [await rowsOfFile('_sync_runs'), await rowsOfFile('_sync_streams')];
  const compared = runs.length === 1 ? [...COUNTS, ...READ] : COUNTS;
  const [noted, twins] = [ofLastRun(runs, notes), ofLastRun(twinRuns, twinNotes)];
  expect(noted.length).toBeGreaterThan(0);
  expect(sorted(noted, compared)).toEqual(sorted(twins, compared));
  for (const name of streams) {
    const key = KEYS[name] ?? ['id'];
    const by = [noted[0]?.['run_id'], twins[0]?.['run_id']] as const;
    expect({ name, written: written(await branch.rows(name), by[0], key) }).toEqual({
      name,
      written: written(await rowsOfFile(name), by[1], key),
    });
  }
  const [ours, theirs] = [
    cursors(await branch.rows('_sync_state')),
    cursors(await rowsOfFile('_sync_state')),
  ];
  expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted());
  for (const [stream, cursor] of ours) {
    const twin = theirs.get(stream) ?? null;
    const apart =
      cursor === null || twin === null ? (cursor === twin ? 0 : APART_MS) : Math.abs(cursor - twin);
    expect({ stream, isNear: apart < APART_MS }).toEqual({ stream, isNear: true });
  }
  expect(brokenVersions(await branch.versions())).toEqual([]);
}

function idsOf({ sandbox }: Branch, name: string): readonly number[] {
  return [...sandbox.account.truth(name)].map((record) => (record as { readonly id: number }).id);
}

/** What a person changes, beside what the sandbox does by itself. */
async function edit(branch: Branch): Promise<void> {
  const [client] = idsOf(branch, 'clients');
  const [project] = idsOf(branch, 'projects');
  const entry = idsOf(branch, 'time_entries').at(-1);
  await branch.write('PATCH', `clients/${client}`, { name: 'Änderung “GmbH” \\ & Söhne' });
  await branch.write('PATCH', `projects/${project}`, { notes: "line one\nline 'two'" });
  await branch.write('PATCH', `time_entries/${entry}`, { notes: 'a note', hours: 1.37 });
}

/** What a refresh finds to be gone. */
async function remove(branch: Branch): Promise<void> {
  await branch.write('DELETE', `time_entries/${idsOf(branch, 'time_entries').at(-1)}`);
  const payments = [...branch.sandbox.account.truth('invoice_payments')];
  const { id, invoice_id: invoice } = payments[0] as { readonly id: number; readonly invoice_id: number };
  await branch.write('DELETE', `invoices/${invoice}/payments/${id}`);
}

describe('the engine in this process', () => {
  it('gives BigQuery what the account holds and what DuckDB gets: first, quiet, edits, days, refresh', async () => {
    const branch = new Branch(bench, 'twin', account);
    const both = async (options: EngineOptions = {}): Promise<void> => {
      const runs = [await branch.sync(options), await runEngine(account.target, file, options)];
      expect(runs.flatMap(failuresOf)).toEqual([]);
      await expectSame(branch);
    };
    await both();
    await both();
    await edit(branch);
    await branch.day();
    await both();
    await branch.day();
    await branch.day();
    await both();
    await remove(branch);
    await both({ fullRefresh: true });
    expect(await branch.rows('_deletions')).not.toEqual([]);
    expect(bench.proxy.problems).toEqual([]);
  });
});

describe('the command line', () => {
  const STREAMS = [
    'clients',
    'projects',
    'tasks',
    'users',
    'time_entries',
    'invoices',
    'invoice_payments',
    'project_budget',
  ];

  /** Runs `harvest-bq sync` as a person would. */
  async function cli(path: string, args: readonly string[]): Promise<{ code: number | null; said: string }> {
    const env = { ...process.env, HARVEST_ACCESS_TOKEN: account.target.token };
    const child = spawn(process.execPath, [CLI, 'sync', '--config', path, ...args], { env });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(String(chunk)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said: said.join('') };
  }

  async function configure(destination: readonly string[]): Promise<string> {
    const path = join(folder.path, `${destination[0]?.split(' ')[1]}.yaml`);
    const lines = [
      'version: 1',
      'connector: acme',
      'harvest:',
      `  account_id: "${account.target.accountId}"`,
      '  access_token: ${HARVEST_ACCESS_TOKEN}',
      `  base_url: ${account.target.baseUrl}`,
      `  identity_url: ${account.target.identityUrl}`,
      '  limits: { general: off, reports: off }',
      'destination:',
      ...destination.map((line) => `  ${line}`),
      `streams: { include: [${STREAMS.join(', ')}] }`,
    ];
    await writeFile(path, `${lines.join('\n')}\n`);
    return path;
  }

  it('does the same with a file of settings', async () => {
    const branch = new Branch(bench, 'by_cli', account, STREAMS);
    const paths = [
      await configure([
        'type: bigquery',
        `project: ${PROJECT}`,
        'dataset: by_cli',
        'location: EU',
        `api_endpoint: ${bench.proxy.url}`,
      ]),
      await configure(['type: duckdb', `path: ${file}`]),
    ];
    const both = async (...args: readonly string[]): Promise<void> => {
      for (const path of paths) {
        const { code, said } = await cli(path, args);
        expect({ code, said: code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
      }
      await expectSame(branch);
    };
    await both();
    await both();
    await edit(branch);
    await both();
    await branch.day();
    await both();
    await remove(branch);
    await both('--full-refresh');
    expect(await branch.rows('_deletions')).toHaveLength(2);
    expect(bench.proxy.problems).toEqual([]);
  });
});
