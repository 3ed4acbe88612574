import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { rangesOf } from '../../src/warehouse/duckdb/compare-ranges.ts';

it('ranges hold every place of a sequence once, in no more parts than the rows ask for', () => {
  const sequence = fc.record({
    from: fc.nat(1000),
    length: fc.integer({ min: 1, max: 300 }),
    rows: fc.nat(300),
    most: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(sequence, ({ from, length, rows, most }) => {
      const to = from + length;
      const ranges = rangesOf(rows, { from, to }, most);
      expect(ranges).toHaveLength(Math.max(1, Math.ceil(rows / most)));
      const places = ranges.flatMap((range) =>
        Array.from({ length: Math.max(0, range.to - range.from) }, (_, nth) => range.from + nth),
      );
      expect(places).toEqual(Array.from({ length }, (_, nth) => from + nth));
    }),
  );
});
