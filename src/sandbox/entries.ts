/**
 * Time entries in columns: about 35 bytes each, so that a million of them are 35 MB. What cannot be a number is
 * derived from the row's number (entry-text.ts) unless it was edited, in which case it lies in the overlay.
 *
 * Order: entries are filled in by ascending date, so the rows of one day are a range; a day that is edited
 * afterwards gets a list of its own. A list by (spent_date, id) descending is thus read without sorting.
 */
import { CHUNK_ROWS, type Chunked } from './chunked.ts';

/** Bits of the flags column. */
export const FLAG = {
  billable: 1,
  approved: 2,
  submitted: 4,
  running: 8,
  deleted: 16,
  budgeted: 32,
} as const;

/** What an entry is made of; hours in hundredths. */
export interface EntryNumbers {
  user: number;
  project: number;
  task: number;
  /** 0: not invoiced. */
  invoice: number;
  day: number;
  hundredths: number;
  flags: number;
  createdAt: number;
  updatedAt: number;
}

export interface ExternalReference {
  readonly id: string;
  readonly group_id: string | null;
  readonly account_id: string | null;
  readonly permalink: string | null;
  readonly service: string | null;
  readonly service_icon_url: string | null;
}

/** Edited text of an entry; an absent key means: as derived. */
export interface EntryOverlay {
  notes?: string | null;
  external_reference?: ExternalReference | null;
  started_time?: string | null;
  ended_time?: string | null;
  timer_started_at?: string | null;
}

/** First id: above 2^31, as Harvest's own have become. */
const FIRST_ENTRY_ID = 2_903_000_000;

export class EntryStore {
  /** Counts changes; what was computed from the entries holds as long as it stays. */
  version = 0;
  readonly overlay = new Map<number, EntryOverlay>();
  readonly running = new Set<number>();
  user: Uint32Array;
  project: Uint32Array;
  task: Uint32Array;
  invoice: Uint32Array;
  day: Uint16Array;
  hundredths: Uint16Array;
  flags: Uint8Array;
  createdAt: Uint32Array;
  updatedAt: Uint32Array;
  #rows = 0;
  #deleted = 0;
  /** Rows of day d as filled in: from #starts[d - #baseDay] to the next. */
  #starts = new Uint32Array(1);
  #baseDay = 0;
  #firstDay = Number.MAX_SAFE_INTEGER;
  #lastDay = 0;
  readonly #editedDays = new Map<number, number[]>();

  constructor(capacity: number) {
    this.user = new Uint32Array(capacity);
    this.project = new Uint32Array(capacity);
    this.task = new Uint32Array(capacity);
    this.invoice = new Uint32Array(capacity);
    this.day = new Uint16Array(capacity);
    this.hundredths = new Uint16Array(capacity);
    this.flags = new Uint8Array(capacity);
    this.createdAt = new Uint32Array(capacity);
    this.updatedAt = new Uint32Array(capacity);
  }

  get size(): number {
    return this.#rows - this.#deleted;
  }

  /** 0 when there are no entries. */
  get firstDay(): number {
    return this.#rows === 0 ? 0 : this.#firstDay;
  }

  get lastDay(): number {
    return this.#lastDay;
  }

  idOf(row: number): number {
    return FIRST_ENTRY_ID + row;
  }

