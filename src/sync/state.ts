/**
 * What a stream remembers between runs, beside its cursor: the JSON of `_sync_state.state`. Each kind of stream has
 * its own notes; reading is tolerant of absent keys, so that a newer version can add some.
 */
import type { StateChange, StoredState } from '../warehouse/warehouse.ts';
import type { Visibility } from './visibility.ts';

/** A span of calendar dates, both ends inclusive; null is open. */
export interface DateSpan {
  readonly from: string | null;
  readonly to: string | null;
}

/** A first load that is not complete yet. */
export interface LoadNotes {
  /** Harvest's clock at the first answer of its first attempt: where the first incremental run starts from. */
  readonly startedAt: string;
  /** Date spans that are not stored yet, newest first; absent for lists that are not split by date. */
  readonly spans?: readonly DateSpan[];
  /** How many records without a date are still to be looked for; absent when there are none. */
  readonly undated?: number;
  /** The page to go on with in a list that is paged by cursor. */
  readonly link?: string;
  /** Children: the place on the ring whose parents are read next; see `rotation.ts`. */
  readonly place?: number;
}

/** Notes of an account-wide incremental stream. */
export interface ListNotes {
  readonly load?: LoadNotes;
  /** Dated facts: when rows of a month were last seen to have changed, by month. */
  readonly months?: Readonly<Record<string, string>>;
  /** Ids whose new name has not reached all rows that embed it. */
  readonly renames?: readonly string[];
  /** Whether the plain list was found to leave out what `hidden_by` filters for. */
  readonly hidden?: boolean;
  /** What is read whole on every run, running timers among it: the digest of its content as it was last stored. */
  readonly content?: string;
  /** Digests of the newest rows, by key: the next window delivers them again. */
  readonly recent?: Readonly<Record<string, string>>;
  /** When the list was last read whole: ISO instant, by Harvest's clock. */
  readonly sweptAt?: string;
  /** Rows that are stored although Harvest does not have them (marked, or kept), as they were last counted. */
  readonly apart?: number;
  /**
   * Records that were rejected and of which nothing is stored: key → their date, or the empty text. `many`: too many
   * to be remembered, or one without a readable key.
   */
  readonly rejected?: Readonly<Record<string, string>> | 'many';
  /** Facts, where `start_date` lies within a month: how many there are in that month before it. */
  readonly beforeStart?: number;
  /** Facts and assignments: projects that are gone, whose rows have to go with them. */
  readonly goneProjects?: readonly string[];
  /** Dated facts: dates that are to be stored since `start_date` was moved, and are not yet. */
  readonly missing?: readonly DateSpan[];
  /** Dated facts: rows before this date have to go, since `start_date` was moved to it. */
  readonly outside?: string;
  /** Project budgets: the day of the last snapshot that is stored, and its digest. */
  readonly snapshot?: { readonly date: string; readonly content?: string };
}

/** Notes of a stream that is read per parent. */
export interface ChildNotes {
  readonly load?: LoadNotes;
  /** Parents whose children have to be read, or whose children have to go with them. */
  readonly pending?: readonly string[];
  /** Projects whose people's assignments have to be read. */
  readonly pendingProjects?: readonly string[];
  readonly sweep?: SweepNotes;
  /** Many parents are to leave, since `start_date` was moved: their children may all go with them. */
  readonly parentsLeave?: true;
  /** All children have to be read again: `start_date` was moved, and nobody keeps note of the parents. */
  readonly anew?: true;
}

/** How far the rolling sweep of a child stream is; see `rotation.ts`. */
export interface SweepNotes {
  /** The place on the ring that is read next. */
  readonly next: number;
  /** Places that were due and have not been read, with the fraction that was left. */
  readonly owed: number;
  /** Until when it is worked out what is due: ISO instant, by Harvest's clock. */
  readonly at: string;
  /** Digests of the children of a place as they were last stored, where nothing has touched them since. */
  readonly digests?: Readonly<Record<string, string>>;
}

/** Notes of a report stream. */
export interface ReportNotes {
  /** When a month was last read, by month. */
  readonly months: Readonly<Record<string, string>>;
  /** Digests of months as they were last stored, by month. */
  readonly content?: Readonly<Record<string, string>>;
  /** Date of the first fact in Harvest, where no fact is stored that would tell. */
  readonly firstFact?: string;
  /** Months before that of this date have to go, since `start_date` was moved to it. */
  readonly outside?: string;
}

