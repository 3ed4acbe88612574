import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { hasMoved, isCursorLink, type ListSeen } from '../../../src/sync/paging.ts';

const seen = (totals: readonly number[], distinct: number, part: Partial<ListSeen> = {}): ListSeen => ({
  totals,
  distinct,
  pages: totals.length,
  byCursor: false,
  ...part,
});

describe('hasMoved', () => {
  it.each<[string, ListSeen, ListSeen | null, boolean]>([
    ['all rows came and the total stood still', seen([5, 5, 5], 5), null, false],
    ['rows were added', seen([5, 6, 6], 6), null, false],
    ['rows were added in front, so that some came twice', seen([5, 6, 6], 5), null, false],
    ['the total sank between two pages', seen([5, 4, 4], 4), null, true],
    ['the total sank and rose again', seen([5, 4, 5], 5), null, true],
    ['fewer rows came than there ever were', seen([5, 5, 5], 4), null, true],
    [
      'the same was missing when it was read before: the total is off',
      seen([5, 5], 4),
      seen([5, 5], 4),
      false,
    ],
    ['something else was missing before', seen([5, 5], 4), seen([5, 5], 3), true],
    ['the total was another before', seen([5, 5], 4), seen([6, 6], 4), true],
    ['it sank as it did before', seen([5, 4], 4), seen([5, 4], 4), true],
    ['one page is a snapshot', seen([5], 4), null, false],
    ['nothing is there', seen([0], 0), null, false],
    ['a cursor cannot skip', seen([5, 4], 3, { byCursor: true }), null, false],
    ['Harvest tells no total', seen([], 7, { pages: 3 }), null, false],
  ])('%s', (_name, now, before, expected) => {
    expect(hasMoved(now, before)).toBe(expected);
  });
});

it.each<[string | null, boolean]>([
  [null, false],
  [
    'https://api.harvestapp.com/v2/clients?cursor=eyJhZnRlciI6eyJpZCI6N319&per_page=2000&ref=next_cursor',
    true,
  ],
  ['https://api.harvestapp.com/v2/time_entries?page=2&per_page=2000&ref=next', false],
  ['https://api.harvestapp.com/v2/time_entries?page=2&updated_since=cursor', false],
])('a link %s continues after an id: %s', (link, expected) => {
  expect(isCursorLink(link)).toBe(expected);
});

/** What happens to the list after a page was read: a row at a place goes, or comes. */
interface Edit {
  readonly afterPage: number;
  readonly place: number;
  readonly kind: 'delete' | 'insert';
}

/** Reads an offset-paged list while it is edited, as the client does: page by page until none is left. */
function readWhile(
  size: number,
  pageSize: number,
  edits: readonly Edit[],
): { seen: ListSeen; skipped: number } {
  let rows = Array.from({ length: size }, (_, index) => index);
  const stayed = new Set(rows);
  const came = new Set<number>();
  const totals: number[] = [];
  let next = size;
  for (let page = 1, more = true; more; page += 1) {
    const offset = (page - 1) * pageSize;
    for (const row of rows.slice(offset, offset + pageSize)) came.add(row);
    totals.push(rows.length);
    more = offset + pageSize < rows.length;
    for (const { place, kind } of edits.filter(({ afterPage }) => afterPage === page)) {
      const at = rows.length === 0 ? 0 : place % rows.length;
      if (kind === 'insert') rows = rows.toSpliced(at, 0, next++);
      else for (const row of rows.splice(at, 1)) stayed.delete(row);
    }
  }
  const skipped = [...stayed].filter((row) => !came.has(row)).length;
  return {
    seen: { totals, distinct: came.size, pages: totals.length, byCursor: false },
    skipped,
  };
}

describe('a list that is edited while its pages are read', () => {
  const edits = (kind: Edit['kind']): fc.Arbitrary<readonly Edit[]> =>
    fc.array(
      fc.record({ afterPage: fc.integer({ min: 1, max: 6 }), place: fc.nat(60), kind: fc.constant(kind) }),
      {
        maxLength: 8,
      },
    );
  const size = fc.nat(30);
  const pageSize = fc.integer({ min: 1, max: 8 });

  it('is known to have moved whenever deletions made the reader skip a row that was there throughout', () => {
    let skips = 0;
    fc.assert(
      fc.property(size, pageSize, edits('delete'), (rows, perPage, all) => {
        const { seen: list, skipped } = readWhile(rows, perPage, all);
        if (skipped === 0) return;
        skips += 1;
        expect(hasMoved(list, null)).toBe(true);
        expect(hasMoved(list, list)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(skips).toBeGreaterThan(50);
  });

  it('is read whole, and not read again for nothing, where rows were only added', () => {
    fc.assert(
      fc.property(size, pageSize, edits('insert'), (rows, perPage, all) => {
        const { seen: list, skipped } = readWhile(rows, perPage, all);
        expect([skipped, hasMoved(list, null)]).toEqual([0, false]);
      }),
      { numRuns: 500 },
    );
  });

  it('counts as still where nothing happened', () => {
    fc.assert(
      fc.property(size, pageSize, (rows, perPage) => {
        const { seen: list, skipped } = readWhile(rows, perPage, []);
        expect([skipped, hasMoved(list, null)]).toEqual([0, false]);
      }),
    );
  });
});
