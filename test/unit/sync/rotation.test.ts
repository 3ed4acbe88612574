import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  afterTurn,
  freshSweep,
  monthsDue,
  placeOf,
  RING,
  shareOf,
  turnOf,
  withoutDigests,
} from '../../../src/sync/rotation.ts';
import type { SweepNotes } from '../../../src/sync/state.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const BEGIN = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number): string => new Date(BEGIN + ms).toISOString();

describe('the share of a run', () => {
  it.each([
    ['hourly', HOUR, 1 / 698],
    ['daily', DAY, 1 / 29],
    ['weekly', 7 * DAY, 1 / 4],
    ['after a pause of half the period', 15 * DAY, 1],
    ['after a pause that is longer than the period', 40 * DAY, 1],
    ['at once', 0, 0],
  ])('%s, of 30 days', (_when, sinceMs, share) => {
    expect(shareOf({ everyMs: MONTH, sinceMs })).toBeCloseTo(share, 9);
  });

  it('is everything where everything is to be read on every run', () => {
    expect(shareOf({ everyMs: 0, sinceMs: 0 })).toBe(1);
  });
});

describe('the place of a parent', () => {
  it('is one of the ring, the same each time', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }), (id) => {
        const place = placeOf(String(id));
        expect(Number.isInteger(place) && place >= 0 && place < RING).toBe(true);
        expect(placeOf(String(id))).toBe(place);
      }),
    );
  });

  it('spreads ids in a row evenly', () => {
    const counts = new Map<number, number>();
    for (let id = 13_000_000; id < 13_010_000; id += 1) {
      const place = placeOf(String(id));
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    expect(counts.size).toBe(RING);
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(2 * Math.min(...counts.values()));
  });
});

/** Runs of a sweep at some instants; when each place was read, and how many places each run read. */
function roll(
  instants: readonly number[],
  everyMs: number,
): { reads: readonly (readonly number[])[]; counts: readonly number[] } {
  const reads: number[][] = Array.from({ length: RING }, () => [0]);
  const counts: number[] = [];
  let notes: SweepNotes = freshSweep(at(0));
  for (const ms of instants) {
    const turn = turnOf(notes, at(ms), everyMs);
    for (const place of turn.places) reads[place]?.push(ms);
    counts.push(turn.places.length);
    if (turn.places.length > 0) notes = afterTurn(notes, turn, turn.places.length, at(ms));
  }
  return { reads, counts };
}

/** The longest time between two reads of anything, the last of which may still be to come. */
function longestGap(reads: readonly (readonly number[])[], end: number): number {
  return Math.max(
    ...reads.map((each) => Math.max(...[...each, end].map((ms, index, all) => ms - (all[index - 1] ?? 0)))),
  );
}

const everies = fc.integer({ min: 2, max: 90 }).map((days) => days * DAY);

describe('the sweep of children', () => {
  it('reads every place within the period, and no more than its share and one place in a run', () => {
    fc.assert(
      fc.property(everies, fc.integer({ min: 10, max: 20_000 }), (everyMs, minutes) => {
        const gap = Math.min(minutes * 60_000, everyMs);
        const instants = Array.from({ length: Math.ceil((everyMs * 3) / gap) }, (_, n) => (n + 1) * gap);
        const { reads, counts } = roll(instants, everyMs);
        expect(longestGap(reads, instants.at(-1) ?? 0)).toBeLessThanOrEqual(everyMs);
        const share = RING * shareOf({ everyMs, sinceMs: gap });
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(share) + 1);
      }),
      { numRuns: 60 },
    );
  });

  it('does so whatever the pauses, but for the last one before a read', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 * DAY }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(gaps, (all) => {
        let ms = 0;
        const instants = all.map((gap) => (ms += gap));
        const { reads } = roll(instants, MONTH);
        expect(longestGap(reads, ms)).toBeLessThanOrEqual(MONTH * 0.97 + Math.max(...all));
      }),
      { numRuns: 60 },
    );
  });

  it('reads a 698th in hourly runs, a quarter in weekly ones, everything after a long pause, nothing twice', () => {
    const hourly = roll(
      Array.from({ length: 720 }, (_, n) => (n + 1) * HOUR),
      MONTH,
    );
    expect(hourly.reads.every((each) => each.length >= 2)).toBe(true);
    expect(Math.max(...hourly.counts)).toBe(1);
    const weekly = roll([7 * DAY, 14 * DAY, 21 * DAY, 28 * DAY], MONTH);
    expect(weekly.counts).toEqual([64, 64, 64, 64]);
    expect(roll([400 * DAY, 401 * DAY], MONTH).counts).toEqual([RING, 8]);
    expect(roll([1, 2, 3], 0).counts).toEqual([RING, RING, RING]);
    expect(roll([0, 0], MONTH).counts).toEqual([0, 0]);
  });

  it('follows a period that was changed, from where it is', () => {
    const before = turnOf(freshSweep(at(0)), at(10 * DAY), MONTH);
    const notes = afterTurn(freshSweep(at(0)), before, before.places.length, at(10 * DAY));
    expect(notes.next).toBe(128);
    const { places } = turnOf(notes, at(11 * DAY), 4 * DAY);
    expect([places[0], places.length]).toEqual([128, Math.floor(RING / 3)]);
  });

  it('that was killed in a turn goes on with what is left, without counting the time twice', () => {
    const turn = turnOf(freshSweep(at(0)), at(7 * DAY), MONTH);
    const killed = afterTurn(freshSweep(at(0)), turn, 10, at(7 * DAY));
    expect(turnOf(killed, at(7 * DAY), MONTH).places).toEqual(
      Array.from({ length: 54 }, (_, index) => index + 10),
    );
  });
});

