/** Whose children are to be read: from the stored parents, or from Harvest where the parent stream is not stored. */
import { fetchPages } from '../harvest/pages.ts';
import type { ListRequest } from '../harvest/types.ts';
import { plainText } from './cast.ts';
import { peopleConcerned } from './assignments.ts';
import { ASSIGNMENTS } from './follow-ups.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { earlier } from './month.ts';

/** The parents of a child stream; ids as text. */
export interface Parents {
  /** Up to `limit` ids greater than `after`, ascending. */
  after(after: string | null, limit: number): Promise<readonly string[]>;
  /** The ids whose children have to be read for `child`. */
  pending(child: string): Promise<readonly string[]>;
  /** Tells the ids that still exist from those that do not. */
  divide(
    ids: readonly string[],
  ): Promise<{ readonly present: readonly string[]; readonly gone: readonly string[] }>;
}

/** The parents of a child stream, from where they are known. */
export function parentsOf(chosen: ChosenStream, context: RunContext): Parents {
  const { parent } = chosen.stream;
  // a table whose stream was left out since is not kept up any more, though its checkpoint stands
  const isStored =
    parent !== undefined && context.configured.has(parent.stream) && context.states.has(parent.stream);
  return isStored ? parentsStored(parent.stream, chosen, context) : parentsInHarvest(chosen, context);
}

/** What a child stream is complete up to; null where nothing was read before this run. */
function completeUpTo({ stream }: ChosenStream, { states }: RunContext): string | null {
  return states.cursor(stream.name) ?? states.childNotes(stream.name).load?.startedAt ?? null;
}

/** Parents whose own stream is synced: their changes have left notes in the child's checkpoint. */
function parentsStored(parent: string, chosen: ChosenStream, context: RunContext): Parents {
  const { warehouse, states } = context;
  const since = completeUpTo(chosen, context);
  return {
    after: (after, limit) => warehouse.readIds(parent, 'id', after, limit),
    pending: async (child) => {
      const { pending = [] } = states.childNotes(child);
      if (child !== ASSIGNMENTS) return pending;
      return [...new Set([...pending, ...(await peopleConcerned(since, context))])];
    },
    divide: async (ids) => {
      const rows = await warehouse.readRows(
        parent,
        ['id'],
        { column: 'id', values: ids },
        chosen.stream.name,
      );
      const stored = new Set(rows.map(([id]) => id));
      return { present: ids.filter((id) => stored.has(id)), gone: ids.filter((id) => !stored.has(id)) };
    },
  };
}

/**
 * Parents whose stream is left out by the configuration: their ids are listed from Harvest, those changed since the
 * child's last run as pending. One that lies before `start_date` now counts as gone.
 */
function parentsInHarvest(chosen: ChosenStream, context: RunContext): Parents {
  const { stream } = chosen;
  const since = completeUpTo(chosen, context);
  const isFirst = context.states.cursor(stream.name) === null || context.refreshed.has(stream.name);
  const outside = new Set<string>();
  let all: Promise<ListedIds> | null = null;
  return {
    after: async (after, limit) => {
      // after a first load it is the rolling sweep that asks for all of them
      all ??= listIds(chosen, { query: {}, ...(isFirst ? {} : { purpose: 'sweep' }) }, context);
      const { inside, outside: before } = await all;
      for (const id of before) outside.add(id);
      const from = after === null ? 0 : inside.findIndex((id) => BigInt(id) > BigInt(after));
      return from < 0 ? [] : inside.slice(from, from + limit);
    },
    pending: async (child) => {
      // what an earlier attempt has read, or the last run, may have changed since
      const updated = { updated_since: earlier(since ?? context.startedAt, context.config.sync.overlapMs) };
      const changed = since === null ? NONE : await listIds(chosen, { query: updated }, context);
      for (const id of changed.outside) outside.add(id);
      const { pending = [] } = context.states.childNotes(child);
      const people = child === ASSIGNMENTS ? [...pending, ...(await peopleConcerned(since, context))] : [];
      return [...new Set([...changed.inside, ...changed.outside, ...people])];
    },
    divide: async (ids) => ({
      present: ids.filter((id) => !outside.has(id)),
      gone: ids.filter((id) => outside.has(id)),
    }),
  };
}

/** Ids within `start_date`, and those before it; ascending. */
interface ListedIds {
  readonly inside: readonly string[];
  readonly outside: readonly string[];
}

const NONE: ListedIds = { inside: [], outside: [] };

async function listIds(
  chosen: ChosenStream,
  asked: Pick<ListRequest, 'query' | 'purpose'>,
  context: RunContext,
): Promise<ListedIds> {
  const parent = context.catalog.streams.get(chosen.stream.parent?.stream ?? '');
  if (parent?.records === undefined) return NONE;
  const { startDate } = context.config;
  const inside = new Set<string>();
  const outside = new Set<string>();
  const pages = fetchPages(context.client, {
    ...asked,
    path: parent.path,
    records: parent.records,
    bucket: parent.limit_class,
    stream: chosen.stream.name,
    signal: context.signal,
  });
  for await (const { records } of pages) {
    for (const record of records) {
      const date = parent.dated === undefined ? null : record[parent.dated];
      const isOutside = typeof date === 'string' && startDate !== null && date < startDate;
      (isOutside ? outside : inside).add(plainText(record['id']));
    }
  }
  return { inside: ascending(inside), outside: ascending(outside) };
}

function ascending(ids: ReadonlySet<string>): readonly string[] {
  return [...ids].toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}
