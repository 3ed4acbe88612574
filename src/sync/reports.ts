/** Report streams: one window per calendar month, replaced where its content differs. */
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { isMonthStored } from './load-progress.ts';
import { MonthPlan } from './month-plan.ts';
import { monthOf } from './month.ts';
import {
  AS_OF,
  factsOf,
  leaveMonthsOutside,
  monthWindow,
  vacantMonths,
  type Pass,
  type ReportRun,
} from './report-window.ts';
import { monthsDue } from './rotation.ts';
import { syncWindow } from './stream.ts';
import { firstReportMonth, isReadByNextRun, monthsToRead, restatedSince } from './window.ts';

/** The facts of a run. */
export interface FactsOfRun {
  /** Settles when the facts that run now are stored (or have failed). */
  readonly done: Promise<unknown>;
  /** Date of the first record of a fact in Harvest, looked up once in a run; null where there is none. */
  readonly first: (fact: string) => Promise<string | null>;
}

/**
 * Brings a report stream up to date: what is due at once, then the months that facts of this run turned out to touch,
 * then the old months whose turn it is. While facts are loaded for the first time, each month is due as soon as its facts
 * are stored.
 */
export async function syncReport(
  chosen: ChosenStream,
  context: RunContext,
  facts: FactsOfRun,
): Promise<void> {
  await leaveMonthsOutside(chosen, context);
  const firstFact = await firstFactOf(chosen, context, facts);
  const run: ReportRun = { chosen, context, firstFact, readInRun: new Map() };
  const before = context.states.cursor(chosen.stream.name);
  // where there are many months to read nobody waits; otherwise a month that facts touch is not to be read twice
  const plan = new MonthPlan(chosen.stream.name, context.emit);
  if (before === null || context.refreshed.has(chosen.stream.name)) {
    const allKnown = facts.done.then(() => plan.tell(dueMonths(run, false), run.readInRun, true));
    await Promise.all([readWithFacts(run, facts.done, plan), allKnown]);
  }
  await facts.done;
  const due = dueMonths(run, true);
  plan.tell(due, run.readInRun, true);
  await readMonths(due, { ...run, isLastPass: true, mode: 'report' });
  if (before === null) return;
  const inTurn = monthsInTurn(before, run);
  plan.tell(inTurn, run.readInRun, true);
  await readMonths(inTurn, { ...run, isLastPass: false, mode: 'sweep' });
}

/** Date of the first of the facts that are not stored, so that nothing tells of them; null where all are. */
async function firstFactOf(
  { stream }: ChosenStream,
  { states, chosen, config }: RunContext,
  facts: FactsOfRun,
): Promise<string | null> {
  const unknown = factsOf(stream.name).filter((fact) => !states.has(fact) && !chosen.has(fact));
  if (unknown.length === 0 || (stream.name === AS_OF && config.startDate !== null)) return null;
  const remembered = states.reportNotes(stream.name).firstFact;
  // with a start_date an earlier fact that is written late would not be asked for any more
  if (remembered !== undefined && config.startDate === null) return remembered;
  const dates = await Promise.all(unknown.map((fact) => facts.first(fact)));
  return dates.filter((date) => date !== null).toSorted()[0] ?? null;
}

/**
 * Reads what is due without waiting for the facts of the run. A fact that goes before its first load has come to it leaves no
 * trace, so that a month which is not read again on the next run in any case waits until its facts are stored.
 */
