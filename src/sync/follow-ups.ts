/**
 * What a change of one stream means for others. Pure. Enters: how watched columns changed in a commit. Leaves: the
 * months whose reports may differ now, the parents whose children have to be read, the ids whose new name has to
 * reach the rows that embed it. They are written into the checkpoints of the same transaction, so that a crash
 * cannot lose them.
 */
import type { Catalog } from '../catalog/catalog.ts';
import type { Stream } from '../catalog/stream.ts';
import type { StateChange, Transition } from '../warehouse/warehouse.ts';
import type { ChosenStream } from './context.ts';
import { earlier, monthOf } from './month.ts';
import { NAME_COLUMNS } from './names.ts';
import { PAID, PAYMENTS } from './payments.ts';
import type { ChildNotes, ListNotes, ReportNotes, StateBook } from './state.ts';

/** Facts whose months decide which reports are read. */
export const FACTS = ['time_entries', 'expenses'] as const;

/**
 * A person's project assignments are the same rows as user_assignments with task assignments inside: they are read
 * again for the people, or all people of the projects, that these columns of other streams point at.
 */
export const ASSIGNMENTS = 'project_assignments';
const POINTS_AT_PERSON: Readonly<Record<string, string>> = { user_assignments: 'user_id' };
const POINTS_AT_PROJECT: Readonly<Record<string, string>> = { task_assignments: 'project_id' };

/** Streams whose rows go with their project. @see Harvest API v2 docs, Projects, "Delete a project" (checked 2026-11-29) */
export const WITH_PROJECT: readonly string[] = [
  'time_entries',
  'expenses',
  'user_assignments',
  'task_assignments',
];

/** What has to be done elsewhere because of a change. */
export interface FollowUps {
  /** By month, when its facts changed: their newest `updated_at`, or when one was missed. */
  readonly months: ReadonlyMap<string, string>;
  /** Keys of rows that are new, changed or gone. */
  readonly keys: readonly string[];
  /** Of these the ones that are gone. */
  readonly gone: readonly string[];
  readonly people: readonly string[];
  readonly projects: readonly string[];
  /** Invoices whose payments are others now. */
  readonly invoices: readonly string[];
  /** Ids of records whose name differs from what is stored, or that rows may embed under an older name. */
  readonly renamed: readonly string[];
}

/** Child streams that are read again when a row of `stream` changes. */
export function childrenOf(stream: Stream, catalog: Catalog): readonly Stream[] {
  return [...catalog.streams.values()].filter(
    (child) => child.parent?.stream === stream.name && child.name !== ASSIGNMENTS,
  );
}

/** Streams whose checkpoint a commit of `stream` may have to change, itself included. */
export function touchedCheckpoints(stream: Stream, catalog: Catalog): readonly string[] {
  const points = stream.name in POINTS_AT_PERSON || stream.name in POINTS_AT_PROJECT;
  return [
    stream.name,
    ...childrenOf(stream, catalog).map(({ name }) => name),
    ...(points ? [ASSIGNMENTS] : []),
    ...(stream.name === 'projects' ? WITH_PROJECT : []),
  ];
}

/** The columns of a stream whose changes matter elsewhere. */
export function watchedColumns(chosen: ChosenStream, catalog: Catalog, states: StateBook): readonly string[] {
  const { stream, columns } = chosen;
  const watched = new Set<string>();
  const known = childrenOf(stream, catalog).some(({ name }) => states.has(name));
  const names = NAME_COLUMNS[stream.name]?.filter((name) =>
    columns.some((column) => column.name === name && column.hashed !== true),
  );
  if (known || names !== undefined) watched.add('id');
  for (const name of names ?? []) watched.add(name);
  if (FACTS.some((name) => name === stream.name) && stream.dated !== undefined) watched.add(stream.dated);
  const pointer = POINTS_AT_PERSON[stream.name] ?? POINTS_AT_PROJECT[stream.name];
  if (pointer !== undefined && states.has(ASSIGNMENTS)) watched.add(pointer);
  if (stream.name === PAYMENTS && states.has('invoices')) watched.add(PAID);
  return [...watched];
}

/** What is known of a commit beside its rows. */
export interface Noticed {
  /** Harvest's clock when the run began. */
  readonly runStartedAt: string;
  /** New records that changed since then may stand under an older name in rows that embed it. */
  readonly namesSince: string;
  /** Harvest's clock when the rows were read. */
  readonly readAt: string;
  /** The month of `start_date`, if a record that lies before that day in it came: its reports count it. */
  readonly monthsOutside: Iterable<string>;
  /** Keys that count as changed whether their row differs or not. */
  readonly fresh: readonly string[];
}

