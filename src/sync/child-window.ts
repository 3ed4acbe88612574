/** A window of a child stream: the lists of some parents, each of which stands for all of its children. */
import { ConnectorError } from '../errors.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { plainText } from './cast.ts';
import { eachInPool } from './each.ts';
import type { Intake } from './intake.ts';
import { hasMoved, isCursorLink, listRequest, takePage, type ListSeen } from './paging.ts';
import type { PartOptions } from './part.ts';
import type { Checkpoint, Window } from './stream.ts';

/** Parents whose lists are read and stored together. */
export interface ChildBatch {
  readonly mode: Window['mode'];
  /** The parents to read. */
  readonly ids: readonly string[];
  /** In place of the number of parents. */
  readonly label?: string;
  /** Which rows the lists stand for; absent: those of the parents. */
  readonly scope?: Window['scope'];
  readonly how?: Window['how'];
  readonly checkpoint: (intake: Intake) => Checkpoint;
  /** The parents in parts that have a digest each; absent: they have none. */
  readonly parts?: readonly PartOptions[];
}

/** The scope of some parents' children. */
export function childrenOfParents(chosen: ChosenStream, values: readonly string[]): Window['scope'] {
  return { kind: 'where', column: chosen.stream.parent?.column ?? '', values };
}

/** The window of a batch. */
export function childWindow(batch: ChildBatch, chosen: ChosenStream, context: RunContext): Window {
  const { stream } = chosen;
  const { mode, ids, parts, checkpoint } = batch;
  const readOne = childReader(mode === 'sweep', chosen, context);
  const readAll = async (some: readonly string[], intake: Intake): Promise<boolean> => {
    const held = { still: true };
    await eachInPool(context.pools[stream.limit_class], some, async (id) => {
      if (!(await readOne(id, intake))) held.still = false;
    });
    return held.still;
  };
  return {
    mode,
    label: batch.label ?? `${ids.length} ${stream.parent?.stream ?? ''}`,
    scope: batch.scope ?? childrenOfParents(chosen, ids),
    how: batch.how ?? 'parent',
    checkpoint,
    read: async (intake) => {
      if (parts === undefined) return readAll(ids, intake);
      for (const part of parts) {
        await intake.begin(part);
        if (!(await readAll(part.values ?? [], intake))) return false;
      }
      return true;
    },
  };
}

/** Reads the list of one parent; false: it moved meanwhile, so that the window has to be read again. */
function childReader(
  isSweep: boolean,
  chosen: ChosenStream,
  context: RunContext,
): (id: string, intake: Intake) => Promise<boolean> {
  const { stream } = chosen;
  const column = stream.parent?.column ?? '';
  const before = new Map<string, ListSeen>();
  return async (id, intake) => {
    const request = listRequest(chosen, {}, context, stream.path.replace(/\{\w+\}/, id));
    const totals: number[] = [];
    const keys = new Set<string>();
    let pages = 0;
    let byCursor = false;
    try {
      const purposed = isSweep ? { ...request, purpose: 'sweep' as const } : request;
      for await (const page of fetchPages(context.client, purposed)) {
        pages += 1;
        byCursor ||= isCursorLink(page.next);
        if (page.totalEntries !== null) totals.push(page.totalEntries);
        for (const record of page.records) keys.add(plainText(record['id']));
        await takePage(page, intake, chosen, context, { [column]: id });
      }
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'HARVEST_NOT_FOUND') throw error;
      // the parent was deleted since it was listed: it has no children any more, nor those that were read already
      return pages === 0;
    }
    const seen: ListSeen = { totals, distinct: keys.size, pages, byCursor };
    const moved = hasMoved(seen, before.get(id) ?? null);
    if (pages > 1) before.set(id, seen);
    return !moved;
  };
}
