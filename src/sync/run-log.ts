/** What a run leaves in `_sync_runs` and `_sync_streams`. Pure but for the last function. */
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import type { Account } from '../harvest/account.ts';
import { roleOf } from '../harvest/permissions.ts';
import type { Row } from '../warehouse/table.ts';
import type { LockOwner } from '../warehouse/door.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Counts, Failure, RunResult, StreamResult } from '../events.ts';
import type { Verification } from '../verification.ts';
import type { StreamSpan, Timeline } from './timeline.ts';
import { modulesText, visibilityOf } from './visibility.ts';

/** What is known of a run beside its result. */
export interface RunFacts {
  readonly account: Account | null;
  readonly version: string;
  /** What started it, such as a Cloud Run execution; null for a person. */
  readonly execution: string | null;
  /** See RunContext.deletionsOff. */
  readonly deletionsOff: string | null;
  readonly timeline: Pick<Timeline, 'span' | 'waits'>;
}

/** Longer texts are cut: a message is to be read. */
const LONGEST_TEXT = 2000;

function countColumns(counts: Counts): Row {
  return {
    rows_fetched: counts.fetched,
    rows_loaded: counts.loaded,
    rows_rejected: counts.rejected,
    rows_skipped: counts.skipped,
    rows_deleted: counts.deleted,
    requests: counts.requests,
    rows_inserted: counts.inserted,
    rows_updated: counts.updated,
  };
}

/**
 * A failure in words. The token's owner is not named: what is stored about a person has to be found again when that
 * person is erased.
 */
function failureColumns(failure: Failure | null, account: Account | null): Row {
  const tell = (text: string): string => {
    const name = account?.userName ?? '';
    const told = name === '' ? text : text.replaceAll(name, "The token's owner");
    return told.length <= LONGEST_TEXT ? told : `${told.slice(0, LONGEST_TEXT - 1)}…`.toWellFormed();
  };
  return {
    error_code: failure?.code ?? null,
    error_message: failure === null ? null : tell(failure.message),
    next_step: failure === null ? null : tell(failure.hint),
  };
}

/** A comparison without what was found in rows: keys and values may belong to a person. */
function comparisonText({ found: _, ...counts }: Verification): string {
  return JSON.stringify(counts);
}

/** The row of a finished run. */
export function runRow(result: RunResult, facts: RunFacts): Row {
  const { account, version, execution, deletionsOff, timeline } = facts;
  const waits = timeline.waits();
  const compared = result.verification?.outcome === 'nothing' ? undefined : result.verification;
  return {
    run_id: result.run_id,
    command: result.command,
    started_at: result.started_at,
    finished_at: result.finished_at,
    outcome: result.outcome,
    exit_code: result.exit_code,
    ...countColumns(result.totals),
    ...failureColumns(result.failure, account),
    account: result.account,
    ...sightColumns(account),
    deletions_off: deletionsOff,
    verified: compared?.outcome ?? null,
    differences: compared?.differences ?? null,
    version,
    execution,
    requests_retried: result.retried,
    waits: waits.length === 0 ? null : JSON.stringify(waits),
    verification: compared === undefined ? null : comparisonText(compared),
  };
}

/** What the token saw; open where Harvest never answered. */
function sightColumns(account: Account | null): Row {
  if (account === null) return { role: null, grants: null, modules: null, visibility: null };
  const { roles } = visibilityOf(account);
  return {
    role: roleOf(roles),
    grants: roles.join(', '),
    modules: modulesText(account),
    visibility: account.isAdministrator ? 'full' : 'partial',
  };
}

/** The row of a run whose process was killed, known from the lock that it left behind. */
export function crashedRow(owner: LockOwner, noticedAt: string): Row {
  return {
    run_id: owner.run_id,
    command: owner.command,
    started_at: owner.started,
    finished_at: noticedAt,
    outcome: 'crashed',
  };
}

/** The row of a stream in a run. */
export function streamRow(
  runId: string,
  result: StreamResult,
  { startedAt, finishedAt }: StreamSpan,
  account: Account | null,
): Row {
  return {
    run_id: runId,
    stream: result.stream,
    outcome: result.outcome,
    ...failureColumns(result.failure, account),
    ...countColumns(result),
    seconds: result.seconds.toFixed(3),
    bytes_billed: result.bytes_billed,
    started_at: startedAt,
    finished_at: finishedAt,
    reason: result.reason,
  };
}

/** Writes the history of a run. */
export async function recordRun(warehouse: Warehouse, result: RunResult, facts: RunFacts): Promise<void> {
  await warehouse.append(
    HOUSEKEEPING.syncStreams,
    result.streams.map((stream) =>
      streamRow(result.run_id, stream, facts.timeline.span(stream.stream), facts.account),
    ),
  );
  await warehouse.append(HOUSEKEEPING.syncRuns, [runRow(result, facts)]);
}
