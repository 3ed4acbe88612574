/** Reads what a report is made of from the connector's own tables, in whatever warehouse they stand. */
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import type { ReportedStream, ReportFacts } from '../../report/html/facts.ts';
import { failuresOf } from '../../report/html/failures.ts';
import { worstFirst } from '../../report/worst-first.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { readStatus } from '../freshness.ts';
import { readNewFields } from './new-fields.ts';
import { namedRows, numberIn, runIn, streamIn, waitsIn, type TextRow } from './values.ts';
import { verificationIn } from './verification.ts';

/** Runs that a report shows. */
const RUNS = 30;

/** Kinds of rejects and restated months that a report lists, the largest first. */
const MOST_KINDS = 100;

/** What is asked. */
export interface ReportRequest {
  /** The run that the report is about; null: the newest that was not by hand. */
  readonly runId: string | null;
  readonly config: Config;
  readonly catalog: Catalog;
  readonly version: string;
  readonly now: Date;
}

/**
 * Reads the facts of a report; a warehouse without any run has a report too.
 * @throws ConnectorError USAGE_INVALID where the run that was asked for is not noted
 */
export async function readFacts(warehouse: Warehouse, request: ReportRequest): Promise<ReportFacts> {
  const { config, catalog, now } = request;
  const own = await warehouse.counts(Object.values(HOUSEKEEPING).map(({ name }) => name));
  const newest = await warehouse.readHousekeeping(HOUSEKEEPING.syncRuns, 'started_at', RUNS);
  const run = await chooseRun(warehouse, newest, request);
  const ask = async (table: string, select: string, rest = ''): Promise<readonly TextRow[]> => {
    const id = run?.['run_id'] ?? '';
    if (!own.has(table) || !isPlainId(id)) return [];
    return namedRows(await warehouse.query(`SELECT ${select} FROM ${table} WHERE run_id = '${id}' ${rest}`));
  };
  const streams = lastOfEach(
    (await ask('_sync_streams', '*', 'ORDER BY stream')).map((row) =>
      streamIn(row, catalog.streams.get(row['stream'] ?? '')?.limit_class ?? 'general'),
    ),
  );
  const { include, exclude } = config.streams;
  const chosen = selectStreams(catalog, { include, exclude });
  const names = chosen.map(({ name }) => name);
  const { streams: freshness } = await readStatus(warehouse, names, 1, now);
  const reported = run === null ? null : runIn(run);
  return {
    generated_at: now.toISOString(),
    version: request.version,
    warehouse: warehouse.label,
    run: reported,
    streams,
    waits: run === null ? [] : waitsIn(run),
    failures: failuresOf(reported, streams),
    verification: verificationIn(run, newest),
    ...(await readFindings(ask)),
    drift: own.has('_schema_drift') ? await readNewFields(warehouse, chosen, config, now) : [],
    freshness: freshness.toSorted(worstFirst).map(({ last_run_id: _, ...facts }) => facts),
    runs: newest.map(runIn),
  };
}

/** Where an id was given to several runs, a stream counts as it ended last. */
function lastOfEach(streams: readonly ReportedStream[]): readonly ReportedStream[] {
  const inOrder = streams.toSorted((a, b) => ((a.finished_at ?? '') < (b.finished_at ?? '') ? -1 : 1));
  const last = new Map(inOrder.map((stream) => [stream.stream, stream]));
  return [...last.values()].toSorted((a, b) => (a.stream < b.stream ? -1 : 1));
}

type Ask = (table: string, select: string, rest?: string) => Promise<readonly TextRow[]>;

/** What the run has found: rejects by their reason, deletions by how they showed, restated months. */
async function readFindings(ask: Ask): Promise<Pick<ReportFacts, 'rejects' | 'deletions' | 'restatements'>> {
  const largest = `ORDER BY n DESC, stream LIMIT ${MOST_KINDS}`;
  const rejects = await ask(
    '_rejects',
    'stream, path, reason, COUNT(*) AS n, MIN(record_key) AS example_key',
    `GROUP BY stream, path, reason ${largest}`,
  );
  const deletions = await ask('_deletions', 'stream, how, COUNT(*) AS n', `GROUP BY stream, how ${largest}`);
  const restatements = await ask(
    '_restatements',
    'stream, period_start, COUNT(*) AS n',
    `GROUP BY stream, period_start ${largest}`,
  );
  const count = (row: TextRow): number => numberIn(row, 'n') ?? 0;
  return {
    rejects: rejects.map((row) => ({
      stream: row['stream'] ?? '',
      path: row['path'] ?? null,
      reason: row['reason'] ?? null,
      records: count(row),
      example_key: row['example_key'] ?? null,
    })),
    deletions: deletions.map((row) => ({
      stream: row['stream'] ?? '',
      how: row['how'] ?? '',
      rows: count(row),
    })),
    restatements: restatements.map((row) => ({
      stream: row['stream'] ?? '',
      period_start: row['period_start'] ?? '',
      values: count(row),
    })),
  };
}

/** Work by hand has rows of its own in the history, and nothing that a report could show. */
const BY_HAND = /^(state|erase|destroy)\b/;

async function chooseRun(
  warehouse: Warehouse,
  newest: readonly TextRow[],
  { runId }: ReportRequest,
): Promise<TextRow | null> {
  if (runId === null) return newest.find(({ command }) => !BY_HAND.test(command ?? '')) ?? newest[0] ?? null;
  const known = newest.find((row) => row['run_id'] === runId);
  if (known !== undefined) return known;
  const found =
    newest.length === 0 || !isPlainId(runId)
      ? []
      : namedRows(
          await warehouse.query(
            `SELECT * FROM _sync_runs WHERE run_id = '${runId}' ORDER BY started_at DESC LIMIT 1`,
          ),
        );
  if (found[0] !== undefined) return found[0];
  throw new ConnectorError('USAGE_INVALID', `${warehouse.label} knows of no run ${runId}`, {
    hint: 'List the runs with: harvest-bq status --runs 30',
    details: { command: 'report', run_id: runId },
  });
}

/** Ids become part of a statement; every id that a run can have is of this form. */
function isPlainId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(id);
}
