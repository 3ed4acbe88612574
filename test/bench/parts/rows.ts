/** Part 2: rows, without limits and latency: how fast, with how much processor time, in how much memory. */
import { attempt, linesOr } from '../support/attempt.ts';
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
    const peaks: Peaks = { duckdb: new Map(), bigquery: new Map() };
    for (const entries of sizes) {
      const what = `an account of ${round(entries)} entries`;
      options.say(what);
      const lines = await linesOr(what, 'missed', options.say, async () => {
        await using server = await startServer({
          sandbox: { ...ACCOUNT, size: entries, preparedEntries: true },
          bigQuery: true,
        });
        const loads = await loadBoth(server, entries, peaks, options);
        const besides = entries === sizes[1] ? await besideDlt(server, entries, options) : [];
        const smalls = entries === sizes.at(-1) ? await withSmallHeap(server, entries, options) : [];
        return [...loads, ...besides, ...smalls];
      });
      found.push(...lines);
    }
    return [...found, ...INTO.map((into) => memoryGrowth(into, peaks[into], sizes))];
  },
};

const INTO = ['duckdb', 'bigquery'] as const;

type Into = (typeof INTO)[number];

/** The peak memory of the runs that went well, in MB, by the entries of the account. */
type Peaks = Readonly<Record<Into, Map<number, number>>>;

const NAMES = { duckdb: 'DuckDB', bigquery: 'BigQuery’s uploads' } as const;

type Server = Awaited<ReturnType<typeof startServer>>;

async function loadBoth(
  server: Server,
  entries: number,
  peaks: Peaks,
  options: BenchOptions,
): Promise<readonly Line[]> {
  const found: Line[] = [];
  for (const into of INTO) {
    const lines = await linesOr(
      `${round(entries)} entries → ${NAMES[into]}`,
      'missed',
      options.say,
      async () => {
        const before = await server.taken();
        const run = await load(server, entries, { into }, options);
        peaks[into].set(entries, run.peakMb);
        return linesOf(entries, into, run, (await server.taken()).uploadedBytes - before.uploadedBytes);
      },
    );
    found.push(...lines);
  }
  return found;
}

/** How much more memory the largest account takes than the smallest. */
function memoryGrowth(into: Into, peaks: ReadonlyMap<number, number>, sizes: readonly number[]): Line {
  const smallest = sizes[0] ?? 0;
  const largest = sizes.at(-1) ?? 0;
  const what = `${NAMES[into]}: memory, ${round(smallest)} to ${round(largest)} entries`;
  const [from, to] = [peaks.get(smallest), peaks.get(largest)];
  if (from === undefined || to === undefined) return skipped(what, 'one of the two runs broke');
  return atMost(what, to / from, MOST_GROWTH, ' ×', 2);
}

/** A run with little heap: the flag takes the place of the one that the program would choose. */
function withSmallHeap(server: Server, entries: number, options: BenchOptions): Promise<readonly Line[]> {
  const flag = `--max-old-space-size=${SMALL_HEAP_MB}`;
  const what = `${round(entries)} entries → DuckDB with ${flag}`;
  return linesOr(what, 'missed', options.say, async () => {
    const run = await load(server, entries, { into: 'duckdb', node: [flag] }, options);
    return [noted(what, `${round(run.seconds)} s, ${round(run.peakMb)} MB, all rows stored`)];
  });
}

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

function linesOf(entries: number, into: Into, run: ConnectorRun, uploadedBytes: number): readonly Line[] {
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

/**
 * dlt on the same server, between two runs of the connector, so that what else the machine does strikes both. With the account in
 * the middle: the start of our process is in its time, and that of dlt's is not.
 */
async function besideDlt(server: Server, entries: number, options: BenchOptions): Promise<readonly Line[]> {
  const what = `${round(entries)} entries → DuckDB: rows/s against dlt`;
  const dlt = await openDlt(options.say);
  if (typeof dlt === 'string') return [skipped(what, dlt)];
  return linesOr(what, 'missed', options.say, async () => {
    const before = await load(server, entries, { into: 'duckdb' }, options);
    const other = await attempt(options.say, () => runDlt(dlt, server));
    if ('broken' in other) return [skipped(what, `dlt ${other.broken}`)];
    const after = await load(server, entries, { into: 'duckdb' }, options);
    const own = (before.rows + after.rows) / (before.seconds + after.seconds);
    const theirs = other.value.rows / other.value.seconds;
    return [
      noted(`${round(entries)} entries with dlt → DuckDB: rows/s`, round(theirs)),
      atLeast(what, own / theirs, LEAST_TIMES_DLT, ' ×', 1),
    ];
  });
}
