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
  let failed = false;
  const results = await Promise.allSettled(
    items.map((item) =>
      pool.add(async () => {
        if (failed) return;
        try {
          await task(item);
        } catch (error) {
          failed = true;
          throw error;
        }
      }),
    ),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
