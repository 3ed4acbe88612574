import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LARGEST_PAGE } from '../../../src/harvest/types.ts';
import {
  endsOf,
  PROBES,
  probesFor,
  RECORDS_PER_WINDOW,
  requestsOfFirstLoad,
  splitByCounts,
  splitDates,
  type CountSince,
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

  it('covers everything even if the ends of the list are not its newest and oldest', () => {
    const odd = { newest: '2020-01-01', oldest: '2026-01-01', totalEntries: 900_000, startDate: null };
    expect(splitDates(odd)).toEqual([{ from: null, to: null }]);
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

/** Divides an account as a first load does; answers the spans and how many requests told their size. */
function divide({ oldest, records }: Days, startDate: string | null): [readonly DateSpan[], number] {
  const since = (date: string): number => {
    const from = Math.max(0, Math.round(Date.parse(date) / DAY_MS) - oldest);
    return records.slice(from).reduce((sum, each) => sum + each, 0);
  };
  const newest = day(oldest + records.length - 1);
  const counts: CountSince[] = [...endsOf(day(oldest), newest, since(day(oldest)))];
  let asked = 2;
  for (const most of PROBES) {
    const dates = probesFor(counts, most);
    expect(new Set([...dates, ...counts.map(({ date }) => date)]).size).toBe(dates.length + counts.length);
    asked += dates.length;
    counts.push(...dates.map((date) => ({ date, records: since(date) })));
  }
  return [splitByCounts(counts, startDate), asked];
}

/** Records in a span. */
function held({ oldest, records }: Days, { from, to }: DateSpan): number {
  return records.reduce((sum, each, index) => {
    const date = day(oldest + index);
    return (from === null || date >= from) && (to === null || date <= to) ? sum + each : sum;
  }, 0);
}

const totalOf = ({ records }: Days): number => records.reduce((sum, each) => sum + each, 0);

describe('a list that is counted here and there before it is divided', () => {
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

  it('takes 1.05 times as many requests as it has full pages, and ten more at most', () => {
    fc.assert(
      fc.property(anyDays, (days) => {
        const [spans, asked] = divide(days, null);
        const pages = spans.map((span) => Math.max(1, Math.ceil(held(days, span) / LARGEST_PAGE)));
        const requests = asked + pages.reduce((sum, each) => sum + each, 0);
        expect(requests).toBeLessThanOrEqual(1.05 * Math.ceil(totalOf(days) / LARGEST_PAGE) + 10);
      }),
      { numRuns: 150 },
    );
  });

  it('that grew over the years comes in windows that are alike', () => {
    const records = Array.from({ length: 2555 }, (_, index) => Math.round(30 + index / 4));
    const grown = { oldest: 17_000, records };
    const [spans] = divide(grown, null);
    const sizes = spans.map((span) => held(grown, span));
    expect(sizes).toHaveLength(Math.ceil(totalOf(grown) / WINDOW));
    expect(Math.max(...sizes)).toBeLessThan(WINDOW * 1.3);
    expect(Math.min(...sizes)).toBeGreaterThan(WINDOW * 0.6);
  });

  it('has a window of its own for a day on which more was imported than a window holds', () => {
    const records = Array.from({ length: 900 }, (_, index) => (index === 430 ? 300_000 : 40));
    const [spans] = divide({ oldest: 17_000, records }, null);
    const imported = day(17_430);
    const span = spans.find(({ from, to }) => (from ?? '') <= imported && imported <= (to ?? '9'));
    expect(held({ oldest: 17_000, records }, span ?? { from: null, to: null })).toBeLessThan(330_000);
  });

  it('that moved while it was counted is covered all the same', () => {
    const counts = [
      { date: '2020-01-01', records: 100_000 },
      { date: '2021-01-01', records: 120_000 },
      { date: '2024-01-01', records: 0 },
    ];
    const spans = splitByCounts(counts, null);
    expect([spans[0]?.to, spans.at(-1)?.from]).toEqual([null, null]);
  });
});

it.each([
  [0, false, 2],
  [40_000, true, 21],
  [1_000_000, false, 521],
  [1_000_000, true, 523],
])(
  'the first load of %i records (some may lack a date: %p) takes %i requests',
  (records, undated, expected) => {
    expect(requestsOfFirstLoad({ records, undated })).toBe(expected);
  },
);
