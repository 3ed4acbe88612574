/**
 * What columns each stream's table was loaded with, and what a change of the choice asks for. Pure.
 *
 * The notes stand in the checkpoint of the pseudo stream `_columns`. A column leaves them in the commit that empties it,
 * stands there as pending before anything is written with another choice, and as what it is once the stream was read with it,
 * so that whatever is killed is found undone by the next run, and emptied where it is not wanted any more:
 *
 * | before | now    | what is stored of it | the stream    |
 * | ------ | ------ | -------------------- | ------------- |
 * | –      | plain  |                      | is read again |
 * | –      | hash   |                      | is read again |
 * | plain  | –      | emptied              |               |
 * | plain  | hash   | emptied              | is read again |
 * | hash   | –      | emptied              |               |
 * | hash   | plain  |                      | is read again |
 * | hash   | other  |                      | is read again |
 *
 * Pending counts as plain where it may hold plain values, else as a hash; either is read again.
 */
import { createHmac } from 'node:crypto';
import type { Column } from '../catalog/column.ts';
import type { Emptied } from '../warehouse/warehouse.ts';

/** The pseudo stream whose checkpoint holds these notes. */
export const COLUMNS = '_columns';

/** Stands among the streams as long as the warehouse may hold traces of what was emptied. */
const TRACES = '_traces';

/**
 * How each column is stored: `plain`, `added` (so too, by the configuration), `hash:` with its key's fingerprint, or
 * pending: some rows may hold it.
 */
export type StoredColumns = Readonly<Record<string, string>>;

/** By stream. */
export type ColumnNotes = Readonly<Record<string, StoredColumns>>;

/** How the choice of a column changed. */
export type ColumnChange = 'on' | 'off' | 'hashed' | 'plain' | 'rekeyed';

/** What a stream's choice asks for. */
export interface ColumnDiff {
  readonly changes: ReadonlyMap<ColumnChange, readonly string[]>;
  /** What has to be emptied, lists as a whole where none of their fields is left. */
  readonly emptied: readonly string[];
  /** Whether the stream has to be read again. */
  readonly isRefreshed: boolean;
}

const PLAIN = 'plain';
const ADDED = 'added';
/** Some rows may hold its plain values. */
const PENDING = 'pending';
/** Some rows may hold its hashes. */
const PENDING_HASH = 'pending:hash';
const HEX_DIGITS = 8;

/** Tells hash keys apart without telling them. */
export function fingerprintOf(hashKey: string): string {
  return createHmac('sha256', hashKey).update('harvest-bq', 'utf8').digest('hex').slice(0, HEX_DIGITS);
}

/** The columns as they are stored with this choice; fields of a list as `line_items.description`. */
export function storedColumns(columns: readonly Column[], hashKey: string | null): StoredColumns {
  const hash = hashKey === null ? PLAIN : `hash:${fingerprintOf(hashKey)}`;
  return Object.fromEntries(
    namedColumns(columns).map(([name, { hashed, added }]) => [
      name,
      hashed === true ? hash : added === true ? ADDED : PLAIN,
    ]),
  );
}

/** Columns and the fields of lists under the names that a configuration uses. */
function namedColumns(columns: readonly Column[], prefix = ''): readonly (readonly [string, Column])[] {
  return columns.flatMap((column): readonly (readonly [string, Column])[] =>
    column.fields === undefined
      ? [[prefix + column.name, column]]
      : namedColumns(column.fields, `${prefix}${column.name}.`),
  );
}

/**
 * Compares what a table was loaded with to what is chosen now.
 *
 * @param before null: nobody knows; what is not chosen is then emptied, and nothing read again
 * @param known all columns that the catalogue has of the stream: one that left the catalogue is not switched off
 */
export function compareColumns(
  before: StoredColumns | null,
  now: StoredColumns,
  known: readonly Column[],
): ColumnDiff {
  const all = namedColumns(known).map(([name]) => name);
  const dropped = all.filter((name) => !(name in now));
  if (before === null) {
    return { changes: new Map(), emptied: byList(dropped, Object.keys(now)), isRefreshed: false };
  }
  const changes = new Map<ColumnChange, string[]>();
  const note = (change: ColumnChange, name: string): void => {
    changes.set(change, [...(changes.get(change) ?? []), name]);
  };
  for (const [name, stored] of Object.entries(now)) {
    const change = changeOf(before[name], stored);
    if (change !== null) note(change, name);
  }
  for (const [name, stored] of Object.entries(before)) {
    if (!(name in now) && (dropped.includes(name) || stored !== PLAIN)) note('off', name);
  }
  const emptied = [...(changes.get('off') ?? []), ...(changes.get('hashed') ?? [])];
  return {
    changes,
    emptied: byList(emptied, Object.keys(now)),
    isRefreshed: [...changes.keys()].some((change) => change !== 'off'),
  };
}

