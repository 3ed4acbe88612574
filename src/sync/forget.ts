/** When digests in the notes are not to be trusted. Works on notes alone. */
import { BUDGET_HISTORY } from '../catalog/tables.ts';
import type { StoredState } from '../warehouse/warehouse.ts';
import { isEmptyContent } from './digest.ts';
import { RING } from './rotation.ts';
import type { ChosenStream } from './context.ts';
import { AS_OF } from './report-window.ts';
import type { ChildNotes, ListNotes, ReportNotes, StateBook, SweepNotes } from './state.ts';

/** Notes of any stream as far as this file knows them. */
type AnyNotes = Pick<ListNotes, 'recent' | 'snapshot'> &
  Pick<ChildNotes, 'sweep'> & { readonly content?: unknown };

/** Which digests are not trusted. */
export interface Doubts {
  /** Everything is to be compared again (`--full-refresh`). */
  readonly all: boolean;
  /** Tables without rows, or with new columns: they may have been dropped by hand. */
  readonly renewed: ReadonlySet<string>;
}

/**
 * The checkpoints without the digests that may not fit the tables. They are forgotten for good with the next commit
 * of their stream. Until then the table stays empty (rows come with a commit alone), so that a run that fails
 * or is killed leaves the next one with the same doubts.
 */
export function forgetContent(
  states: ReadonlyMap<string, StoredState>,
  { all, renewed }: Doubts,
): ReadonlyMap<string, StoredState> {
  const forget = (stored: StoredState): StoredState => {
    const { stream, state } = stored;
    if (typeof state !== 'object' || state === null) return stored;
    const isDoubted = all || renewed.has(stream);
    const { content, recent, snapshot, sweep, ...notes } = state as AnyNotes;
    const kept = isDoubted ? emptyOnes(all ? undefined : content) : content;
    // the day's snapshot may be there all the same: its date stays known
    const day = snapshot !== undefined && (all || renewed.has(BUDGET_HISTORY)) ? dateOf(snapshot) : snapshot;
    return {
      ...stored,
      state: {
        ...notes,
        ...(kept === undefined ? {} : { content: kept }),
        ...(recent === undefined || isDoubted ? {} : { recent }),
        ...(day === undefined ? {} : { snapshot: day }),
        ...(sweep === undefined ? {} : { sweep: isDoubted ? undigested(sweep) : sweep }),
      },
    };
  };
  return new Map([...states].map(([stream, stored]) => [stream, forget(stored)]));
}

function dateOf({ date }: { readonly date: string }): { readonly date: string } {
  return { date };
}

/**
 * Forgets the digests of tables whose rows got new names: a digest stands for what Harvest sent, and should that ever
 * read otherwise than the name that was put together here, the next run compares and puts it right.
 */
export function forgetRenamed(streams: ReadonlySet<string>, states: StateBook): void {
  for (const stream of streams) {
    const { content, recent, sweep, ...notes }: AnyNotes = {
      ...states.listNotes(stream),
      ...states.childNotes(stream),
    };
    if (content === undefined && recent === undefined && sweep?.digests === undefined) continue;
    const kept = sweep === undefined ? notes : { ...notes, sweep: undigested(sweep) };
    states.defer(states.change(stream, states.cursor(stream), kept));
  }
}

/**
 * Forgets when everything was last read, once the token sees more than the run before: what that one could not see
 * changed without being told, and report months hold what it saw. Lists and children are listed in full as soon as
 * deletions are looked for again, months are read in this run; those that are as of their day stay.
 */
export function forgetSeen(configured: ReadonlyMap<string, ChosenStream>, states: StateBook): void {
  for (const [name, { stream }] of configured) {
    if (!states.has(name) || name === AS_OF) continue;
    const { sweptAt: _, ...list } = states.listNotes(name);
    const { sweep, ...child } = states.childNotes(name);
    let notes: ListNotes | ChildNotes | ReportNotes = list;
    if (stream.sync === 'report') notes = { ...states.reportNotes(name), months: {}, content: {} };
    else if (sweep !== undefined) notes = { ...child, sweep: { ...undigested(sweep), owed: RING } };
    states.defer(states.change(name, states.cursor(name), notes));
  }
}

/** How far a sweep is, without what it knows of the content. */
function undigested({ digests: _, ...sweep }: SweepNotes): SweepNotes {
  return sweep;
}

/** Of the digests of a table's content those that stand for no rows: they fit an empty table. */
function emptyOnes(content: unknown): unknown {
  if (typeof content === 'string') return isEmptyContent(content) ? content : undefined;
  if (typeof content !== 'object' || content === null) return undefined;
  return Object.fromEntries(
    Object.entries(content).filter(([, digest]) => typeof digest === 'string' && isEmptyContent(digest)),
  );
}
