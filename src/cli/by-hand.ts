/** Work on a warehouse by hand: under the lock of a run, with a row of its own in the history. */
import { hostname } from 'node:os';
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import { classify } from '../classify/classify.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import { EXIT_CODES } from '../error-kinds.ts';
import { crashedRow } from '../sync/run-log.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { CliContext } from './context.ts';
import { newRunId } from './run-id.ts';
import type { WarehousePlace } from './warehouse-door.ts';

/** What is done, and whether a row of the history tells of it. */
export interface HandWork<Result> {
  readonly command: string;
  readonly isNoted: boolean;
  /** Whether a warehouse that is not there is made; absent: it is missed. */
  readonly creates?: boolean;
  readonly work: (
    warehouse: Warehouse,
    run: { readonly runId: string; readonly at: string },
  ) => Promise<Result>;
}

/**
 * Does some work on the warehouse of a place while nobody else does.
 * @throws ConnectorError WAREHOUSE_MISSING, RUN_LOCKED, and what the work throws
 */
export async function workByHand<Result>(
  { command, isNoted, creates = false, work }: HandWork<Result>,
  place: WarehousePlace,
  config: Config,
  context: CliContext,
): Promise<Result> {
  const door = await place.door();
  if (!creates && !(await door.exists()))
    throw new ConnectorError('WAREHOUSE_MISSING', `${door.label} does not exist yet`);
  const begunAt = context.now().toISOString();
  const runId = newRunId(context.now());
  const lock = await door.lock({
    owner: `harvest-bq ${command} (${config.connector})`,
    host: hostname(),
    pid: process.pid,
    started: begunAt,
    run_id: runId,
    command,
  });
  try {
    await using warehouse = await door.open({
      runId,
      signal: context.signal,
      onJob: () => undefined,
      onRetry: () => undefined,
    });
    const note = async (error: ConnectorError | null): Promise<void> => {
      if (!isNoted) return;
      const { syncRuns } = HOUSEKEEPING;
      await warehouse.ensure([syncRuns], []);
      const finishedAt = context.now().toISOString();
      if (lock.abandoned !== null) await warehouse.append(syncRuns, [crashedRow(lock.abandoned, finishedAt)]);
      const row = {
        run_id: runId,
        command,
        started_at: begunAt,
        finished_at: finishedAt,
        version: context.version,
      };
      await warehouse.append(syncRuns, [{ ...row, ...endOf(error) }]);
    };
    try {
      const result = await work(warehouse, { runId, at: begunAt });
      await note(null);
      return result;
    } catch (cause) {
      const error = classify(cause);
      // what failed is told whether it can be noted or not
      await note(error).catch(() => undefined);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

function endOf(error: ConnectorError | null) {
  if (error === null) return { outcome: 'ok', exit_code: 0, error_code: null };
  return { outcome: 'failed', exit_code: EXIT_CODES[error.kind], error_code: error.code };
}
