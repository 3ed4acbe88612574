import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import type { Emit } from '../../events.ts';
import type { LockOwner } from '../../warehouse/door.ts';
import { openCatalog, openConfig, openReporter, type CliContext } from '../context.ts';
import { readDrift } from '../drift-status.ts';
import { numberOf } from '../flags.ts';
import { readStatus } from '../freshness.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { showRuns, showStreams, workText } from '../status-screen.ts';
import { placeOf, type WarehousePlace } from '../warehouse-door.ts';
import { watch } from '../watch.ts';

/** Seconds between two looks; each of them is billed by BigQuery. */
const EVERY_SECONDS = { duckdb: 5, bigquery: 30 } as const;

/**
 * `status [streams…]`: how fresh every table is, worst first; with --max-age a monitor, with --watch again and again.
 * @throws ConnectorError USAGE_INVALID for --watch without a terminal; WAREHOUSE_MISSING, RUN_LOCKED
 */
export async function runStatus(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const isWatched = invocation.flags['watch'] === true;
  if (isWatched && (!context.stdout.isTerminal || context.globals.output !== 'text')) {
    throw new ConnectorError('USAGE_INVALID', '--watch draws on a terminal, and stdout is none.', {
      hint: 'Leave --watch out, and call status as often as you like.',
      details: { command: 'status' },
    });
  }
  const config = await openConfig(context);
  const look = await lookAt(config, invocation, context);
  if (!isWatched) return look(context);
  return watch(look, EVERY_SECONDS[config.destination.type], context);
}

/** Makes what looks at the warehouse, which is open only as long as a look takes. */
async function lookAt(
  config: Config,
  invocation: Invocation,
  context: CliContext,
): Promise<(screen: CliContext) => Promise<Outcome>> {
  const catalog = await openCatalog();
  assertChoice(config, catalog);
  const { include, exclude } = config.streams;
  const selected = selectStreams(catalog, { include, exclude, only: invocation.args });
  const streams = selected.map((stream) => stream.name);
  const place = await openPlace(config, context);
  const runs = numberOf(invocation.flags, 'runs');
  return async (screen) => {
    const owner = await place.readLock();
    try {
      await using warehouse = await place.openToRead();
      const status = await readStatus(warehouse, streams, Math.max(1, runs ?? 1), context.now());
      const drift = await readDrift(warehouse, selected, config, context.now());
      const seen = { place, owner, status, drift, selected };
      return runs === null ? showStreams(seen, invocation, screen) : showRuns(seen, invocation, screen);
    } catch (error) {
      if (owner === null || !(error instanceof ConnectorError) || error.code !== 'WAREHOUSE_BUSY')
        throw error;
      return duringRun(place, owner, invocation, context);
    }
  };
}

/** The place, with a reporter where jobs of its own may be tried again. */
async function openPlace(config: Config, context: CliContext): Promise<WarehousePlace> {
  const { cwd, signal } = context;
  const hasJobs = config.destination.type === 'bigquery';
  const emit: Emit = hasJobs ? (await openReporter(context, null)).emit : () => undefined;
  return placeOf(config, { cwd, signal, emit });
}

/** A DuckDB file cannot be read while a run writes it, so the lock has to do. A monitor gets no answer from that. */
function duringRun(
  place: WarehousePlace,
  owner: LockOwner,
  invocation: Invocation,
  context: CliContext,
): Outcome {
  const text = workText(owner, context);
  if (numberOf(invocation.flags, 'maxAge') !== null) {
    throw new ConnectorError('RUN_LOCKED', `The freshness cannot be read now: ${text}`, {
      details: { ...owner },
    });
  }
  return done({ warehouse: place.id, lock: owner, streams: null, runs: null }, `${place.label} · ${text}`);
}
