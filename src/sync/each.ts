import type PQueue from 'p-queue';

/**
 * Runs a task for every item in the pool. After the first failure no further item is started; those under way are
 * waited for, then the first failure is thrown.
 */
export async function eachInPool<Item>(
  pool: PQueue,
  items: readonly Item[],
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    items.map((item) =>
      pool.add(async () => {
        if (failures.length > 0) return;
        try {
          await task(item);
        } catch (error) {
          failures.push(error);
        }
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
