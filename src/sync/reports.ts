/** Report streams: one window per calendar month, replaced where its content differs. */
import type { Page } from '../harvest/types.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { FACTS } from './follow-ups.ts';
import type { Intake } from './intake.ts';
import { daysOf, firstDay, lastDay, monthOf } from './month.ts';
import type { PartOptions } from './part.ts';
import { listReader, listRequest } from './paging.ts';
import { monthsDue } from './rotation.ts';
import type { ReportNotes } from './state.ts';
import { syncWindow, type Window } from './stream.ts';
import { firstReportMonth, monthsToRead, restatedSince } from './window.ts';

/** The facts of a run. */
export interface FactsOfRun {
  /** Settles when the facts that run now are stored (or have failed). */
  readonly done: Promise<unknown>;
  /** Date of the first fact in Harvest, looked up once; null where there is none. */
  readonly first: () => Promise<string | null>;
}

/** The facts that a report is made of. */
function factsOf(stream: string): readonly string[] {
  if (stream.startsWith('time_')) return ['time_entries'];
  return stream.startsWith('expenses_') ? ['expenses'] : FACTS;
}

/** One report stream in one run. */
interface ReportRun {
  readonly chosen: ChosenStream;
  readonly context: RunContext;
  /** Date of the first fact where no fact is stored that would tell. */
  readonly firstFact: string | null;
  /** When a month was read in this run, by Harvest's clock. */
  readonly readInRun: Map<string, string>;
}

/** A reading of months; the cursor moves with the last one only, when nothing can be left. */
interface Pass extends ReportRun {
  readonly isLastPass: boolean;
  readonly mode: 'report' | 'sweep';
}

/** Its old months keep what they said when they were last read: asked again they give the figures of today. */
const AS_OF = 'uninvoiced';

/**
 * Brings a report stream up to date: what is due at once, then the months that facts of this run turned out to touch,
 * then the old months whose turn it is. On a first load that is the current month, and all earlier ones once the facts
 * tell when they begin.
 */
export async function syncReport(
  chosen: ChosenStream,
  context: RunContext,
  facts: FactsOfRun,
): Promise<void> {
  const areStored = FACTS.some((fact) => context.states.has(fact) || context.chosen.has(fact));
  const isKnown = areStored || context.config.startDate !== null;
  const remembered = context.states.reportNotes(chosen.stream.name).firstFact ?? null;
  const firstFact = isKnown ? null : (remembered ?? (await facts.first()));
  const run: ReportRun = { chosen, context, firstFact, readInRun: new Map() };
  const before = context.states.cursor(chosen.stream.name);
  // where there are many months to read nobody waits; otherwise a month that facts touch is not to be read twice
  if (before === null || context.fullRefresh) {
    await readMonths(dueMonths(run, false), { ...run, isLastPass: false, mode: 'report' });
  }
  await facts.done;
  await readMonths(dueMonths(run, true), { ...run, isLastPass: true, mode: 'report' });
  if (before === null) return;
  await readMonths(monthsInTurn(before, run), { ...run, isLastPass: false, mode: 'sweep' });
}

