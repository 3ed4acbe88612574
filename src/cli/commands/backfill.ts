import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import type { Stream } from '../../catalog/stream.ts';
import type { Config } from '../../config/config.ts';
import { ConnectorError } from '../../errors.ts';
import {
  assertBackfillable,
  assertRange,
  BACKFILL,
  SLICES,
  storedBackfill,
  type BackfillOrder,
  type Slice,
} from '../../sync/backfill/order.ts';
import type { BackfillNotes } from '../../sync/state.ts';
import type { StoredState } from '../../warehouse/warehouse.ts';
import { askYesNo } from '../ask.ts';
import { planBackfill, planText } from '../backfill-plan.ts';
import { openCatalog, openConfig, openRun, openRunDeps, type CliContext } from '../context.ts';
import { textOf, type FlagValues } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { placeOf } from '../warehouse-door.ts';
import { countSlices } from '../slices-stored.ts';
import { runOutcome } from './sync.ts';

type States = ReadonlyMap<string, StoredState>;

/** What is asked for: a range, or to go on with one. */
interface Asked {
  readonly order: Omit<BackfillOrder, 'id'>;
  readonly resumed: string | null;
  readonly streams: readonly Stream[];
}

/** `backfill <streams…>`: reads a range of dates again; the checkpoints of the streams stay where they are. */
export async function runBackfill({ flags, args }: Invocation, context: CliContext): Promise<Outcome> {
  const config = await openConfig(context);
  const catalog = await openCatalog();
  assertChoice(config, catalog);
  const { include, exclude } = config.streams;
  const select = (only: readonly string[]): readonly Stream[] =>
    selectStreams(catalog, { include, exclude, only });
  const resumed = textOf(flags, 'resume');
  const given = resumed === null ? rangeIn(flags, args, select, config) : null;
  const states = await readStates(config, context);
  const asked = given ?? resumedOf(resumed ?? '', states, flags, args, select);
  if (asked.streams.length === 0) return complete(resumed ?? '');
  const plan = await planBackfill(asked, states, config, context);
  if (!context.globals.quiet) context.stderr.write(`${planText(plan)}\n`);
  if (!(await askYesNo('Continue?', context))) return done({ confirmed: false, plan }, 'Nothing was read.');
  const { runId, emit } = await openRun(context, null);
  const slices = countSlices(emit);
  const { runSync } = await import('../../sync/run.ts');
  const id = resumed ?? runId;
  const result = await runSync(
    {
      command: 'backfill',
      streams: asked.streams.map(({ name }) => name),
      exclude: [],
      backfill: { id, ...asked.order },
      fullRefresh: false,
      allowShrink: false,
      allowDeletes: flags['allowDeletes'] === true,
      verify: false,
      onlyVerify: false,
      failFast: false,
      runId,
      timeoutMs: config.sync.timeoutMs,
    },
    await openRunDeps(context, config, catalog, slices.emit),
  );
  const outcome = runOutcome(result, context);
  const data = { ...result, backfill: { id, ...asked.order } };
  if (result.exit_code === 0) return { ...outcome, data };
  const next = `Go on with: harvest-bq backfill --resume ${id}`;
  return {
    ...outcome,
    data,
    closing: [outcome.closing ?? '', ...slices.lines(), next].filter((part) => part !== '').join('\n'),
  };
}

async function readStates(config: Config, context: CliContext): Promise<States> {
  const { cwd, signal } = context;
  const place = placeOf(config, { cwd, signal, emit: () => undefined });
  await using warehouse = await place.openToRead();
  const states = await warehouse.readStates();
  return states;
}

/** @throws ConnectorError USAGE_INVALID, USAGE_RANGE, USAGE_UNKNOWN_STREAM */
function rangeIn(
  flags: FlagValues,
  args: readonly string[],
  select: (only: readonly string[]) => readonly Stream[],
  config: Config,
): Asked {
  const [from, to] = [textOf(flags, 'from'), textOf(flags, 'to')];
  if (args.length === 0) throw usage('backfill takes the streams to read again.');
  if (from === null || to === null)
    throw usage('backfill takes the first and the last day: --from and --to.');
  const streams = select(args);
  assertBackfillable(streams);
  const order = { from, to, slice: sliceOf(textOf(flags, 'slice')) };
  assertRange(order, config.startDate);
  return { order, resumed: null, streams };
}

function sliceOf(text: string | null): Slice {
  return SLICES.find((slice) => slice === text) ?? 'month';
}

/** @throws ConnectorError USAGE_INVALID where no such backfill is known */
function resumedOf(
  id: string,
  states: States,
  flags: FlagValues,
  args: readonly string[],
  select: (only: readonly string[]) => readonly Stream[],
): Asked {
  const isAlone = args.length === 0 && ['from', 'to', 'slice'].every((name) => flags[name] === undefined);
  if (!isAlone) throw usage('--resume goes on with a range as it was asked for; give nothing beside it.');
  const notes = storedBackfill(states.get(BACKFILL + id)?.state);
  if (notes === null) {
    const open = openBackfills(states);
    throw usage(
      `There is no backfill ${id}.`,
      open.length === 0 ? 'None is under way.' : `Under way: ${open.join(', ')}`,
    );
  }
  const { from, to, slice } = notes;
  const left = leftOf(notes);
  return {
    order: { from, to, slice: sliceOf(slice) },
    resumed: id,
    streams: left.length === 0 ? [] : select(left),
  };
}

function leftOf({ next }: BackfillNotes): readonly string[] {
  return Object.entries(next).flatMap(([stream, date]) => (date === null ? [] : [stream]));
}

function openBackfills(states: States): readonly string[] {
  return [...states].flatMap(([name, { state }]) => {
    const notes = name.startsWith(BACKFILL) ? storedBackfill(state) : null;
    return notes === null || leftOf(notes).length === 0 ? [] : [name.slice(BACKFILL.length)];
  });
}

function complete(id: string): Outcome {
  return done({ backfill: { id }, complete: true }, `Backfill ${id} is complete; nothing is left to read.`);
}

function usage(message: string, hint = 'Look at: harvest-bq backfill --help'): ConnectorError {
  return new ConnectorError('USAGE_INVALID', message, { hint, details: { command: 'backfill' } });
}