async function readWithFacts(run: ReportRun, done: Promise<unknown>, plan: MonthPlan): Promise<void> {
  const { states, chosen, catalog, account, loads, startedAt, config } = run.context;
  const { restateMonths } = config.sync;
  const isOff = (fact: string): boolean => {
    const module = catalog.streams.get(fact)?.module;
    return module !== undefined && account.modules[module] === false;
  };
  const facts = factsOf(run.chosen.stream.name).filter((fact) => chosen.has(fact) && !isOff(fact));
  const isStored = (month: string): boolean =>
    facts.every((fact) => isMonthStored(month, states.cursor(fact), states.listNotes(fact).load));
  const isDue = (month: string): boolean =>
    !run.readInRun.has(month) &&
    (isReadByNextRun(month, monthOf(startedAt), restateMonths) || isStored(month));
  for (let isOver = false; !isOver;) {
    const more = loads.next.then(() => false);
    const months = dueMonths(run, false).filter(isDue);
    if (months.length > 0) {
      plan.tell(months, run.readInRun, false);
      await readMonths(months, { ...run, isLastPass: false, mode: 'report' });
    }
    if (facts.every((fact) => states.cursor(fact) !== null)) return;
    isOver = await Promise.race([more, done.then(() => true)]);
  }
}

/** The months whose turn it is, of those that are not read on each run: old ones, and those still to come; `before`: when the last run was. */
function monthsInTurn(before: string, { chosen, context }: ReportRun): readonly string[] {
  const { stream } = chosen;
  const { startedAt, deletionsOff } = context;
  const { startDate, sync } = context.config;
  if (deletionsOff !== null) return [];
  const first = startDate === null ? '' : monthOf(startDate);
  const current = monthOf(startedAt);
  const restated = restatedSince(current, sync.restateMonths);
  const { months } = context.states.reportNotes(stream.name);
  const isOld = (month: string): boolean => stream.name !== AS_OF && month >= first && month < restated;
  const apart = Object.entries(months).filter(([month]) => isOld(month) || month > current);
  return monthsDue(new Map(apart), startedAt, {
    everyMs: sync.sweepChildrenEveryMs,
    sinceMs: Date.parse(startedAt) - Date.parse(before),
  });
}

function dueMonths(
  { chosen, context, firstFact, readInRun }: ReportRun,
  afterFacts: boolean,
): readonly string[] {
  const { stream } = chosen;
  const { startDate, sync } = context.config;
  const start = startDate === null ? '' : monthOf(startDate);
  const current = monthOf(context.startedAt);
  const touched = new Map<string, string>();
  const changedInRun = new Map<string, string>();
  for (const fact of factsOf(stream.name)) {
    const { months = {} } = context.states.listNotes(fact);
    for (const [month, at] of Object.entries(months)) if (month >= start) keepNewest(touched, month, at);
    for (const [month, at] of context.changedMonths.get(fact) ?? []) keepNewest(changedInRun, month, at);
  }
  const earliest = [...touched.keys(), ...(firstFact === null ? [] : [firstFact])].toSorted()[0] ?? null;
  return monthsToRead({
    notes: context.states.reportNotes(stream.name),
    touched,
    first: firstReportMonth({
      startDate,
      firstFact: earliest,
      current,
      isWithoutFacts: stream.name === AS_OF,
    }),
    current,
    restateMonths: sync.restateMonths,
    readInRun,
    changedInRun,
    fullRefresh: context.refreshed.has(stream.name),
    afterFacts,
  });
}

function keepNewest(map: Map<string, string>, key: string, value: string): void {
  if (!map.has(key) || value > (map.get(key) ?? '')) map.set(key, value);
}

/**
 * Months that were never read are stored a few at a time, so that a first load can be resumed; months that are read
 * again are stored together, so that a failure leaves all of them as they were, but for those that are swept.
 */
async function readMonths(months: readonly string[], pass: Pass): Promise<void> {
  const { chosen, context } = pass;
  const { months: known } = context.states.reportNotes(chosen.stream.name);
  const again = months.filter((month) => month in known);
  const fresh = months.filter((month) => !(month in known));
  const size = context.warehouse.capabilities.windowsPerCommit;
  const isDone = months.length === 0 && pass.isLastPass;
  const together = again.length > 0 || isDone ? [again] : [];
  const batches = [...(pass.mode === 'sweep' ? chunks(again, size) : together), ...chunks(fresh, size)];
  const left = new Set(months);
  await eachInPool(context.pools.reports, batches, async (batch) => {
    const vacant = await vacantMonths(batch, pass);
    await syncWindow(monthWindow(batch, vacant, left, pass), chosen, context);
  });
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
