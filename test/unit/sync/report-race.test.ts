import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { followUps, withFollowUps } from '../../../src/sync/follow-ups.ts';
import type { ListNotes, ReportNotes } from '../../../src/sync/state.ts';
import { monthsToRead } from '../../../src/sync/window.ts';

/** The one month that is looked at: before those that are read on every run anyway. */
const MONTH = '2026-07';
const EPOCH = Date.parse('2026-11-20T06:00:00Z');

/** Harvest tells all times in whole seconds. `ms` counts from the beginning of the story. */
const tell = (ms: number): string => `${new Date(EPOCH + ms).toISOString().slice(0, 19)}Z`;

/** When the steps of a run happen, in ms after its start; steps from `killed` on do not. */
interface RunPlan {
  readonly report: number;
  readonly facts: number;
  /** How much later than both the report is looked at again. */
  readonly again: number;
  readonly killed: number;
  /** Pause between this run and the next. */
  readonly pause: number;
}

/** What stands in the warehouse, and what the test knows beside it: the true times in ms. */
interface World {
  notes: ListNotes;
  cursor: string | null;
  report: ReportNotes;
  storedChange: number;
  reportRead: number;
  reads: number;
}

const entries = loadCatalog().streams.get('time_entries');

/** One run of the engine as far as this month is concerned. `changes`: when a fact of the month changed. */
function run(world: World, start: number, plan: RunPlan, changes: readonly number[]): void {
  const changedInRun = new Map<string, string>();
  const readInRun = new Map<string, string>();
  const readReport = (at: number): void => {
    const due = monthsToRead({
      notes: world.report,
      touched: new Map(Object.entries(world.notes.months ?? {})),
      first: MONTH,
      current: '2026-11',
      restateMonths: 3,
      readInRun,
      changedInRun,
      fullRefresh: false,
      afterFacts: false,
    });
    if (!due.includes(MONTH)) return;
    readInRun.set(MONTH, tell(at));
    world.report = { months: { ...world.report.months, [MONTH]: tell(at) } };
    world.reportRead = at;
    world.reads += 1;
  };
  const readFacts = (at: number): void => {
    const newest = changes.filter((each) => each <= at).at(-1) ?? -1;
    const date = [`${MONTH}-15`];
    const transitions =
      newest === world.storedChange ? [] : [{ before: date, after: date, latest: tell(newest) }];
    if (entries === undefined) throw new Error('no stream time_entries');
    const noticed = {
      runStartedAt: tell(start),
      namesSince: tell(start),
      readAt: tell(at),
      fresh: [],
      monthsOutside: [],
    };
    const follow = followUps(entries, ['spent_date'], transitions, noticed);
    world.notes = withFollowUps(world.notes, follow, world.cursor === null ? null : tell(at));
    world.cursor = tell(start);
    world.storedChange = newest;
    for (const [month, changedAt] of follow.months) changedInRun.set(month, changedAt);
  };
  const steps = [
    { at: start + plan.report, act: readReport },
    { at: start + plan.facts, act: readFacts },
    { at: start + Math.max(plan.report, plan.facts) + plan.again, act: readReport },
  ];
  for (const { at, act } of steps.toSorted((a, b) => a.at - b.at)) {
    if (at < start + plan.killed) act(at);
  }
}

const short = fc.nat(2500);
const plan: fc.Arbitrary<RunPlan> = fc.record({
  report: short,
  facts: short,
  again: short,
  killed: fc.oneof(fc.nat(6000), fc.constant(Number.POSITIVE_INFINITY)),
  pause: fc.nat(3000),
});
const QUIET: RunPlan = { report: 10, facts: 20, again: 30, killed: Number.POSITIVE_INFINITY, pause: 0 };

/** Runs a story to its end, then once more when nothing changes any longer. */
function tellStory(plans: readonly RunPlan[], moments: readonly number[]): { world: World; last: number } {
  const changes = [-1, ...moments.toSorted((a, b) => a - b)];
  const world: World = {
    notes: {},
    cursor: null,
    report: { months: {} },
    storedChange: -2,
    reportRead: -2,
    reads: 0,
  };
  let start = 0;
  for (const each of plans) {
    run(world, start, each, changes);
    start += each.report + each.facts + each.again + each.pause;
  }
  start = Math.max(start, changes.at(-1) ?? 0) + 60_000;
  run(world, start, QUIET, changes);
  run(world, start + 60_000, QUIET, changes);
  world.reads = 0;
  run(world, start + 120_000, QUIET, changes);
  return { world, last: changes.at(-1) ?? 0 };
}

it.each<[string, readonly RunPlan[], readonly number[]]>([
  [
    'changed in the second in which it was read, before a first load was killed',
    [{ report: 0, facts: 2, again: 500, killed: 3, pause: 0 }],
    [1],
  ],
  [
    'changed in the second in which an earlier run had read it',
    [
      { report: 0, facts: 0, again: 0, killed: 1, pause: 0 },
      { report: 0, facts: 1, again: 0, killed: Number.POSITIVE_INFINITY, pause: 0 },
    ],
    [1],
  ],
])('a report month is read again if a fact %s', (_name, plans, moments) => {
  const { world, last } = tellStory(plans, moments);
  expect(world.reportRead).toBeGreaterThanOrEqual(last);
});

it('a report month ends up newer than its facts, whatever changes and is killed meanwhile, and is then left alone', () => {
  const plans = fc.array(plan, { minLength: 1, maxLength: 4 });
  const moments = fc.array(fc.nat(20_000), { maxLength: 5 });
  fc.assert(
    fc.property(plans, moments, (all, when) => {
      const { world, last } = tellStory(all, when);
      expect(world.reportRead).toBeGreaterThanOrEqual(last);
      expect(world.reads).toBe(0);
    }),
    { numRuns: 300 },
  );
});
