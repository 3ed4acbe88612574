/** Rows of one kind by id, optionally grouped under a parent. Ids ascend with the time of creation and are never reused. */
import type { Row } from './model.ts';

export class Table<T extends Row> {
  readonly #rows = new Map<number, T>();
  readonly #groups = new Map<number, T[]>();
  readonly #parentOf: ((row: T) => number) | null;
  #next: number;
  #newestFirst: readonly T[] | null = null;

  constructor(firstId: number, parentOf?: (row: T) => number) {
    this.#next = firstId;
    this.#parentOf = parentOf ?? null;
  }

  /** The id of a row to come; leaves gaps, as in an account that is one of many. */
  nextId(): number {
    this.#next += 1 + (this.#next % 4);
    return this.#next;
  }

  add(row: T): T {
    this.#rows.set(row.id, row);
    this.#newestFirst = null;
    if (this.#parentOf !== null) {
      const parent = this.#parentOf(row);
      const group = this.#groups.get(parent);
      if (group === undefined) this.#groups.set(parent, [row]);
      else group.push(row);
    }
    return row;
  }

  delete(id: number): boolean {
    const row = this.#rows.get(id);
    if (row === undefined) return false;
    this.#rows.delete(id);
    this.#newestFirst = null;
    if (this.#parentOf !== null) {
      const parent = this.#parentOf(row);
      this.#groups.set(
        parent,
        this.of(parent).filter((each) => each.id !== id),
      );
    }
    return true;
  }

  get(id: number | null): T | undefined {
    return id === null ? undefined : this.#rows.get(id);
  }

  /** The rows under a parent, oldest first. */
  of(parent: number): readonly T[] {
    return this.#groups.get(parent) ?? [];
  }

  /** Oldest first. */
  all(): IterableIterator<T> {
    return this.#rows.values();
  }

  /** All rows by id, descending. The list is not to be changed. */
  newestFirst(): readonly T[] {
    this.#newestFirst ??= [...this.#rows.values()].toSorted((left, right) => right.id - left.id);
    return this.#newestFirst;
  }

  get size(): number {
    return this.#rows.size;
  }
}
