import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import PQueue from 'p-queue';
import { eachInTurn } from '../../../src/sync/in-turn.ts';

const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await turnOfLoop();
};

describe('eachInTurn', () => {
  it('begins the groups in order, empty ones too, each after all items of the one before, whatever comes first', async () => {
    const groups = fc.array(fc.array(fc.nat(4), { maxLength: 4 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(groups, fc.integer({ min: 1, max: 5 }), async (waits, concurrency) => {
        const log: string[] = [];
        const items = waits.map((group, index) =>
          group.map((wait, nth) => ({ wait, name: `${index}.${nth}` })),
        );
        await eachInTurn(
          new PQueue({ concurrency }),
          items,
          async (group) => void log.push(`begin ${group}`),
          async ({ wait, name }, turn) => {
            await turns(wait);
            await turn();
            log.push(name);
          },
        );
        const byGroup = items.flatMap((group, index) => [`begin ${index}`, ...group.map(({ name }) => name)]);
        expect(log.toSorted()).toEqual(byGroup.toSorted());
        const groupsInLog = log.map((line) => Number(line.replace('begin ', '').split('.')[0]));
        expect(groupsInLog).toEqual(groupsInLog.toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });

  it('prepares items of later groups while an early one takes its time', async () => {
    const prepared: string[] = [];
    await eachInTurn(
      new PQueue({ concurrency: 3 }),
      [['slow'], ['a', 'b', 'c']],
      () => Promise.resolve(),
      async (name, turn) => {
        if (name === 'slow') await turns(20);
        prepared.push(name);
        await turn();
      },
    );
    expect(prepared.slice(0, 2)).toEqual(['a', 'b']);
  });

  it('ends with the first failure, though others wait for a turn that does not come', async () => {
    const pool = new PQueue({ concurrency: 4 });
    const begun: number[] = [];
    const run = eachInTurn(
      pool,
      [['bad'], ['waits', 'waits too'], ['never']],
      async (group) => void begun.push(group),
      async (name, turn) => {
        if (name === 'bad') {
          await turns(3);
          throw new Error('first');
        }
        await turn();
      },
    );
    await expect(run).rejects.toThrow('first');
    expect(begun).toEqual([0]);
    await expect(pool.add(() => 'free')).resolves.toBe('free');
  });

  it('ends when a group cannot begin', async () => {
    const run = eachInTurn(
      new PQueue({ concurrency: 2 }),
      [['a'], ['b']],
      (group) => (group === 1 ? Promise.reject(new Error('no room')) : Promise.resolve()),
      (_name, turn) => turn(),
    );
    await expect(run).rejects.toThrow('no room');
  });
});
