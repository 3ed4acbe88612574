/** What a run leaves in `_sync_runs` and `_sync_streams`. Pure but for the last function. */
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import type { Account } from '../harvest/account.ts';
import { roleOf } from '../harvest/permissions.ts';
import type { Row } from '../warehouse/table.ts';
import type { LockOwner } from '../warehouse/door.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Counts, RunResult, StreamResult } from '../events.ts';
import { modulesText, visibilityOf } from './visibility.ts';

/** What is known of a run beside its result. */
export interface RunFacts {
  readonly account: Account | null;
  readonly version: string;
  /** What started it, such as a Cloud Run execution; null for a person. */
  readonly execution: string | null;
  /** See RunContext.deletionsOff. */
  readonly deletionsOff: string | null;
}

function countColumns(counts: Counts): Row {
  return {
    rows_fetched: counts.fetched,
    rows_loaded: counts.loaded,
    rows_rejected: counts.rejected,
    rows_skipped: counts.skipped,
    rows_deleted: counts.deleted,
    requests: counts.requests,
  };
}

/** The row of a finished run. */
export function runRow(result: RunResult, { account, version, execution, deletionsOff }: RunFacts): Row {
  const compared = result.verification?.outcome === 'nothing' ? undefined : result.verification;
  return {
    run_id: result.run_id,
    command: result.command,
    started_at: result.started_at,
    finished_at: result.finished_at,
    outcome: result.outcome,
    exit_code: result.exit_code,
    ...countColumns(result.totals),
    error_code: result.failure?.code ?? null,
    account: result.account,
    ...sightColumns(account),
    deletions_off: deletionsOff,
    verified: compared?.outcome ?? null,
    differences: compared?.differences ?? null,
    version,
    execution,
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
export function streamRow(runId: string, result: StreamResult): Row {
  return {
    run_id: runId,
    stream: result.stream,
    outcome: result.outcome,
    error_code: result.failure?.code ?? null,
    ...countColumns(result),
    seconds: result.seconds.toFixed(3),
    bytes_billed: result.bytes_billed,
  };
}

/** Writes the history of a run. */
export async function recordRun(warehouse: Warehouse, result: RunResult, facts: RunFacts): Promise<void> {
  await warehouse.append(
    HOUSEKEEPING.syncStreams,
    result.streams.map((stream) => streamRow(result.run_id, stream)),
  );
  await warehouse.append(HOUSEKEEPING.syncRuns, [runRow(result, facts)]);
}
