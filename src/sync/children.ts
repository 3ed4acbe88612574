/**
 * Streams that are read per parent: messages, payments, rates, project assignments. Each parent's list is read
 * whole and stands for all its children, so that those that are gone go.
 *
 * Which parents: all of them on a first load (in batches, resumable) and on a full refresh;
 * afterwards those that the checkpoint says are pending, because their row, or one that points at them, changed;
 * invoices that disagree with their payments; and, in rotation, everyone else (`child-sweep.ts`).
 */
import { ConnectorError } from '../errors.ts';
import { batchesOf, parentsAt, partsOf, withDigests, type Place } from './child-places.ts';
import { sweepQuiet } from './child-sweep.ts';
import { childrenOfParents, childWindow } from './child-window.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import { parentsOf, type Parents } from './parents.ts';
import { readPaidInvoices } from './paid-invoices.ts';
import { disagreeing, PAYMENTS } from './payments.ts';
import { freshSweep, RING, withoutDigests } from './rotation.ts';
import { storeInOrder } from './side-by-side.ts';
import { syncWindow, type Checkpoint } from './stream.ts';
import { PARENTS_PER_WINDOW } from './window.ts';

/** Pending parents that are read and committed together; more only on the first load of a large account. */
const PENDING_PER_WINDOW = 500;

/** Brings a child stream up to date. Its parent stream has to be done for this run. */
export async function syncChildren(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  if (stream.parent === undefined) throw new ConnectorError('INTERNAL', `${stream.name} has no parent`);
  const parents = parentsOf(chosen, context);
  const { anew } = context.states.childNotes(stream.name);
  if (anew === true || context.refreshed.has(stream.name)) return refreshAll(chosen, parents, context);
  const isFirst = context.states.cursor(stream.name) === null;
  if (isFirst) await loadAll(chosen, parents, context);
  const read = await readPending(chosen, parents, context);
  if (stream.name === PAYMENTS) await readDisagreeing(read, chosen, context);
  if (!isFirst) await sweepQuiet(chosen, parents, context);
  if (stream.name === PAYMENTS) await readPaidInvoices(context);
}

/** The first load: once round the ring, so that the sweep knows what it will find. */
async function loadAll(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const { states } = context;
  const { name } = chosen.stream;
  const { load } = states.childNotes(name);
  const startedAt = load?.startedAt ?? context.startedAt;
  const { places } = await parentsAt(wholeRing(load?.place ?? 0), chosen, parents, context);
  planLists(places.flatMap((each) => each.ids).length, chosen, context);
  const windows = batchesOf(places, PARENTS_PER_WINDOW).map((batch) => {
    const place = (batch.at(-1)?.place ?? 0) + 1;
    const checkpoint = (intake: Intake): Checkpoint => {
      const { load: _, sweep: before, ...notes } = states.childNotes(name);
      const sweep = withDigests(freshSweep(startedAt), before?.digests, batch, intake);
      if (place === RING) return { cursor: startedAt, notes: { ...notes, sweep } };
      return { cursor: null, notes: { ...notes, load: { startedAt, place }, sweep } };
    };
    const ids = batch.flatMap((each) => each.ids);
    const gone = batch.flatMap((each) => each.gone);
    const parts = partsOf(batch, {}, context);
    return childWindow({ mode: 'first load', ids, gone, checkpoint, parts }, chosen, context);
  });
  await storeInOrder(windows, chosen, context);
}

/** All parents at once, replacing what is stored. */
async function refreshAll(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const { startedAt } = context;
  const { anew, parentsLeave } = context.states.childNotes(chosen.stream.name);
  const { places: all } = await parentsAt(wholeRing(0), chosen, parents, context);
  const places = anew === true ? await withoutGone(all, parents) : all;
  const allowShrink = context.allowShrink || anew === true || parentsLeave === true;
  const checkpoint = (intake: Intake): Checkpoint => ({
    cursor: startedAt,
    notes: { sweep: withDigests(freshSweep(startedAt), {}, places, intake) },
  });
  const ids = places.flatMap((each) => each.ids);
  planLists(ids.length, chosen, context);
  const gone = places.flatMap((each) => each.gone);
  const scope = { kind: 'all', allowShrink } as const;
  const parts = partsOf(places, {}, context);
  await syncWindow(
    childWindow({ mode: 'full', ids, gone, scope, checkpoint, parts }, chosen, context),
    chosen,
    context,
  );
}