/** Reads the follow-ups out of the transitions of `watched` columns. */
export function followUps(
  stream: Stream,
  watched: readonly string[],
  transitions: readonly Transition[],
  noticed: Noticed,
): FollowUps {
  const both = (column: string): readonly string[] => {
    const index = watched.indexOf(column);
    if (index < 0) return [];
    const values = transitions.flatMap(({ before, after }) => [before?.[index], after?.[index]]);
    return [...new Set(values.filter((value) => typeof value === 'string'))];
  };
  return {
    months: monthsOf(stream, watched, transitions, noticed),
    keys: [...new Set([...both('id'), ...noticed.fresh])],
    gone: goneOf(watched.indexOf('id'), transitions),
    people: both(POINTS_AT_PERSON[stream.name] ?? ''),
    projects: both(POINTS_AT_PROJECT[stream.name] ?? ''),
    invoices: stream.name === PAYMENTS ? both(PAID) : [],
    renamed: stream.name in NAME_COLUMNS ? renamedIds(stream, watched, transitions, noticed) : [],
  };
}

function goneOf(id: number, transitions: readonly Transition[]): readonly string[] {
  return transitions.flatMap(({ before, after }) => {
    const key = before?.[id];
    return after === null && typeof key === 'string' ? [key] : [];
  });
}

function monthsOf(
  stream: Stream,
  watched: readonly string[],
  transitions: readonly Transition[],
  { readAt, monthsOutside }: Noticed,
): ReadonlyMap<string, string> {
  const months = new Map<string, string>();
  const index = stream.dated === undefined ? -1 : watched.indexOf(stream.dated);
  if (index < 0) return months;
  for (const month of monthsOutside) months.set(month, readAt);
  for (const { before, after, latest } of transitions) {
    for (const date of [before?.[index], after?.[index]]) {
      if (typeof date !== 'string') continue;
      // nobody tells when a record was deleted: at the latest when it was missed
      const changedAt = after === null || latest === null ? readAt : earlier(latest, 0);
      const known = months.get(monthOf(date)) ?? '';
      months.set(monthOf(date), changedAt > known ? changedAt : known);
    }
  }
  return months;
}

function renamedIds(
  stream: Stream,
  watched: readonly string[],
  transitions: readonly Transition[],
  { namesSince, runStartedAt }: Noticed,
): readonly string[] {
  const id = watched.indexOf('id');
  const names = (NAME_COLUMNS[stream.name] ?? [])
    .map((name) => watched.indexOf(name))
    .filter((index) => index >= 0);
  return transitions.flatMap(({ before, after, latest }) => {
    const key = after?.[id];
    if (typeof key !== 'string') return [];
    // one that changed while the run was reading may have had yet another name for a moment
    const since = before === null ? namesSince : runStartedAt;
    const isFresh = latest === null || earlier(latest, 0) >= since;
    const isRenamed = before !== null && names.some((index) => before[index] !== after?.[index]);
    return isRenamed || isFresh ? [key] : [];
  });
}

/** The checkpoints of other streams that follow from a commit; only of those that are under way already. */
export function childChanges(
  stream: Stream,
  follow: FollowUps,
  catalog: Catalog,
  states: StateBook,
): readonly StateChange[] {
  const changes: StateChange[] = [];
  if (follow.keys.length > 0) {
    for (const { name } of childrenOf(stream, catalog)) {
      if (states.has(name)) changes.push(pendingChange(name, { pending: follow.keys }, states));
    }
  }
  if (stream.name === 'projects' && follow.gone.length > 0) {
    for (const name of WITH_PROJECT.filter((each) => states.has(each))) {
      const notes = states.listNotes(name);
      const goneProjects = [...new Set([...(notes.goneProjects ?? []), ...follow.gone])];
      changes.push(states.change(name, states.cursor(name), { ...notes, goneProjects }));
    }
  }
  if (follow.people.length + follow.projects.length > 0 && states.has(ASSIGNMENTS)) {
    changes.push(
      pendingChange(ASSIGNMENTS, { pending: follow.people, pendingProjects: follow.projects }, states),
    );
  }
  return changes;
}

function pendingChange(child: string, more: ChildNotes, states: StateBook): StateChange {
  const notes = states.childNotes(child);
  const union = (a: readonly string[] = [], b: readonly string[] = []): readonly string[] => [
    ...new Set([...a, ...b]),
  ];
  return states.change(child, states.cursor(child), {
    ...notes,
    pending: union(notes.pending, more.pending),
    pendingProjects: union(notes.pendingProjects, more.pendingProjects),
  });
}

/**
 * The notes of the stream itself, with months and renames added. On a first load a month counts as changed when its
 * newest fact was; later when the change was noticed, since facts can be written late. Harvest tells times in whole
 * seconds: the next second is the first that is surely later.
 */
export function withFollowUps<Notes extends ListNotes | ChildNotes | ReportNotes>(
  notes: Notes & Pick<ListNotes, 'months' | 'renames'>,
  follow: FollowUps,
  noticedAt: string | null,
): Notes {
  const months: Record<string, string> = { ...notes.months };
  for (const [month, changedAt] of follow.months) {
    // a report that was read in the same second may have missed it
    const surely = earlier(changedAt, -1000);
    const instant = noticedAt === null || noticedAt < surely ? surely : noticedAt;
    if (instant > (months[month] ?? '')) months[month] = instant;
  }
  const renames = [...new Set([...(notes.renames ?? []), ...follow.renamed])];
  return {
    ...notes,
    ...(Object.keys(months).length > 0 ? { months } : {}),
    ...(renames.length > 0 ? { renames } : {}),
  };
}
