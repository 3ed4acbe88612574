import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { contentDigest, isEmptyContent, rowDigest } from '../../../src/sync/digest.ts';
import type { Row } from '../../../src/warehouse/table.ts';

const MOOD = { path: 'mood', typeSeen: 'string' };
const TAGS = { path: 'tags[]', typeSeen: 'integer' };

describe('the digest of a row', () => {
  it('is 32 hex digits of what is spooled', () => {
    expect(rowDigest({ id: 1, name: 'a' }, [])).toMatch(/^[0-9a-f]{32}$/);
    expect(rowDigest({ id: 1, name: 'a' }, [])).toBe(rowDigest({ id: 1, name: 'a' }, []));
  });

  it.each<[string, Row]>([
    ['a value', { id: 1, name: 'b' }],
    ['a value that is no longer there', { id: 1, name: null }],
    ['the type of a value', { id: '1', name: 'a' }],
    ['a column that was chosen in addition', { id: 1, name: 'a', code: null }],
    ['a column that is no longer chosen', { id: 1 }],
  ])('is another for %s', (_what, row) => {
    expect(rowDigest(row, [])).not.toBe(rowDigest({ id: 1, name: 'a' }, []));
  });

  it('is another when an unknown property comes, whatever their order and number', () => {
    const row = { id: 1 };
    const digests = [[], [MOOD], [MOOD, TAGS]].map((drift) => rowDigest(row, drift));
    expect(new Set(digests).size).toBe(3);
    expect(rowDigest(row, [TAGS, MOOD, TAGS])).toBe(rowDigest(row, [MOOD, TAGS]));
  });
});

describe('the digest of content', () => {
  const rows = fc.array(
    fc.record({ id: fc.integer(), name: fc.option(fc.string()), tags: fc.array(fc.string()) }),
  );
  const digestsOf = (all: readonly Row[]): readonly string[] => all.map((row) => rowDigest(row, []));

  it('does not depend on the order of rows', () => {
    fc.assert(
      fc.property(
        rows.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          expect(contentDigest(digestsOf(shuffled), 'remove')).toBe(contentDigest(digestsOf(all), 'remove'));
        },
      ),
    );
  });

  it('is another when a row is added, goes, or is changed', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.string(), (all, at, more) => {
        const digest = contentDigest(digestsOf(all), 'remove');
        expect(contentDigest(digestsOf([...all, { id: 0.5 }]), 'remove')).not.toBe(digest);
        if (all.length === 0) return;
        const index = at % all.length;
        expect(contentDigest(digestsOf(all.toSpliced(index, 1)), 'remove')).not.toBe(digest);
        const list: readonly Row[] = all;
        const name = `${all[index]?.name ?? ''}${more}!`;
        const changed = list.with(index, { ...list[index], name });
        expect(contentDigest(digestsOf(changed), 'remove')).not.toBe(digest);
      }),
    );
  });

  it('is another where something else becomes of rows that are gone', () => {
    const digests = (['remove', 'mark', 'keep'] as const).map((deletes) => contentDigest(['a'], deletes));
    expect(new Set(digests).size).toBe(3);
  });

  it('of no rows is known as such', () => {
    expect(isEmptyContent(contentDigest([], 'keep'))).toBe(true);
    expect(isEmptyContent(contentDigest([''], 'keep'))).toBe(false);
    expect(isEmptyContent(contentDigest(['a'], 'keep'))).toBe(false);
  });
});
