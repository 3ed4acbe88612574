/** Runs of the connector: undisturbed, answered where a guard stops them, and killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../../src/errors.ts';
import type { SyncEvent } from '../../src/events.ts';
import type { BackfillOrder } from '../../src/sync/backfill/order.ts';
import { verifyFully } from '../../src/verify/full.ts';
import { verifyQuickly } from '../../src/verify/quick.ts';
import { runEngine, type EngineRun } from '../support/engine.ts';
import type { Dice } from './dice.ts';
import { ModelFailure } from './failure.ts';
import type { Order } from './child.ts';
import { assertRestated, readReports } from './restated.ts';
import { compareWith } from './property.ts';
import { engineConfig } from './settings.ts';
import type { World } from './world.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** What a run is asked for. */
export interface Wish {
  readonly streams?: readonly string[];
  readonly fullRefresh?: boolean;
  /** Every sweep is due. */
  readonly sweeps?: boolean;
  readonly allowDeletes?: boolean;
  readonly allowShrink?: boolean;
  readonly backfill?: BackfillOrder;
}

/** One run; whatever comes of it. */
export async function sync(
  world: World,
  wish: Wish = {},
  signal?: AbortSignal,
  onEvent?: (event: SyncEvent) => void,
): Promise<EngineRun> {
  const { sweeps = false, ...options } = wish;
  const { target, store, settings } = world;
  world.counts.syncs += 1;
  passSecond(world);
  const before = settings.governed === true ? await readReports(world) : null;
  const run = await runEngine(target, store.path, {
    ...options,
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent }),
    config: engineConfig(settings, sweeps ? { sweepEveryMs: 0, sweepChildrenEveryMs: 0 } : {}),
    ...(store.door === undefined ? {} : { door: store.door }),
  });
  world.lastRun = run;
  if (before !== null) await assertRestated(world, before, run);
  return run;
}

/** Runs do not begin within one second of each other; edits and runs may. */
function passSecond(world: World): void {
  world.account.clock.advance(1000);
  world.memory.note();
}

/** What failed in a run: code by stream, or by `run`. */
export function failuresOf({ result }: EngineRun): ReadonlyMap<string, string> {
  const failed = result.streams.filter(({ outcome }) => outcome === 'failed');
  return new Map([
    ...failed.map(({ stream, failure }) => [stream, `${failure?.code}: ${failure?.message}`] as const),
    ...(result.failure === null
      ? []
      : [['run', `${result.failure.code}: ${result.failure.message}`] as const]),
  ]);
}

/**
 * A run while nothing moves. A guard that stops a stream is answered as an operator would: it is looked at whether so
 * much is gone indeed, and then the run is told to go on.
 * @throws ModelFailure where it does not end well
 */
export async function quietSync(world: World, wish: Wish = {}): Promise<EngineRun> {
  let run = await sync(world, wish);
  const guarded = guardedStreams(run);
  if (guarded.length > 0) {
    world.counts.refusals += guarded.length;
    await assertJustified(world, guarded, run);
    run = await sync(world, { ...wish, allowDeletes: true, allowShrink: true });
  }
  const failures = failuresOf(run);
  if (failures.size > 0)
    throw new ModelFailure(
      'a quiet run failed',
      [...failures].map(([stream, text]) => `${stream} ${text}`),
    );
  return run;
}

/**
 * Compares the tables with Harvest as the command verify does.
 * @throws ModelFailure where it finds anything
 */
export async function assertVerified(world: World, form: 'quick' | 'full'): Promise<void> {
  const { target, store, settings } = world;
  passSecond(world);
  const options = { command: 'verify', verify: true, onlyVerify: true };
  const run = await runEngine(target, store.path, {
    ...options,
    verifier: form === 'full' ? verifyFully : verifyQuickly,
    config: engineConfig(settings),
    ...(store.door === undefined ? {} : { door: store.door }),
  });
  world.lastRun = run;
  const { verification, failure } = run.result;
  if (verification?.outcome === 'equal' && failure === null) return;
  const found = verification?.found.map((each) => JSON.stringify(each)) ?? [];
  throw new ModelFailure(`verify (${form}) found something`, [String(failure?.message), ...found]);
}

function guardedStreams(run: EngineRun): readonly string[] {
  return [...failuresOf(run)]
    .filter(([, text]) => /^(DELETES_IMPLAUSIBLE|REFRESH_SHRINKS):/.test(text))
    .map(([stream]) => stream);
}

/** Whether what the guard says is true: more than a tenth of the table, and more than 20 rows, are gone. */
async function assertJustified(world: World, streams: readonly string[], run: EngineRun): Promise<void> {
  for (const stream of streams) {
    const { stored, gone } = await compareWith(world, stream);
    const said = failuresOf(run).get(stream) ?? '';
    const isMany = said.startsWith('DELETES_IMPLAUSIBLE')
      ? gone > 20 && gone / stored > 0.1
      : gone / stored > 0.1;
    if (!isMany)
      throw new ModelFailure(`${stream}: ${gone} of ${stored} rows are gone, yet the run said`, [said]);
    world.say(`    guard: ${stream}: ${gone} of ${stored} rows are gone`);
  }
}

/** Events at which a process is killed. */
const MOMENTS = [
  ['run.started', 1], ['schema.changed', 30], ['stream.started', 30], ['window.chosen', 60], ['request.sent', 120],
  ['page.fetched', 90], ['rows.staged', 30], ['rows.committed', 40], ['checkpoint.saved', 40], ['stream.finished', 32],
  ['names.renamed', 1], ['run.finished', 1],
] as const; // prettier-ignore

/** A run that is asked to stop at one of its events, as by Ctrl-C. */
export async function stoppedSync(world: World, dice: Dice, wish: Wish = {}): Promise<string> {
  const [event, most] = dice.one(MOMENTS);
  const nth = dice.int(1, dice.one([2, 8, most]));
  const stop = new AbortController();
  let seen = 0;
  const run = await sync(world, wish, stop.signal, (told) => {
    if (told.event !== event) return;
    seen += 1;
    if (seen === nth) stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
  });
  const { outcome, exit_code: code } = run.result;
  if (outcome === 'interrupted' && code !== 130)
    throw new ModelFailure('an interrupted run ended with another code', [String(code)]);
  return `${outcome} at ${event} ${nth}`;
}

/** A run in a process of its own, which is killed on its way unless it ends before that. */
export async function killedSync(
  world: World,
  dice: Dice,
  wish: Pick<Wish, 'streams' | 'backfill'> = {},
): Promise<string> {
  const [event, most] = dice.one(MOMENTS);
  const { settings, target, store } = world;
  passSecond(world);
  const order: Order = {
    settings,
    target,
    path: store.path,
    ...(store.bigQuery === undefined ? {} : { bigQuery: store.bigQuery }),
    fullRefresh: dice.chance(0.1) && wish.backfill === undefined,
    ...wish,
    event,
    nth: dice.int(1, dice.one([2, 8, most])),
  };
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(order)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk) => said.push(String(chunk)));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (signal === null && code !== 0)
    throw new ModelFailure('a process broke', [said.join('').slice(0, 2000)]);
  if (signal === 'SIGKILL') world.counts.kills += 1;
  const refresh = order.fullRefresh ? ' of a full refresh' : '';
  return `${signal === null ? 'ended before' : 'killed at'} ${event} ${order.nth}${refresh}`;
}
