/** How far the first loads of facts are: a month's reports are read once its facts are stored. */
import { firstDay, lastDay } from './month.ts';
import type { LoadNotes } from './state.ts';

/**
 * Whether the facts of a month are stored, by the checkpoint of their stream: all of them once there is a cursor, else those
 * of dates that are in none of the spans which are left. Pure.
 */
export function isMonthStored(
  month: string,
  cursor: string | null,
  load: Pick<LoadNotes, 'spans'> | undefined,
): boolean {
  if (cursor !== null) return true;
  if (load?.spans === undefined) return false;
  const first = firstDay(month);
  const last = lastDay(month);
  return load.spans.every(({ from, to }) => (from !== null && from > last) || (to !== null && to < first));
}

/** Rings whenever a part of a first load was stored. */
export class LoadBell {
  #next = Promise.withResolvers<void>();

  /** Settles at the next ring. */
  get next(): Promise<void> {
    return this.#next.promise;
  }

  /** Lets go everyone who waits. */
  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }
}
