import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { LimitClass } from '../../src/catalog/stream.ts';
import * as schedule from '../../src/harvest/schedule.ts';

/** A request of a story: when it is wanted, and how long its answer takes. */
interface Wanted {
  readonly bucket: LimitClass;
  readonly rank: schedule.Rank;
  readonly atMs: number;
  readonly lastsMs: number;
  /** It is told to hold the bucket back for so long as it ends, and is wanted again. */
  readonly throttledMs: number;
}

interface Start {
  readonly bucket: LimitClass;
  readonly rank: schedule.Rank;
  readonly sinceMs: number;
  readonly atMs: number;
}

/** Something that happens at a time of the virtual clock. */
interface Happening {
  readonly atMs: number;
  readonly act: () => void;
}

/** Tells a story to its end on a virtual clock that jumps from one event to the next. */
function tell(plan: readonly Wanted[], rules: schedule.ScheduleRules) {
  let state = schedule.IDLE;
  let now = 0;
  const waiting: (schedule.Waiting & { readonly wanted: Wanted })[] = [];
  const starts: Start[] = [];
  const holds: { bucket: LimitClass; fromMs: number; untilMs: number }[] = [];
  const agenda: Happening[] = [];
  const want = (wanted: Wanted, sinceMs: number): void => {
    waiting.push({ bucket: wanted.bucket, rank: wanted.rank, sinceMs, wanted });
  };
  for (const wanted of plan) agenda.push({ atMs: wanted.atMs, act: () => want(wanted, wanted.atMs) });
  const begin = ({ bucket, rank, sinceMs, wanted }: (typeof waiting)[number]): void => {
    state = schedule.started(state, bucket, rules, now);
    starts.push({ bucket, rank, sinceMs, atMs: now });
    agenda.push({
      atMs: now + wanted.lastsMs,
      act: () => {
        state = schedule.ended(state, bucket);
        if (wanted.throttledMs === 0) return;
        holds.push({ bucket, fromMs: now, untilMs: now + wanted.throttledMs });
        state = schedule.heldBack(state, bucket, now + wanted.throttledMs);
        want({ ...wanted, throttledMs: 0 }, sinceMs);
      },
    });
  };
  /** Whether anything that waits might start, worked out anew from what has started. */
  const mayStart = (bucket: LimitClass): boolean => {
    const inWindow = (limit: schedule.WindowLimit | null, all: readonly Start[]): boolean =>
      limit === null || all.filter(({ atMs }) => atMs > now - limit.windowMs).length < limit.requests;
    const isHeld = (each: LimitClass): boolean =>
      holds.some((hold) => hold.bucket === each && hold.untilMs > now);
    if (state.inAir[bucket] >= rules.inFlight[bucket] || isHeld(bucket)) return false;
    if (bucket === 'reports') {
      const reports = starts.filter((start) => start.bucket === 'reports');
      if (isHeld('general') || !inWindow(rules.reports, reports)) return false;
    }
    return inWindow(rules.general, starts);
  };
  for (let steps = 0; steps < 100_000; steps += 1) {
    const decision = schedule.decide(state, waiting, rules, now);
    if (decision.kind === 'start') {
      const [one] = waiting.splice(decision.index, 1);
      if (one !== undefined) begin(one);
      continue;
    }
    for (const { bucket } of waiting) expect(mayStart(bucket)).toBe(false);
    const next = Math.min(...agenda.map(({ atMs }) => atMs), decision.untilMs ?? Infinity);
    if (next === Infinity) return { starts, holds, left: waiting.length };
    expect(next).toBeGreaterThanOrEqual(now);
    now = next;
    const due = agenda.filter(({ atMs }) => atMs <= now);
    for (const happening of due) agenda.splice(agenda.indexOf(happening), 1);
    for (const { act } of due) act();
  }
  throw new Error('the story does not end');
}

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

const aRule: fc.Arbitrary<schedule.ScheduleRules> = fc.record({
  general: fc.option(fc.record({ requests: fc.integer({ min: 1, max: 6 }), windowMs: fc.constant(1000) })),
  reports: fc.option(fc.record({ requests: fc.integer({ min: 1, max: 4 }), windowMs: fc.constant(7000) })),
  inFlight: fc.record({
    general: fc.integer({ min: 1, max: 5 }),
    reports: fc.integer({ min: 1, max: 3 }),
  }),
  patienceMs: fc.constant(2000),
});