/** The old months whose turn it is; `before`: when the last run was. */
function monthsInTurn(before: string, { chosen, context }: ReportRun): readonly string[] {
  const { stream } = chosen;
  const { startedAt, deletionsOff } = context;
  const { startDate, sync } = context.config;
  if (stream.name === AS_OF || deletionsOff !== null) return [];
  const first = startDate === null ? '' : monthOf(startDate);
  const restated = restatedSince(monthOf(startedAt), sync.restateMonths);
  const { months } = context.states.reportNotes(stream.name);
  const old = Object.entries(months).filter(([month]) => month >= first && month < restated);
  return monthsDue(new Map(old), startedAt, {
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
  const touched = new Map<string, string>();
  const changedInRun = new Map<string, string>();
  for (const fact of factsOf(stream.name)) {
    const { months = {} } = context.states.listNotes(fact);
    for (const [month, at] of Object.entries(months)) keepNewest(touched, month, at);
    for (const [month, at] of context.changedMonths.get(fact) ?? []) keepNewest(changedInRun, month, at);
  }
  const earliest = [...touched.keys(), ...(firstFact === null ? [] : [firstFact])].toSorted()[0] ?? null;
  return monthsToRead({
    notes: context.states.reportNotes(stream.name),
    touched,
    first: firstReportMonth(startDate, earliest),
    current: monthOf(context.startedAt),
    restateMonths: sync.restateMonths,
    readInRun,
    changedInRun,
    fullRefresh: context.fullRefresh,
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

/** Future months whose last fact went: their report is not wanted any more. */
async function vacantMonths(
  months: readonly string[],
  { chosen, context }: ReportRun,
): Promise<ReadonlySet<string>> {
  const vacant = new Set<string>();
  for (const month of months.filter((each) => each > monthOf(context.startedAt))) {
    const dates = daysOf(month);
    const stored = await Promise.all(
      factsOf(chosen.stream.name).map((fact) => {
        const column = context.catalog.streams.get(fact)?.dated ?? '';
        return context.warehouse.readRows(fact, [column], { column, values: dates }, chosen.stream.name);
      }),
    );
    if (stored.every((rows) => rows.length === 0)) vacant.add(month);
  }
  return vacant;
}
function monthWindow(
  months: readonly string[],
  vacant: ReadonlySet<string>,
  left: Set<string>,
  { chosen, context, firstFact, readInRun, isLastPass, mode }: Pass,
): Window {
  const { stream } = chosen;
  const readAt = new Map<string, string>([...vacant].map((month) => [month, context.startedAt]));
  const readers = months.map((month) => {
    const period = { period_start: firstDay(month), period_end: lastDay(month) };
    const query = { from: compactDate(period.period_start), to: compactDate(period.period_end) };
    const options = { injected: period, onFirst: (page: Page) => readAt.set(month, page.date) };
    const request = { ...listRequest(chosen, query, context), ...(mode === 'sweep' && { purpose: mode }) };
    const read = listReader(request, chosen, context, options);
    return { month, read: vacant.has(month) ? null : read };
  });
  return {
    mode,
    label: months.length === 0 ? 'nothing more' : months.join(', '),
    scope: { kind: 'where', column: 'period_start', values: months.map(firstDay) },
    how: null,
    read: async (intake) => {
      for (const { month, read } of readers) {
        await intake.begin(partOf(month, chosen, context));
        if (read !== null && !(await read(intake))) return false;
      }
      return true;
    },
    checkpoint: (intake) => {
      for (const month of months) left.delete(month);
      for (const [month, at] of readAt) readInRun.set(month, at);
      const notes = context.states.reportNotes(stream.name);
      const known = { ...notes.months, ...Object.fromEntries(readAt) };
      const content = contentAfter(notes, months, intake);
      const isComplete = isLastPass && left.size === 0;
      return {
        cursor: isComplete ? context.startedAt : context.states.cursor(stream.name),
        notes: { ...notes, months: known, content, ...(firstFact === null ? {} : { firstFact }) },
      };
    },
  };
}

/** A month as a part of its window. Old months that are not read again have no digest. */
function partOf(month: string, { stream }: ChosenStream, context: RunContext): PartOptions {
  const { months, content } = context.states.reportNotes(stream.name);
  const restated = restatedSince(monthOf(context.startedAt), context.config.sync.restateMonths);
  const isReadAgain = stream.name !== AS_OF || month in months || month >= restated;
  return {
    name: firstDay(month),
    digest: isReadAgain ? { remembered: content?.[month], deletes: 'remove' } : null,
  };
}

/** The digests of all months, with what was just read. */
function contentAfter(
  { content }: ReportNotes,
  months: readonly string[],
  { digests }: Intake,
): Readonly<Record<string, string>> {
  const after: Record<string, string> = { ...content };
  for (const month of months) {
    const digest = digests.get(firstDay(month));
    if (digest === undefined) delete after[month];
    else after[month] = digest;
  }
  return after;
}

/** The form that all of Harvest's report examples use. @see Harvest API v2 docs, Time Reports (checked 2026-11-20) */
function compactDate(date: string): string {
  return date.replaceAll('-', '');
}
