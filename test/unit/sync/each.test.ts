import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import PQueue from 'p-queue';
import { askedInPool, eachInPool, heldUntilTold } from '../../../src/sync/each.ts';

const turns = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at += 1) await turn();
};

describe('eachInPool', () => {
  it('runs the task for every item, as many at once as the pool allows', async () => {
    const done: number[] = [];
    let underWay = 0;
    let most = 0;
    await eachInPool(new PQueue({ concurrency: 3 }), [1, 2, 3, 4, 5, 6, 7], async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await turns(2);
      underWay -= 1;
      done.push(item);
    });
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('is done at once where there is nothing to do', async () => {
    await expect(
      eachInPool(new PQueue({ concurrency: 1 }), [], async () => undefined),
    ).resolves.toBeUndefined();
  });

  it('starts nothing after a failure, and waits for what is under way', async () => {
    const log: string[] = [];
    const run = eachInPool(new PQueue({ concurrency: 2 }), [1, 2, 3, 4], async (item) => {
      log.push(`${item} begins`);
      if (item === 1) throw new Error('first');
      await turns(5);
      log.push(`${item} ends`);
    });
    await expect(run).rejects.toThrow('first');
    expect(log).toEqual(['1 begins', '2 begins', '2 ends']);
  });

  it('throws the failure that came first, not that of the first item', async () => {
    const run = eachInPool(new PQueue({ concurrency: 2 }), ['slow', 'quick'], async (item) => {
      await turns(item === 'slow' ? 5 : 1);
      throw new Error(item);
    });
    await expect(run).rejects.toThrow('quick');
  });

  it('leaves the pool to others after a failure', async () => {
    const pool = new PQueue({ concurrency: 1 });
    const failed = eachInPool(pool, [1, 2], () => Promise.reject(new Error('first')));
    const other: string[] = [];
    const next = eachInPool(pool, ['a', 'b'], async (item) => {
      other.push(item);
    });
    await expect(failed).rejects.toThrow('first');
    await next;
    expect(other).toEqual(['a', 'b']);
  });
});

describe('askedInPool', () => {
  async function* letters(ended: () => void): AsyncGenerator<string, void> {
    try {
      for (const letter of ['a', 'b', 'c']) {
        await turns(1);
        yield letter;
      }
    } finally {
      ended();
    }
  }

  it('gives all values in their order, and its slot back while one is worked with', async () => {
    const pool = new PQueue({ concurrency: 1 });
    const seen: string[] = [];
    for await (const letter of askedInPool(
      pool,
      letters(() => seen.push('ended')),
    )) {
      seen.push(letter);
      await pool.add(() => seen.push(`other after ${letter}`));
    }
    expect(seen).toEqual(['a', 'other after a', 'b', 'other after b', 'c', 'other after c', 'ended']);
  });

  it('goes on before others begin', async () => {
    const pool = new PQueue({ concurrency: 1 });
    const seen: string[] = [];
    async function* numbers(): AsyncGenerator<number, void> {
      for (const number of [1, 2]) {
        seen.push(`asked for ${number}`);
        await turns(1);
        yield number;
      }
    }
    const others: Promise<unknown>[] = [];
    const other = async (name: string): Promise<void> => {
      seen.push(name);
      await turns(5);
    };
    for await (const number of askedInPool(pool, numbers())) {
      if (number === 1) for (const name of ['other', 'another']) others.push(pool.add(() => other(name)));
    }
    await Promise.all(others);
    expect(seen).toEqual(['asked for 1', 'other', 'asked for 2', 'another']);
  });

  it('ends what it asks when its reader leaves early, and when a value fails', async () => {
    const pool = new PQueue({ concurrency: 1 });
    let ended = 0;
    for await (const letter of askedInPool(
      pool,
      letters(() => (ended += 1)),
    ))
      if (letter === 'b') break;
    expect(ended).toBe(1);
    async function* failing(): AsyncGenerator<string, void> {
      yield await Promise.reject(new Error('no answer'));
    }
    const read = async (): Promise<void> => {
      for await (const _ of askedInPool(pool, failing()));
    };
    await expect(read()).rejects.toThrow('no answer');
    await expect(pool.add(() => 'free')).resolves.toBe('free');
  });
});

describe('heldUntilTold', () => {
  const run = (pool: PQueue, log: string[], name: string, tellAfter: number | null): Promise<string> =>
    heldUntilTold(pool, async (tell) => {
      log.push(`${name} begins`);
      await turns(tellAfter ?? 0);
      if (tellAfter !== null) tell();
      await turns(9);
      log.push(`${name} ends`);
      return name;
    });

  it('lets the next one begin when it says so, and answers when it is done', async () => {
    const log: string[] = [];
    const pool = new PQueue({ concurrency: 1 });
    const all = await Promise.all([run(pool, log, 'a', 2), run(pool, log, 'b', 2)]);
    expect(all).toEqual(['a', 'b']);
    expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends']);
  });

  it('holds its slot until it is done where it says nothing', async () => {
    const log: string[] = [];
    const pool = new PQueue({ concurrency: 1 });
    await Promise.all([run(pool, log, 'a', null), run(pool, log, 'b', null)]);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('gives its slot back when it fails, before and after it has said so', async () => {
    const pool = new PQueue({ concurrency: 1 });
    const failing = (isTold: boolean): Promise<string> =>
      heldUntilTold(pool, async (tell) => {
        if (isTold) tell();
        await turns(1);
        throw new Error(String(isTold));
      });
    await expect(failing(false)).rejects.toThrow('false');
    await expect(failing(true)).rejects.toThrow('true');
    await expect(run(pool, [], 'after', null)).resolves.toBe('after');
  });
});
