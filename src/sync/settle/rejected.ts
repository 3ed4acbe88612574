/** Records that were rejected and of which nothing is stored: Harvest counts them, the table cannot. Pure. */
import type { ListNotes } from '../state.ts';

/** Keys that are remembered at most. */
const MOST_REMEMBERED = 1_000;

/** What a window tells of rejected records. */
export interface SeenRejects {
  /** Keys of all records that came. */
  readonly keys: Pick<ReadonlySet<string>, 'has'>;
  /** Key → date (or the empty text) of those that were rejected and have no row; a key that is unreadable is null. */
  readonly without: readonly (readonly [key: string | null, date: string])[];
  /** Whether the window would have held a record of this date, had it been there. */
  readonly holds: (date: string) => boolean;
  /** Whether the window held everything. */
  readonly isComplete: boolean;
}

/** What is to be remembered after a window; undefined: nothing. */
export function rejectedAfter(known: ListNotes['rejected'], seen: SeenRejects): ListNotes['rejected'] {
  const { keys, without, holds, isComplete } = seen;
  if (known === 'many' && !isComplete) return known;
  const after: Record<string, string> = {};
  for (const [key, date] of Object.entries(known === 'many' ? {} : (known ?? {}))) {
    if (!keys.has(key) && !holds(date)) after[key] = date;
  }
  for (const [key, date] of without) {
    if (key === null) return 'many';
    after[key] = date;
  }
  const count = Object.keys(after).length;
  if (count > MOST_REMEMBERED) return 'many';
  return count === 0 ? undefined : after;
}

/** The notes after everything was read: the records that were rejected, and no others. */
export function withAllRejects(notes: ListNotes, without: SeenRejects['without']): ListNotes {
  const { rejected: _, ...rest } = notes;
  const holds = (): boolean => true;
  const rejected = rejectedAfter(undefined, { keys: new Set(), without, holds, isComplete: true });
  return rejected === undefined ? rest : { ...rest, rejected };
}

/** How many records are remembered, or null where they are too many to be. */
export function rejectedCount(rejected: ListNotes['rejected']): number | null {
  if (rejected === 'many') return null;
  return Object.keys(rejected ?? {}).length;
}
