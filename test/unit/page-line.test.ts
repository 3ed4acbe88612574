import { describe, expect, it } from '@jest/globals';
import { numberedLink, PageLine } from '../../src/harvest/page-line.ts';
import { REQUESTS_IN_FLIGHT } from '../../src/harvest/rate-limit.ts';
import { ReadAhead } from '../../src/harvest/read-ahead.ts';
import type { HarvestResponse } from '../../src/harvest/types.ts';

const BASE = 'https://api.example.com/v2/time_entries';
const linkTo = (page: number, rest = ''): string => `${BASE}?page=${page}&per_page=2000${rest}`;
const MB = 2 ** 20;

/** A list under way: what was asked for, what of it was left, and how to answer. */
class Scene {
  readonly asked: (string | null)[] = [];
  readonly left: (string | null)[] = [];
  readonly #answers: ((answer: HarvestResponse | Error) => void)[] = [];
  readonly line: PageLine;

  /** How often it was told that nothing more is to be asked for. */
  allAsked = 0;

  constructor(ahead = new ReadAhead(100 * MB), signal?: AbortSignal) {
    this.line = new PageLine(
      (link, ending) => {
        this.asked.push(link);
        ending.addEventListener('abort', () => this.left.push(link));
        return new Promise((resolve, reject) => {
          this.#answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
        });
      },
      { stream: 'time_entries', ahead, onAllAsked: () => (this.allAsked += 1), ...(signal && { signal }) },
    );
  }

  answer(nth: number, failure?: Error): void {
    const response = { body: { nth }, date: '2026-01-01T00:00:00Z', ms: 1, bytes: MB };
    this.#answers[nth]?.(failure ?? response);
  }

  /** Whose turn it is, by the number of its request. */
  async next(): Promise<unknown> {
    return (await this.line.next())?.body['nth'] ?? null;
  }
}

/** A scene whose first page, of 20, is there. */
async function begun(first = linkTo(2), ahead?: ReadAhead): Promise<Scene> {
  const scene = new Scene(ahead);
  scene.line.begin(null);
  scene.answer(0);
  expect(await scene.next()).toBe(0);
  scene.line.goOn(first, { totalPages: 20 });
  return scene;
}

