/** The tables of a run: made and brought up to date before its streams begin; the history after its end. */
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import { BUDGET_HISTORY, budgetHistoryOf, flatViewsOf, seenBy } from '../catalog/tables.ts';
import { classify } from '../classify/classify.ts';
import type { ConnectorError } from '../errors.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Choice } from './choose.ts';
import type { RunResult } from '../events.ts';
import { historiesOf, historyOfStream } from './histories.ts';
import { crashedRow, recordRun } from './run-log.ts';
import type { Progress, RunDeps } from './run-progress.ts';
import { limitedRole } from './visibility.ts';

/** Tables as a run found and left them. */
export interface PreparedTables {
  /** Those that had no rows, or got a table or column anew: what the notes say of their content may not hold. */
  readonly renewed: ReadonlySet<string>;
  /** Those that were not there. */
  readonly made: ReadonlySet<string>;
}

/** Nothing was made. */
export const AS_THEY_WERE: PreparedTables = { renewed: new Set(), made: new Set() };

/** Makes the tables and views of the chosen streams, of those stored before, and of the connector itself. */
export async function prepareTables(
  warehouse: Warehouse,
  choice: Choice,
  deps: RunDeps,
  progress: Progress,
): Promise<PreparedTables> {
  const names = [...choice.configured.keys(), BUDGET_HISTORY];
  const stored = await warehouse.counts(names);
  const wanted = [...choice.configured.values()].filter(
    ({ stream }) => choice.chosen.has(stream.name) || stored.has(stream.name),
  );
  const role = limitedRole(progress.account);
  const histories = historiesOf(choice.configured, deps.config);
  const versions = wanted
    .map((chosen) => historyOfStream(chosen, { histories }))
    .filter((table) => table !== null);
  const budget = wanted.find(({ stream }) => `${stream.name}_history` === BUDGET_HISTORY);
  const tables = [
    ...wanted.map(({ table }) => table),
    ...versions.map((table) => seenBy(table, role)),
    ...(budget === undefined ? [] : [seenBy(budgetHistoryOf(budget.stream, budget.columns), role)]),
    ...Object.values(HOUSEKEEPING),
  ];
  const views = wanted.flatMap(({ stream, columns }) => flatViewsOf(stream, columns));
  const changes = await warehouse.ensure(tables, views);
  for (const change of changes) progress.emit({ event: 'schema.changed', ...change });
  progress.isPrepared = true;
  await noteAbandoned(warehouse, deps, progress);
  const empty = names.filter((name) => (stored.get(name) ?? 0) === 0);
  const made = changes.filter(({ change }) => change === 'table created');
  return {
    renewed: new Set([...empty, ...changes.map(({ table }) => table)]),
    made: new Set(made.map(({ table }) => table)),
  };
}

/** Writes down the run whose process was killed, where its lock was found and there is a history to write to. */
export async function noteAbandoned(warehouse: Warehouse, deps: RunDeps, progress: Progress): Promise<void> {
  const abandoned = progress.lock?.abandoned ?? null;
  if (abandoned === null || progress.isAbandonedNoted || !(await hasHistory(warehouse, progress))) return;
  await warehouse.append(HOUSEKEEPING.syncRuns, [crashedRow(abandoned, deps.now().toISOString())]);
  progress.isAbandonedNoted = true;
  const { run_id: runId, host, pid } = abandoned;
  progress.emit({ event: 'lock.taken_over', gone_run_id: runId, host, pid });
}

/** Writes the history, closes the warehouse, gives the lock back. The first failure of these, or null. */
export async function leave(
  result: RunResult,
  deps: RunDeps,
  progress: Progress,
): Promise<ConnectorError | null> {
  const { account, warehouse, lock, deletionsOff, timeline } = progress;
  const { version, execution } = deps;
  const steps = [
    async () => {
      if (warehouse === null || !(await hasHistory(warehouse, progress))) return;
      await recordRun(warehouse, result, { account, version, execution, deletionsOff, timeline });
    },
    async () => warehouse?.[Symbol.asyncDispose](),
    async () => lock?.release(),
  ];
  let failure: ConnectorError | null = null;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failure ??= classify(error);
    }
  }
  return failure;
}

/** Whether there is a history to write to; one that an older version made gets the columns that it lacks. */
async function hasHistory(warehouse: Warehouse, progress: Progress): Promise<boolean> {
  if (progress.isPrepared) return true;
  const { syncRuns, syncStreams } = HOUSEKEEPING;
  if ((await warehouse.counts([syncRuns.name, syncStreams.name])).size < 2) return false;
  await warehouse.ensure([syncRuns, syncStreams], []);
  return true;
}