/** Tells how many lists come now; each takes a request, or more where it is long. */
function planLists(count: number, { stream: { name: stream } }: ChosenStream, { emit }: RunContext): void {
  if (count > 0) emit({ event: 'work.planned', stream, unit: 'lists', count, requests: count });
}

/** The places without the parents that lie before `start_date` now. */
async function withoutGone(places: readonly Place[], parents: Parents): Promise<readonly Place[]> {
  const { gone } = await parents.divide(places.flatMap(({ ids }) => ids));
  return places.map((each) => ({ ...each, ids: each.ids.filter((id) => !gone.includes(id)) }));
}

/** The places from one on to the end. */
function wholeRing(from: number): readonly number[] {
  return Array.from({ length: RING - from }, (_, index) => from + index);
}

/** The parents whose children may have changed; those that are gone leave nothing behind. Answers which they were. */
async function readPending(
  chosen: ChosenStream,
  parents: Parents,
  context: RunContext,
): Promise<ReadonlySet<string>> {
  const { stream } = chosen;
  const pending = await parents.pending(stream.name);
  const { present, gone } = await parents.divide(pending);
  planLists(present.length, chosen, context);
  const isGone = new Set(gone);
  const all = [...gone, ...present];
  const again = isMissedForNow(context) ? present : [];
  const readBefore = context.states.cursor(stream.name) ?? context.startedAt;
  for (let at = 0; at === 0 || at < all.length; at += PENDING_PER_WINDOW) {
    const batch = all.slice(at, at + PENDING_PER_WINDOW);
    const left = all.slice(at + PENDING_PER_WINDOW);
    const checkpoint = (): Checkpoint => {
      const { sweep = freshSweep(readBefore), parentsLeave } = context.states.childNotes(stream.name);
      const stays = parentsLeave === true && (left.length > 0 || isLeaving(chosen, context));
      const open = [...new Set([...left, ...again])];
      return {
        cursor: left.length === 0 ? context.startedAt : context.states.cursor(stream.name),
        notes: {
          ...(open.length > 0 ? { pending: open } : {}),
          ...(stays ? { parentsLeave } : {}),
          sweep: withoutDigests(sweep, batch),
        },
      };
    };
    const ids = batch.filter((id) => !isGone.has(id));
    const scope = childrenOfParents(chosen, batch);
    const window = childWindow({ mode: 'children', ids, scope, checkpoint }, chosen, context);
    await syncWindow(window, chosen, context);
  }
  return new Set(all);
}

/**
 * Whether this run alone does not look for what is missing from a list: then the next one has to read it again. A token
 * that never sees everything is no such case.
 */
function isMissedForNow({ deletionsOff, account }: RunContext): boolean {
  return deletionsOff !== null && account.isAdministrator;
}

/** Whether parents before `start_date` have still to go, since their own stream failed. */
function isLeaving({ stream }: ChosenStream, { states }: RunContext): boolean {
  return states.listNotes(stream.parent?.stream ?? '').outside !== undefined;
}

/** Invoices of this run that do not agree with the payments that are stored; `read`: whose payments just were. */
async function readDisagreeing(
  read: ReadonlySet<string>,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const all = await disagreeing(read, context);
  for (let at = 0; at < all.length; at += PENDING_PER_WINDOW) {
    const ids = all.slice(at, at + PENDING_PER_WINDOW);
    const checkpoint = (): Checkpoint => {
      const { sweep, ...notes } = context.states.childNotes(PAYMENTS);
      const kept = sweep === undefined ? {} : { sweep: withoutDigests(sweep, ids) };
      return { cursor: context.states.cursor(PAYMENTS), notes: { ...notes, ...kept } };
    };
    await syncWindow(childWindow({ mode: 'children', ids, checkpoint }, chosen, context), chosen, context);
  }
}
