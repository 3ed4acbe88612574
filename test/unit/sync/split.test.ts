import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LARGEST_PAGE } from '../../../src/harvest/types.ts';
import {
  firstProbes,
  furtherProbes,
  placeOf,
  PROBES,
  RECORDS_PER_WINDOW,
  splitAt,
  splitDates,
  windowsFor,
  type Boundary,
} from '../../../src/sync/split.ts';
import type { DateSpan } from '../../../src/sync/state.ts';

const DAY_MS = 86_400_000;
const day = (index: number): string => new Date(index * DAY_MS).toISOString().slice(0, 10);
const WINDOW = RECORDS_PER_WINDOW;

const anyList = fc
  .record({
    oldest: fc.integer({ min: 13_000, max: 20_000 }),
    days: fc.oneof(fc.constant(0), fc.nat(20), fc.nat(6000)),
    totalEntries: fc.oneof(fc.nat(WINDOW * 3), fc.nat(2_000_000)),
    before: fc.option(fc.nat(400), { nil: null }),
  })
  .map(({ oldest, days, totalEntries, before }) => ({
    totalEntries,
    oldest: day(oldest),
    newest: day(oldest + days),
    startDate: before === null ? null : day(oldest - before),
  }));

describe('splitDates', () => {
  it('covers every date exactly once: newest first, open at the top, start_date at the bottom', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const spans = splitDates(list);
        expect(spans[0]?.to).toBeNull();
        expect(spans.at(-1)?.from).toBe(list.startDate);
        for (const [index, older] of spans.slice(1).entries()) {
          const newer = spans[index];
          const nextDay = new Date(Date.parse(older.to ?? '') + DAY_MS).toISOString().slice(0, 10);
          expect(newer?.from).toBe(nextDay);
        }
        for (const { from, to } of spans) {
          if (from !== null && to !== null) expect(from <= to).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes as many spans as an even list needs to fill each with one window, no more than there are days', () => {
    fc.assert(
      fc.property(anyList, (list) => {
        const days = (Date.parse(list.newest) - Date.parse(list.oldest)) / DAY_MS + 1;
        const needed = Math.max(1, Math.ceil(list.totalEntries / WINDOW));
        expect(splitDates(list)).toHaveLength(Math.min(needed, days));
      }),
    );
  });

  it('splits an even year of three windows into thirds', () => {
    const year = {
      newest: '2025-12-31',
      oldest: '2025-01-01',
      totalEntries: 3 * WINDOW,
      startDate: '2020-01-01',
    };
    expect(splitDates(year)).toEqual([
      { from: '2025-09-01', to: null },
      { from: '2025-05-02', to: '2025-08-31' },
      { from: '2020-01-01', to: '2025-05-01' },
    ]);
  });

  it('divides a list whose oldest record comes first as well', () => {
    const odd = { newest: '2020-01-01', oldest: '2026-01-01', totalEntries: 900_000, startDate: null };
    expect(splitDates(odd)).toEqual(splitDates({ ...odd, newest: odd.oldest, oldest: odd.newest }));
  });
});

/** An account: how many records each day has, from the oldest on. */
interface Days {
  readonly oldest: number;
  readonly records: readonly number[];
}

