import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LoadBell, isMonthStored } from '../../../src/sync/load-progress.ts';
import { addDays, daysOf } from '../../../src/sync/month.ts';

it.each([
  ['before anything is known', null, undefined, false],
  ['once the load is complete', '2026-03-10T09:00:00Z', undefined, true],
  ['while a later span is left', null, { spans: [{ from: '2025-11-01', to: null }] }, true],
  ['while an earlier span is left', null, { spans: [{ from: null, to: '2025-09-30' }] }, true],
  ['while a span that ends in it is left', null, { spans: [{ from: null, to: '2025-10-01' }] }, false],
  ['while a span that begins in it is left', null, { spans: [{ from: '2025-10-31', to: null }] }, false],
  ['while everything is left', null, { spans: [{ from: null, to: null }] }, false],
  ['when nothing but records without a date is left', null, { spans: [] }, true],
])('of October 2025 %s: the facts are stored', (_when, cursor, load, expected) => {
  expect(isMonthStored('2025-10', cursor, load)).toBe(expected);
});

it('a month is stored if none of its days lies in a span that is left, whatever the spans', () => {
  const date = fc.integer({ min: 0, max: 120 }).map((days) => addDays('2025-08-20', days));
  const span = fc.record({ from: fc.option(date), to: fc.option(date) });
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), (all) => {
      const spans = all.filter(({ from, to }) => from === null || to === null || from <= to);
      const isLeft = (day: string): boolean =>
        spans.some(({ from, to }) => (from ?? '') <= day && day <= (to ?? '9'));
      expect(isMonthStored('2025-10', null, { spans })).toBe(!daysOf('2025-10').some(isLeft));
    }),
  );
});

it('a bell lets go those who wait, and nobody who comes later', async () => {
  const bell = new LoadBell();
  const first = bell.next;
  bell.ring();
  await first;
  const order: string[] = [];
  void bell.next.then(() => order.push('rung'));
  await Promise.resolve();
  order.push('not yet');
  bell.ring();
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(order).toEqual(['not yet', 'rung']);
});
