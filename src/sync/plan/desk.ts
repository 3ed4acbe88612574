/**
 * What a plan knows of lists that it has not read: how many records Harvest counts in them, and ids that stand for those.
 * Shared by the client and the warehouse that a plan puts in the place of the real ones.
 */
import type { DateSpan } from '../state.ts';

/** Ids from here on stand for records that were not read; Harvest's own are far below. */
const FIRST_STAND_IN = 8_000_000_000_000_000;

/** How many records a list holds, as far as it was asked; null: not known. */
export type Held = number | null;

/** What was pretended so far, by stream. */
export class Desk {
  readonly #unread = new Map<string, Map<string, Held>>();
  readonly #parents = new Map<string, Set<string>>();
  readonly #loaded = new Set<string>();
  readonly #totals = new Map<string, number>();
  #next = FIRST_STAND_IN;

  /** Takes note of a list, or a span of it, that counts as read without having been. */
  noteUnread(stream: string, span: DateSpan, held: Held): void {
    const known = this.#unread.get(stream) ?? new Map<string, Held>();
    this.#unread.set(stream, known.set(keyOf(span), held));
  }

  /** What a span that was not read holds; undefined: it was read. */
  heldBy(stream: string, span: DateSpan): Held | undefined {
    return this.#unread.get(stream)?.get(keyOf(span));
  }

  /** Whether any list of a stream counts as read without having been. */
  isUnread(stream: string): boolean {
    return this.#unread.has(stream);
  }

  /** Takes note that dates which a kept table lacked count as loaded. */
  noteLoaded(stream: string): void {
    this.#loaded.add(stream);
  }

  /** Whether dates which the kept table lacked count as loaded. */
  isLoaded(stream: string): boolean {
    return this.#loaded.has(stream);
  }

  /** Takes note of a parent whose children count as read. */
  noteParent(stream: string, id: string): void {
    const known = this.#parents.get(stream) ?? new Set<string>();
    this.#parents.set(stream, known.add(id));
  }

  /** Whether the children of a parent count as read; those of one that is gone do not. */
  isParentRead(stream: string, id: string): boolean {
    return this.#parents.get(stream)?.has(id) === true;
  }

  /** Takes note of how many records Harvest has of a stream. */
  noteTotal(stream: string, total: number): void {
    this.#totals.set(stream, total);
  }

  /** How many records Harvest has of a stream; null: not known. */
  totalOf(stream: string): number | null {
    return this.#totals.get(stream) ?? null;
  }

  /** Ids that stand for records nobody has read; never the same one twice. */
  standIns(count: number): readonly number[] {
    const first = this.#next;
    this.#next += count;
    return Array.from({ length: count }, (_, index) => first + index);
  }
}

/** Whether an id stands for a record that was not read. Pure. */
export function isStandIn(id: string | null | undefined): boolean {
  return id !== null && id !== undefined && /^\d{16}$/.test(id) && Number(id) >= FIRST_STAND_IN;
}

function keyOf({ from, to }: DateSpan): string {
  return `${from ?? ''}|${to ?? ''}`;
}