describe('the pages in the air', () => {
  it('are as many as may be, by the link of the second one, and come in their order', async () => {
    const scene = await begun();
    const most = REQUESTS_IN_FLIGHT.general;
    expect(scene.asked).toEqual([null, ...Array.from({ length: most }, (_, nth) => linkTo(nth + 2))]);
    for (const nth of [3, 1, 2]) scene.answer(nth);
    for (const nth of [1, 2, 3]) {
      expect(await scene.next()).toBe(nth);
      scene.line.goOn(linkTo(nth + 2), { totalPages: 20 });
    }
    expect(scene.asked.slice(-3)).toEqual([most + 2, most + 3, most + 4].map((page) => linkTo(page)));
    expect(scene.left).toEqual([null, linkTo(2), linkTo(3)]);
  });

  it.each([
    ['in another order', `${BASE}?per_page=2000&page=3`],
    ['as it may be written as well', `${BASE}?page=3&per%5Fpage=2000`],
  ])('are kept where the link that leads to them is written %s', async (_name, link) => {
    const scene = await begun();
    const asked = scene.asked.length;
    scene.answer(1);
    await scene.next();
    scene.line.goOn(link, { totalPages: 20 });
    expect(scene.asked.slice(asked).map((each) => numberedLink(each ?? '')?.page)).toEqual([asked + 1]);
    expect(scene.left).toEqual([null]);
  });

  it.each([
    ['another number', linkTo(7)],
    ['another query', linkTo(3, '&from=2026-01-01')],
    ['another path', linkTo(3).replace('/v2/', '/api/v2/')],
    ['a cursor', `${BASE}?cursor=abc&per_page=2000`],
  ])(
    'are left where a link has %s, which is followed, and nothing is foreseen any more',
    async (_n, link) => {
      const scene = await begun();
      const foreseen = scene.asked.slice(2);
      const { length } = scene.asked;
      scene.answer(1);
      await scene.next();
      scene.line.goOn(link, { totalPages: 20 });
      expect(scene.asked.slice(length)).toEqual([link]);
      expect(scene.left).toEqual([null, ...foreseen]);
      scene.answer(length);
      expect(await scene.next()).toBe(length);
      scene.line.goOn(linkTo(8), { totalPages: 20 });
      expect(scene.asked.slice(length)).toEqual([link, linkTo(8)]);
    },
  );

  it('end with the list, whatever it said of its length', async () => {
    const scene = await begun();
    scene.answer(1);
    await scene.next();
    scene.line.goOn(null, { totalPages: 20 });
    expect(await scene.next()).toBeNull();
    expect(new Set(scene.left)).toEqual(new Set(scene.asked));
  });

  it('give their allowance back when they are done with or left', async () => {
    const ahead = new ReadAhead(10 * MB);
    const scene = await begun(linkTo(2), ahead);
    // a page took 1 MB, and the next one needs no allowance
    expect(scene.asked).toHaveLength(1 + 1 + 10);
    scene.line.leave();
    const taken = Array.from({ length: 11 }, () => ahead.take('time_entries')).filter(
      (each) => each !== null,
    );
    expect(taken).toHaveLength(10);
  });

  it('fail at their turn and not before', async () => {
    const scene = await begun();
    scene.answer(2, new Error('page 3 failed'));
    scene.answer(1);
    expect(await scene.next()).toBe(1);
    scene.line.goOn(linkTo(3), { totalPages: 20 });
    await expect(scene.next()).rejects.toThrow('page 3 failed');
  });

  it('tell when nothing more is to be asked for, and wherever that cannot be known', async () => {
    const scene = await begun(linkTo(2), new ReadAhead(8 * MB));
    expect(scene.allAsked).toBe(0);
    for (let nth = 1; scene.allAsked === 0; nth += 1) {
      scene.answer(nth);
      await scene.next();
      scene.line.goOn(linkTo(nth + 2), { totalPages: 20 });
    }
    expect(scene.asked).toHaveLength(20);
    expect((await begun(`${BASE}?cursor=a`)).allAsked).toBe(1);
  });

  it('are only the next one without an allowance', async () => {
    const scene = await begun(linkTo(2), new ReadAhead(0));
    expect(scene.asked).toEqual([null, linkTo(2)]);
  });
});

describe('a link', () => {
  it.each([
    `${BASE}?cursor=abc&page=2`,
    `${BASE}?per_page=2000`,
    `${BASE}?page=0`,
    `${BASE}?page=1.5`,
    `${BASE}?page=x`,
    'no link',
  ])('that does not count pages is none that counts: %s', (link) => {
    expect(numberedLink(link)).toBeNull();
  });

  it('that counts pages leads to the others, with everything else that it asks for', () => {
    const link = numberedLink(linkTo(2, '&from=2026-01-01'));
    expect([link?.page, link?.to(9)]).toEqual([2, linkTo(9, '&from=2026-01-01')]);
  });
});

describe('the allowance to read ahead', () => {
  it('is taken for what pages of a stream usually are, and given back once', () => {
    const ahead = new ReadAhead(10 * MB);
    ahead.note('projects', 4 * MB);
    const [first, second, third] = [1, 2, 3].map(() => ahead.take('projects'));
    expect([first, second, third].map((each) => each !== null)).toEqual([true, true, false]);
    first?.();
    first?.();
    expect(ahead.take('projects')).not.toBeNull();
    expect(ahead.take('projects')).toBeNull();
  });

  it('follows pages that grow at once, and those that shrink slowly', () => {
    const ahead = new ReadAhead(8 * MB);
    ahead.note('projects', 4 * MB);
    ahead.note('projects', 0);
    // 3 MB are taken for a page now
    expect([1, 2, 3].map(() => ahead.take('projects') !== null)).toEqual([true, true, false]);
  });

  it('takes two and a half megabytes for a page of a stream of which none has come', () => {
    const ahead = new ReadAhead(5 * MB);
    expect([1, 2, 3].map(() => ahead.take('clients') !== null)).toEqual([true, true, false]);
  });
});
