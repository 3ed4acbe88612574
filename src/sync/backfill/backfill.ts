/**
 * A range of dates is read again, slice by slice: rows are compared and written, those that Harvest no longer has go. How
 * far each stream is stands in a checkpoint of the backfill's own, in the commit of each slice; the checkpoints
 * of the streams stay where they are.
 */
import { ConnectorError } from '../../errors.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import { addDays, earlier, firstDay, lastDay, monthOf } from '../month.ts';
import { readMonthsAgain } from '../report-window.ts';
import { lookAt, readChanged } from '../settle/look.ts';
import { apartBy } from '../settle/settle.ts';
import type { BackfillNotes, ListNotes } from '../state.ts';
import type { Along } from '../stream.ts';
import { BACKFILL, slicesOf, storedBackfill, type BackfillOrder } from './order.ts';

/** What is noted as the order begins; one that goes on has its notes already. Committed before anything is read. */
export async function beginBackfill(order: BackfillOrder, context: RunContext): Promise<void> {
  const { states, warehouse, runId, now, chosen } = context;
  const name = BACKFILL + order.id;
  if (storedBackfill(states.raw(name)) !== null) return;
  const { from, to, slice } = order;
  const next = Object.fromEntries([...chosen.keys()].map((stream) => [stream, from]));
  const changes = [states.change(name, null, { from, to, slice, next })];
  const committedAt = now().toISOString();
  const nothing = { loads: [], renames: [], rejects: [], drift: [] };
  await warehouse.commit({ runId, stream: null, committedAt, ...nothing, states: changes });
  states.committed(changes, runId, committedAt);
}

/**
 * Reads what is left of the range for one stream.
 *
 * @param facts settles when the facts of this run are stored: reports are made of them
 * @throws ConnectorError STREAM_NOT_LOADED; DELETES_IMPLAUSIBLE, PAGES_UNSETTLED and what reading and committing throw,
 * with the slices before stored
 */
export async function backfillStream(
  order: BackfillOrder,
  chosen: ChosenStream,
  context: RunContext,
  facts: Promise<unknown>,
): Promise<void> {
  const { name, sync } = chosen.stream;
  const cursor = context.states.cursor(name);
  if (cursor === null) {
    throw new ConnectorError('STREAM_NOT_LOADED', `${name} has not been loaded completely yet.`);
  }
  const { next = {} } = progressOf(order, context) ?? {};
  const from = next[name] === undefined ? order.from : next[name];
  if (from === null) return;
  const today = context.startedAt.slice(0, 10);
  if (sync === 'report') {
    await facts;
    await backfillMonths({ ...order, from }, chosen, context);
    return;
  }
  // a record that was given another date since the last run is not to be taken for gone where its row stands
  const since = earlier(cursor, context.config.sync.overlapMs);
  if (context.deletionsOff === null) await readChanged(since, 'backfill', chosen, context);
  const notes = (known: ListNotes, gone: number): ListNotes => apartBy(known, gone, context);
  const slices = slicesOf({ from, to: order.to }, order.slice, today);
  const count = slices.length;
  context.emit({ event: 'work.planned', stream: name, unit: 'slices', count, requests: count });
  for (const span of slices) {
    const along = progressAfter(order, name, span.to, context);
    const look = { how: 'backfill', parts: [span], notes, along } as const;
    if (await lookAt(look, chosen, context)) {
      context.emit({ event: 'slice.finished', stream: name, from: span.from, to: span.to });
      continue;
    }
    throw new ConnectorError(
      'PAGES_UNSETTLED',
      `${name} (${span.from} to ${span.to}) kept moving while it was read`,
    );
  }
}

/** The months of a report that were read before, a few at a time. */
async function backfillMonths(
  order: BackfillOrder,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const { name } = chosen.stream;
  const { months } = context.states.reportNotes(name);
  const wanted = Object.keys(months)
    .filter((month) => month >= monthOf(order.from) && month <= monthOf(order.to))
    .toSorted();
  const size = context.warehouse.capabilities.windowsPerCommit;
  const count = wanted.length;
  context.emit({ event: 'work.planned', stream: name, unit: 'months', count, requests: count });
  for (let at = 0; at < wanted.length; at += size) {
    const batch = wanted.slice(at, at + size);
    const isLast = at + size >= wanted.length;
    const last = isLast ? order.to : lastDay(batch.at(-1) ?? firstDay(monthOf(order.to)));
    await readMonthsAgain(batch, progressAfter(order, name, last, context), chosen, context);
  }
}

function progressAfter(order: BackfillOrder, stream: string, last: string, context: RunContext): Along {
  const state = BACKFILL + order.id;
  return {
    state,
    change: () => {
      const { from, to, slice } = order;
      const known = progressOf(order, context) ?? { from, to, slice, next: {} };
      const next = { ...known.next, [stream]: last >= order.to ? null : addDays(last, 1) };
      return context.states.change(state, null, { ...known, next });
    },
  };
}

function progressOf(order: BackfillOrder, { states }: RunContext): BackfillNotes | null {
  return storedBackfill(states.raw(BACKFILL + order.id));
}
