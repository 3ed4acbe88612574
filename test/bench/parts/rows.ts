/** Part 2: rows, without limits and latency: how fast, with how much processor time, in how much memory. */
import { runConnector, type ConnectorOptions, type ConnectorRun } from '../support/connector.ts';
import { ACCOUNT, ENTRY_STREAMS, type BenchOptions, type Part } from '../support/part.ts';
import { atLeast, atMost, noted, round, skipped, type Line } from '../support/result.ts';
import { startServer } from '../support/server.ts';
import { openDlt, runDlt } from '../support/dlt.ts';

const LEAST_ROWS_PER_SECOND = 40_000;
const MOST_MB = 350;
const MOST_GROWTH = 1.2;
const LEAST_TIMES_DLT = 10;

/** Heap that a first load of two million entries has to be content with, in MB. */
const SMALL_HEAP_MB = 256;

/** First loads of several sizes into DuckDB and up to BigQuery's uploads, one of them beside dlt. */
export const rows: Part = {
  name: 'rows',
  title: 'Rows, without limits and latency',
  run: async (options) => {
    const sizes = options.quick ? [10_000, 50_000] : [100_000, 500_000, 2_000_000];
    const found: Line[] = [];
    const peaks = { duckdb: [] as number[], bigquery: [] as number[] };
    for (const [at, entries] of sizes.entries()) {
      options.say(`an account of ${round(entries)} entries`);
      await using server = await startServer({
        sandbox: { ...ACCOUNT, size: entries, preparedEntries: true },
        bigQuery: true,
      });
      for (const into of ['duckdb', 'bigquery'] as const) {
        const before = await server.taken();
        const run = await load(server, entries, { into }, options);
        const uploaded = (await server.taken()).uploadedBytes - before.uploadedBytes;
        peaks[into].push(run.peakMb);
        found.push(...linesOf(entries, into, run, uploaded));
      }
      if (at === 0) found.push(...(await besideDlt(server, entries, options)));
      if (at === sizes.length - 1) {
        const node = [`--max-old-space-size=${SMALL_HEAP_MB}`];
        const run = await load(server, entries, { into: 'duckdb', node }, options);
        const what = `${round(entries)} entries → DuckDB with ${node[0]}`;
        found.push(noted(what, `${round(run.seconds)} s, ${round(run.peakMb)} MB, all rows stored`));
      }
    }
    for (const into of ['duckdb', 'bigquery'] as const) {
      const growth = (peaks[into].at(-1) ?? Number.NaN) / (peaks[into][0] ?? Number.NaN);
      const span = `${round(sizes[0] ?? 0)} to ${round(sizes.at(-1) ?? 0)}`;
      found.push(atMost(`${NAMES[into]}: memory, ${span} entries`, growth, MOST_GROWTH, ' ×', 2));
    }
    return found;
  },
};

const NAMES = { duckdb: 'DuckDB', bigquery: 'BigQuery’s uploads' } as const;

type Server = Awaited<ReturnType<typeof startServer>>;

async function load(
  server: Server,
  entries: number,
  options: ConnectorOptions,
  { say }: BenchOptions,
): Promise<ConnectorRun> {
  const run = await runConnector(server, { streams: ENTRY_STREAMS, ...options });
  if (run.rows < entries) throw new Error(`${run.rows} rows were read of ${entries} entries`);
  say(`${options.into}: ${round(run.rows / run.seconds)} rows/s, ${round(run.peakMb)} MB`);
  return run;
}

function linesOf(
  entries: number,
  into: 'duckdb' | 'bigquery',
  run: ConnectorRun,
  uploadedBytes: number,
): readonly Line[] {
  const what = `${round(entries)} entries → ${NAMES[into]}`;
  const speed = run.rows / run.seconds;
  return [
    into === 'duckdb'
      ? atLeast(`${what}: rows/s`, speed, LEAST_ROWS_PER_SECOND, '')
      : noted(`${what}: rows/s`, `${round(speed)}, ${round(uploadedBytes / 1e6)} MB uploaded`),
    noted(`${what}: processor per 100,000 rows`, `${round((run.cpuSeconds / run.rows) * 1e5, 1)} s`),
    atMost(`${what}: peak memory`, run.peakMb, MOST_MB, ' MB'),
  ];
}

/** dlt on the same server, between two runs of the connector, so that what else the machine does strikes both. */
async function besideDlt(server: Server, entries: number, options: BenchOptions): Promise<readonly Line[]> {
  const what = 'rows/s against dlt';
  const dlt = await openDlt(options.say);
  if (typeof dlt === 'string') return [skipped(what, dlt)];
  const before = await load(server, entries, { into: 'duckdb' }, options);
  const other = await runDlt(dlt, server);
  const after = await load(server, entries, { into: 'duckdb' }, options);
  const own = (before.rows + after.rows) / (before.seconds + after.seconds);
  const theirs = other.rows / other.seconds;
  return [
    noted(`${round(entries)} entries with dlt → DuckDB: rows/s`, round(theirs)),
    atLeast(`${round(entries)} entries → DuckDB: ${what}`, own / theirs, LEAST_TIMES_DLT, ' ×', 1),
  ];
}
