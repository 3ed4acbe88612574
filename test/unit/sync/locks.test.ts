import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Locks } from '../../../src/locks.ts';

/** A task that waits to be let through. */
function gate(): { task: () => Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { task: () => promise, open: resolve };
}

describe('Locks', () => {
  it('lets tasks that share a name run one after the other, in the order of their arrival', async () => {
    const locks = new Locks();
    const log: string[] = [];
    const first = gate();
    const all = [
      locks.with(['a'], async () => {
        log.push('1 begins');
        await first.task();
        log.push('1 ends');
      }),
      locks.with(['a', 'b'], async () => log.push('2')),
      locks.with(['b'], async () => log.push('3')),
    ];
    await turn();
    expect(log).toEqual(['1 begins']);
    first.open();
    await Promise.all(all);
    expect(log).toEqual(['1 begins', '1 ends', '2', '3']);
  });

  it('does not hold up tasks that share no name', async () => {
    const locks = new Locks();
    const first = gate();
    const held = locks.with(['a'], first.task);
    await expect(locks.with(['b'], async () => 'done')).resolves.toBe('done');
    first.open();
    await held;
  });

  it('lets the next one in after a failure, and hands the failure to its own caller only', async () => {
    const locks = new Locks();
    const failed = locks.with(['a'], () => Promise.reject(new Error('first')));
    const next = locks.with(['a'], async () => 'second');
    await expect(failed).rejects.toThrow('first');
    await expect(next).resolves.toBe('second');
  });

  it('is not confused by a name that is given twice, or by none', async () => {
    const locks = new Locks();
    await expect(locks.with(['a', 'a'], async () => 1)).resolves.toBe(1);
    await expect(locks.with([], async () => 2)).resolves.toBe(2);
    await expect(locks.with(['a'], async () => 3)).resolves.toBe(3);
  });

  it('never lets two tasks hold a name at once, and never locks up', async () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 });
    const tasks = fc.array(fc.record({ names, turns: fc.nat(3), fails: fc.boolean() }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(tasks, async (all) => {
        const locks = new Locks();
        const held = new Set<string>();
        const run = (task: (typeof all)[number]): Promise<void> =>
          locks.with(task.names, async () => {
            expect(task.names.filter((name) => held.has(name))).toEqual([]);
            for (const name of task.names) held.add(name);
            for (let at = 0; at < task.turns; at += 1) await turn();
            for (const name of task.names) held.delete(name);
            if (task.fails) throw new RangeError('as told');
          });
        const ends = await Promise.allSettled(all.map((task) => run(task)));
        const unforeseen = ends.filter(
          (end) => end.status === 'rejected' && !(end.reason instanceof RangeError),
        );
        expect(unforeseen).toEqual([]);
        expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(
          all.filter(({ fails }) => fails).length,
        );
      }),
      { numRuns: 100 },
    );
  });
});
