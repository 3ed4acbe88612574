import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { monthsToRead, type ReportNeeds } from '../../../src/sync/window.ts';

const BEFORE = '2026-11-01T00:00:00Z';
const LATER = '2026-11-02T00:00:00Z';

const months = (entries: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries));

/** All months from 2026-06 to 2026-11 read before, nothing changed since. */
const QUIET: ReportNeeds = {
  notes: {
    months: Object.fromEntries(
      ['06', '07', '08', '09', '10', '11'].map((month) => [`2026-${month}`, BEFORE]),
    ),
  },
  touched: new Map(),
  first: '2026-06',
  current: '2026-11',
  restateMonths: 3,
  readInRun: new Map(),
  changedInRun: new Map(),
  fullRefresh: false,
  afterFacts: false,
};
const RESTATED = ['2026-11', '2026-10', '2026-09'];

const CASES: readonly [string, Partial<ReportNeeds>, readonly string[]][] = [
  ['the current month and the two before, if nothing changed', {}, RESTATED],
  ['the current month alone under restate_months: 1', { restateMonths: 1 }, ['2026-11']],
  ['nothing under restate_months: 0', { restateMonths: 0 }, []],
  [
    'months that were never read',
    { notes: { months: { '2026-10': BEFORE } }, first: '2026-08' },
    ['2026-11', '2026-10', '2026-09', '2026-08'],
  ],
  [
    'an old month whose facts changed after it was read',
    { touched: months({ '2026-06': LATER }) },
    [...RESTATED, '2026-06'],
  ],
  [
    'no old month whose facts changed before it was read',
    { touched: months({ '2026-06': BEFORE }) },
    RESTATED,
  ],
  [
    'a month before the first, where a stored fact lies in it',
    { touched: months({ '2026-02': LATER }) },
    [...RESTATED, '2026-02'],
  ],
  [
    'a future month, where a stored fact lies in it',
    { touched: months({ '2027-01': LATER }) },
    ['2027-01', ...RESTATED],
  ],
  [
    'no future month again that did not change',
    {
      touched: months({ '2027-01': BEFORE }),
      notes: { months: { ...QUIET.notes.months, '2027-01': LATER } },
    },
    RESTATED,
  ],
  ['everything under --full-refresh', { fullRefresh: true }, [...RESTATED, '2026-08', '2026-07', '2026-06']],
  ['nothing twice in a run', { readInRun: new Map(RESTATED.map((month) => [month, LATER])) }, []],
  [
    'nothing twice in a run, not even under --full-refresh',
    {
      fullRefresh: true,
      restateMonths: 0,
      readInRun: new Map(Object.keys(QUIET.notes.months).map((m) => [m, LATER])),
    },
    [],
  ],
  [
    'again what changed after it was read in the run, or in the same second',
    {
      readInRun: months({ '2026-11': BEFORE, '2026-10': BEFORE, '2026-09': LATER }),
      changedInRun: months({ '2026-11': LATER, '2026-10': BEFORE, '2026-09': BEFORE }),
    },
    ['2026-11', '2026-10'],
  ],
  [
    'the current month where there is no fact at all',
    { first: '2026-11', notes: { months: {} } },
    ['2026-11'],
  ],
  ['nothing where start_date lies in a later month', { first: '2027-02', restateMonths: 3 }, []],
];

describe('monthsToRead', () => {
  it.each(CASES)('chooses %s', (_name, part, expected) => {
    expect(monthsToRead({ ...QUIET, ...part })).toEqual(expected);
  });

  it('goes back to January 2006 at the earliest, unless a stored fact lies before', () => {
    const all = monthsToRead({ ...QUIET, notes: { months: {} }, first: '1999-05' });
    expect([all.length, all.at(-1)]).toEqual([251, '2006-01']);
    const touched = months({ '2004-07': LATER });
    expect(monthsToRead({ ...QUIET, notes: { months: {} }, first: '2004-07', touched }).slice(-2)).toEqual([
      '2006-01',
      '2004-07',
    ]);
  });
});

/** Months since year 0. */
const indexOf = (name: string): number => Number(name.slice(0, 4)) * 12 + Number(name.slice(5));

describe('monthsToRead, whatever happened', () => {
  const month = fc.integer({ min: 0, max: 30 }).map((index) => {
    const year = 2024 + Math.floor(index / 12);
    return `${year}-${String((index % 12) + 1).padStart(2, '0')}`;
  });
  const second = fc.nat(59).map((at) => `2026-11-01T00:00:${String(at).padStart(2, '0')}Z`);
  const marks = fc.dictionary(month, second, { maxKeys: 10 });
  const needs: fc.Arbitrary<ReportNeeds> = fc.record({
    notes: marks.map((read) => ({ months: read })),
    touched: marks.map(months),
    first: month,
    current: month,
    restateMonths: fc.nat(4),
    readInRun: marks.map(months),
    changedInRun: marks.map(months),
    fullRefresh: fc.boolean(),
    afterFacts: fc.boolean(),
  });

  it('every month whose facts changed since it was read is chosen', () => {
    fc.assert(
      fc.property(needs, (all) => {
        const chosen = monthsToRead(all);
        for (const [name, changedAt] of all.touched) {
          const readAt = all.readInRun.get(name) ?? all.notes.months[name];
          const changed = all.readInRun.has(name) ? all.changedInRun.get(name) : changedAt;
          if (readAt === undefined || (changed !== undefined && changed > readAt)) {
            expect(chosen).toContain(name);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('a future month whose facts changed is decided on once they are all stored', () => {
    fc.assert(
      fc.property(needs, (all) => {
        const chosen = monthsToRead({ ...all, afterFacts: true });
        const future = [...all.changedInRun.keys()].filter(
          (name) => name > all.current && all.touched.has(name),
        );
        for (const name of future) expect(chosen).toContain(name);
      }),
    );
  });

  it('no month is chosen twice, or without a cause, and the newest comes first', () => {
    fc.assert(
      fc.property(needs, (all) => {
        const chosen = monthsToRead(all);
        expect(chosen).toEqual([...new Set(chosen)].toSorted().toReversed());
        for (const name of chosen) {
          const readNow = all.readInRun.get(name);
          const readBefore = all.notes.months[name];
          const isNew = readNow === undefined && readBefore === undefined;
          const age = indexOf(all.current) - indexOf(name);
          const isRecent = readNow === undefined && age >= 0 && age < all.restateMonths;
          const changed = (readNow === undefined ? all.touched : all.changedInRun).get(name) ?? '';
          const isChanged = changed >= (readNow ?? readBefore ?? '');
          const isDecidedNow = all.afterFacts && age < 0 && all.changedInRun.has(name);
          expect(isNew || isRecent || isChanged || isDecidedNow || all.fullRefresh).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
