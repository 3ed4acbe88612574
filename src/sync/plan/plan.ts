/**
 * What a sync would do now. The engine itself is run, with stand-ins for Harvest and for the warehouse, so that a plan decides
 * as a sync does: what changed and what is counted is asked for, everything else counts as read (`plan-client.ts`), and
 * what would be written is taken note of (`plan-warehouse.ts`). Nothing is written anywhere, and no lock is taken.
 */
import { ConnectorError } from '../../errors.ts';
import type { Emit, SyncEvent } from '../../events.ts';
import { readAccount } from '../../harvest/account.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { chooseStreams, type StreamWords } from '../choose.ts';
import type { RunContext } from '../context.ts';
import { syncStreams } from '../dispatch.ts';
import { fitHistories } from '../fit-histories.ts';
import { makeContext } from '../make-context.ts';
import { applyRenames } from '../renames.ts';
import { newProgress, type RunDeps, type RunOptions } from '../run-progress.ts';
import { RunStop } from '../run-stop.ts';
import { shownAccount } from '../shown-account.ts';
import { Tally } from '../tally.ts';
import { Timeline } from '../timeline.ts';
import { assertWhole } from '../visibility.ts';
import { compose, type Planned } from './compose.ts';
import { Desk } from './desk.ts';
import { Looks } from './looks.ts';
import { MemorySpools } from './memory-spools.ts';
import { PlanClient } from './plan-client.ts';
import { PlanWarehouse } from './plan-warehouse.ts';
import { plannedRun } from './planned-run.ts';
import type { SyncPlan } from './sync-plan.ts';

/** What is planned: the flags of a sync that decide what it reads. */
export interface PlanOptions extends StreamWords {
  readonly fullRefresh: boolean;
  readonly allowShrink: boolean;
  readonly allowDeletes: boolean;
  /** Whether the statements for tables and columns are told. */
  readonly withStatements: boolean;
}

/** What a plan works with; built by the command line. */
export interface PlanDeps extends Pick<
  RunDeps,
  'config' | 'catalog' | 'openClient' | 'signal' | 'now' | 'version' | 'emit'
> {
  /** Opens what is stored for reading; a warehouse that is not there yet answers as one without tables. */
  readonly openStored: () => Promise<{ readonly warehouse: Warehouse; readonly isThere: boolean }>;
}

/**
 * Makes the plan.
 * @throws ConnectorError what would end the sync as a whole: HARVEST_UNAUTHORIZED, HARVEST_PARTIAL_VISIBILITY,
 * VISIBILITY_REDUCED, SCHEMA_INCOMPATIBLE, WAREHOUSE_BUSY and the like
 */
export async function planSync(options: PlanOptions, deps: PlanDeps): Promise<SyncPlan> {
  const asked = chooseStreams(options, deps.config, deps.catalog);
  const events: SyncEvent[] = [];
  const tally = new Tally();
  const hear: Emit = (event) => {
    tally.hear(event);
    events.push(event);
  };
  const { warehouse: stored, isThere } = await deps.openStored();
  await using _ = stored;
  let sent = 0;
  const count: Emit = (event) => {
    if (event.event === 'request.sent') sent += 1;
    deps.emit(event);
  };
  await using harvest = deps.openClient(count, deps.signal);
  const looks = new Looks(harvest);
  const desk = new Desk();
  const { catalog, config, signal } = deps;
  const client = new PlanClient({ catalog, startDate: config.startDate, looks, desk, emit: hear });
  const account = shownAccount(await readAccount(client, signal), config);
  client.seesAll = account.isAdministrator;
  assertWhole(account, config, [...asked.configured.keys()]);
  await using spools = new MemorySpools();
  const warehouse = new PlanWarehouse(stored, spools, desk);
  const questions: string[] = [];
  const timeline = new Timeline(deps.now);
  const progress = newProgress(deps.now, { tally, timeline, emit: hear, account });
  const runOptions = runOptionsOf(options);
  const runDeps = runDepsOf(questions, hear, deps);
  using stop = new RunStop(signal, runOptions);
  const open = { asked, account, client, warehouse, spools, signal: stop.signal };
  const { context, made } = await makeContext(open, runOptions, runDeps, progress);
  const run = plannedRun(context, looks, client, options);
  client.run = run;
  warehouse.run = run;
  await fitHistories(made, context);
  const cursors = new Map([...context.chosen.keys()].map((name) => [name, context.states.cursor(name)]));
  const results = await runStreams(context, stop);
  const rows = await stored.counts([...context.chosen.keys()]);
  const planned: Planned = { context, results, events, cursors, rows, desk, client, isThere };
  return compose(planned, { written: warehouse.written, questions, sent, options });
}

/** The streams and the names, as a run takes them. */
async function runStreams(context: RunContext, stop: RunStop): Promise<Planned['results']> {
  const results = await syncStreams(context, stop);
  if (stop.failure !== null) throw stop.failure;
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ stream }) => stream);
  await applyRenames(context, new Set(failed));
  return results;
}

function runOptionsOf({ streams, exclude, fullRefresh, allowShrink, allowDeletes }: PlanOptions): RunOptions {
  return {
    command: 'plan',
    streams,
    exclude,
    fullRefresh,
    allowShrink,
    allowDeletes,
    verify: false,
    onlyVerify: false,
    failFast: false,
    runId: 'plan',
    timeoutMs: null,
  };
}

/** What a run works with, but for its way into the warehouse; what it asks is noted, and answered with yes. */
function runDepsOf(questions: string[], emit: Emit, deps: PlanDeps): RunDeps {
  const refuse = (): Promise<never> =>
    Promise.reject(new ConnectorError('INTERNAL', 'A plan takes no lock and opens nothing for writing'));
  return {
    ...deps,
    door: { label: 'plan', lock: refuse, exists: refuse, open: refuse },
    verify: refuse,
    ask: (question) => {
      questions.push(question);
      return Promise.resolve(true);
    },
    emit,
    execution: null,
  };
}
