/** A window of a child stream: the lists of some parents, each of which stands for all of its children. */
import PQueue from 'p-queue';
import { ConnectorError } from '../errors.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { plainText } from './cast.ts';
import { askedInPool } from './each.ts';
import { eachInTurn } from './in-turn.ts';
import type { Intake } from './intake.ts';
import { hasMoved, isCursorLink, listRequest, parsedPage, takePage, type ListSeen } from './paging.ts';
import type { PartOptions } from './part.ts';
import type { Checkpoint, Window } from './stream.ts';
import { acceptsHidden } from './visibility.ts';

/** Parents whose lists are read and stored together. */
export interface ChildBatch {
  readonly mode: Window['mode'];
  /** The parents to read. */
  readonly ids: readonly string[];
  /** Of these the ones that count no more: their children go, there is nothing to read. */
  readonly gone?: readonly string[];
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
  const { mode, ids, gone = [], parts, checkpoint } = batch;
  const isGone = new Set(gone);
  const hidden: ConnectorError[] = [];
  const readOne = childReader(mode === 'sweep', hidden, chosen, context);
  const groups = (parts ?? [{ name: '', values: ids, digest: null }]).map(({ values = [] }) =>
    values.filter((id) => !isGone.has(id)),
  );
  return {
    mode,
    label: batch.label ?? `${ids.length} ${stream.parent?.stream ?? ''}`,
    scope: scopeOf(batch, chosen, context),
    how: batch.how ?? 'parent',
    checkpoint,
    read: async (intake) => {
      hidden.length = 0;
      const held = { still: true };
      const begin = async (group: number): Promise<void> => {
        const part = parts?.[group];
        if (part !== undefined) await intake.begin(part);
      };
      // lists are asked for before the turn of their part: a part alone is too small to keep the limit busy. Those that wait
      // for it do so in a queue of their own, so that one slow list holds up no other stream
      const lists = new PQueue({ concurrency: context.config.sync.concurrency });
      await eachInTurn(lists, groups, begin, async (id, turn) => {
        if (!(await readOne(id, intake, turn))) held.still = false;
      });
      if (!held.still) return false;
      // nothing that may be seen is a stream that may not be
      if (hidden[0] !== undefined && hidden.length === ids.length - gone.length) throw hidden[0];
      return true;
    },
  };
}

/** Where deletions are not looked for, a list that is read says nothing of what is missing from it. */
function scopeOf(
  { scope: wanted, ids }: ChildBatch,
  chosen: ChosenStream,
  { deletionsOff }: RunContext,
): Window['scope'] {
  const scope = wanted ?? childrenOfParents(chosen, ids);
  if (deletionsOff === null) return scope;
  if (scope.kind !== 'where') return { kind: 'merge' };
  const read = new Set(ids);
  return { ...scope, values: scope.values.filter((id) => !read.has(id)) };
}

/**
 * Reads the list of one parent; false: it moved meanwhile, so that the window has to be read again. A list that may not
 * be seen, where that was accepted, is taken note of in `hidden`. Nothing is taken before its turn.
 */
function childReader(
  isSweep: boolean,
  hidden: ConnectorError[],
  chosen: ChosenStream,
  context: RunContext,
): (id: string, intake: Intake, turn: () => Promise<void>) => Promise<boolean> {
  const { stream } = chosen;
  const column = stream.parent?.column ?? '';
  const before = new Map<string, ListSeen>();
  return async (id, intake, turn) => {
    const request = listRequest(chosen, {}, context, stream.path.replace(/\{\w+\}/, id));
    const totals: number[] = [];
    const keys = new Set<string>();
    let pages = 0;
    let byCursor = false;
    try {
      const purposed = isSweep ? { ...request, purpose: 'sweep' as const } : request;
      const asked = fetchPages(context.client, purposed);
      for await (const page of askedInPool(context.pools[stream.limit_class], asked)) {
        pages += 1;
        if (pages === 1) await turn();
        byCursor ||= isCursorLink(page.next);
        if (page.totalEntries !== null) totals.push(page.totalEntries);
        const parsed = parsedPage(page);
        for (const record of parsed.records) keys.add(plainText(record['id']));
        await takePage(parsed, intake, chosen, context, { [column]: id });
        if (page.next === null) break;
      }
    } catch (error) {
      if (error instanceof ConnectorError && acceptsHidden(error, context)) return hidden.push(error) > 0;
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
