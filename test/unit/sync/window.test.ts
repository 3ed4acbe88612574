import { LARGEST_PAGE } from '../../../src/harvest/types.ts';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  firstReportMonth,
  PAGES_PER_WINDOW,
  spanLabel,
  spanQuery,
  splitDates,
} from '../../../src/sync/window.ts';

const DAY_MS = 86_400_000;
const day = (index: number): string => new Date(index * DAY_MS).toISOString().slice(0, 10);
const WINDOW = LARGEST_PAGE * PAGES_PER_WINDOW;

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

describe('a span', () => {
  it.each([
    [{ from: null, to: null }, {}, 'everything'],
    [{ from: '2026-01-01', to: null }, { from: '2026-01-01' }, 'since 2026-01-01'],
    [{ from: null, to: '2026-01-31' }, { to: '2026-01-31' }, 'up to 2026-01-31'],
    [
      { from: '2026-01-01', to: '2026-01-31' },
      { from: '2026-01-01', to: '2026-01-31' },
      '2026-01-01 to 2026-01-31',
    ],
  ])('%j asks for %j and reads "%s"', (span, query, label) => {
    expect(spanQuery(span)).toEqual(query);
    expect(spanLabel(span)).toBe(label);
  });
});

it.each([
  ['2020-03-15', '2018-01-01', '2020-03'],
  ['2020-03-15', null, '2020-03'],
  [null, '2018-01-31', '2018-01'],
  [null, null, null],
])('reports begin with start_date %s, else with the first fact %s: %s', (startDate, fact, month) => {
  expect(firstReportMonth(startDate, fact)).toBe(month);
});