/** How far a backfill is; the state of a pseudo stream of its own. */
export interface BackfillNotes {
  /** First and last date, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly slice: string;
  /** By stream, the date from which on it is still to be read; null: it is done. */
  readonly next: Readonly<Record<string, string | null>>;
}

/** The `start_date` that the tables follow; the state of a pseudo stream of its own. */
export interface StartDateNotes {
  readonly startDate: string | null;
}

/** The notes that a complete listing leaves as they are. */
export const LASTING = [
  'months',
  'renames',
  'apart',
  'rejected',
  'goneProjects',
  'beforeStart',
  'missing',
  'outside',
] as const;

/** What a listing leaves of the notes: a first load under way is over. `sweptAt`: when the last complete one began. */
export function completeNotes(notes: ListNotes, hidden: boolean, sweptAt: string | undefined): ListNotes {
  const kept = LASTING.flatMap((name) => (notes[name] === undefined ? [] : [[name, notes[name]] as const]));
  return {
    ...Object.fromEntries(kept),
    ...(hidden ? { hidden } : {}),
    ...(sweptAt === undefined ? {} : { sweptAt }),
  };
}

/** Stands in the checkpoints like a stream, but is none. */
export const HISTORY = '_history';

/** What stands under `HISTORY`: the streams whose history fits their table. */
export interface HistoryNotes {
  readonly streams: readonly string[];
}

/**
 * The newest checkpoints, as they are after the commits of this run. One that is deferred counts at once, but is saved
 * with the next commit of its stream, or at the end of all streams.
 */
export class StateBook {
  readonly #stored: Map<string, StoredState>;
  readonly #deferred = new Map<string, StateChange>();

  constructor(stored: ReadonlyMap<string, StoredState>) {
    this.#stored = new Map(stored);
  }

  has(stream: string): boolean {
    return this.#newest(stream) !== undefined;
  }

  cursor(stream: string): string | null {
    return this.#newest(stream)?.cursor ?? null;
  }

  /** The notes of a pseudo stream as they stand there; undefined: none do. */
  raw(name: string): unknown {
    return this.#newest(name)?.state;
  }

  /** The notes of an account-wide stream; an empty object where nothing is stored. */
  listNotes(stream: string): ListNotes {
    return this.#notes(stream);
  }

  /** The notes of a stream that is read per parent. */
  childNotes(stream: string): ChildNotes {
    return this.#notes(stream);
  }

  /** The notes on histories. */
  historyNotes(): HistoryNotes {
    return { streams: [], ...this.#notes(HISTORY) };
  }

  /** The notes of a report stream. */
  reportNotes(stream: string): ReportNotes {
    return { months: {}, ...this.#notes(stream) };
  }

  #notes(stream: string): object {
    const state = this.#newest(stream)?.state;
    return typeof state === 'object' && state !== null ? state : {};
  }

  #newest(stream: string): Pick<StoredState, 'cursor' | 'state'> | undefined {
    return this.#deferred.get(stream) ?? this.#stored.get(stream);
  }

  /** The change that moves a stream to a new checkpoint, fenced by the version that is stored. */
  change(
    stream: string,
    cursor: string | null,
    notes: ListNotes | ChildNotes | ReportNotes | Visibility | HistoryNotes | BackfillNotes | StartDateNotes,
  ): StateChange {
    return { stream, expectedVersion: this.#stored.get(stream)?.version ?? 0, cursor, state: notes };
  }

  /** Takes over a change that is to be saved later; an earlier one of the stream is part of it. */
  defer(change: StateChange): void {
    this.#deferred.set(change.stream, change);
  }

  /** The changes that are not saved yet. */
  get deferred(): readonly StateChange[] {
    return [...this.#deferred.values()];
  }

  /** Takes over changes that were committed. */
  committed(changes: readonly StateChange[], runId: string, committedAt: string): void {
    for (const { stream, expectedVersion, cursor, state } of changes) {
      this.#deferred.delete(stream);
      this.#stored.set(stream, { stream, version: expectedVersion + 1, cursor, state, runId, committedAt });
    }
  }
}
