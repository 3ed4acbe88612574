import type PQueue from 'p-queue';
import { eachInPool } from './each.ts';

/**
 * Runs a task for every item of some groups in the pool, and lets the groups begin one after the other: a task does what it
 * can beforehand, then waits for the turn of its group. A group begins when all items of the one before have ended.
 * After the first failure no further item is started; those under way are waited for, then the first failure is thrown.
 */
export async function eachInTurn<Item>(
  pool: PQueue,
  groups: readonly (readonly Item[])[],
  begin: (group: number) => Promise<void>,
  task: (item: Item, turn: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const left = groups.map(({ length }) => length);
  const begun = groups.map(() => Promise.withResolvers<void>());
  // whether anybody waits for a turn that does not come is of no concern: the failure itself is thrown below
  for (const { promise } of begun) promise.catch(() => undefined);
  const beginFrom = async (first: number): Promise<void> => {
    for (let group = first; group < groups.length; group += 1) {
      await begin(group);
      begun[group]?.resolve();
      if ((left[group] ?? 0) > 0) return;
    }
  };
  await beginFrom(0);
  const items = groups.flatMap((group, index) => group.map((item) => ({ item, index })));
  await eachInPool(pool, items, async ({ item, index }) => {
    try {
      const turn = (): Promise<void> => begun[index]?.promise ?? Promise.resolve();
      await task(item, turn);
      await turn();
      left[index] = (left[index] ?? 0) - 1;
      if (left[index] === 0) await beginFrom(index + 1);
    } catch (error) {
      for (const each of begun) each.reject(error);
      throw error;
    }
  });
}
