/** Whose children are to be read: from the stored parents, or from Harvest where the parent stream is not stored. */
import { fetchPages } from '../harvest/pages.ts';
import { plainText } from './cast.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { earlier } from './month.ts';
import { PAGE_SIZE } from './window.ts';

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

/** Parents whose own stream is synced: their changes have left notes in the child's checkpoint. */
export function parentsStored(parent: string, context: RunContext): Parents {
  const { warehouse, states } = context;
  return {
    after: (after, limit) => warehouse.readIds(parent, 'id', after, limit),
    pending: async (child) => {
      const { pending = [], pendingProjects = [] } = states.childNotes(child);
      if (pendingProjects.length === 0) return pending;
      const where = { column: 'project_id', values: pendingProjects };
      const people = await warehouse.readRows('user_assignments', ['user_id'], where);
      return [...new Set([...pending, ...people.map(([id]) => id ?? '')])].filter((id) => id !== '');
    },
    divide: async (ids) => {
      const rows = await warehouse.readRows(parent, ['id'], { column: 'id', values: ids });
      const stored = new Set(rows.map(([id]) => id));
      return { present: ids.filter((id) => stored.has(id)), gone: ids.filter((id) => !stored.has(id)) };
    },
  };
}

/**
 * Parents whose stream is left out by the configuration: their ids are listed from Harvest, those changed since the
 * child's last run as pending.
 */
export async function parentsInHarvest(chosen: ChosenStream, context: RunContext): Promise<Parents> {
  const { stream } = chosen;
  const cursor = context.states.cursor(stream.name);
  const { load } = context.states.childNotes(stream.name);
  const since = (instant: string): Readonly<Record<string, string>> => ({
    updated_since: earlier(instant, context.config.sync.overlapMs),
  });
  const isFirst = cursor === null || context.fullRefresh;
  const listed = await listIds(chosen, isFirst ? {} : since(cursor), context);
  return {
    after: async (after, limit) => {
      const from = after === null ? 0 : listed.findIndex((id) => BigInt(id) > BigInt(after));
      return from < 0 ? [] : listed.slice(from, from + limit);
    },
    pending: async () => {
      if (!isFirst) return listed;
      // parents that were read by an earlier attempt may have changed since
      return load === undefined ? [] : listIds(chosen, since(load.startedAt), context);
    },
    divide: async (ids) => ({ present: ids, gone: [] }),
  };
}

/** Ids of the parent list within `start_date`, ascending. */
async function listIds(
  chosen: ChosenStream,
  query: Readonly<Record<string, string>>,
  context: RunContext,
): Promise<readonly string[]> {
  const parent = context.catalog.streams.get(chosen.stream.parent?.stream ?? '');
  if (parent?.records === undefined) return [];
  const { startDate } = context.config;
  const ids: string[] = [];
  const pages = fetchPages(context.client, {
    path: parent.path,
    query: { ...query, per_page: PAGE_SIZE },
    records: parent.records,
    bucket: parent.limit_class,
    stream: chosen.stream.name,
    signal: context.signal,
  });
  for await (const { records } of pages) {
    for (const record of records) {
      const date = parent.dated === undefined ? null : record[parent.dated];
      if (typeof date === 'string' && startDate !== null && date < startDate) continue;
      ids.push(plainText(record['id']));
    }
  }
  return [...new Set(ids)].toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}
