import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isObject, parseJson } from '../../../src/harvest/json.ts';
import { castScalar, plainDecimal, Refusal } from '../../../src/sync/cast.ts';

/** A decimal as `digits × 10^scale`, read independently of the code under test. */
interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

function read(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), scale: Number(exponent) - fraction.length };
}

/** Both numbers as multiples of the smaller power of ten. */
function isSame(a: Decimal, b: Decimal): boolean {
  const scale = Math.min(a.scale, b.scale);
  return a.digits * 10n ** BigInt(a.scale - scale) === b.digits * 10n ** BigInt(b.scale - scale);
}

/** Whether NUMERIC(38,9) holds the number exactly. */
function fits({ digits, scale }: Decimal): boolean {
  const shift = scale + 9;
  if (shift < 0 && digits % 10n ** BigInt(-shift) !== 0n) return false;
  const billionths = shift < 0 ? digits / 10n ** BigInt(-shift) : digits * 10n ** BigInt(shift);
  const limit = 10n ** 38n;
  return -limit < billionths && billionths < limit;
}

const digit = fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(digit, { minLength, maxLength }).map((all) => all.join(''));

/** Any number that JSON can write, leading zeros aside. */
const decimal = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(
      fc.constant('0'),
      digits(1, 34).map((text) => text.replace(/^0+(?=\d)/, '')),
    ),
    fraction: fc.option(fc.oneof(digits(1, 12), digits(1, 3)), { nil: null }),
    exponent: fc.option(
      fc.record({
        letter: fc.constantFrom('e', 'E'),
        sign: fc.constantFrom('', '+', '-'),
        power: fc.oneof(fc.nat(12), fc.nat(60)),
      }),
      { nil: null },
    ),
  })
  .map(({ sign, whole, fraction, exponent }) => {
    const power = exponent === null ? '' : `${exponent.letter}${exponent.sign}${exponent.power}`;
    return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power}`;
  });

describe('plainDecimal', () => {
  it('keeps the value of every decimal and writes it in one way only', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const plain = plainDecimal(text) ?? 'null';
        expect(plain).toMatch(/^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
        expect(plain).not.toBe('-0');
        expect(isSame(read(plain), read(text))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('gives up on exponents that no memory should be spent on', () => {
    expect(['1e1001', '1E-1001', '12e999999999999999999'].map(plainDecimal)).toEqual([null, null, null]);
  });

  it('has no text for what is no decimal', () => {
    expect(['NaN', 'Infinity', '1,5', '0x10', ' 1', '1 '].map(plainDecimal)).toEqual(Array(6).fill(null));
  });
});

describe('a number on its way from the page to the row', () => {
  const onItsWay = (type: 'NUMERIC' | 'INT64', text: string): unknown => {
    const parsed = parseJson(`{"a": ${text}}`);
    return castScalar(type, isObject(parsed) ? parsed['a'] : null);
  };

  it('is equal in value, or refused because NUMERIC cannot hold it; never rounded', () => {
    fc.assert(
      fc.property(decimal, (text) => {
        const value = onItsWay('NUMERIC', text);
        expect(value instanceof Refusal).toBe(!fits(read(text)));
        if (typeof value === 'string') expect(isSame(read(value), read(text))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('is an INT64 exactly when it is whole and within 64 bits', () => {
    const whole = fc.oneof(decimal, fc.bigInt(-(2n ** 64n), 2n ** 64n).map(String), fc.integer().map(String));
    fc.assert(
      fc.property(whole, (text) => {
        const { digits: all, scale } = read(text);
        const unit = 10n ** BigInt(Math.abs(scale));
        const isWhole = scale >= 0 || all % unit === 0n;
        const number = scale >= 0 ? all * unit : all / unit;
        const isHeld = isWhole && number >= -(2n ** 63n) && number < 2n ** 63n;
        const value = onItsWay('INT64', text);
        expect(value instanceof Refusal).toBe(!isHeld);
        if (isHeld) expect(BigInt(String(value))).toBe(number);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a day or an instant', () => {
  const two = fc.integer({ min: 0, max: 70 }).map((value) => String(value).padStart(2, '0'));
  const odd = fc.constantFrom('-', '-', '-', '-', '/', '', ':', 'x');
  const day = fc.tuple(fc.oneof(two, fc.constant('20')), two, odd, two, odd, two);

  it('is taken exactly when the calendar has it', () => {
    fc.assert(
      fc.property(day, ([century, year, a, month, b, date]) => {
        const text = `${century}${year}${a}${month}${b}${date}`;
        const time = new Date(`${text}T00:00:00Z`);
        const isDay =
          /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time.valueOf()) && !text.startsWith('0000');
        const isThere = isDay && time.toISOString().startsWith(text);
        expect(castScalar('DATE', text) instanceof Refusal).toBe(!isThere);
        expect(castScalar('TIMESTAMP', `${text}T08:09:10Z`) instanceof Refusal).toBe(!isThere);
      }),
      { numRuns: 500 },
    );
  });

  it('has an hour, minutes and seconds that a clock shows', () => {
    fc.assert(
      fc.property(two, two, two, fc.constantFrom('', '.5', '.123456'), (hour, minute, second, part) => {
        const isShown = hour < '24' && minute < '60' && second < '60';
        const value = castScalar('TIMESTAMP', `2026-02-28T${hour}:${minute}:${second}${part}Z`);
        expect(value instanceof Refusal).toBe(!isShown);
      }),
      { numRuns: 300 },
    );
  });
});
