import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { KeySet } from '../../../src/sync/key-set.ts';

/** Keys that are nearly ids, or meet others where they are taken for numbers. */
const HOSTILE = [
  ...'0 00 01 -0 -1 +1 1 1.0 1e3 1000 0x10 16 1_0 10 NaN Infinity a a|b 1|2 | 1| |1 ١ ½ __proto__'.split(' '),
  ...'2147483648 -2147483648 4294967295 4294967296 4294967297 9007199254740990 9007199254740991'.split(' '),
  ...'9007199254740992 9007199254740993 9999999999999999 10000000000000000'.split(' '),
  '',
  ' 1',
  '1 ',
  '1\u0000',
];

const keys = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.integer({ min: 0, max: 300 }).map(String),
  fc.maxSafeNat().map(String),
  fc.bigInt({ min: 0n, max: 2n ** 60n }).map(String),
  fc.string({ maxLength: 4 }),
  fc.stringMatching(/^\d{1,18}$/),
);

/** Compares all that a set answers with what a `Set` does. */
function expectSame(set: KeySet, plain: ReadonlySet<string>, asked: readonly string[]): void {
  expect(set.size).toBe(plain.size);
  expect([...set].toSorted()).toEqual([...plain].toSorted());
  expect(asked.filter((key) => set.has(key))).toEqual(asked.filter((key) => plain.has(key)));
}

it('answers what a set of texts does', () => {
  fc.assert(
    fc.property(fc.array(keys, { maxLength: 200 }), fc.array(keys), (added, asked) => {
      const set = new KeySet();
      const plain = new Set<string>();
      for (const key of added) {
        expect(set.add(key)).toBe(!plain.has(key));
        plain.add(key);
      }
      expectSame(set, plain, [...added, ...asked, ...HOSTILE]);
    }),
    { numRuns: 500 },
  );
});

it('takes a number for its decimal text', () => {
  const numbers = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 50 }), fc.double());
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, fc.boolean())), (added) => {
      const set = new KeySet();
      const plain = new Set<string>();
      for (const [number, isText] of added) {
        const key = String(number);
        expect(isText ? set.add(key) : set.addNumber(number)).toBe(!plain.has(key));
        plain.add(key);
      }
      expectSame(set, plain, HOSTILE);
    }),
  );
});

it.each([
  ['each', 1, 1],
  ['every 1,024th', 1024, 1],
  ['every 4,294,967,296th', 2 ** 32, 0],
  ['in blocks of 2^20', 2 ** 20, 2_600_000_000],
  ['downwards', -1, 2_600_000_000],
])('stays quick for many ids: %s', (_name, step, from) => {
  const set = new KeySet();
  const ids = Array.from({ length: 200_000 }, (_each, at) => from + at * step);
  const started = performance.now();
  for (const id of ids) set.addNumber(id);
  expect(ids.every((id) => set.has(String(id)))).toBe(true);
  expect(set.has(String(from + 200_000 * step))).toBe(false);
  expect(set.size).toBe(200_000);
  // some 50 ms; where the ids met in few slots, it would be minutes
  expect(performance.now() - started).toBeLessThan(5_000);
});

it('holds a million ids outside of the heap', () => {
  const before = process.memoryUsage();
  const set = new KeySet();
  for (let id = 0; id < 1_000_000; id += 1) set.add(String(2_600_000_000 + id));
  const after = process.memoryUsage();
  expect(set.size).toBe(1_000_000);
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(70_000_000);
});
