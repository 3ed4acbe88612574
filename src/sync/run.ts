/**
 * One run: lock → login → warehouse → tables → streams → deferred checkpoints → names → history. Emits exactly one
 * `run.finished`, last, on every path, and never throws for a failure that has a code.
 */
import { hostname } from 'node:os';
import { classify } from '../classify/classify.ts';
import { ConnectorError } from '../errors.ts';
import { readAccount } from '../harvest/account.ts';
import { createSpoolFolder } from '../warehouse/spool-folder.ts';
import type { LockOwner, WarehouseSession } from '../warehouse/door.ts';
import { chooseStreams } from './choose.ts';
import { beginBackfill } from './backfill/backfill.ts';
import type { RunContext } from './context.ts';
import { saveDeferred } from './deferred.ts';
import { syncStreams } from './dispatch.ts';
import type { RunResult, SyncEvent } from '../events.ts';
import { fitHistories } from './fit-histories.ts';
import { makeContext } from './make-context.ts';
import { applyRenames } from './renames.ts';
import {
  accountLabel,
  newProgress,
  resultOf,
  type Progress,
  type RunDeps,
  type RunOptions,
} from './run-progress.ts';
import { RunStop } from './run-stop.ts';
import { leave, noteAbandoned } from './run-tables.ts';
import { sightOfReports } from './settle/reports-sight.ts';
import { shownAccount } from './shown-account.ts';
import { Tally } from './tally.ts';
import { Timeline } from './timeline.ts';
import { assertWhole } from './visibility.ts';

/** Carries out one run and tells how it ended. */
export async function runSync(options: RunOptions, deps: RunDeps): Promise<RunResult> {
  const tally = new Tally();
  const timeline = new Timeline(deps.now);
  const emit = (event: SyncEvent): void => {
    tally.hear(event);
    timeline.hear(event);
    deps.emit(event);
  };
  const progress = newProgress(deps.now, { tally, timeline, emit, account: null });
  using stop = new RunStop(deps.signal, options);
  let failure: ConnectorError | null = null;
  try {
    await carryOut(options, deps, progress, stop);
    failure = stop.failure;
  } catch (error) {
    failure = stop.failure ?? classify(error);
  }
  if (failure?.code === 'INTERNAL') deps.onDefect?.(failure);
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
  const asked = chooseStreams(options, deps.config, deps.catalog);
  progress.choice = asked;
  progress.lock = await deps.door.lock(ownerOf(options, deps, progress.begunAt));
  // a warehouse that is there takes note of a failed login, one that is not there yet is not made for it
  if (await deps.door.exists()) {
    progress.warehouse = await deps.door.open(sessionOf(options, progress, stop));
    await noteAbandoned(progress.warehouse, deps, progress);
  }
  await using client = deps.openClient(progress.emit, stop.signal);
  const account = shownAccount(await readAccount(client, stop.signal), deps.config);
  progress.account = account;
  announce(options, deps, progress);
  assertWhole(account, deps.config, [...asked.configured.keys()]);
  if (options.onlyVerify) assertThere(progress, deps);
  progress.warehouse ??= await deps.door.open(sessionOf(options, progress, stop));
  const warehouse = progress.warehouse;
  await using spools = await createSpoolFolder();
  const open = { asked, account, client, warehouse, spools, signal: stop.signal };
  const { context, made } = await makeContext(open, options, deps, progress);
  if (!options.onlyVerify) {
    await fitHistories(made, context);
    await syncAll(context, progress, stop);
  }
  if (options.verify && stop.failure === null) await compare(context, options, deps, progress);
}

/** The comparison with Harvest, of the streams that went well. */
async function compare(
  context: RunContext,
  { onlyVerify }: RunOptions,
  { verify }: RunDeps,
  progress: Progress,
): Promise<void> {
  const ok = progress.streams.filter(({ outcome }) => outcome === 'ok').map(({ stream }) => stream);
  progress.verification = await verify(context, new Set(onlyVerify ? context.chosen.keys() : ok));
}

/** The streams, the checkpoints that were deferred, the names. */
async function syncAll(context: RunContext, progress: Progress, stop: RunStop): Promise<void> {
  if (context.deletionsOff !== null) context.emit({ event: 'deletions.off', reason: context.deletionsOff });
  if (context.backfill !== null) await beginBackfill(context.backfill, context);
  progress.streams = await syncStreams(context, stop);
  const lost = stop.failure === null ? await sightOfReports(context) : null;
  await saveDeferred(context);
  if (lost !== null) throw lost;
  if (stop.failure !== null) return;
  const failed = progress.streams.filter(({ outcome }) => outcome === 'failed').map(({ stream }) => stream);
  progress.renamed = await applyRenames(context, new Set(failed));
}

/** @throws ConnectorError WAREHOUSE_MISSING */
function assertThere({ warehouse }: Progress, { door }: RunDeps): void {
  if (warehouse === null) throw new ConnectorError('WAREHOUSE_MISSING', `${door.label} does not exist yet`);
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
    limits: deps.config.harvest.limits,
  });
}

/** Who works with the warehouse; its jobs become events. */
function sessionOf({ runId }: RunOptions, { emit }: Progress, { signal }: RunStop): WarehouseSession {
  return {
    runId,
    signal,
    onJob: ({ stream, kind, bytesBilled, ms }) =>
      emit({ event: 'job.finished', stream, kind, bytes_billed: bytesBilled, ms }),
    onRetry: (retry) => emit({ event: 'job.retried', ...retry }),
  };
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
