import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { batchesOf, type Place } from '../../../src/sync/child-places.ts';

const places = fc.array(fc.nat(12), { minLength: 1, maxLength: 60 }).map((counts) =>
  counts.map((count, place): Place => ({
    place,
    ids: Array.from({ length: count }, (_, nth) => `${place}-${nth}`),
    gone: [],
  })),
);

describe('batches of places', () => {
  it('hold every place once, in order, and no more parents than asked for unless a place alone does', () => {
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 30 }), (all, most) => {
        const batches = batchesOf(all, most);
        expect(batches.flat()).toEqual(all);
        for (const batch of batches) {
          const filled = batch.filter(({ ids }) => ids.length > 0);
          const parents = filled.reduce((sum, { ids }) => sum + ids.length, 0);
          expect(parents <= most || filled.length === 1).toBe(true);
        }
      }),
    );
  });

  it('of places without parents are one', () => {
    const empty = [0, 1, 2].map((place): Place => ({ place, ids: [], gone: [] }));
    expect(batchesOf(empty, 5)).toEqual([empty]);
  });
});
