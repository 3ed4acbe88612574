/** Named mutual exclusion inside the process: tasks that share a name run one after the other, in order of arrival. */
export class Locks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs the task when nobody else holds any of the names. */
  async with<Result>(names: readonly string[], task: () => Promise<Result>): Promise<Result> {
    const before = names.map(async (name) => this.#tails.get(name));
    const { promise: finished, resolve } = Promise.withResolvers<void>();
    for (const name of names) this.#tails.set(name, finished);
    try {
      await Promise.all(before);
      return await task();
    } finally {
      resolve();
    }
  }
}
