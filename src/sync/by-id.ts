import { ConnectorError } from '../errors.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { syncWindow, type Window } from './stream.ts';

/**
 * Reads some records of an account-wide list one by one, and stores those that are there. Answers the ids of these; one
 * request each, and no checkpoint moves.
 * @see Harvest API v2 docs, "Retrieve a time entry", "Retrieve an invoice" and the like: 404 for a record that is gone
 * (checked 2026-11-29)
 */
export async function readById(
  ids: readonly string[],
  { mode, label }: Pick<Window, 'mode' | 'label'>,
  chosen: ChosenStream,
  context: RunContext,
): Promise<ReadonlySet<string>> {
  const { stream } = chosen;
  const { client, signal, states, pools } = context;
  const there = new Set<string>();
  const window: Window = {
    mode,
    label,
    scope: { kind: 'merge' },
    how: 'moved',
    isRepeat: () => true,
    read: async (intake) => {
      await eachInPool(pools[stream.limit_class], ids, async (id) => {
        const request = { path: `${stream.path}/${id}`, bucket: stream.limit_class, stream: stream.name };
        try {
          const { body } = await client.get({ ...request, signal });
          await intake.take([body]);
          there.add(id);
        } catch (error) {
          if (!(error instanceof ConnectorError) || error.code !== 'HARVEST_NOT_FOUND') throw error;
        }
      });
      return true;
    },
    checkpoint: () => ({ cursor: states.cursor(stream.name), notes: states.listNotes(stream.name) }),
  };
  await syncWindow(window, chosen, context);
  return there;
}
