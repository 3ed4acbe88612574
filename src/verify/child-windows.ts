/** The children of all parents, in windows; of those too that no list of parents names any more. */
import { ConnectorError } from '../errors.ts';
import { childWindow } from '../sync/child-window.ts';
import type { ChosenStream, RunContext } from '../sync/context.ts';
import { parentsOf } from '../sync/parents.ts';
import { PARENTS_PER_WINDOW } from '../sync/window.ts';
import type { FullWindow } from './read-window.ts';

/** Ids that are read from the warehouse at a time. */
const IDS_AT_ONCE = 10_000;

/**
 * A batch of parents at a time: those that there are, and those that only rows of the child's own table point at. Harvest
 * answers that it does not know these, so that their rows are too many.
 */
export async function* childWindows(chosen: ChosenStream, context: RunContext): AsyncGenerator<FullWindow> {
  const { stream, table } = chosen;
  const parents = parentsOf(chosen, context);
  const column = stream.parent?.column ?? '';
  const listed = allIds((after, limit) => parents.after(after, limit));
  const pointedAt = allIds((after, limit) => context.warehouse.readIds(table.name, column, after, limit));
  let batch: string[] = [];
  const windowOf = (ids: readonly string[]): FullWindow => {
    const count = ids.length;
    context.emit({ event: 'work.planned', stream: stream.name, unit: 'lists', count, requests: count });
    const window = childWindow({ mode: 'children', ids, checkpoint }, chosen, context);
    return { label: window.label, rows: window.scope, read: window.read };
  };
  for await (const id of merged(listed, pointedAt)) {
    batch.push(id);
    if (batch.length < PARENTS_PER_WINDOW) continue;
    yield windowOf(batch);
    batch = [];
  }
  if (batch.length > 0) yield windowOf(batch);
}

/** Nothing is stored, so there is nothing to go on from. */
function checkpoint(): never {
  throw new ConnectorError('INTERNAL', 'A comparison has no checkpoint');
}

/** Ascending ids, read as they are asked for. */
async function* allIds(
  read: (after: string | null, limit: number) => Promise<readonly string[]>,
): AsyncGenerator<string> {
  let after: string | null = null;
  for (;;) {
    const ids: readonly string[] = await read(after, IDS_AT_ONCE);
    yield* ids;
    if (ids.length < IDS_AT_ONCE) return;
    after = ids.at(-1) ?? null;
  }
}

/** Two ascending lists as one, in which no id stands twice. */
async function* merged(one: AsyncGenerator<string>, other: AsyncGenerator<string>): AsyncGenerator<string> {
  const next = async (ids: AsyncGenerator<string>): Promise<string | null> => {
    const { done, value } = await ids.next();
    return done === true ? null : value;
  };
  let [first, second] = [await next(one), await next(other)];
  while (first !== null || second !== null) {
    const isFirst = second === null || (first !== null && BigInt(first) <= BigInt(second));
    const id = isFirst ? first : second;
    if (first === id) first = await next(one);
    if (second === id) second = await next(other);
    if (id !== null) yield id;
  }
}
