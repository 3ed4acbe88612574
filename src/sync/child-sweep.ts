/**
 * The rolling sweep: the children of quiet parents are read again in rotation, since their deletion, or a change that
 * moves no `updated_at`, would never be seen otherwise. A run reads the places of the ring that its share asks for.
 */
import { batchesOf, parentsAt, partsOf, withDigests } from './child-places.ts';
import { childWindow } from './child-window.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import type { Parents } from './parents.ts';
import { afterTurn, turnOf } from './rotation.ts';
import { syncWindow, type Checkpoint } from './stream.ts';

/** Parents of a sweep that are read and committed together. */
const SWEPT_PER_WINDOW = 500;

/**
 * Reads what is due. Nothing is looked for where the run could not tell a deletion from what it may not see.
 *
 * @throws ConnectorError what reading and committing throw; what was committed before counts
 */
export async function sweepQuiet(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const { states, startedAt, config } = context;
  const { name, parent } = chosen.stream;
  const begun = states.childNotes(name).sweep;
  if (begun === undefined || context.deletionsOff !== null) return;
  const turn = turnOf(begun, startedAt, config.sync.sweepChildrenEveryMs);
  if (turn.places.length === 0) return;
  const { places, total } = await parentsAt(turn.places, chosen, parents, context);
  let read = 0;
  for (const batch of batchesOf(places, SWEPT_PER_WINDOW)) {
    const taken = (read += batch.length);
    const checkpoint = (intake: Intake): Checkpoint => {
      const { sweep, ...notes } = states.childNotes(name);
      const after = withDigests(afterTurn(begun, turn, taken, startedAt), sweep?.digests, batch, intake);
      return { cursor: states.cursor(name), notes: { ...notes, sweep: after } };
    };
    const ids = batch.flatMap((each) => each.ids);
    const gone = batch.flatMap((each) => each.gone);
    const label = `${inThousands(ids.length)} of ${inThousands(total)} ${parent?.stream ?? ''}`;
    const parts = partsOf(batch, begun.digests, context);
    const window = childWindow(
      { mode: 'sweep', how: 'sweep', ids, gone, label, checkpoint, parts },
      chosen,
      context,
    );
    await syncWindow(window, chosen, context);
  }
}

function inThousands(count: number): string {
  return count.toLocaleString('en-US');
}
