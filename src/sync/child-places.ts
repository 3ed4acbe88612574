/**
 * The parents of a child stream by their places on the ring (see `rotation.ts`), so that a window of them has a digest
 * for each place: what is the same as when it was last stored need not be staged when the sweep comes by.
 */
import type { ChosenStream, RunContext } from './context.ts';
import type { Intake } from './intake.ts';
import type { Parents } from './parents.ts';
import type { PartOptions } from './part.ts';
import { placeOf } from './rotation.ts';
import type { SweepNotes } from './state.ts';

/** Ids that are taken from the warehouse at a time. */
const IDS_AT_ONCE = 20_000;

/** Hex digits of a digest: it only has to tell whether the content of one place has changed. */
const DIGITS = 16;

/** What a place of the ring holds. */
export interface Place {
  readonly place: number;
  readonly ids: readonly string[];
  /** Of these the ones that count no more, though children of them are stored: there is nothing to read. */
  readonly gone: readonly string[];
}

/** Parents by place. */
export interface Placed {
  readonly places: readonly Place[];
  /** Parents that there are in all, at other places too. */
  readonly total: number;
}

/**
 * The parents at some places. Those that are not there any more count as well while children of them are stored, so
 * that these go.
 */
export async function parentsAt(
  places: readonly number[],
  chosen: ChosenStream,
  parents: Parents,
  { warehouse }: RunContext,
): Promise<Placed> {
  const { stream } = chosen;
  const at = new Map(places.map((place) => [place, new Set<string>()]));
  const stored = (after: string | null, limit: number): Promise<readonly string[]> =>
    warehouse.readIds(stream.name, stream.parent?.column ?? '', after, limit);
  let total = 0;
  for await (const id of allOf((after, limit) => parents.after(after, limit))) {
    total += 1;
    at.get(placeOf(id))?.add(id);
  }
  const gone = new Set<string>();
  for await (const id of allOf(stored)) {
    const ids = at.get(placeOf(id));
    if (ids === undefined || ids.has(id)) continue;
    ids.add(id);
    gone.add(id);
  }
  const found = [...at].map(([place, ids]) => ({ place, ids: [...ids] }));
  return { total, places: found.map((each) => ({ ...each, gone: each.ids.filter((id) => gone.has(id)) })) };
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

/** The places in batches of some parents at most, unless one place alone holds more; no place is left out. */
export function batchesOf(places: readonly Place[], most: number): readonly (readonly Place[])[] {
  const batches: Place[][] = [[]];
  let parents = 0;
  for (const place of places) {
    if (parents > 0 && parents + place.ids.length > most) {
      batches.push([]);
      parents = 0;
    }
    batches.at(-1)?.push(place);
    parents += place.ids.length;
  }
  return batches;
}

/**
 * The parts of a window; `known`: digests of what is stored, so that a part which is the same is left out. Where what is
 * missing stays in the table, what came says nothing of what is stored: then there are no digests.
 */
export function partsOf(
  batch: readonly Place[],
  known: SweepNotes['digests'],
  { config, deletionsOff }: RunContext,
): readonly PartOptions[] {
  const { deletes } = config.sync;
  return batch
    .filter(({ ids }) => ids.length > 0)
    .map(({ place, ids: values }) => ({
      name: String(place),
      values,
      digest: deletionsOff === null ? { remembered: known?.[place], deletes, digits: DIGITS } : null,
    }));
}

/** The notes of a sweep with the digests of a batch that was read. */
export function withDigests(
  sweep: Omit<SweepNotes, 'digests'>,
  known: SweepNotes['digests'],
  batch: readonly Place[],
  intake: Intake,
): SweepNotes {
  const digests: Record<string, string> = { ...known };
  for (const { place } of batch) {
    const digest = intake.digests.get(String(place));
    if (digest === undefined) delete digests[place];
    else digests[place] = digest;
  }
  return { ...sweep, digests };
}
