/** How many records Harvest has of each account-wide stream, against the rows of its table. */
import { fetchCount, fetchPages } from '../harvest/pages.ts';
import { plainText } from '../sync/cast.ts';
import type { ChosenStream } from '../sync/context.ts';
import { addDays } from '../sync/month.ts';
import { listRequest } from '../sync/paging.ts';
import { askedSince } from './since.ts';
import { asVisible, type Scope } from './scope.ts';

/** Compares the counts of all streams that Harvest counts: not the company, report months and children of parents. */
export async function compareCounts(scope: Scope): Promise<void> {
  const { pools } = scope.context;
  const counted = [...scope.streams.values()].filter(
    ({ stream }) => stream.records !== undefined && stream.sync !== 'report' && stream.parent === undefined,
  );
  await Promise.all(
    counted.map((chosen) =>
      asVisible(chosen.stream.name, scope, async () => {
        await pools[chosen.stream.limit_class].add(() => compareCount(chosen, scope));
      }),
    ),
  );
}

async function compareCount(chosen: ChosenStream, scope: Scope): Promise<void> {
  const { context, findings } = scope;
  const { stream } = chosen;
  const total = await totalOf(chosen, scope);
  const live = await context.warehouse.readLive(stream.name, null, context.config.sync.deletes, stream.name);
  const rows = [...live.values()].reduce((sum, count) => sum + count, 0);
  const { rejected = {} } = context.states.listNotes(stream.name);
  findings.compared(1);
  if (rejected === 'many') {
    if (rows <= total) return findings.leaveOut(stream.name, 'many records were rejected: not counted');
  } else if (rows + Object.keys(rejected).length === total) return;
  const known = rejected === 'many' ? 0 : Object.keys(rejected).length;
  const isNew = stream.cursor !== undefined && rows + known + (await countNew(chosen, scope)) === total;
  findings.add({
    kind: 'count',
    cause: isNew ? 'changed' : 'differs',
    table: stream.name,
    column: 'rows',
    ours: String(rows),
    harvest: String(total - known),
  });
}

/** How many records there are, as far as they are to be stored. */
async function totalOf(chosen: ChosenStream, { context }: Scope): Promise<number> {
  const { stream } = chosen;
  const { startDate } = context.config;
  const count = async (query: Readonly<Record<string, string>>): Promise<number> =>
    (await fetchCount(context.client, listRequest(chosen, query, context))).total;
  if (stream.hidden_by !== undefined) {
    // the plain list may leave out what the filter shows: both sides of it together are all
    const others = Object.entries(stream.hidden_by).map(([name, value]) => [name, opposite(value)]);
    return (await count(stream.hidden_by)) + (await count(Object.fromEntries(others)));
  }
  if (stream.dated === undefined || startDate === null) return count({});
  if (stream.undated !== true) return count({ from: startDate });
  // `from` would hide records without a date, which are stored
  return (await count({})) - (await count({ to: addDays(startDate, -1) }));
}

function opposite(value: string): string {
  return value === 'true' ? 'false' : 'true';
}

/** How many records without a row have changed since the last sync. */
async function countNew(chosen: ChosenStream, { context }: Scope): Promise<number> {
  const { stream } = chosen;
  const since = askedSince(context.states.cursor(stream.name) ?? context.startedAt);
  const { startDate } = context.config;
  const ids = new Set<string>();
  const request = listRequest(chosen, { updated_since: since }, context);
  for await (const { records } of fetchPages(context.client, request)) {
    for (const record of records) {
      const date = stream.dated === undefined ? null : record[stream.dated];
      if (typeof date === 'string' && startDate !== null && date < startDate) continue;
      ids.add(plainText(record['id']));
    }
  }
  const where = { column: 'id', values: [...ids] };
  const stored = await context.warehouse.readRows(stream.name, ['id'], where, stream.name);
  return ids.size - new Set(stored.map(([id]) => id)).size;
}
