import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BIN, documentOf, ended, startCli, temporaryFolder } from '../cli/support/run-cli.ts';
import { withFile } from '../support/tables.ts';
import { COMPARED_AT_ONCE } from '../../src/warehouse/duckdb/compare-ranges.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import type { Row } from '../../src/warehouse/table.ts';
import { CLIENTS, client, Workbench } from '../warehouse/workbench.ts';

/**
 * A ceiling that a leak would break through, in MB. What is aimed at, and what was measured, stands in
 * docs/performance.md; the figures of each run are printed.
 */
const CEILING_MB = 500;

/** The stream that grows with history, and what its rows refer to. */
const STREAMS = ['time_entries', 'users', 'clients', 'projects', 'tasks'];

interface Measured {
  readonly entries: number;
  readonly rows: number;
  readonly distinct: number;
  readonly rejected: number;
  readonly peakMb: number;
  readonly rowsPerSecond: number;
  readonly requests: number;
}

/** Loads so many entries from a sandbox in a process of its own, so that only the connector is measured. */
async function measure(entries: number): Promise<Measured> {
  await using folder = await temporaryFolder();
  const server = startCli(['sandbox', '--size', String(entries), '--port', '0', '-o', 'json']);
  const serving = ended(server);
  try {
    const config = await configOf(server);
    await writeFile(join(folder.path, 'harvest-bq.yaml'), config);
    const child = spawn(process.execPath, [BIN, 'sync', ...STREAMS, '-o', 'json', '-q'], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const peak = watchPeak(child);
    const run = await ended(child);
    const document = documentOf(run);
    if (run.code !== 0) throw new Error(`sync ended with ${run.code}: ${run.stdout}`);
    const { totals, streams } = document.data as {
      totals: { requests: number; rejected: number };
      streams: readonly { stream: string; seconds: number }[];
    };
    const seconds = streams.find(({ stream }) => stream === 'time_entries')?.seconds ?? Number.NaN;
    const path = join(folder.path, 'harvest_sandbox.duckdb');
    const [counts] = await withFile(path, (rows) =>
      rows('SELECT count(*), count(DISTINCT id) FROM time_entries'),
    );
    return {
      entries,
      rows: Number(counts?.[0]),
      distinct: Number(counts?.[1]),
      rejected: totals.rejected,
      peakMb: Math.round((await peak) / 1024),
      rowsPerSecond: Math.round(entries / seconds),
      requests: totals.requests,
    };
  } finally {
    server.kill('SIGTERM');
    await serving;
  }
}

/** The configuration that a sandbox prints once it serves. */
async function configOf(server: ChildProcess): Promise<string> {
  let said = '';
  while (!said.includes('warnings')) said += ((await once(server.stdout ?? server, 'data')) as [string])[0];
  return (JSON.parse(said) as { data: { config_yaml: string } }).data.config_yaml;
}

/**
 * The most physical memory a process ever had, in kB. The kernel keeps that mark itself (VmHWM), so that a look ten
 * times a second misses only what the last tenth of a second adds.
 */
async function watchPeak(child: ChildProcess): Promise<number> {
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return peak;
}

describe('a first load', () => {
  it('of 500,000 time entries takes hardly more memory than one of 50,000, and stores them all', async () => {
    const small = await measure(50_000);
    const large = await measure(500_000);
    process.stderr.write(`${JSON.stringify({ small, large })}\n`);
    for (const { entries, rows, distinct, rejected } of [small, large]) {
      expect({ rows, distinct, rejected }).toEqual({ rows: entries, distinct: entries, rejected: 0 });
    }
    expect(large.peakMb).toBeLessThan(CEILING_MB);
  });
});

describe('a list that is compared in parts', () => {
  it('of 1,200,000 rows is told what changes in each, and what does not', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'parts.duckdb');
    await using bench = await Workbench.open(
      () => openDuckDb({ path, mode: 'readwrite', create: true }),
      [CLIENTS],
    );
    const rows = 1_200_000;
    expect(rows).toBeGreaterThan(2 * COMPARED_AT_ONCE);
    const all = (name: (id: number) => string, updated: (id: number) => number, count = rows): Row[] =>
      Array.from({ length: count }, (_, id) => client(id, name(id), updated(id)));
    const first = await bench.load(
      CLIENTS,
      all(String, () => 1),
    );
    expect(first).toMatchObject({ inserted: rows, updated: 0, unchanged: 0 });
    const isOther = (id: number): boolean => id % 100_000 === 0;
    const second = await bench.load(
      CLIENTS,
      all(
        (id) => (isOther(id) ? 'other' : String(id)),
        (id) => (isOther(id) ? 2 : 1),
        rows + 5,
      ),
    );
    // the hundred-thousands from 0 on; the one after the last row is new
    expect(second).toMatchObject({ inserted: 5, updated: 12, unchanged: rows - 12 });
  });
});
