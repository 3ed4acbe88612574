/**
 * Rows that an incremental window delivers again only because it starts before the last checkpoint (`sync.overlap`).
 * Enters: key → digest of the rows of the last window that the next one was bound to deliver again. Leaves: which
 * rows are stored as they are, and the same memory for the next run. Pure, but remembers what it was shown.
 */
import type { Row } from '../warehouse/table.ts';
import { rowDigest, type SeenDrift } from './digest.ts';

/** Digests that are remembered at most; where there are more, none is, and the rows are compared as ever. */
const MOST_REMEMBERED = 1_000;

/** A row of an incremental window. */
export interface RecentRow {
  readonly key: string;
  readonly row: Row;
  readonly drift: readonly SeenDrift[];
  /** The value of the stream's cursor column. */
  readonly changedAt: unknown;
  /** Whether nothing of this key came before in the window. */
  readonly isFirst: boolean;
}

/** The rows of one incremental window. */
export class RecentRows {
  /** Rows that came once more in this window beside one that is stored as it is. */
  duplicates = 0;
  readonly #remembered: ReadonlyMap<string, string>;
  readonly #since: string;
  /** Keys whose row is stored as it came. */
  readonly #unchanged = new Set<string>();
  readonly #next = new Map<string, string>();
  /** Keys of which no digest can tell how they are stored. */
  readonly #unsure = new Set<string>();
  #isFull = false;

  /** `since`: where the next run's window starts, so that its rows from there on come again. */
  constructor(remembered: Readonly<Record<string, string>>, since: string) {
    this.#remembered = new Map(Object.entries(remembered));
    this.#since = since;
  }

  /** Rows that are stored as they came. */
  get unchanged(): number {
    return this.#unchanged.size;
  }

  /** Whether a row need not be staged, since it is stored as it is. */
  isStored({ key, row, drift, changedAt, isFirst }: RecentRow): boolean {
    const before = this.#remembered.get(key);
    const comesAgain = !this.#isFull && typeof changedAt === 'string' && changedAt >= this.#since;
    if (before === undefined && !comesAgain) return false;
    const digest = rowDigest(row, drift);
    if (comesAgain) this.#remember(key, digest);
    if (this.#unchanged.has(key)) {
      this.duplicates += 1;
      // another version beside the stored one: the warehouse has to choose
      if (digest !== before) this.#unchanged.delete(key);
      return digest === before;
    }
    if (!isFirst || digest !== before) return false;
    this.#unchanged.add(key);
    return true;
  }

  /** Remembers nothing of a key: its record was rejected or has to go. */
  forget(key: string): void {
    this.#next.delete(key);
    this.#unsure.add(key);
  }

  /** What the next run should know; undefined: nothing. */
  get notes(): Readonly<Record<string, string>> | undefined {
    return this.#next.size === 0 ? undefined : Object.fromEntries(this.#next);
  }

  #remember(key: string, digest: string): void {
    const other = this.#next.get(key);
    if (this.#unsure.has(key)) return;
    if (other !== undefined && other !== digest) return this.forget(key);
    this.#next.set(key, digest);
    if (this.#next.size <= MOST_REMEMBERED) return;
    this.#isFull = true;
    this.#next.clear();
  }
}
