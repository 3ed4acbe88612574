/**
 * Checkpoints that are changed by hand. Pure. A checkpoint knows two kinds of things: what is complete, which may be set back,
 * and what is owed (names to spread, children to read, months whose facts changed, rows that have to go), which must
 * survive, since nothing else would ever tell of it. What is remembered of the content of tables is not trusted any more.
 */
import type { Stream } from '../catalog/stream.ts';
import { LASTING, type ChildNotes, type ListNotes, type ReportNotes } from './state.ts';

type AnyNotes = Readonly<Record<string, unknown>>;

/** What of a child's notes is owed. */
const OWED_TO_CHILDREN = ['pending', 'pendingProjects', 'parentsLeave', 'anew'] as const;

/** Lists of ids that two checkpoints add up to. */
const UNIONS = ['renames', 'goneProjects', 'pending', 'pendingProjects'] as const;

/** Facts about the table as it is now, not as it was when an older checkpoint was written. */
const OF_THE_TABLE = ['apart', 'rejected', 'missing', 'outside', 'parentsLeave', 'anew'] as const;

/** What is remembered of the content of tables, and when a list was last read whole. */
const REMEMBERED = [
  'content',
  'recent',
  'snapshot',
  'sweptAt',
  'months',
  ...UNIONS,
  ...OF_THE_TABLE,
] as const;

/** The notes of a stream that is to be loaded anew. */
export function resetNotes(stream: Stream, state: unknown): ListNotes | ChildNotes | ReportNotes {
  if (stream.sync === 'report') return { months: {}, ...only(recordOf(state), ['outside']) };
  return only(recordOf(state), stream.parent === undefined ? LASTING : OWED_TO_CHILDREN);
}

/** The notes of a stream whose cursor is set: a load under way is given up. */
export function notesForCursor(state: unknown): ListNotes | ChildNotes {
  return without(recordOf(state), ['load', 'recent']);
}

/** The notes of a stream that goes back to an older checkpoint. */
export function restoredNotes(
  stream: Stream,
  current: unknown,
  restored: unknown,
): ListNotes | ChildNotes | ReportNotes {
  const [now, then] = [recordOf(current), recordOf(restored)];
  const union = (name: string): AnyNotes => {
    const ids = [...new Set([...listOf(now[name]), ...listOf(then[name])])];
    return ids.length === 0 ? {} : { [name]: ids };
  };
  const { sweep, ...rest } = without(then, REMEMBERED);
  const digests: AnyNotes =
    typeof sweep === 'object' && sweep !== null ? { sweep: without(sweep as AnyNotes, ['digests']) } : {};
  return {
    ...rest,
    ...digests,
    ...Object.assign({}, ...UNIONS.map(union)),
    ...only(current === undefined ? then : now, OF_THE_TABLE),
    ...monthsOf(stream, recordOf(now['months']), recordOf(then['months'])),
    ...dayOf(now['snapshot'] ?? then['snapshot']),
  };
}

/**
 * Months: when facts changed, the newest counts; when a report was read, the older checkpoint does, so that it is read
 * again where facts changed since; a month that the current one has not read is not in the table.
 */
function monthsOf({ sync, dated }: Stream, now: AnyNotes, then: AnyNotes): AnyNotes {
  if (sync === 'report') return { months: only(then, Object.keys(now)) };
  if (dated === undefined) return {};
  const months: Record<string, unknown> = { ...then };
  for (const [month, at] of Object.entries(now)) {
    const known = months[month];
    if (typeof known !== 'string' || (typeof at === 'string' && at > known)) months[month] = at;
  }
  return Object.keys(months).length === 0 ? {} : { months };
}

/** The day of the last snapshot stays known, since it is stored. */
function dayOf(snapshot: unknown): AnyNotes {
  const { date } = recordOf(snapshot);
  return typeof date === 'string' ? { snapshot: { date } } : {};
}

function recordOf(value: unknown): AnyNotes {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AnyNotes) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function only(notes: AnyNotes, names: readonly string[]): AnyNotes {
  return Object.fromEntries(Object.entries(notes).filter(([name]) => names.includes(name)));
}

function without(notes: AnyNotes, names: readonly string[]): AnyNotes {
  return Object.fromEntries(Object.entries(notes).filter(([name]) => !names.includes(name)));
}
