/**
 * One run: lock → warehouse → account → tables → streams → names → history. Emits exactly one `run.finished`, last,
 * on every path, and never throws for a failure that has a code.
 */
import { hostname } from 'node:os';
import PQueue from 'p-queue';
import type { Catalog } from '../catalog/catalog.ts';
import { HOUSEKEEPING } from '../catalog/housekeeping.ts';
import { BUDGET_HISTORY, budgetHistoryOf, flatViewsOf } from '../catalog/tables.ts';
import { classify } from '../classify/classify.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import { readAccount, type Account } from '../harvest/account.ts';
import type { HarvestClient } from '../harvest/types.ts';
import { createSpoolFolder } from '../warehouse/spool-folder.ts';
import type { Lock, LockOwner, Warehouse, WarehouseDoor } from '../warehouse/warehouse.ts';
import { chooseStreams, type Choice, type StreamWords } from './choose.ts';
import type { RunContext } from './context.ts';
import { syncStreams } from './dispatch.ts';
import {
  failureOf,
  type Emit,
  type Failure,
  type RunResult,
  type StreamResult,
  type SyncEvent,
} from './events.ts';
import { Locks } from './locks.ts';
import { outcomeOf } from './outcome.ts';
import { applyRenames } from './renames.ts';
import { crashedRow, recordRun } from './run-log.ts';
import { RunStop } from './run-stop.ts';
import { StateBook } from './state.ts';
import { Tally } from './tally.ts';

export interface RunOptions extends StreamWords {
  readonly command: string;
  readonly fullRefresh: boolean;
  readonly allowShrink: boolean;
  readonly failFast: boolean;
  readonly runId: string;
  readonly timeoutMs: number | null;
}

export interface RunDeps {
  readonly config: Config;
  readonly catalog: Catalog;
  /** Makes the client; its events have to reach the given sink. */
  readonly openClient: (emit: Emit, signal: AbortSignal) => HarvestClient & AsyncDisposable;
  readonly door: WarehouseDoor;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly version: string;
  /** What started the run, such as a Cloud Run execution; null for a person. */
  readonly execution: string | null;
}

/** What is known of a run so far; filled in step by step. */
interface Progress {
  readonly begunAt: Date;
  readonly tally: Tally;
  readonly emit: Emit;
  choice: Choice | null;
  lock: Lock | null;
  warehouse: Warehouse | null;
  /** Whether the housekeeping tables are there to write to. */
  isPrepared: boolean;
  account: Account | null;
  isAnnounced: boolean;
  streams: readonly StreamResult[];
  renamed: number;
}

/** Carries out one run and tells how it ended. */
export async function runSync(options: RunOptions, deps: RunDeps): Promise<RunResult> {
  const tally = new Tally();
  const emit = (event: SyncEvent): void => {
    tally.hear(event);
    deps.emit(event);
  };
  const progress: Progress = {
    begunAt: deps.now(),
    tally,
    emit,
    choice: null,
    lock: null,
    warehouse: null,
    isPrepared: false,
    account: null,
    isAnnounced: false,
    streams: [],
    renamed: 0,
  };
  using stop = new RunStop(deps.signal, options);
  let failure: ConnectorError | null = null;
  try {
    await carryOut(options, deps, progress, stop);
    failure = stop.failure;
  } catch (error) {
    failure = stop.failure ?? classify(error);
  }
  announce(options, deps, progress);
  const planned = resultOf(failure, options, deps, progress);
  const leaving = await leave(planned, deps, progress);
  const result = leaving === null ? planned : resultOf(failure ?? leaving, options, deps, progress);
  emit({ event: 'run.finished', ...result });
  return result;
}

/** Everything between the lock and the history, in order. */
async function carryOut(
  options: RunOptions,
  deps: RunDeps,
  progress: Progress,
  stop: RunStop,
): Promise<void> {
  const choice = chooseStreams(options, deps.config, deps.catalog);
  progress.choice = choice;
  progress.lock = await deps.door.lock(ownerOf(options, deps, progress.begunAt));
  const warehouse = await deps.door.open();
  progress.warehouse = warehouse;
  await using client = deps.openClient(progress.emit, stop.signal);
  const account = await readAccount(client, stop.signal);
  progress.account = account;
  announce(options, deps, progress);
  assertVisible(account, deps.config);
  await prepareTables(warehouse, choice, deps, progress);
  await using spools = await createSpoolFolder();
  const { config, catalog, now } = deps;
  const { concurrency } = config.sync;
  const context: RunContext = {
    ...choice,
    config,
    catalog,
    account,
    client,
    warehouse,
    spools,
    now,
    runId: options.runId,
    startedAt: account.date,
    fullRefresh: options.fullRefresh,
    allowShrink: options.allowShrink,
    states: new StateBook(await warehouse.readStates()),
    changedMonths: new Map(),
    tally: progress.tally,
    locks: new Locks(),
    pools: { general: new PQueue({ concurrency }), reports: new PQueue({ concurrency }) },
    emit: progress.emit,
    signal: stop.signal,
  };
  progress.streams = await syncStreams(context, stop);
  if (stop.failure !== null) return;
  const failed = progress.streams.filter(({ outcome }) => outcome === 'failed').map(({ stream }) => stream);
  progress.renamed = await applyRenames(context, new Set(failed));
}

