/** What the housekeeping tables say about every stream: how fresh, how it ended last, what was rejected. */
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import { roleOf } from '../harvest/permissions.ts';
import { ACCOUNT, storedVisibility } from '../sync/visibility.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

/** One stream as the warehouse knows it. */
export interface StreamStatus {
  readonly stream: string;
  /** What the table is complete up to: ISO instant; null where no run has completed it. */
  readonly fresh_to: string | null;
  readonly age_seconds: number | null;
  /** How its newest run ended; null where there was none. */
  readonly last_outcome: string | null;
  readonly last_error: string | null;
  readonly last_run_id: string | null;
  /** Failures since it last went well. */
  readonly failures: number;
  /** Rows in its table; null where there is no table. */
  readonly rows: number | null;
  readonly rejects_7d: number;
}

/** One run, newest first, as `_sync_runs` has it; values as text. */
export type RunRow = Readonly<Record<string, string | null>>;

/** What the token of the last run that was let through could see. */
export interface SightStatus {
  readonly visibility: 'full' | 'partial';
  readonly role: string;
  /** Role and grants as Harvest names them. */
  readonly grants: readonly string[];
  /** Whether each module is switched on; null: the role may not know. */
  readonly modules: Readonly<Record<string, boolean | null>>;
}

/** All that `status` shows. */
export interface WarehouseStatus {
  /** Null where no run has noted it. */
  readonly sight: SightStatus | null;
  readonly streams: readonly StreamStatus[];
  readonly runs: readonly RunRow[];
  /** How many streams the newest run with streams had, and how many of them went well. */
  readonly lastRun: { readonly ok: number; readonly total: number };
}

const WEEK_MS = 7 * 86_400_000;

/** The newest outcome of every stream, and the time it last went well. */
const OUTCOMES_SQL = `
SELECT s.stream, s.run_id, s.outcome, s.error_code, r.started_at
FROM _sync_streams AS s
JOIN _sync_runs AS r ON r.run_id = s.run_id
ORDER BY r.started_at DESC
LIMIT 20000`;

/** Reads the status of streams from a warehouse that may be empty. */
export async function readStatus(
  warehouse: Warehouse,
  streams: readonly string[],
  runLimit: number,
  now: Date,
): Promise<WarehouseStatus> {
  const own = await warehouse.counts(['_sync_runs', '_sync_streams', '_rejects']);
  const has = (table: string): boolean => own.has(table);
  const runs = has('_sync_runs')
    ? await warehouse.readHousekeeping(HOUSEKEEPING.syncRuns, 'started_at', runLimit)
    : [];
  const ends = has('_sync_streams') && has('_sync_runs') ? (await warehouse.query(OUTCOMES_SQL)).rows : [];
  const outcomes = outcomesOf(ends);
  const rejects = has('_rejects') ? await readRejects(warehouse, now) : new Map<string, number>();
  const states = await warehouse.readStates();
  const counts = await warehouse.counts(streams);
  const list = streams.map((stream) => {
    const past = outcomes.get(stream) ?? NO_PAST;
    const freshTo = later(states.get(stream)?.cursor ?? null, past.lastOkAt);
    return {
      stream,
      fresh_to: freshTo,
      age_seconds: freshTo === null ? null : ageOf(freshTo, now),
      last_outcome: past.outcome,
      last_error: past.error,
      last_run_id: past.runId,
      failures: past.failures,
      rows: counts.get(stream) ?? null,
      rejects_7d: rejects.get(stream) ?? 0,
    };
  });
  const lastRun = countsOf(ends, runs[0]?.['run_id'] ?? null);
  return { streams: list, runs, lastRun, sight: sightOf(states.get(ACCOUNT)?.state) };
}

function sightOf(state: unknown): SightStatus | null {
  const stored = storedVisibility(state);
  if (stored === null) return null;
  const role = roleOf(stored.roles);
  const visibility = role === 'administrator' ? 'full' : 'partial';
  return { visibility, role, grants: stored.roles, modules: stored.modules };
}

/** In whole seconds; never below 0, since Harvest's clock may be ahead of the one here. */
function ageOf(instant: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1000));
}

interface Past {
  readonly outcome: string | null;
  readonly error: string | null;
  readonly runId: string | null;
  readonly lastOkAt: string | null;
  readonly failures: number;
}

const NO_PAST: Past = { outcome: null, error: null, runId: null, lastOkAt: null, failures: 0 };

/** Rows of OUTCOMES_SQL, newest first. */
type Ends = readonly (readonly (string | null)[])[];

/** Of the streams of a run that were not skipped, those that went well. */
function countsOf(ends: Ends, lastRunId: string | null): WarehouseStatus['lastRun'] {
  const outcomes = ends.filter(([, runId]) => runId === lastRunId).map(([, , outcome]) => outcome);
  const ok = outcomes.filter((outcome) => outcome === 'ok').length;
  return { ok, total: ok + outcomes.filter((outcome) => outcome === 'failed').length };
}

function outcomesOf(rows: Ends): Map<string, Past> {
  const pasts = new Map<string, Past>();
  for (const [stream, runId = null, outcome = null, error = null, startedAt = null] of rows) {
    if (stream === null || stream === undefined) continue;
    const past = pasts.get(stream) ?? { ...NO_PAST, outcome, error, runId };
    const isOk = outcome === 'ok' && startedAt !== null;
    pasts.set(stream, {
      ...past,
      lastOkAt: past.lastOkAt ?? (isOk ? toIso(startedAt) : null),
      failures: past.failures + (past.lastOkAt === null && outcome === 'failed' ? 1 : 0),
    });
  }
  return pasts;
}

async function readRejects(warehouse: Warehouse, now: Date): Promise<Map<string, number>> {
  const since = new Date(now.getTime() - WEEK_MS).toISOString();
  const { rows } = await warehouse.query(
    `SELECT stream, COUNT(*) FROM _rejects WHERE rejected_at > '${since}' GROUP BY stream`,
  );
  return new Map(rows.map(([stream, count]) => [stream ?? '', Number(count)]));
}

/** The later of two instants; an absent one loses. */
function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return Date.parse(one) >= Date.parse(other) ? one : other;
}

/** Text of a warehouse's TIMESTAMP (`2026-11-20 06:00:02+00`) as an ISO instant. */
export function toIso(text: string): string {
  const iso = text.replace(' ', 'T').replace(/\+00(:?00)?$/, 'Z');
  return new Date(/[Z+]|-\d\d:?\d\d$/.test(iso.slice(10)) ? iso : `${iso}Z`).toISOString();
}
