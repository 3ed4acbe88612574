import { describe, expect, it } from '@jest/globals';
import { firstReportMonth, isReadByNextRun, spanLabel, spanQuery } from '../../../src/sync/window.ts';

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
  ['2020-03-15', '2018-01-01', false, '2020-03'],
  ['2020-03-15', '2021-07-09', false, '2021-07'],
  ['2020-03-15', '2021-07-09', true, '2020-03'],
  ['2020-03-15', null, false, '2026-11'],
  ['2027-03-15', null, false, '2027-03'],
  [null, '2018-01-31', false, '2018-01'],
  [null, '2018-01-31', true, '2018-01'],
  [null, null, false, '2026-11'],
])(
  'with start_date %s and a first fact of %s reports (rows without facts: %p) begin in %s',
  (startDate, firstFact, isWithoutFacts, month) => {
    expect(firstReportMonth({ startDate, firstFact, current: '2026-11', isWithoutFacts })).toBe(month);
  },
);

it.each([
  ['the current month', '2026-03', 3, true],
  ['one in the middle of those that are read on every run', '2026-02', 3, true],
  ['the oldest of them, which the next month pushes out', '2026-01', 3, false],
  ['the current month where it is the only one', '2026-03', 1, false],
  ['an older one', '2025-12', 3, false],
  ['one that is still to come', '2026-04', 3, false],
])(
  'in March 2026 the next run reads %s again in any case: %s of %i months: %s',
  (_name, month, most, expected) => {
    expect(isReadByNextRun(month, '2026-03', most)).toBe(expected);
  },
);
