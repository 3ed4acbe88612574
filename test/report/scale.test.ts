import { describe, expect, it } from '@jest/globals';
import { countScale, durationScale, percent, shortTime, timeTicks } from '../../src/report/html/scale.ts';

describe('a time axis', () => {
  it.each([
    [0, ['0 s']],
    [0.05, ['0 s', '0.01 s', '0.02 s', '0.03 s', '0.04 s', '0.05 s']],
    [1.2, ['0 s', '0.2 s', '0.4 s', '0.6 s', '0.8 s', '1 s', '1.2 s']],
    [134, ['0 s', '30 s', '1 min', '1:30 min', '2 min']],
    [5400, ['0 s', '15 min', '30 min', '45 min', '1 h', '1:15 h', '1:30 h']],
    [30 * 86_400, ['0 s', '120 h', '240 h', '360 h', '480 h', '600 h', '720 h']],
    [Number.NaN, ['0 s']],
  ])('of %d seconds has the marks %j', (seconds, labels) => {
    expect(timeTicks(seconds).map(({ label }) => label)).toEqual(labels);
  });

  it('has its marks where they belong', () => {
    expect(timeTicks(120).map(({ at }) => at)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  it.each([
    [59.999, '60 s'],
    [60, '1 min'],
    [3599, '59:59 min'],
    [3600, '1 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(shortTime(seconds)).toBe(text);
  });
});

describe('a scale in powers', () => {
  it('spans what is there, and puts what is nothing or not known at its foot', () => {
    const { place, ticks } = countScale([0, null, 12, 184_201]);
    expect(ticks.map(({ label }) => label)).toEqual(['0', '100', '1 k', '10 k', '100 k', '1 M']);
    expect([0, null, 10, 100, 1e6, 1e9].map((value) => Number(place(value).toFixed(3)))).toEqual([
      0, 0, 0, 0.2, 1, 1,
    ]);
  });

  it.each([[[]], [[null]], [[0, 0]], [[5]], [[1]], [[0.001]], [[4e6, 4e6]]])(
    'stands on its feet with %j',
    (values) => {
      for (const { place, ticks } of [countScale(values), durationScale(values)]) {
        expect(ticks.length).toBeGreaterThan(1);
        expect(ticks.every(({ at }) => at >= 0 && at <= 1)).toBe(true);
        expect(values.every((value) => place(value) >= 0 && place(value) <= 1)).toBe(true);
      }
    },
  );
});

it.each([
  [0.5, '50%'],
  [1 / 3, '33.333%'],
  [-1, '0%'],
  [7, '100%'],
])('%d of a whole is %s', (part, text) => {
  expect(percent(part)).toBe(text);
});