const aRequest: fc.Arbitrary<Wanted> = fc
  .record({
    kind: fc.constantFrom('report', 'list', 'list', 'child'),
    atMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 6000 })),
    lastsMs: fc.constantFrom(0, 30, 700, 1500),
    throttledMs: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3000 })),
  })
  .map(({ kind, ...rest }) => ({
    ...rest,
    bucket: kind === 'report' ? ('reports' as const) : ('general' as const),
    rank: kind === 'report' ? (0 as const) : kind === 'list' ? (1 as const) : (2 as const),
  }));

const aPlan = fc.array(aRequest, { minLength: 1, maxLength: 50 });

describe('whatever is asked for, on a virtual clock', () => {
  it('no stretch as long as a window sees more starts than the limit, repetitions included, and all get their turn', () => {
    fc.assert(
      fc.property(aRule, aPlan, (rules, plan) => {
        const { starts, left } = tell(plan, rules);
        expect(left).toBe(0);
        expect(starts).toHaveLength(plan.length + plan.filter(({ throttledMs }) => throttledMs > 0).length);
        const reports = starts.filter(({ bucket }) => bucket === 'reports');
        for (const [limit, all] of [
          [rules.general, starts],
          [rules.reports, reports],
        ] as const) {
          if (limit === null) continue;
          const times = all.map(({ atMs }) => atMs);
          expect(mostWithin(times, limit.windowMs)).toBeLessThanOrEqual(limit.requests);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('nothing starts while its bucket is held back, a report not while the general one is', () => {
    fc.assert(
      fc.property(aRule, aPlan, (rules, plan) => {
        const { starts, holds } = tell(plan, rules);
        for (const { bucket, fromMs, untilMs } of holds) {
          const early = starts.filter((start) => start.atMs > fromMs && start.atMs < untilMs);
          expect(early.filter((start) => start.bucket === bucket || bucket === 'general')).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of two that wait for the same limit the more urgent goes first, unless the other has waited for long', () => {
    fc.assert(
      fc.property(aRule, aPlan, (rules, plan) => {
        const calm = plan.map((each) => ({ ...each, throttledMs: 0 }));
        const { starts } = tell(calm, rules);
        for (const [index, late] of starts.entries()) {
          for (const early of starts.slice(0, index)) {
            if (late.bucket !== early.bucket || late.sinceMs > early.atMs) continue;
            const patience = Math.floor((early.atMs - early.sinceMs) / rules.patienceMs);
            expect(late.rank).toBeGreaterThanOrEqual(early.rank - patience - 1);
            if (early.rank === late.rank) expect(early.sinceMs).toBeLessThanOrEqual(late.sinceMs);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

const rules: schedule.ScheduleRules = {
  general: { requests: 2, windowMs: 1000 },
  reports: { requests: 1, windowMs: 10_000 },
  inFlight: { general: 9, reports: 9 },
  patienceMs: 5000,
};
const list = { bucket: 'general', rank: 1, atMs: 0, lastsMs: 10, throttledMs: 0 } as const;
const child = { ...list, rank: 2 } as const;
const report = { ...list, bucket: 'reports', rank: 0 } as const;

describe('the turns', () => {
  it('are those of reports, then of lists, then of children', () => {
    const { starts } = tell([child, list, list, report], rules);
    expect(starts.map(({ rank, atMs }) => [rank, atMs])).toEqual([
      [0, 0],
      [1, 0],
      [1, 1000],
      [2, 1000],
    ]);
  });

  it('come to a child in the end, however many lists there are', () => {
    const lists = Array.from({ length: 60 }, (_, nth) => ({ ...list, atMs: nth * 400 }));
    const { starts } = tell([list, list, ...lists, child], rules);
    const at = starts.find(({ rank }) => rank === 2)?.atMs ?? Infinity;
    expect(at).toBeGreaterThan(1000);
    expect(at).toBeLessThanOrEqual(6000);
  });

  it('go on in the moment in which a hold ends', () => {
    const plan = [
      { ...list, throttledMs: 4321 },
      ...Array.from({ length: 3 }, () => ({ ...list, atMs: 50 })),
    ];
    const { starts } = tell(plan, rules);
    expect(starts.map(({ atMs }) => atMs)).toEqual([0, 4331, 4331, 5331, 5331]);
  });
});

it('a request that left late counts from when it left', () => {
  const first = schedule.started(schedule.IDLE, 'reports', rules, 100);
  const later = schedule.leftLater(first, 'reports', 100, 250);
  expect(later.starts).toEqual({ general: [250], reports: [250] });
  expect(schedule.roomAtMs('reports', later, rules)).toBe(10_250);
  expect(schedule.leftLater(later, 'reports', 250, 200)).toBe(later);
});
