/**
 * Time entries as the bytes that go over the wire, made once for every day. For benchmarks: rendering a page costs as much
 * as reading it, and would take the processor from what is measured. Nobody may use them once anything was edited.
 */
import type { Account } from './account.ts';
import type { Chunked } from './chunked.ts';
import type { Rec } from './model.ts';
import { renderEntry } from './render-work.ts';

/** The records of one day in the order of the list, parted by commas, and where each begins. */
interface Day {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
}

/** A page whose records are bytes already. */
export class PreparedPage {
  readonly bytes: Buffer;

  /** `page` is the page without its records, which stand first in it, below `key`. */
  constructor(page: Rec, key: string, records: readonly Buffer[]) {
    const head = `{${JSON.stringify(key)}:[`;
    const pieces: Buffer[] = [Buffer.from(head)];
    for (const [index, piece] of records.entries()) {
      if (index > 0) pieces.push(COMMA);
      pieces.push(piece);
    }
    pieces.push(Buffer.from(JSON.stringify({ ...page, [key]: [] }).slice(head.length)));
    this.bytes = Buffer.concat(pieces);
  }

  /** The same page as it would have been without preparation, for what wants to change it. */
  parse(): Rec {
    return JSON.parse(this.bytes.toString()) as Rec;
  }
}

const COMMA = Buffer.from(',');

/** The entries of an account as its administrator sees them, about 1.3 kB each. */
export class PreparedEntries {
  readonly #account: Account;
  readonly #days = new Map<number, Day>();
  readonly #version: number;

  constructor(account: Account) {
    this.#account = account;
    this.#version = account.entries.version;
  }

  /** Whether the account has gone on since: something was edited, or a timer runs whose hours grow by themselves. */
  get isStale(): boolean {
    const { entries, liveTimers } = this.#account;
    return entries.version !== this.#version || (liveTimers && entries.running.size > 0);
  }

  /** Makes all bytes now, a day at a time. */
  *prepare(): Chunked<void> {
    const { entries } = this.#account;
    for (let day = entries.firstDay; day <= entries.lastDay; day += 1) {
      this.#dayOf(day);
      yield undefined;
    }
  }

  /** The records from position `start` up to, not including, `end` of a list over days, newest first. */
  slice(fromDay: number, toDay: number, start: number, end: number): readonly Buffer[] {
    const { entries } = this.#account;
    const pieces: Buffer[] = [];
    let position = 0;
    const first = Math.max(fromDay, entries.firstDay);
    for (let day = Math.min(toDay, entries.lastDay); day >= first && position < end; day -= 1) {
      const count = entries.countOfDay(day);
      const [from, until] = [Math.max(0, start - position), Math.min(count, end - position)];
      if (from < until) {
        const { bytes, starts } = this.#dayOf(day);
        pieces.push(bytes.subarray(starts[from], (starts[until] ?? 0) - 1));
      }
      position += count;
    }
    return pieces;
  }

  #dayOf(day: number): Day {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    const { entries } = this.#account;
    const count = entries.countOfDay(day);
    const starts = new Uint32Array(count + 1);
    const records: Buffer[] = [];
    let length = 0;
    for (let nth = 0; nth < count; nth += 1) {
      const row = entries.rowOfDay(day, count - 1 - nth);
      const bytes = Buffer.from(`${JSON.stringify(renderEntry(this.#account, row))},`);
      records.push(bytes);
      length += bytes.length;
      starts[nth + 1] = length;
    }
    const made = { bytes: Buffer.concat(records, length), starts };
    this.#days.set(day, made);
    return made;
  }
}
