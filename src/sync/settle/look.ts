/**
 * Looks at parts of a list to find out what is gone. Each part is read whole, what came is stored, and the keys of rows
 * that did not come are suspects. They are let go together, once everything was read and a last look at what changed
 * meanwhile has shown that none of them has only moved to another date.
 */
import PQueue from 'p-queue';
import { ConnectorError } from '../../errors.ts';
import type { DeletionHow, Scope } from '../../warehouse/warehouse.ts';
import { readById } from '../by-id.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import { eachInPool } from '../each.ts';
import { readHidden } from '../hidden.ts';
import { earlier } from '../month.ts';
import { listReader, listRequest } from '../paging.ts';
import type { DateSpan, ListNotes } from '../state.ts';
import { syncWindow, type Along, type Checkpoint, type Window } from '../stream.ts';
import { dropThoseElsewhere } from './elsewhere.ts';
import { withAllRejects, type SeenRejects } from './rejected.ts';
import { spanLabel, spanQuery, WINDOWS_AT_ONCE } from '../window.ts';

/** More suspects are not asked for one by one. */
const MOST_ASKED = 50;

/** What is looked at. */
export type Part = 'everything' | DateSpan;

/** A look at a stream. */
export interface Look {
  readonly how: Extract<DeletionHow, 'count' | 'sweep' | 'backfill'>;
  readonly parts: readonly Part[];
  /** What is noted once all is done: nothing that is gone is stored any more, but where it is kept. */
  readonly notes: (notes: ListNotes, gone: number) => ListNotes;
  /** What is noted elsewhere once all is done, with the last commit. */
  readonly along?: Along;
}

/**
 * Reads the parts and lets go what is gone. Answers whether the list held still long enough; else the next run looks again.
 * @throws ConnectorError DELETES_IMPLAUSIBLE with nothing gone; what reading and committing throw
 */
export async function lookAt(look: Look, chosen: ChosenStream, context: RunContext): Promise<boolean> {
  const seen: Seen = { suspects: new Map(), doubtful: new Map(), rejected: [], isNoted: false };
  const { suspects } = seen;
  try {
    await readParts(look.parts, look, seen, chosen, context);
    await dropThoseThere(look, seen, chosen, context);
    await dropThoseElsewhere(suspects, chosen, context);
    const { dated, hidden_by: hiddenBy } = chosen.stream;
    if (suspects.size > 0 && (dated !== undefined || hiddenBy !== undefined)) {
      const since = earlier(context.startedAt, context.config.sync.overlapMs);
      for (const key of await readChanged(since, look.how, chosen, context)) suspects.delete(key);
    }
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'PAGES_UNSETTLED') throw error;
    context.emit({ event: 'deletions.unsettled', stream: chosen.stream.name, reason: error.message });
    return false;
  }
  if (suspects.size === 0 && seen.isNoted) return true;
  const notes = (known: ListNotes, gone: number): ListNotes =>
    look.how === 'sweep' ? withAllRejects(look.notes(known, gone), seen.rejected) : look.notes(known, gone);
  const keys = [...suspects.keys()].map((key) => [key]);
  await letGo(keys, { ...look, notes }, chosen, context);
  return true;
}

/** What a look has seen so far. */
interface Seen {
  /** Keys of rows whose records did not come, and the part that did not hold them. */
  readonly suspects: Map<string, Part>;
  /** Of these the ones in lists that can skip a record, by part. */
  readonly doubtful: Map<Part, readonly string[]>;
  /** Records that were rejected and have no row. */
  readonly rejected: SeenRejects['without'][number][];
  /** Whether the commit of the part was the last one of the look, since nothing is gone. */
  isNoted: boolean;
}

async function readParts(
  parts: readonly Part[],
  look: Look,
  seen: Seen,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const few = new PQueue({ concurrency: WINDOWS_AT_ONCE });
  await eachInPool(few, parts, async (part) => {
    const window = partWindow(part, look, seen, chosen, context);
    await context.pools.general.add(() => syncWindow(window, chosen, context));
  });
}

/**
 * Takes those off the suspects that are there after all: a list that is paged by offset can skip a record though its totals
 * held still, if one was added and one deleted between the same two pages. Dated records are asked for one by one while they
 * are few; of many the lists that can skip are read again.
 */
async function dropThoseThere(
  look: Look,
  { suspects, doubtful }: Seen,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const all = [...suspects.keys()];
  if (chosen.stream.dated !== undefined && all.length > 0 && all.length <= MOST_ASKED) {
    const asked = { mode: look.how, label: `${all.length} that did not come` } as const;
    for (const key of await readById(all, asked, chosen, context)) suspects.delete(key);
    return;
  }
  const keys = [...doubtful.values()].flat();
  if (keys.length === 0) return;
  const again: Seen = { suspects: new Map(), doubtful: new Map(), rejected: [], isNoted: false };
  await readParts([...doubtful.keys()], look, again, chosen, context);
  for (const key of keys) if (!again.suspects.has(key)) suspects.delete(key);
}

