/**
 * Looks at parts of a list to find out what is gone. Each part is read whole, what came is stored, and the keys of rows
 * that did not come are suspects. They are let go together, once everything was read and a last look at what changed
 * meanwhile has shown that none of them has only moved to another date.
 */
import PQueue from 'p-queue';
import { ConnectorError } from '../../errors.ts';
import type { DeletionHow, Scope } from '../../warehouse/warehouse.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import { eachInPool } from '../each.ts';
import { readHidden } from '../hidden.ts';
import type { Intake } from '../intake.ts';
import { earlier } from '../month.ts';
import { listReader, listRequest } from '../paging.ts';
import type { DateSpan, ListNotes } from '../state.ts';
import { syncWindow, type Checkpoint, type Window } from '../stream.ts';
import { assertStillSees } from './still-sees.ts';
import { spanLabel, spanQuery, WINDOWS_AT_ONCE } from '../window.ts';

/** What is looked at. */
export type Part = 'everything' | DateSpan;

/** A look at a stream. */
export interface Look {
  readonly how: Extract<DeletionHow, 'count' | 'sweep'>;
  readonly parts: readonly Part[];
  /** What is noted once all is done: nothing that is gone is stored any more, but where it is kept. */
  readonly notes: (notes: ListNotes, gone: number) => ListNotes;
}

/**
 * Reads the parts and lets go what is gone. Answers whether the list held still long enough; else the next run looks again.
 * @throws ConnectorError DELETES_IMPLAUSIBLE with nothing gone; what reading and committing throw
 */
export async function lookAt(look: Look, chosen: ChosenStream, context: RunContext): Promise<boolean> {
  const suspects = new Map<string, readonly string[]>();
  const few = new PQueue({ concurrency: WINDOWS_AT_ONCE });
  try {
    await eachInPool(few, look.parts, async (part) => {
      const window = partWindow(part, look, suspects, chosen, context);
      await context.pools.general.add(() => syncWindow(window, chosen, context));
    });
    if (suspects.size > 0 && chosen.stream.dated !== undefined) {
      for (const key of await recentlyChanged(look, chosen, context)) suspects.delete(key);
    }
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'PAGES_UNSETTLED') throw error;
    return false;
  }
  if (suspects.size > 0) await assertStillSees(context);
  await letGo([...suspects.values()], look.how, look.notes, chosen, context);
  return true;
}

/** Lets rows go whose records are gone, in one commit, and notes it. */
export async function letGo(
  keys: readonly (readonly string[])[],
  how: DeletionHow,
  notes: Look['notes'],
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const window: Window = {
    mode: how === 'sweep' ? 'sweep' : 'count',
    label: keys.length === 0 ? 'nothing is gone' : `${keys.length} gone`,
    scope: { kind: 'merge' },
    how,
    read: async (intake) => {
      for (const key of keys) intake.gone.push(key);
      return true;
    },
    checkpoint: () => checkpointWith((known) => notes(without(known, keys), keys.length), chosen, context),
  };
  await syncWindow(window, chosen, context);
}

/** Should one of the records come back as it was, it is not to be taken for stored. */
function without(notes: ListNotes, keys: readonly (readonly string[])[]): ListNotes {
  if (notes.recent === undefined || keys.length === 0) return notes;
  const gone = new Set(keys.map((key) => key.join('|')));
  return {
    ...notes,
    recent: Object.fromEntries(Object.entries(notes.recent).filter(([key]) => !gone.has(key))),
  };
}

function partWindow(
  part: Part,
  { how }: Look,
  suspects: Map<string, readonly string[]>,
  chosen: ChosenStream,
  context: RunContext,
): Window {
  const query = part === 'everything' ? {} : spanQuery(part);
  const read = listReader(listRequest(chosen, query, context), chosen, context);
  return {
    mode: how,
    label: part === 'everything' ? part : spanLabel(part),
    scope: scopeOf(part, chosen),
    how: 'moved',
    onMissing: (keys) => {
      for (const key of keys) suspects.set(key.join('|'), key);
    },
    read: async (intake) => {
      if (!(await read(intake))) return false;
      await readHidden(chosen, intake, context);
      return true;
    },
    checkpoint: () => checkpointWith((notes) => notes, chosen, context),
  };
}

function scopeOf(part: Part, { stream }: ChosenStream): Scope {
  if (part === 'everything') return { kind: 'all', allowShrink: true };
  return { kind: 'dates', column: stream.dated ?? '', from: part.from, to: part.to, undated: false };
}

/**
 * Keys of records that changed since the run began: one that was given another date while the parts were read may have
 * been in none of them.
 */
async function recentlyChanged(
  { how }: Look,
  chosen: ChosenStream,
  context: RunContext,
): Promise<ReadonlySet<string>> {
  const since = earlier(context.startedAt, context.config.sync.overlapMs);
  const read = listReader(listRequest(chosen, { updated_since: since }, context), chosen, context);
  let keys: Intake['keys'] = new Set();
  const window: Window = {
    mode: how,
    label: `changed meanwhile, since ${since}`,
    scope: { kind: 'merge' },
    how: 'moved',
    isRepeat: () => true,
    read: async (intake) => {
      keys = intake.keys;
      return read(intake);
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
