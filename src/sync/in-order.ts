/**
 * Runs a task for every item one after the other: a task says when the next one may begin beside it, and waits for its turn
 * before it does what has to be done in order. No more than two are under way. The first failure is the one that is thrown:
 * no further item is begun after it, a task that waits for its turn then is refused, and all under way are waited for.
 */
export async function eachInOrder<Item>(
  items: Iterable<Item>,
  task: (
    item: Item,
    steps: { readonly next: () => void; readonly turn: () => Promise<void> },
  ) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const throwFirst = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  let last = Promise.resolve();
  for (const item of items) {
    const before = last;
    const { promise: mayGoOn, resolve: next } = Promise.withResolvers<void>();
    const run = async (): Promise<void> => {
      try {
        await task(item, { next, turn: () => before.then(throwFirst) });
      } catch (error) {
        failures.push(error);
      }
      next();
    };
    last = run();
    await mayGoOn;
    await before;
    if (failures.length > 0) break;
  }
  await last;
  throwFirst();
}
