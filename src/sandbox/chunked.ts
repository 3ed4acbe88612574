/** Long work as a generator that yields now and then: run through at once, or with room for other requests in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Chunked<T> = Generator<undefined, T, undefined>;

/** How many entries are worked through before others get their turn. */
export const CHUNK_ROWS = 100_000;

export function runAtOnce<T>(work: Chunked<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

export async function runInTurns<T>(work: Chunked<T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}

/** Work that was short enough to be done already. */
export function* inOneGo<T>(value: T): Chunked<T> {
  yield undefined;
  return value;
}
