/** dlt beside the connector: its environment, made once, and a load of the same streams from the same server. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { environmentWith, findPython, NO_PYTHON } from '../../bigquery/support/python.ts';
import { runMeasured, type Usage } from './measured.ts';
import { ENTRY_STREAMS } from './part.ts';
import { openScratch } from './scratch.ts';
import type { BenchServer } from './server.ts';

const REQUIREMENTS = fileURLToPath(new URL('../dlt/requirements.txt', import.meta.url));
const LOAD = fileURLToPath(new URL('../dlt/load.py', import.meta.url));

/** A Python with dlt. */
export interface Dlt {
  readonly python: string;
}

/** A load with dlt; `seconds` without the start of Python and its imports. */
export interface DltRun extends Usage {
  readonly rows: number;
}

/** The version that is measured. */
export async function dltVersion(): Promise<string> {
  return /^dlt\S*==(\S+)$/m.exec(await readFile(REQUIREMENTS, 'utf8'))?.[1] ?? 'unknown';
}

/** An environment with dlt, made on the first call; or why there is none. */
export async function openDlt(say: (text: string) => void): Promise<Dlt | string> {
  if ((await findPython()) === null) return NO_PYTHON;
  try {
    return { python: await environmentWith(REQUIREMENTS, 'dlt') };
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 'dlt could not be installed';
  }
}

/** One first load of the streams of the benchmark into a DuckDB file. */
export async function runDlt({ python }: Dlt, server: BenchServer): Promise<DltRun> {
  await using scratch = await openScratch('dlt');
  const folder = scratch.path;
  const order = {
    base_url: server.baseUrl,
    token: server.token,
    account_id: server.accountId,
    streams: ENTRY_STREAMS,
    folder,
  };
  const env = { RUNTIME__DLTHUB_TELEMETRY: 'false', DLT_DATA_DIR: folder };
  const run = await runMeasured(python, [LOAD, JSON.stringify(order)], { cwd: folder, env });
  const lines = run.stdout.trim().split('\n');
  const { rows, seconds } = JSON.parse(lines.at(-1) ?? '{}') as { rows: number; seconds: number };
  return { ...run, rows, seconds };
}
