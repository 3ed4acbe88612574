import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { billionths } from '../../../src/sync/payments.ts';

describe('an amount in billionths', () => {
  it.each<[unknown, bigint | null]>([
    [0, 0n],
    ['0.000000000', 0n],
    [12.5, 12_500_000_000n],
    ['12.500000000', 12_500_000_000n],
    ['-0.1', -100_000_000n],
    [1e-7, 100n],
    ['1e3', 1_000_000_000_000n],
    ['99999999999999999999999999999.999999999', 99999999999999999999999999999999999999n],
    [null, null],
    [undefined, null],
    [true, null],
    ['much', null],
    ['0.0000000001', null],
  ])('%j is %s', (value, expected) => {
    expect(billionths(value)).toBe(expected);
  });

  it('loses nothing on the way', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), (amount) => {
        const digits = String(amount < 0n ? -amount : amount).padStart(10, '0');
        const text = `${amount < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(billionths(text)).toBe(amount);
      }),
    );
  });
});
