/**
 * The rolling sweep: the children of quiet parents are read again in rotation, since their deletion, or a change that
 * moves no `updated_at`, would never be seen otherwise. The parents stand on a ring by their id; a run reads the
 * places that its share asks for. A place whose content is the same as when it was last stored is not staged.
 */
import { childWindow } from './child-window.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import type { Parents } from './parents.ts';
import { afterTurn, placeOf, turnOf, type Turn } from './rotation.ts';
import type { ChildNotes, SweepNotes } from './state.ts';
import { syncWindow, type Checkpoint } from './stream.ts';

/** Parents of a sweep that are read and committed together, unless one place holds more. */
const SWEPT_PER_WINDOW = 500;

/** Ids that are taken from the warehouse at a time. */
const IDS_AT_ONCE = 20_000;

/** Hex digits of a digest: it only has to tell whether the content of one place has changed. */
const DIGITS = 16;

/** What a place of the ring holds. */
interface Place {
  readonly place: number;
  readonly ids: readonly string[];
}

/** A sweep of a child stream in one run. */
interface Sweep {
  readonly turn: Turn;
  readonly places: readonly Place[];
  /** Parents that there are in all. */
  readonly total: number;
}

/**
 * Reads what is due. Nothing is looked for where the run could not tell a deletion from what it may not see.
 *
 * @throws ConnectorError what reading and committing throw; what was committed before counts
 */
export async function sweepQuiet(chosen: ChosenStream, parents: Parents, context: RunContext): Promise<void> {
  const begun = context.states.childNotes(chosen.stream.name).sweep;
  if (begun === undefined || context.deletionsOff !== null) return;
  const everyMs = context.sweepAll ? 0 : context.config.sync.sweepChildrenEveryMs;
  const turn = turnOf(begun, context.startedAt, everyMs);
  if (turn.places.length === 0) return;
  const sweep = { turn, ...(await parentsAt(turn.places, chosen, parents, context)) };
  let taken = 0;
  for (const batch of batchesOf(sweep.places)) {
    taken += batch.length;
    await readPlaces(batch, { taken, begun, sweep }, chosen, context);
  }
}

/**
 * The parents at some places. Those that are not there any more count as well while children of them are stored, so
 * that these go.
 */
async function parentsAt(
  places: readonly number[],
  chosen: ChosenStream,
  parents: Parents,
  { warehouse }: RunContext,
): Promise<Omit<Sweep, 'turn'>> {
  const { stream } = chosen;
  const at = new Map(places.map((place) => [place, new Set<string>()]));
  const stored = (after: string | null, limit: number): Promise<readonly string[]> =>
    warehouse.readIds(stream.name, stream.parent?.column ?? '', after, limit);
  let total = 0;
  for await (const id of allOf((after, limit) => parents.after(after, limit))) {
    total += 1;
    at.get(placeOf(id))?.add(id);
  }
  for await (const id of allOf(stored)) at.get(placeOf(id))?.add(id);
  return { total, places: [...at].map(([place, ids]) => ({ place, ids: [...ids] })) };
}

/** All ids, a good many at a time. */
async function* allOf(
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

function batchesOf(places: readonly Place[]): readonly (readonly Place[])[] {
  const batches: Place[][] = [[]];
  let parents = 0;
  for (const place of places) {
    if (parents > 0 && parents + place.ids.length > SWEPT_PER_WINDOW) {
      batches.push([]);
      parents = 0;
    }
    batches.at(-1)?.push(place);
    parents += place.ids.length;
  }
  return batches;
}

/** Reads, stages and commits some places; `taken`: how many of the turn are read then. */
async function readPlaces(
  batch: readonly Place[],
  { taken, begun, sweep }: { taken: number; begun: SweepNotes; sweep: Sweep },
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const { stream } = chosen;
  const { deletes } = context.config.sync;
  const ids = batch.flatMap((each) => each.ids);
  const known = begun.digests ?? {};
  const of = sweep.total.toLocaleString('en-US');
  const checkpoint = (intake: Intake): Checkpoint => {
    const notes: ChildNotes = context.states.childNotes(stream.name);
    const digests: Record<string, string> = { ...notes.sweep?.digests };
    for (const { place } of batch) {
      const digest = intake.digests.get(String(place));
      if (digest === undefined) delete digests[place];
      else digests[place] = digest;
    }
    const after = afterTurn(begun, sweep.turn, taken, context.startedAt);
    return { cursor: context.states.cursor(stream.name), notes: { ...notes, sweep: { ...after, digests } } };
  };
  const window = childWindow(
    {
      mode: 'sweep',
      ids,
      label: `${ids.length.toLocaleString('en-US')} of ${of} ${stream.parent?.stream ?? ''}`,
      how: 'sweep',
      checkpoint,
      parts: batch
        .filter((each) => each.ids.length > 0)
        .map(({ place, ids: values }) => ({
          name: String(place),
          values,
          digest: { remembered: known[place], deletes, digits: DIGITS },
        })),
    },
    chosen,
    context,
  );
  await syncWindow(window, chosen, context);
}
