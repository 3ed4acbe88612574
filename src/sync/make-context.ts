/**
 * What the streams of a run share, made once the login and the warehouse are there: the checkpoints, the tables, and
 * what has changed in the configuration since the run before.
 */
import PQueue from 'p-queue';
import { ReadAhead } from '../harvest/read-ahead.ts';
import type { HarvestClient } from '../harvest/types.ts';
import type { Account } from '../harvest/account.ts';
import { Locks } from '../locks.ts';
import type { SpoolFolder } from '../warehouse/spool-folder.ts';
import type { StoredState, Warehouse } from '../warehouse/warehouse.ts';
import { asSeenBy, type Choice } from './choose.ts';
import { carryOutPlan, planOfRun, refreshedBy, withRefreshed } from './column-choice.ts';
import { NO_PLAN } from './column-notes.ts';
import type { RunContext } from './context.ts';
import { erasedIds, withoutErased } from './erase/eraser.ts';
import { forgetContent, forgetSeen } from './forget.ts';
import { historiesOf } from './histories.ts';
import { LoadBell } from './load-progress.ts';
import { namesSince } from './renames.ts';
import type { Progress, RunDeps, RunOptions } from './run-progress.ts';
import { AS_THEY_WERE, prepareTables } from './run-tables.ts';
import { takeUpStartDate } from './start-date.ts';
import { StateBook } from './state.ts';
import {
  ACCOUNT,
  deletionsOff,
  isSameVisibility,
  limitedRole,
  seesMore,
  storedVisibility,
  visibilityOf,
} from './visibility.ts';

/** What a run has opened. */
export interface OpenParts {
  /** The streams as they were asked for. */
  readonly asked: Choice;
  readonly account: Account;
  readonly client: HarvestClient;
  readonly warehouse: Warehouse;
  readonly spools: SpoolFolder;
  readonly signal: AbortSignal;
}

/**
 * Makes what the streams share. What is configured otherwise than before is taken up: columns by every run that writes
 * (a backfill and a repair empty and note, and leave it to the next sync to read streams again), `start_date` by a sync.
 *
 * @throws ConnectorError VISIBILITY_REDUCED, START_DATE_LATER, SCHEMA_INCOMPATIBLE and what the warehouse throws
 */
export async function makeContext(
  { asked, account, client, warehouse, spools, signal }: OpenParts,
  options: RunOptions,
  deps: RunDeps,
  progress: Progress,
): Promise<{ readonly context: RunContext; readonly made: ReadonlySet<string> }> {
  const stored = await warehouse.readStates();
  const before = storedVisibility(stored.get(ACCOUNT)?.state);
  const { configured } = asked;
  const { allowDeletes } = options;
  progress.deletionsOff = deletionsOff(before, { account, config: deps.config, configured, allowDeletes });
  const tombstones = await warehouse.readErasures();
  const hashKey = deps.config.sync.hashKey?.reveal() ?? null;
  const choice = withoutErased(asSeenBy(limitedRole(account), asked), tombstones, hashKey);
  const { renewed, made } = options.onlyVerify
    ? AS_THEY_WERE
    : await prepareTables(warehouse, choice, deps, progress);
  const { config, catalog, now } = deps;
  const { concurrency } = config.sync;
  const { runId } = options;
  const { states, refreshed } = await takeUpChanges(
    { choice, stored, renewed, account, warehouse },
    options,
    deps,
    progress,
  );
  const context: RunContext = {
    ...choice,
    config,
    catalog,
    account,
    client,
    ahead: new ReadAhead(),
    warehouse,
    spools,
    now,
    runId,
    startedAt: account.date,
    refreshed,
    backfill: options.backfill ?? null,
    allowShrink: options.allowShrink,
    allowDeletes,
    deletionsOff: progress.deletionsOff,
    deletions: new Map(),
    histories: historiesOf(choice.configured, config),
    erased: erasedIds(tombstones),
    states,
    loads: new LoadBell(),
    namesSince: namesSince(choice.configured, states, account.date),
    changedMonths: new Map(),
    invoicesPaid: new Map(),
    paymentsMoved: new Set(),
    tally: progress.tally,
    locks: new Locks(),
    pools: { general: new PQueue({ concurrency }), reports: new PQueue({ concurrency }) },
    loading: new PQueue({ concurrency: warehouse.capabilities.loadsAtOnce }),
    emit: progress.emit,
    signal,
  };
  return { context, made };
}

/** What is known before the changes are taken up. */
interface Known extends Pick<OpenParts, 'account' | 'warehouse'> {
  readonly choice: Choice;
  readonly stored: ReadonlyMap<string, StoredState>;
  /** Tables whose digests are not to be trusted. */
  readonly renewed: ReadonlySet<string>;
}

/** The checkpoints, and the streams that are read again, once what is configured otherwise than before is taken up. */
async function takeUpChanges(
  { choice, stored, renewed, account, warehouse }: Known,
  options: RunOptions,
  deps: RunDeps,
  { emit }: Progress,
): Promise<{ readonly states: StateBook; readonly refreshed: ReadonlySet<string> }> {
  const { runId, allowDeletes } = options;
  const { now } = deps;
  const isOrdinary = !options.onlyVerify && options.backfill === undefined;
  const isRepair = options.onlyVerify && options.fullRefresh;
  const isWriting = !options.onlyVerify || isRepair;
  const plan = isWriting ? planOfRun(choice, stored, deps) : NO_PLAN;
  const refreshed = refreshedBy(plan, choice, options);
  const doubts = { all: options.fullRefresh, renewed: withRefreshed(renewed, refreshed) };
  const states = new StateBook(forgetContent(stored, doubts));
  const before = storedVisibility(stored.get(ACCOUNT)?.state);
  if (before === null || !isSameVisibility(before, visibilityOf(account))) {
    states.defer(states.change(ACCOUNT, null, visibilityOf(account)));
  }
  if (before !== null && seesMore(before, account, [...choice.configured.keys()])) {
    forgetSeen(choice.configured, states);
  }
  const gate = { ...deps, ...choice, allowDeletes, states, warehouse, runId, emit };
  if (isOrdinary) await takeUpStartDate(gate);
  const readAgain = isOrdinary ? refreshed : new Set<string>();
  await carryOutPlan(plan, { refreshed: readAgain, states, warehouse, runId, now, emit });
  return { states, refreshed };
}
