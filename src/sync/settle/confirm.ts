/**
 * Whether records that a list did not show are gone. A list that is paged by offset can skip a record although its totals
 * held still, if one was added and one deleted between the same two pages: such suspects are asked for by their id.
 */
import { ConnectorError } from '../../errors.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import { eachInPool } from '../each.ts';

/** More suspects are not asked for one by one: their lists are read once more. */
export const MOST_ASKED = 50;

/**
 * Of some records those that Harvest still has; one request each.
 * @see Harvest API v2 docs, "Retrieve a time entry" and the like: 404 for a record that is gone (checked 2026-11-29)
 */
export async function stillThere(
  ids: readonly string[],
  { stream }: ChosenStream,
  { client, signal, pools }: RunContext,
): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  await eachInPool(pools[stream.limit_class], ids, async (id) => {
    try {
      await client.get({
        path: `${stream.path}/${id}`,
        bucket: stream.limit_class,
        stream: stream.name,
        signal,
      });
      there.add(id);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== 'HARVEST_NOT_FOUND') throw error;
    }
  });
  return there;
}