/** Tells that the run has begun, once: as soon as the account's name is known, at the latest before its end. */
function announce(options: RunOptions, deps: RunDeps, progress: Progress): void {
  if (progress.isAnnounced) return;
  progress.isAnnounced = true;
  progress.emit({
    event: 'run.started',
    command: options.command,
    account: accountLabel(deps, progress),
    warehouse: deps.door.label,
    streams: progress.choice?.chosen.size ?? 0,
    version: deps.version,
  });
}

function accountLabel({ config }: RunDeps, { account }: Progress): string {
  const { accountId } = config.harvest;
  return account?.name === undefined || account.name === null ? accountId : `${account.name} (${accountId})`;
}

/** @throws ConnectorError HARVEST_PARTIAL_VISIBILITY */
function assertVisible(account: Account, config: Config): void {
  if (account.isAdministrator || config.harvest.visibility === 'partial') return;
  const roles = account.roles.join(', ') || 'none';
  throw new ConnectorError(
    'HARVEST_PARTIAL_VISIBILITY',
    `${account.userName} is not an administrator of account ${config.harvest.accountId} (roles: ${roles}), so Harvest would send only what they may see, without saying so.`,
  );
}

/** Tables and views of the chosen streams, of those stored before, and of the connector itself. */
async function prepareTables(
  warehouse: Warehouse,
  choice: Choice,
  deps: RunDeps,
  progress: Progress,
): Promise<void> {
  const stored = await warehouse.counts([...choice.configured.keys()]);
  const wanted = [...choice.configured.values()].filter(
    ({ stream }) => choice.chosen.has(stream.name) || stored.has(stream.name),
  );
  const budget = wanted.find(({ stream }) => `${stream.name}_history` === BUDGET_HISTORY);
  const tables = [
    ...wanted.map(({ table }) => table),
    ...(budget === undefined ? [] : [budgetHistoryOf(budget.stream, budget.columns)]),
    ...Object.values(HOUSEKEEPING),
  ];
  const views = wanted.flatMap(({ stream, columns }) => flatViewsOf(stream, columns));
  const changes = await warehouse.ensure(tables, views);
  progress.isPrepared = true;
  for (const change of changes) progress.emit({ event: 'schema.changed', ...change });
  const abandoned = progress.lock?.abandoned ?? null;
  if (abandoned === null) return;
  await warehouse.append(HOUSEKEEPING.syncRuns, [crashedRow(abandoned, deps.now().toISOString())]);
  const { run_id: runId, host, pid } = abandoned;
  progress.emit({ event: 'lock.taken_over', run_id: runId, host, pid });
}

function ownerOf(options: RunOptions, deps: RunDeps, begunAt: Date): LockOwner {
  return {
    owner: `harvest-bq ${options.command} (${deps.config.connector})`,
    host: hostname(),
    pid: process.pid,
    started: begunAt.toISOString(),
    run_id: options.runId,
    command: options.command,
  };
}

/** Writes the history, closes the warehouse, gives the lock back. The first failure of these, or null. */
async function leave(result: RunResult, deps: RunDeps, progress: Progress): Promise<ConnectorError | null> {
  const { account, warehouse, lock, isPrepared } = progress;
  const { version, execution } = deps;
  const steps = [
    async () => {
      if (warehouse !== null && isPrepared)
        await recordRun(warehouse, result, { account, version, execution });
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

function resultOf(
  cause: ConnectorError | null,
  options: RunOptions,
  deps: RunDeps,
  progress: Progress,
): RunResult {
  const finishedAt = deps.now();
  const failure: Failure | null = cause === null ? null : failureOf(cause);
  const { outcome, exitCode } = outcomeOf(progress.streams, failure);
  return {
    run_id: options.runId,
    command: options.command,
    outcome,
    exit_code: exitCode,
    account: accountLabel(deps, progress),
    warehouse: deps.door.label,
    started_at: progress.begunAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    seconds: (finishedAt.getTime() - progress.begunAt.getTime()) / 1000,
    totals: progress.tally.totals(),
    retried: progress.tally.retried,
    renamed: progress.renamed,
    streams: progress.streams,
    failure,
  };
}