function changeOf(before: string | undefined, now: string): ColumnChange | null {
  if (before === undefined || before === PENDING_HASH) return 'on';
  if (before === PENDING) return isClear(now) ? 'on' : 'hashed';
  if (before === now || (isClear(before) && isClear(now))) return null;
  if (isClear(now)) return 'plain';
  return isClear(before) ? 'hashed' : 'rekeyed';
}

function isClear(stored: string): boolean {
  return stored === PLAIN || stored === ADDED;
}

/** A list none of whose fields is chosen any more goes as a whole. */
function byList(names: readonly string[], chosen: readonly string[]): readonly string[] {
  const listOf = (name: string): string | null => (name.includes('.') ? (name.split('.')[0] ?? null) : null);
  const left = new Set(chosen.map(listOf));
  const whole = (name: string): string => {
    const list = listOf(name);
    return list === null || left.has(list) ? name : list;
  };
  return [...new Set(names.map(whole))];
}

/** The notes of a stream without what is emptied: it has to be read again before it counts as stored. */
export function withoutEmptied(stored: StoredColumns, emptied: readonly string[]): StoredColumns {
  const isEmptied = (name: string): boolean =>
    emptied.some((each) => name === each || name.startsWith(`${each}.`));
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !isEmptied(name)));
}

/** What is new of a stream's choice, as it is noted before anything is written with it. */
function pendingOf(before: StoredColumns, now: StoredColumns): StoredColumns {
  const isNew = ([name, stored]: readonly [string, string]): boolean =>
    changeOf(before[name], stored) !== null;
  const pending = Object.entries(now)
    .filter(isNew)
    .map(([name, stored]) => [name, isClear(stored) ? PENDING : PENDING_HASH] as const);
  return Object.fromEntries(pending);
}

/** What all streams' choices ask for. */
export interface ColumnPlan {
  readonly diffs: ReadonlyMap<string, ColumnDiff>;
  readonly emptied: readonly Emptied[];
  /** The notes as they have to be before the streams begin; null: as they are. */
  readonly notes: ColumnNotes | null;
  /** Whether an earlier run emptied columns, and was killed before it had taken the traces away. */
  readonly hadTraces: boolean;
}

/** One stream as a plan looks at it. */
export interface PlannedStream {
  readonly name: string;
  readonly now: StoredColumns;
  readonly known: readonly Column[];
  /** Whether anything of it may be stored. */
  readonly isStored: boolean;
  /** Whether the configuration selects it; one that it leaves out is only emptied. */
  readonly isConfigured: boolean;
  /** Whether it takes part in the run. */
  readonly isLoaded: boolean;
}

/** Nothing has changed, or is not to be looked at. */
export const NO_PLAN: ColumnPlan = {
  diffs: new Map(),
  emptied: [],
  notes: null,
  hadTraces: false,
};

/** Whether columns are stored alike. */
export function isSame(before: StoredColumns | null, now: StoredColumns): boolean {
  if (before === null) return false;
  const names = Object.keys(now);
  return names.length === Object.keys(before).length && names.every((name) => before[name] === now[name]);
}

/**
 * What has to be done before the streams begin. A stream of which nothing is stored is noted with what it will be
 * loaded with, so that a first load that is killed and goes on with another choice is noticed; rows may be left of one whose
 * checkpoint was taken away.
 */
export function planColumns(notes: ColumnNotes, streams: readonly PlannedStream[]): ColumnPlan {
  const diffs = new Map<string, ColumnDiff>();
  const emptied: Emptied[] = [];
  const after: Record<string, StoredColumns> = { ...notes };
  for (const { name, now, known, isStored, isConfigured, isLoaded } of streams) {
    const before = notes[name] ?? null;
    if (before !== null || isStored) {
      const diff = compareColumns(before, now, known);
      if (diff.emptied.length > 0) emptied.push({ stream: name, columns: diff.emptied });
      if (isStored && diff.changes.size > 0) diffs.set(name, diff);
      const old = before ?? now;
      const pending = isConfigured ? pendingOf(old, now) : {};
      after[name] = { ...withoutEmptied(old, diff.emptied), ...pending };
    }
    if (!isStored && isLoaded) after[name] = now;
  }
  const isChanged = Object.entries(after).some(([name, stored]) => !isSame(notes[name] ?? null, stored));
  if (emptied.length > 0) after[TRACES] = { left: 'maybe' };
  return { diffs, emptied, notes: isChanged ? after : null, hadTraces: TRACES in notes };
}

/** The notes once no trace is left. */
export function withoutTraces({ [TRACES]: _, ...notes }: ColumnNotes): ColumnNotes {
  return notes;
}

/** The notes as they are stored; whatever else stands there is not understood and counts as nothing. */
export function columnNotesOf(state: unknown): ColumnNotes {
  if (!isRecord(state)) return {};
  const known = Object.entries(state).filter((entry): entry is [string, StoredColumns] => {
    const [, stored] = entry;
    return isRecord(stored) && Object.values(stored).every((value) => typeof value === 'string');
  });
  return Object.fromEntries(known);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
