/** Runs the built program as its users do, and tells what it took. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MEASURE, runMeasured, ROOT, type Usage } from './measured.ts';
import { openScratch } from './scratch.ts';
import type { BenchServer } from './server.ts';

/** The built program. */
export const BIN = join(ROOT, 'dist/cli/bin.js');

/** How a run of the connector is set up. */
export interface ConnectorOptions {
  readonly streams?: readonly string[];
  readonly into?: 'duckdb' | 'bigquery';
  /** Whether Harvest's limits are kept. */
  readonly limited?: boolean;
  /** Flags of Node.js, such as a limit of the heap. */
  readonly node?: readonly string[];
  /** Where a profile is to be left; absent: none is made. */
  readonly profileFolder?: string;
}

/** A run of the connector. */
export interface ConnectorRun extends Usage {
  readonly rows: number;
  readonly requests: number;
}

interface Document {
  readonly data: {
    readonly totals: Readonly<Record<string, number>>;
    readonly streams: readonly { readonly stream: string; readonly outcome: string; readonly rows: number }[];
  };
}

/**
 * One first sync into a file or dataset of its own.
 * @throws Error when the run fails
 */
export async function runConnector(
  server: BenchServer,
  options: ConnectorOptions = {},
): Promise<ConnectorRun> {
  await using folder = await openScratch('run');
  await writeFile(join(folder.path, 'harvest-bq.yaml'), configOf(server, options));
  const args = [...(options.node ?? []), BIN, 'sync', ...(options.streams ?? []), '-o', 'json', '-q'];
  const { stdout, ...usage } = await runMeasured(process.execPath, args, {
    cwd: folder.path,
    env: options.profileFolder === undefined ? {} : profileEnv(options.profileFolder),
  });
  const { totals } = (JSON.parse(stdout) as Document).data;
  // what an upload stored only BigQuery knows
  const rows = totals[options.into === 'bigquery' ? 'fetched' : 'inserted'] ?? 0;
  return { ...usage, rows, requests: totals['requests'] ?? 0 };
}

/** A configuration for the servers. */
export function configOf(server: BenchServer, { into, limited }: ConnectorOptions): string {
  const limits = limited === true ? '{ general: 90, reports: 90 }' : '{ general: off, reports: off }';
  const destination =
    into === 'bigquery'
      ? ['  type: bigquery', '  project: test', '  dataset: bench', `  api_endpoint: ${server.bigQueryUrl}`]
      : ['  type: duckdb', '  path: bench.duckdb'];
  return [
    'version: 1',
    'connector: bench',
    'harvest:',
    `  account_id: "${server.accountId}"`,
    `  access_token: \${BENCH_ACCESS_TOKEN:-${server.token}}`,
    `  base_url: ${server.baseUrl}`,
    `  identity_url: ${server.url}`,
    '  user_agent: harvest-bq bench (bench@example.com)',
    `  limits: ${limits}`,
    'destination:',
    ...destination,
    '',
  ].join('\n');
}

/** Lets the process leave a profile of its processor time. */
function profileEnv(folder: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import=${MEASURE} --cpu-prof --cpu-prof-dir=${folder}` };
}
