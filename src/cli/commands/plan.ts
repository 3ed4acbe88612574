import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { SyncPlan } from '../../sync/plan/sync-plan.ts';
import type { LockOwner } from '../../warehouse/door.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { harvestOpener, openCatalog, openConfig, openReporter, type CliContext } from '../context.ts';
import { listOf, type FlagValues } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import { planScreen } from '../plan-screen.ts';
import type { Invocation } from '../program.ts';
import { quoted } from '../program-name.ts';
import { workText } from '../status-screen.ts';
import { placeOf, type WarehousePlace } from '../warehouse-door.ts';

/**
 * `plan [streams…]`, `sync --dry-run`: what a sync would do now, without writing anything or taking a lock. Exit 0 though a
 * guard would refuse a stream: the plan says so.
 * @throws ConnectorError RUN_LOCKED while a run works on a DuckDB file, and what would end the sync before its first stream
 */
export async function runPlan({ flags, args }: Invocation, context: CliContext): Promise<Outcome> {
  context.session.command = 'plan';
  const config = await openConfig(context);
  const catalog = await openCatalog();
  const exclude = listOf(flags, 'exclude');
  assertChoice(config, catalog);
  const { include, exclude: left } = config.streams;
  selectStreams(catalog, { include, exclude: left, only: args, except: exclude });
  const { emit } = await openReporter(context, null);
  const stored: string[] = [];
  const { cwd, signal, now, version } = context;
  const place = placeOf(config, { cwd, signal, emit });
  const owner = await place.readLock();
  const { planSync } = await import('../../sync/plan/plan.ts');
  const withStatements = flags['sql'] === true;
  const plan = await planSync(
    {
      streams: args,
      exclude,
      fullRefresh: flags['fullRefresh'] === true,
      allowShrink: flags['allowShrink'] === true,
      allowDeletes: flags['allowDeletes'] === true,
      withStatements,
    },
    {
      config,
      catalog,
      openClient: await harvestOpener(context, config),
      openStored: () => openStored(place, owner, context),
      emit: quietly(emit, stored),
      signal,
      now,
      version,
    },
  );
  const atWork = owner !== null && place.isAtWork(owner) ? owner : null;
  const warnings = [...warningsOf(plan, atWork, config, context), ...stored.map(tokenText)];
  const { stdout, globals } = context;
  const { restateMonths } = config.sync;
  const view = {
    width: stdout.width,
    isVerbose: globals.verbose,
    restateMonths,
    isRefresh: flags['fullRefresh'] === true,
    next: nextOf(args, flags),
  };
  return withStatements
    ? { ...done(plan, statementsText(plan), warnings), isExact: true }
    : done(plan, planScreen(plan, view), warnings);
}

/** The command that carries the plan out, as a shell takes it. */
function nextOf(args: readonly string[], flags: FlagValues): string {
  const exclude = listOf(flags, 'exclude');
  const switches = ['fullRefresh', 'allowShrink', 'allowDeletes'].filter((name) => flags[name] === true);
  const words = [
    ...args,
    ...(exclude.length === 0 ? [] : ['--exclude', exclude.join(',')]),
    ...switches.map((name) => `--${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`),
  ];
  return ['harvest-bq sync', ...words.map(quoted)].join(' ');
}

/** A file cannot be opened while a run works on it. */
async function openStored(
  place: WarehousePlace,
  owner: LockOwner | null,
  context: CliContext,
): Promise<{ readonly warehouse: Warehouse; readonly isThere: boolean }> {
  try {
    return await place.openToPlan();
  } catch (error) {
    if (owner === null || !(error instanceof ConnectorError) || error.code !== 'WAREHOUSE_BUSY') throw error;
    throw new ConnectorError('RUN_LOCKED', `Nothing can be planned now: ${workText(owner, context)}`, {
      details: { ...owner },
    });
  }
}

/** What the plan itself does is no news: only what it has to wait for, or is tried again. Collects tokens that were stored. */
function quietly(emit: Emit, stored: string[]): Emit {
  const told = new Set(['rate.waited', 'request.retried', 'login.rotated']);
  return (event) => {
    if (event.event === 'login.rotated' && event.stored !== null) stored.push(event.stored);
    if (told.has(event.event)) emit(event);
  };
}

/** The one thing that a plan writes: without it the login would be lost. */
function tokenText(reference: string): string {
  return `Harvest replaced the OAuth refresh token at the login: the new one was stored in ${reference}, which is all that was written`;
}

function warningsOf(
  { notes }: SyncPlan,
  atWork: LockOwner | null,
  { sync }: Config,
  context: CliContext,
): readonly string[] {
  return [
    ...notes,
    ...(atWork === null ? [] : [`${workText(atWork, context)}; what it does is not in this plan`]),
    ...(sync.verify ? ['sync.verify is on: the comparison at the end of a sync is not in this plan'] : []),
  ];
}

function statementsText({ statements = [] }: SyncPlan): string {
  if (statements.length === 0) return '-- Tables and columns are as they should be.';
  return statements.map((statement) => `${statement};`).join('\n\n');
}
