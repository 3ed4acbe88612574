import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  addDays,
  addMonths,
  daysBetween,
  earlier,
  firstDay,
  lastDay,
  monthOf,
  monthsDown,
} from '../../../src/sync/month.ts';

const DAY_MS = 86_400_000;
const day = (index: number): string => new Date(index * DAY_MS).toISOString().slice(0, 10);
/** Days from 1970 to 2098. */
const anyDay = fc.nat(47_000);

describe('months', () => {
  it.each([
    ['2026-10-31', '2026-10'],
    ['2026-10-31T23:59:59Z', '2026-10'],
  ])('monthOf %s is %s', (instant, month) => {
    expect(monthOf(instant)).toBe(month);
  });

  it.each([
    ['2024-02', '2024-02-01', '2024-02-29'],
    ['2023-02', '2023-02-01', '2023-02-28'],
    ['1900-02', '1900-02-01', '1900-02-28'],
    ['2026-04', '2026-04-01', '2026-04-30'],
    ['2026-12', '2026-12-01', '2026-12-31'],
  ])('%s goes from %s to %s', (month, first, last) => {
    expect([firstDay(month), lastDay(month)]).toEqual([first, last]);
  });

  it.each([
    ['2026-01', -1, '2025-12'],
    ['2025-12', 1, '2026-01'],
    ['2026-03', -2, '2026-01'],
    ['2026-11', 0, '2026-11'],
    ['2026-11', -250, '2006-01'],
  ])('%s and %i months more is %s', (month, count, expected) => {
    expect(addMonths(month, count)).toBe(expected);
  });

  it('monthsDown counts from the newest to the oldest, both included', () => {
    expect(monthsDown('2026-02', '2025-11')).toEqual(['2026-02', '2026-01', '2025-12', '2025-11']);
    expect(monthsDown('2026-02', '2026-02')).toEqual(['2026-02']);
    expect(monthsDown('2026-02', '2026-03')).toEqual([]);
  });
});

describe('days', () => {
  it('are counted over months, leap days and changes to summer time', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -800, max: 800 }), (from, count) => {
        expect(addDays(day(from + 800), count)).toBe(day(from + 800 + count));
        expect(daysBetween(day(from), day(from + Math.abs(count)))).toBe(Math.abs(count));
      }),
    );
  });
});

describe('earlier', () => {
  it.each([
    ['2026-11-20T06:00:02Z', 600_000, '2026-11-20T05:50:02Z'],
    ['2026-11-20T06:00:02.999Z', 0, '2026-11-20T06:00:02Z'],
    ['2026-01-01T00:00:00Z', 1000, '2025-12-31T23:59:59Z'],
    ['2026-11-20T06:00:02+02:00', 0, '2026-11-20T04:00:02Z'],
    ['2026-11-20T06:00:02Z', -1000, '2026-11-20T06:00:03Z'],
  ])('%s less %i ms is %s', (instant, ms, expected) => {
    expect(earlier(instant, ms)).toBe(expected);
  });
});
