/**
 * Streams that are read per parent: messages, payments, rates, project assignments. Each parent's list is read
 * whole and stands for all its children, so that those that are gone go.
 *
 * Which parents: all of them on a first load (ascending by id, stored in batches, resumable) and on a full refresh;
 * afterwards those that the checkpoint says are pending, because their row, or one that points at them, changed;
 * invoices that disagree with their payments; and, in rotation, everyone else (`child-sweep.ts`).
 */
import { ConnectorError } from '../errors.ts';
import { sweepQuiet } from './child-sweep.ts';
import { childrenOfParents, childWindow } from './child-window.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { parentsOf, type Parents } from './parents.ts';
import { disagreeing, PAYMENTS } from './payments.ts';
import { freshSweep, withoutDigests } from './rotation.ts';
import { syncWindow, type Checkpoint } from './stream.ts';
import { PARENTS_PER_WINDOW } from './window.ts';

/** Pending parents that are read and committed together; more only on the first load of a large account. */
const PENDING_PER_WINDOW = 500;

/** Brings a child stream up to date. Its parent stream has to be done for this run. */
export async function syncChildren(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  if (stream.parent === undefined) throw new ConnectorError('INTERNAL', `${stream.name} has no parent`);
  const parents = parentsOf(chosen, context);
  if (context.fullRefresh) return refreshAll(chosen, parents, context);
  const isFirst = context.states.cursor(stream.name) === null;
  if (isFirst) await loadAll(chosen, parents, context);
  const read = await readPending(chosen, parents, context);
  if (stream.name === PAYMENTS) await readDisagreeing(read, chosen, context);
  if (!isFirst) await sweepQuiet(chosen, parents, context);
}

/** The first load: batches of parents in ascending order of their ids. */
async function loadAll(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const { stream } = chosen;
  const load = context.states.childNotes(stream.name).load;
  const startedAt = load?.startedAt ?? context.startedAt;
  let after = load?.afterParent ?? null;
  for (;;) {
    const ids = await parents.after(after, PARENTS_PER_WINDOW);
    const isLast = ids.length < PARENTS_PER_WINDOW;
    const afterParent = ids.at(-1) ?? after;
    const checkpoint = (): Checkpoint => {
      const { load: _, ...notes } = context.states.childNotes(stream.name);
      if (isLast) return { cursor: startedAt, notes: { ...notes, sweep: freshSweep(startedAt) } };
      return {
        cursor: null,
        notes: { ...notes, load: { startedAt, ...(afterParent === null ? {} : { afterParent }) } },
      };
    };
    await syncWindow(childWindow({ mode: 'first load', ids, checkpoint }, chosen, context), chosen, context);
    if (isLast) return;
    after = afterParent;
  }
}

/** All parents at once, replacing what is stored. */
async function refreshAll(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const ids: string[] = [];
  for (;;) {
    const more = await parents.after(ids.at(-1) ?? null, PENDING_PER_WINDOW);
    ids.push(...more);
    if (more.length < PENDING_PER_WINDOW) break;
  }
  const scope = { kind: 'all', allowShrink: context.allowShrink } as const;
  const { startedAt } = context;
  const checkpoint = (): Checkpoint => ({ cursor: startedAt, notes: { sweep: freshSweep(startedAt) } });
  await syncWindow(childWindow({ mode: 'full', ids, scope, checkpoint }, chosen, context), chosen, context);
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
  const isGone = new Set(gone);
  const all = [...gone, ...present];
  const readBefore = context.states.cursor(stream.name) ?? context.startedAt;
  for (let at = 0; at === 0 || at < all.length; at += PENDING_PER_WINDOW) {
    const batch = all.slice(at, at + PENDING_PER_WINDOW);
    const left = all.slice(at + PENDING_PER_WINDOW);
    const checkpoint = (): Checkpoint => {
      const { sweep = freshSweep(readBefore) } = context.states.childNotes(stream.name);
      return {
        cursor: left.length === 0 ? context.startedAt : context.states.cursor(stream.name),
        notes: { ...(left.length > 0 ? { pending: left } : {}), sweep: withoutDigests(sweep, batch) },
      };
    };
    const ids = batch.filter((id) => !isGone.has(id));
    const scope = childrenOfParents(chosen, batch);
    const window = childWindow({ mode: 'children', ids, scope, checkpoint }, chosen, context);
    await syncWindow(window, chosen, context);
  }
  return new Set(all);
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
