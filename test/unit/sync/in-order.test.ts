import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { eachInOrder } from '../../../src/sync/in-order.ts';

const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await turnOfLoop();
};

/** A window as far as its order is concerned; `fails` says in which of its steps. */
interface Step {
  readonly read: number;
  readonly store: number;
  readonly fails?: 'read' | 'store' | undefined;
}

/** Reads and stores the steps, and gives what happened in which order, with the message of the failure. */
async function carryOut(steps: readonly Step[]): Promise<{ log: readonly string[]; failure: string | null }> {
  const log: string[] = [];
  let failure: string | null = null;
  try {
    await eachInOrder(steps.entries(), async ([nth, { read, store, fails }], { next, turn }) => {
      log.push(`read ${nth}`);
      await turns(read);
      if (fails === 'read') {
        log.push(`failed ${nth}`);
        throw new Error(`failed ${nth}`);
      }
      next();
      await turn();
      log.push(`store ${nth}`);
      await turns(store);
      if (fails === 'store') {
        log.push(`failed ${nth}`);
        throw new Error(`failed ${nth}`);
      }
      log.push(`stored ${nth}`);
    });
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { log, failure };
}

describe('eachInOrder', () => {
  it('reads one item while the one before is stored, and stores them in their order', async () => {
    const { log, failure } = await carryOut([
      { read: 1, store: 4 },
      { read: 1, store: 1 },
      { read: 1, store: 1 },
    ]);
    expect(failure).toBeNull();
    expect(log.indexOf('read 1')).toBeLessThan(log.indexOf('stored 0'));
    expect(log.indexOf('read 2')).toBeGreaterThan(log.indexOf('stored 0'));
    expect(log.filter((line) => line.startsWith('store'))).toEqual(
      [0, 1, 2].flatMap((nth) => [`store ${nth}`, `stored ${nth}`]),
    );
  });

  it.each([
    ['an item that cannot be read', { fails: 'read', read: 3, store: 0 }, { read: 0, store: 0 }],
    [
      'an item that cannot be stored',
      { fails: 'store', read: 0, store: 3 },
      { read: 9, store: 0, fails: 'read' },
    ],
  ] as const)('reads nothing more after %s, and tells of that failure', async (_name, bad, after) => {
    const { log, failure } = await carryOut([{ read: 0, store: 0 }, bad, after, { read: 0, store: 0 }]);
    expect(failure).toBe('failed 1');
    expect(log).not.toContain('read 3');
    expect(log).not.toContain('store 2');
    expect(log.includes('read 2')).toBe(bad.fails === 'store');
  });

  it('throws the first failure of any, begins nothing after it, and stores nothing after one that is not stored', async () => {
    const step = fc.record({
      read: fc.nat(4),
      store: fc.nat(4),
      fails: fc.option(fc.constantFrom('read' as const, 'store' as const), { nil: undefined, freq: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 7 }), async (steps) => {
        const { log, failure } = await carryOut(steps);
        const failed = log.findIndex((line) => line.startsWith('failed'));
        expect(failure).toBe(log[failed] ?? null);
        expect(log.slice(failed + 1).filter((line) => failed >= 0 && line.startsWith('read'))).toEqual([]);
        const stored = log.filter((line) => line.startsWith('stored')).map((line) => Number(line.slice(7)));
        expect(stored).toEqual(stored.map((_, nth) => nth));
        if (steps.every(({ fails }) => fails === undefined)) expect(stored).toHaveLength(steps.length);
      }),
      { numRuns: 100 },
    );
  });
});
