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

/**
 * What a generator gives, asked for in the pool: a slot is held while the next value is waited for, and free while somebody
 * works with it. What comes after the first value goes before what others ask for. Ends the generator in any case.
 */
export async function* askedInPool<Value>(
  pool: PQueue,
  values: AsyncGenerator<Value, void>,
): AsyncGenerator<Value, void> {
  try {
    for (let priority = 0; ; priority = GOING_ON) {
      const { value, done } = await pool.add(() => values.next(), { priority });
      if (done === true) return;
      yield value;
    }
  } finally {
    await values.return();
  }
}

/**
 * Runs a task in the pool and answers what it does. Its slot is free when it is done, or before, as soon as it says so: the next
 * one then runs beside it.
 */
export function heldUntilTold<Result>(
  pool: PQueue,
  task: (tell: () => void) => Promise<Result>,
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const hold = (): Promise<void> =>
    new Promise((leave) => {
      task(leave).then(resolve, reject).finally(leave);
    });
  // never fails: what the task throws is the answer
  void pool.add(hold);
  return promise;
}

/** What has begun goes before everything that has not. */
const GOING_ON = 2;