/** Where there is one part and nothing is gone, its commit is the last one of the look. */
function alongPart({ parts, along }: Look, seen: Seen): Pick<Window, 'along'> {
  if (along === undefined || parts.length > 1) return {};
  const change = (): ReturnType<Along['change']> => {
    if (seen.suspects.size > 0) return null;
    seen.isNoted = true;
    return along.change();
  };
  return { along: { ...along, change } };
}

/** Lets rows go whose records are gone, in one commit, and notes it. */
export async function letGo(
  keys: readonly (readonly string[])[],
  { how, notes, along }: Pick<Look, 'notes' | 'along'> & { readonly how: DeletionHow },
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const window: Window = {
    mode: how === 'sweep' || how === 'backfill' ? how : 'count',
    label: keys.length === 0 ? 'nothing is gone' : `${keys.length} gone`,
    scope: { kind: 'merge' },
    how,
    ...(along === undefined ? {} : { along }),
    read: async (intake) => {
      for (const key of keys) intake.gone.push(key);
      return true;
    },
    checkpoint: () =>
      checkpointWith((known) => notes(withoutRecent(known, keys), keys.length), chosen, context),
  };
  await syncWindow(window, chosen, context);
}

/** Should one of the records come back as it was, it is not to be taken for stored. */
function withoutRecent(notes: ListNotes, keys: readonly (readonly string[])[]): ListNotes {
  if (notes.recent === undefined || keys.length === 0) return notes;
  const gone = new Set(keys.map((key) => key.join('|')));
  return {
    ...notes,
    recent: Object.fromEntries(Object.entries(notes.recent).filter(([key]) => !gone.has(key))),
  };
}

function partWindow(part: Part, look: Look, seen: Seen, chosen: ChosenStream, context: RunContext): Window {
  const { how } = look;
  const { suspects, doubtful, rejected } = seen;
  const at = { canSkip: false, hidden: false };
  const query = part === 'everything' ? {} : spanQuery(part);
  const read = listReader(listRequest(chosen, query, context), chosen, context, {
    onSeen: ({ pages, byCursor }) => (at.canSkip = pages > 1 && !byCursor),
  });
  return {
    mode: how,
    label: part === 'everything' ? part : spanLabel(part),
    // what a token cannot see is not gone
    scope: context.deletionsOff === null ? scopeOf(part, chosen) : { kind: 'merge' },
    how: 'moved',
    ...alongPart(look, seen),
    onMissing: (keys) => {
      for (const key of keys) suspects.set(key.join('|'), part);
      if (at.canSkip && keys.length > 0)
        doubtful.set(
          part,
          keys.map((key) => key.join('|')),
        );
    },
    onRejects: (without) => {
      rejected.push(...without);
    },
    read: async (intake) => {
      if (!(await read(intake))) return false;
      const { found, isStill } = await readHidden(chosen, intake, context);
      at.hidden = found;
      return isStill;
    },
    checkpoint: () =>
      checkpointWith((notes) => (at.hidden ? { ...notes, hidden: true } : notes), chosen, context),
  };
}

function scopeOf(part: Part, { stream }: ChosenStream): Scope {
  if (part === 'everything') return { kind: 'all', allowShrink: true };
  return { kind: 'dates', column: stream.dated ?? '', from: part.from, to: part.to, undated: false };
}

/**
 * Reads what changed since an instant, and answers which records that were: one that was given another date while the parts
 * were read may have been in none of them.
 */
export async function readChanged(
  since: string,
  mode: Look['how'],
  chosen: ChosenStream,
  context: RunContext,
): Promise<Iterable<string>> {
  const query = { updated_since: since };
  const read = listReader(listRequest(chosen, query, context), chosen, context);
  const { hidden_by: hiddenBy } = chosen.stream;
  const hidden = listReader(listRequest(chosen, { ...hiddenBy, ...query }, context), chosen, context);
  let keys: Iterable<string> = [];
  const window: Window = {
    mode,
    label: `changed meanwhile, since ${since}`,
    scope: { kind: 'merge' },
    how: 'moved',
    isRepeat: () => true,
    read: async (intake) => {
      keys = intake.keys;
      return (await read(intake)) && (hiddenBy === undefined || (await hidden(intake)));
    },
    checkpoint: () => checkpointWith((notes) => notes, chosen, context),
  };
  await context.pools.general.add(() => syncWindow(window, chosen, context));
  return keys;
}

/** The checkpoint as it is, with some notes changed: a look completes nothing that `updated_since` would not. */
function checkpointWith(
  change: (notes: ListNotes) => ListNotes,
  { stream }: ChosenStream,
  { states }: RunContext,
): Checkpoint {
  return { cursor: states.cursor(stream.name), notes: change(states.listNotes(stream.name)) };
}
