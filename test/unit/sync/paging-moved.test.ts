import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { hasMoved } from '../../../src/sync/paging.ts';

/** A list, newest first, of which records go or come while its pages are answered in any order. */
interface Story {
  readonly records: number;
  readonly perPage: number;
  /** Which page is answered when; pages are asked for at the same time. */
  readonly order: readonly number[];
  /** At which place of the list something happens, before which answer. */
  readonly moves: readonly { readonly at: number; readonly before: number }[];
  readonly kind: 'delete' | 'insert';
}

const story: fc.Arbitrary<Story> = fc
  .record({
    records: fc.integer({ min: 3, max: 40 }),
    perPage: fc.integer({ min: 1, max: 7 }),
    moves: fc.array(fc.record({ at: fc.nat(40), before: fc.nat(12) }), { maxLength: 3 }),
    kind: fc.constantFrom('delete', 'insert'),
  })
  .chain(({ records, perPage, ...rest }) => {
    const pages = Array.from({ length: Math.ceil(records / perPage) }, (_, index) => index);
    const order = fc.shuffledSubarray(pages, { minLength: pages.length });
    return order.map((all) => ({ ...rest, records, perPage, order: all }));
  });

/** Tells the story; answers which records were there all the time and did not come, and whether that is noticed. */
function read({ records, perPage, order, moves, kind }: Story): { missed: number[]; isNoticed: boolean } {
  const list = Array.from({ length: records }, (_, index) => index);
  const gone = new Set<number>();
  const pages: { total: number; held: number[] }[] = [];
  let fresh = 1000;
  for (const [nth, page] of order.entries()) {
    for (const { at } of moves.filter(({ before }) => before === nth)) {
      if (kind === 'insert') list.splice(at % (list.length + 1), 0, (fresh += 1));
      else for (const id of list.splice(at % Math.max(1, list.length), 1)) gone.add(id);
    }
    pages[page] = { total: list.length, held: list.slice(page * perPage, (page + 1) * perPage) };
  }
  // the link of the last page leads on as long as it says that there are more
  while ((pages.at(-1)?.total ?? 0) > pages.length * perPage) {
    pages.push({
      total: list.length,
      held: list.slice(pages.length * perPage, (pages.length + 1) * perPage),
    });
  }
  const came = new Set(pages.flatMap(({ held }) => held));
  const missed = Array.from({ length: records }, (_, index) => index).filter(
    (id) => !gone.has(id) && !came.has(id),
  );
  const totals = pages.map(({ total }) => total);
  const seen = { totals, distinct: came.size, pages: pages.length, byCursor: false };
  return { missed, isNoticed: hasMoved(seen, null) };
}

it('a record that is skipped since others go, or since others come, is noticed whatever page is answered first', () => {
  fc.assert(
    fc.property(story, (each) => {
      const { missed, isNoticed } = read(each);
      if (missed.length > 0) expect(isNoticed).toBe(true);
      if (each.moves.length === 0) expect([missed, isNoticed]).toEqual([[], false]);
    }),
    { numRuns: 2000 },
  );
});
