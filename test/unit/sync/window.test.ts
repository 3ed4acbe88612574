import { describe, expect, it } from '@jest/globals';
import { firstReportMonth, spanLabel, spanQuery } from '../../../src/sync/window.ts';

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