describe('digests', () => {
  it('of the places of some parents are forgotten, others stay', () => {
    const digests = { [placeOf('7')]: 'abc', [placeOf('8')]: 'def' };
    const sweep = { ...freshSweep(at(0)), digests };
    expect(withoutDigests(sweep, ['7'])).toEqual({ ...sweep, digests: { [placeOf('8')]: 'def' } });
    expect(withoutDigests(sweep, ['7', '8'])).toEqual(freshSweep(at(0)));
    expect(withoutDigests(freshSweep(at(0)), ['7'])).toEqual(freshSweep(at(0)));
  });
});

/** Runs of a rotation of months; the first reading takes a second a month. */
function rotate(
  count: number,
  gap: number,
  everyMs: number,
): { reads: readonly (readonly number[])[]; counts: readonly number[]; end: number } {
  const names = Array.from({ length: count }, (_, index) => `m${String(index).padStart(3, '0')}`);
  const read = new Map(names.map((name, index) => [name, at(index * 1000)]));
  const reads = new Map(names.map((name, index) => [name, [index * 1000]]));
  const counts: number[] = [];
  let ms = 0;
  while (ms < everyMs * 3) {
    ms += gap;
    const due = monthsDue(read, at(ms), { everyMs, sinceMs: gap });
    for (const [index, name] of due.entries()) {
      read.set(name, at(ms + index * 1000));
      reads.get(name)?.push(ms + index * 1000);
    }
    counts.push(due.length);
  }
  return { reads: [...reads.values()], counts, end: ms };
}

describe('old months', () => {
  it('are each read within the period, and no more than their share and one in a run', () => {
    const gaps = fc.integer({ min: 30, max: 20_000 });
    fc.assert(
      fc.property(everies, gaps, fc.integer({ min: 1, max: 250 }), (everyMs, minutes, count) => {
        const gap = Math.min(minutes * 60_000, everyMs);
        const { reads, counts, end } = rotate(count, gap, everyMs);
        // reading itself takes some minutes
        expect(longestGap(reads, end)).toBeLessThanOrEqual(everyMs + 250_000);
        const share = (count * shareOf({ everyMs, sinceMs: gap })) / 0.99;
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(share) + 1);
      }),
      { numRuns: 25 },
    );
  });

  it('are so whatever the pauses, but for the last one before a read', () => {
    const pauses = fc.array(fc.integer({ min: 1, max: 3 * DAY }), { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(pauses, fc.integer({ min: 1, max: 120 }), (gaps, count) => {
        const read = new Map(Array.from({ length: count }, (_, index) => [`m${index}`, at(0)]));
        let ms = 0;
        for (const gap of gaps) {
          ms += gap;
          for (const name of monthsDue(read, at(ms), { everyMs: MONTH, sinceMs: gap }))
            read.set(name, at(ms));
          const oldest = [...read.values()].toSorted()[0] ?? '';
          expect(BEGIN + ms - Date.parse(oldest)).toBeLessThan(MONTH * 0.97);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('that were read longest ago come first', () => {
    const read = new Map([
      ['2026-01', at(20 * DAY)],
      ['2026-02', at(0)],
      ['2026-03', at(10 * DAY)],
    ]);
    expect(monthsDue(read, at(29 * DAY), { everyMs: MONTH, sinceMs: DAY })).toEqual(['2026-02']);
    const afterPause = monthsDue(read, at(60 * DAY), { everyMs: MONTH, sinceMs: 31 * DAY });
    expect(afterPause).toEqual(['2026-02', '2026-03', '2026-01']);
  });

  it('are all read where everything is to be read on every run, but for those that the run has read', () => {
    const read = new Map([
      ['2026-01', at(0)],
      ['2026-02', at(DAY)],
    ]);
    expect(monthsDue(read, at(DAY), { everyMs: 0, sinceMs: DAY })).toEqual(['2026-01']);
    expect(monthsDue(new Map(), at(DAY), { everyMs: 0, sinceMs: DAY })).toEqual([]);
  });
});
