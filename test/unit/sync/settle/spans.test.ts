import { describe, expect, it } from '@jest/globals';
import { array, assert, asyncProperty, boolean, integer, option, property, tuple } from 'fast-check';
import { addDays } from '../../../../src/sync/month.ts';
import {
  covers,
  differingSpans,
  halve,
  rowsIn,
  sweepSpans,
  type RowsByDate,
} from '../../../../src/sync/settle/spans.ts';
import type { DateSpan } from '../../../../src/sync/state.ts';

const EPOCH = '2020-01-01';
const date = integer({ min: 0, max: 3_000 }).map((days) => addDays(EPOCH, days));
const rowsByDate = array(tuple(date, integer({ min: 1, max: 4_000 })), { maxLength: 60 }).map(
  (entries) => new Map(entries),
);

describe('halving', () => {
  it('covers each date of a span once, and always comes to an end', () => {
    assert(
      property(rowsByDate, date, date, boolean(), (rows, a, b, isOpen) => {
        const span: DateSpan = isOpen ? { from: null, to: null } : { from: a < b ? a : b, to: a < b ? b : a };
        const two = halve(span, rows);
        if (two === null) return;
        for (let days = -400; days <= 3_400; days += 7) {
          const day = addDays(EPOCH, days);
          const times = two.filter((half) => covers(half, day)).length;
          expect(times).toBe(covers(span, day) ? 1 : 0);
        }
        expect(two).not.toContainEqual(span);
        expect(rowsIn(two[0], rows) + rowsIn(two[1], rows)).toBe(rowsIn(span, rows));
      }),
      { numRuns: 60 },
    );
  });

  it('cannot divide a day, or a span without rows', () => {
    const day = { from: EPOCH, to: EPOCH };
    expect(halve(day, new Map([[EPOCH, 5_000]]))).toBeNull();
    expect(halve({ from: null, to: null }, new Map([['', 3]]))).toBeNull();
  });
});

/** An account whose entries of some dates were deleted, and how often it was asked. */
function account(theirs: RowsByDate): { count: (span: DateSpan) => Promise<number>; asked: () => number } {
  let asked = 0;
  return {
    count: (span) => {
      asked += 1;
      return Promise.resolve(rowsIn(span, theirs));
    },
    asked: () => asked,
  };
}

describe('the search for spans that differ', () => {
  it('finds every date on which rows are missing or new, if they do not cancel out', async () => {
    await assert(
      asyncProperty(rowsByDate, array(date, { maxLength: 8 }), async (ours, changed) => {
        const theirs = new Map(ours);
        for (const day of changed) theirs.set(day, (theirs.get(day) ?? 0) + 1);
        const all: DateSpan = { from: null, to: null };
        const { count } = account(theirs);
        const root = { span: all, ours: rowsIn(all, ours), theirs: rowsIn(all, theirs) };
        const spans = await differingSpans(root, ours, count);
        for (const day of changed) expect(spans.some((span) => covers(span, day))).toBe(true);
        for (const span of spans) expect(rowsIn(span, theirs)).not.toBe(rowsIn(span, ours));
      }),
      { numRuns: 60 },
    );
  });

  it('asks fewer than 60 times, pages included, for five deletions among a million', async () => {
    const ours = new Map(
      Array.from({ length: 2_500 }, (_, at) => [addDays(EPOCH, at), 400] as [string, number]),
    );
    const theirs = new Map(ours);
    for (const at of [3, 500, 1_111, 1_900, 2_400]) theirs.set(addDays(EPOCH, at), 399);
    const { count, asked } = account(theirs);
    const root = { span: { from: null, to: null }, ours: 1_000_000, theirs: 999_995 };
    const spans = await differingSpans(root, ours, count);
    expect(spans).toHaveLength(5);
    expect(1 + asked() + spans.length).toBeLessThanOrEqual(60);
  });
});

it('a sweep covers every date once, in spans of a window’s worth of rows', () => {
  assert(
    property(rowsByDate, option(date), (rows, startDate) => {
      const within = new Map([...rows].filter(([day]) => startDate === null || day >= startDate));
      const spans = sweepSpans(within, startDate, 10_000);
      for (const day of within.keys()) expect(spans.filter((span) => covers(span, day))).toHaveLength(1);
      expect(spans[0]?.to).toBeNull();
      expect(spans.at(-1)?.from).toBe(startDate);
      for (const span of spans) {
        const days = [...within.keys()].filter((day) => covers(span, day)).length;
        expect(days <= 1 || rowsIn(span, within) <= 10_000).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