  /** The row of an id, or undefined where there is none any more. */
  rowOf(id: number): number | undefined {
    const row = id - FIRST_ENTRY_ID;
    if (!Number.isInteger(row) || row < 0 || row >= this.#rows) return undefined;
    return this.has(row, FLAG.deleted) ? undefined : row;
  }

  has(row: number, flag: number): boolean {
    return ((this.flags[row] ?? 0) & flag) !== 0;
  }

  setFlag(row: number, flag: number, on: boolean): void {
    const before = this.flags[row] ?? 0;
    this.flags[row] = on ? before | flag : before & ~flag;
    if (flag === FLAG.running) this.running[on ? 'add' : 'delete'](row);
    this.version += 1;
  }

  /** Adds an entry while the account is made: days must ascend until `seal`. */
  append(entry: EntryNumbers): number {
    const row = this.#write(entry);
    this.#firstDay = Math.min(this.#firstDay, entry.day);
    this.#lastDay = Math.max(this.#lastDay, entry.day);
    return row;
  }

  /** Ends the filling: from here on entries may be added, moved and removed in any order. */
  seal(): void {
    this.#baseDay = this.firstDay;
    const days = this.#rows === 0 ? 0 : this.#lastDay - this.#baseDay + 1;
    this.#starts = new Uint32Array(days + 1);
    for (let row = 0; row < this.#rows; row += 1) {
      const slot = (this.day[row] ?? 0) - this.#baseDay + 1;
      this.#starts[slot] = (this.#starts[slot] ?? 0) + 1;
    }
    for (let slot = 1; slot <= days; slot += 1) {
      this.#starts[slot] = (this.#starts[slot] ?? 0) + (this.#starts[slot - 1] ?? 0);
    }
  }

  /** Adds an entry after the filling. */
  add(entry: EntryNumbers): number {
    const row = this.#write(entry);
    this.#listOf(entry.day).push(row);
    this.version += 1;
    return row;
  }

  /** Dates an entry anew. */
  move(row: number, day: number): void {
    this.#leaveDay(row);
    this.day[row] = day;
    const list = this.#listOf(day);
    const at = list.findIndex((other) => other > row);
    list.splice(at === -1 ? list.length : at, 0, row);
    this.version += 1;
  }

  remove(row: number): void {
    this.#leaveDay(row);
    this.setFlag(row, FLAG.running, false);
    this.setFlag(row, FLAG.deleted, true);
    this.overlay.delete(row);
    this.#deleted += 1;
  }

  /** How many entries lie on a day. */
  countOfDay(day: number): number {
    const edited = this.#editedDays.get(day);
    if (edited !== undefined) return edited.length;
    const slot = day - this.#baseDay;
    return slot < 0 ? 0 : Math.max(0, (this.#starts[slot + 1] ?? 0) - (this.#starts[slot] ?? 0));
  }

  /** The n-th entry of a day by ascending id, counted from 0. */
  rowOfDay(day: number, nth: number): number {
    const edited = this.#editedDays.get(day);
    return edited === undefined ? (this.#starts[day - this.#baseDay] ?? 0) + nth : (edited[nth] ?? 0);
  }

  /** Visits every entry of the days from..to (both included), newest date first, then highest id first. */
  *visit(fromDay: number, toDay: number, visitor: (row: number) => void): Chunked<void> {
    let sinceTurn = 0;
    for (let day = Math.min(toDay, this.#lastDay); day >= Math.max(fromDay, this.firstDay); day -= 1) {
      const count = this.countOfDay(day);
      for (let nth = count - 1; nth >= 0; nth -= 1) visitor(this.rowOfDay(day, nth));
      sinceTurn += count;
      if (sinceTurn >= CHUNK_ROWS) {
        sinceTurn = 0;
        yield undefined;
      }
    }
  }

  #write(entry: EntryNumbers): number {
    const row = this.#rows;
    if (row === this.user.length) this.#grow();
    this.user[row] = entry.user;
    this.project[row] = entry.project;
    this.task[row] = entry.task;
    this.invoice[row] = entry.invoice;
    this.day[row] = entry.day;
    this.hundredths[row] = entry.hundredths;
    this.flags[row] = entry.flags;
    this.createdAt[row] = entry.createdAt;
    this.updatedAt[row] = entry.updatedAt;
    if ((entry.flags & FLAG.running) !== 0) this.running.add(row);
    this.#rows += 1;
    return row;
  }

  #listOf(day: number): number[] {
    let list = this.#editedDays.get(day);
    if (list === undefined) {
      list = Array.from({ length: this.countOfDay(day) }, (_, nth) => this.rowOfDay(day, nth));
      this.#editedDays.set(day, list);
      this.#firstDay = Math.min(this.#firstDay, day);
      this.#lastDay = Math.max(this.#lastDay, day);
    }
    return list;
  }

  #leaveDay(row: number): void {
    const list = this.#listOf(this.day[row] ?? 0);
    list.splice(list.indexOf(row), 1);
  }

  #grow(): void {
    const capacity = Math.ceil(this.user.length * 1.25) + 1024;
    const wider = <T extends Uint32Array | Uint16Array | Uint8Array>(column: T, copy: T): T => {
      copy.set(column);
      return copy;
    };
    this.user = wider(this.user, new Uint32Array(capacity));
    this.project = wider(this.project, new Uint32Array(capacity));
    this.task = wider(this.task, new Uint32Array(capacity));
    this.invoice = wider(this.invoice, new Uint32Array(capacity));
    this.createdAt = wider(this.createdAt, new Uint32Array(capacity));
    this.updatedAt = wider(this.updatedAt, new Uint32Array(capacity));
    this.day = wider(this.day, new Uint16Array(capacity));
    this.hundredths = wider(this.hundredths, new Uint16Array(capacity));
    this.flags = wider(this.flags, new Uint8Array(capacity));
  }
}
