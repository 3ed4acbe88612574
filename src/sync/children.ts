/**
 * Streams that are read per parent: messages, payments, rates, project assignments. Each parent's list is read
 * whole and stands for all its children, so that those that are gone go.
 *
 * Which parents: all of them on a first load (ascending by id, stored in batches, resumable) and on a full refresh;
 * afterwards those that the checkpoint says are pending, because their row, or one that points at them, changed.
 */
import { ConnectorError } from '../errors.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { Scope } from '../warehouse/warehouse.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { listRequest, takePage } from './paging.ts';
import { parentsOf, type Parents } from './parents.ts';
import { syncWindow, type Checkpoint, type Window } from './stream.ts';
import { PARENTS_PER_WINDOW } from './window.ts';

/** Pending parents that are read and committed together; more only on the first load of a large account. */
const PENDING_PER_WINDOW = 500;

/** Brings a child stream up to date. Its parent stream has to be done for this run. */
export async function syncChildren(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  if (stream.parent === undefined) throw new ConnectorError('INTERNAL', `${stream.name} has no parent`);
  const parents = await parentsOf(chosen, context);
  if (context.fullRefresh) return refreshAll(chosen, parents, context);
  if (context.states.cursor(stream.name) === null) await loadAll(chosen, parents, context);
  await readPending(chosen, parents, context);
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
      if (isLast) return { cursor: startedAt, notes };
      return {
        cursor: null,
        notes: { ...notes, load: { startedAt, ...(afterParent === null ? {} : { afterParent }) } },
      };
    };
    await syncWindow(
      childWindow(ids, 'first load', scopeOf(chosen, ids), checkpoint, chosen, context),
      chosen,
      context,
    );
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
  const scope: Scope = { kind: 'all', allowShrink: context.allowShrink };
  const checkpoint = (): Checkpoint => ({ cursor: context.startedAt, notes: {} });
  await syncWindow(childWindow(ids, 'full', scope, checkpoint, chosen, context), chosen, context);
}

/** The parents whose children may have changed; those that are gone leave nothing behind. */
async function readPending(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const { stream } = chosen;
  const pending = await parents.pending(stream.name);
  const { present, gone } = await parents.divide(pending);
  const all = [...gone, ...present];
  for (let at = 0; at === 0 || at < all.length; at += PENDING_PER_WINDOW) {
    const batch = all.slice(at, at + PENDING_PER_WINDOW);
    const isLast = at + PENDING_PER_WINDOW >= all.length;
    const left = all.slice(at + PENDING_PER_WINDOW);
    const checkpoint = (): Checkpoint => ({
      cursor: isLast ? context.startedAt : context.states.cursor(stream.name),
      notes: left.length > 0 ? { pending: left } : {},
    });
    const toRead = batch.filter((id) => !gone.includes(id));
    const window = childWindow(toRead, 'children', scopeOf(chosen, batch), checkpoint, chosen, context);
    await syncWindow(window, chosen, context);
  }
}

function scopeOf(chosen: ChosenStream, parentIds: readonly string[]): Scope {
  return { kind: 'where', column: chosen.stream.parent?.column ?? '', values: parentIds };
}

function childWindow(
  ids: readonly string[],
  mode: Window['mode'],
  scope: Scope,
  checkpoint: () => Checkpoint,
  chosen: ChosenStream,
  context: RunContext,
): Window {
  const { stream } = chosen;
  return {
    mode,
    label: `${ids.length} ${stream.parent?.stream ?? ''}`,
    scope,
    how: 'parent',
    checkpoint,
    read: async (intake) => {
      await eachInPool(context.pools[stream.limit_class], ids, async (id) => {
        const path = stream.path.replace(/\{\w+\}/, id);
        try {
          for await (const page of fetchPages(context.client, listRequest(chosen, {}, context, path))) {
            await takePage(page, intake, chosen, context, { [stream.parent?.column ?? '']: id });
          }
        } catch (error) {
          // the parent was deleted since it was listed: it has no children any more
          if (!(error instanceof ConnectorError) || error.code !== 'HARVEST_NOT_FOUND') throw error;
        }
      });
      return true;
    },
  };
}