/** Stretches of days that are alike, quiet or busy, and single days on which everything was imported. */
const anyDays: fc.Arbitrary<Days> = fc
  .record({
    oldest: fc.integer({ min: 13_000, max: 20_000 }),
    stretches: fc.array(
      fc.record({
        days: fc.integer({ min: 1, max: 500 }),
        each: fc.oneof(fc.constant(0), fc.nat(60), fc.nat(900)),
        giant: fc.option(fc.integer({ min: 1, max: 250_000 }), { freq: 4 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ oldest, stretches }) => ({
    oldest,
    records: [
      1,
      ...stretches.flatMap(({ days, each, giant }) => [
        ...Array.from({ length: days }, () => each),
        ...(giant === null ? [] : [giant]),
      ]),
      1,
    ],
  }));

/** One record, nothing for long, and at the end a stretch of busy days. */
function strayDays(days: number, busy: number, each: number): Days {
  const records = Array.from({ length: days }, (_, index) => (index >= days - busy ? each : 0));
  return { oldest: 20_400 - days, records: [1, ...records] };
}

/** The same, and a record in the future. */
function withFuture({ oldest, records }: Days, days: number): Days {
  return { oldest, records: [...records, ...Array.from({ length: days }, () => 0), 1] };
}

/** The same, with days of long ago on which everything was imported. */
function withImports({ oldest, records }: Days): Days {
  return {
    oldest,
    records: records.map((each, index) => (index % 3500 === 10 && each === 0 ? 60_000 : each)),
  };
}

/** Accounts of a few busy years of which some records, fewer than half a window, have any date at all. */
const anyStrayDays: fc.Arbitrary<Days> = fc
  .record({
    busy: fc.integer({ min: 200, max: 2500 }),
    each: fc.integer({ min: 50, max: 900 }),
    strays: fc.array(fc.tuple(fc.nat(12_000), fc.integer({ min: 1, max: 4000 })), { maxLength: 5 }),
    later: fc.option(fc.nat(9000)),
  })
  .map(({ busy, each, strays, later }) => {
    const { oldest, records } = strayDays(13_000, busy, each);
    const all = records.slice();
    for (const [index, count] of strays) all[index] = (all[index] ?? 0) + count;
    return later === null ? { oldest, records: all } : withFuture({ oldest, records: all }, later);
  });

/** Divides an account as a first load does; answers the spans and how many requests told their size. */
function divide(
  { oldest, records }: Days,
  startDate: string | null,
  isOldestFirst = false,
): [readonly DateSpan[], number] {
  const listed = [...records.keys()];
  if (!isOldestFirst) listed.reverse();
  const dateAt = (place: number): string => {
    let left = place;
    return day(oldest + (listed.find((index) => (left -= records[index] ?? 0) <= 0) ?? 0));
  };
  const total = totalOf({ oldest, records });
  if (total <= WINDOW) return [[{ from: startDate, to: null }], 1];
  const windows = windowsFor(total);
  const known: Boundary[] = [];
  for (const [round, most] of PROBES.entries()) {
    const probes = round === 0 ? firstProbes(windows) : furtherProbes(known, most);
    expect(new Set([...probes, ...known.map(({ nth }) => nth)]).size).toBe(probes.length + known.length);
    known.push(...probes.map((nth) => ({ nth, date: dateAt(placeOf(nth, total)) })));
  }
  return [splitAt(known, windows, startDate), 1 + known.length];
}

/** The sizes of the windows that an account is divided into, newest first. */
function sizesOf(days: Days): readonly number[] {
  return divide(days, null)[0].map((span) => held(days, span));
}

/** Records in a span. */
function held({ oldest, records }: Days, { from, to }: DateSpan): number {
  const [first, end] = [from, to].map((date) => (date === null ? null : Date.parse(date) / DAY_MS - oldest));
  const days = records.slice(Math.max(0, first ?? 0), Math.max(0, (end ?? records.length) + 1));
  return days.reduce((sum, each) => sum + each, 0);
}

const totalOf = ({ records }: Days): number => records.reduce((sum, each) => sum + each, 0);

describe('a list that is asked for a few places before it is divided', () => {
  it('is covered exactly once, whatever its days hold, with start_date at the bottom and the future on top', () => {
    fc.assert(
      fc.property(anyDays, fc.option(fc.nat(400)), (days, before) => {
        const startDate = before === null ? null : day(days.oldest - before);
        const [spans] = divide(days, startDate);
        expect([spans[0]?.to, spans.at(-1)?.from]).toEqual([null, startDate]);
        for (const [index, older] of spans.slice(1).entries()) {
          expect(spans[index]?.from).toBe(day(Math.round(Date.parse(older.to ?? '') / DAY_MS) + 1));
        }
        for (const { from, to } of spans) if (from !== null && to !== null) expect(from <= to).toBe(true);
        expect(spans.reduce((sum, span) => sum + held(days, span), 0)).toBe(totalOf(days));
      }),
      { numRuns: 150 },
    );
  });

  it('takes 1.05 times as many requests as it has full pages, and 12 more at most, stray dates or not', () => {
    fc.assert(
      fc.property(fc.oneof(anyDays, anyStrayDays), (days) => {
        const [spans, asked] = divide(days, null);
        const pages = spans.map((span) => Math.max(1, Math.ceil(held(days, span) / LARGEST_PAGE)));
        const requests = asked + pages.reduce((sum, each) => sum + each, 0);
        expect(requests).toBeLessThanOrEqual(1.05 * Math.ceil(totalOf(days) / LARGEST_PAGE) + 12);
      }),
      { numRuns: 100 },
    );
  });

  it('has no window that holds two windows and a busy day, wherever a few stray dates lie', () => {
    fc.assert(
      fc.property(anyStrayDays, (days) => {
        expect(Math.max(...sizesOf(days))).toBeLessThan(WINDOW * 2 + Math.max(...days.records));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['a day in 2000 before 700 busy ones', strayDays(9_496, 700, 1430), 1.2],
    ['a day in the year 202', strayDays(666_000, 2555, 391), 1.2],
    ['a day in 2000 and one in 2099', withFuture(strayDays(9_400, 2500, 400), 27_100), 1.2],
    ['three imports long ago, each larger than a window', withImports(strayDays(9_496, 700, 1430)), 2],
  ])('with %s comes in windows that are alike', (_name, days, most) => {
    expect(Math.max(...sizesOf(days))).toBeLessThan(WINDOW * most);
  });

  it.each([1.3, 2, 3])('that grew %f-fold every year comes in windows that are alike', (factor) => {
    const records = Array.from({ length: 2555 }, (_, index) => 1000 * factor ** ((index - 2555) / 365));
    const total = records.reduce((sum, each) => sum + each, 0);
    const scaled = records.map((each) => Math.round((each * 1_000_000) / total));
    const sizes = sizesOf({ oldest: 17_000, records: scaled });
    expect(sizes).toHaveLength(Math.ceil(scaled.reduce((sum, each) => sum + each, 0) / WINDOW));
    expect(Math.max(...sizes)).toBeLessThan(WINDOW * 1.3);
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(WINDOW * 0.6);
  });

  it('has exact windows where it has twelve at most', () => {
    const records = Array.from({ length: 900 }, (_, index) => (index % 7 < 5 ? 20 + index : 0));
    const sizes = sizesOf({ oldest: 17_000, records });
    expect(sizes.length).toBeLessThanOrEqual(12);
    for (const size of sizes) expect(Math.abs(size - WINDOW)).toBeLessThan(4000);
  });

  it('has a window of its own for a day on which more was imported than two windows hold', () => {
    const records = Array.from({ length: 900 }, (_, index) => (index === 430 ? 300_000 : 40));
    const imported = day(17_430);
    const [spans] = divide({ oldest: 17_000, records }, null);
    expect(spans).toContainEqual({ from: imported, to: imported });
  });

  it('whose oldest record comes first is divided as well', () => {
    const records = Array.from({ length: 900 }, (_, index) => 200 + index);
    const days = { oldest: 17_000, records };
    const [spans, asked] = divide(days, null, true);
    const sizes = spans.map((span) => held(days, span));
    expect([sizes.length, asked]).toEqual([windowsFor(totalOf(days)), 1 + PROBES.reduce((a, b) => a + b, 0)]);
    expect(Math.max(...sizes)).toBeLessThan(WINDOW * 1.1);
  });

  it('that is not sorted, or moved while it was asked for, is covered all the same', () => {
    const known = [
      { nth: 1, date: '2024-01-01' },
      { nth: 2, date: '2026-01-01' },
      { nth: 3, date: '2021-01-01' },
    ];
    expect(splitAt(known, 5, null)).toEqual([
      { from: '2024-01-01', to: null },
      { from: '2022-07-02', to: '2023-12-31' },
      { from: '2021-01-01', to: '2022-07-01' },
      { from: null, to: '2020-12-31' },
    ]);
    expect(splitAt([], 5, '2020-01-01')).toEqual([{ from: '2020-01-01', to: null }]);
  });
});
