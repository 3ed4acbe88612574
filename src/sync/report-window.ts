/** Windows of report months: each month is a part that is replaced where its content differs. */
import type { Page } from '../harvest/types.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { FACTS } from './follow-ups.ts';
import type { Intake } from './intake.ts';
import { addDays, daysOf, firstDay, lastDay, monthOf } from './month.ts';
import type { PartOptions } from './part.ts';
import { listReader, listRequest } from './paging.ts';
import type { ReportNotes } from './state.ts';
import { syncWindow, type Along, type Window } from './stream.ts';
import { restatedSince } from './window.ts';

/** The facts that a report is made of. */
export function factsOf(stream: string): readonly string[] {
  if (stream.startsWith('time_')) return ['time_entries'];
  return stream.startsWith('expenses_') ? ['expenses'] : FACTS;
}

/** One report stream in one run. */
export interface ReportRun {
  readonly chosen: ChosenStream;
  readonly context: RunContext;
  /** Date of the first fact where no fact is stored that would tell. */
  readonly firstFact: string | null;
  /** When a month was read in this run, by Harvest's clock. */
  readonly readInRun: Map<string, string>;
}

/** A reading of months; the cursor moves with the last one only, when nothing can be left. */
export interface Pass extends ReportRun {
  readonly isLastPass: boolean;
  readonly mode: 'report' | 'sweep' | 'backfill';
  /** What is noted elsewhere with each window. */
  readonly along?: Along;
}

/** Its old months keep what they said when they were last read: asked again they give the figures of today. */
export const AS_OF = 'uninvoiced';

/** Future months whose last fact went: their report is not wanted any more. */
export async function vacantMonths(
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

/** The window of some months; `left`: months of the pass that are not stored yet, out of which it takes its own. */
export function monthWindow(
  months: readonly string[],
  vacant: ReadonlySet<string>,
  left: Set<string>,
  { chosen, context, firstFact, readInRun, isLastPass, mode, along }: Pass,
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
    ...(along === undefined ? {} : { along }),
    read: async (intake) => {
      for (const { month, read } of readers) {
        await intake.begin(partOf(month, mode, chosen, context));
        if (read !== null && !(await read(intake))) return false;
      }
      return true;
    },
    checkpoint: (intake) => {
      const notes = context.states.reportNotes(stream.name);
      const known = { ...notes.months, ...Object.fromEntries(readAt) };
      const content = contentAfter(notes, months, intake);
      const isComplete = isLastPass && [...left].every((month) => months.includes(month));
      return {
        cursor: isComplete ? context.startedAt : context.states.cursor(stream.name),
        notes: { ...notes, months: known, content, ...(firstFact === null ? {} : { firstFact }) },
      };
    },
    onStored: () => {
      for (const month of months) left.delete(month);
      for (const [month, at] of readAt) readInRun.set(month, at);
    },
  };
}

/**
 * A month as a part of its window. Old months that are not read again have no digest; where they are read because somebody
 * asked for it, what was remembered is not believed.
 */
function partOf(
  month: string,
  mode: Pass['mode'],
  { stream }: ChosenStream,
  context: RunContext,
): PartOptions {
  const { months, content } = context.states.reportNotes(stream.name);
  const restated = restatedSince(monthOf(context.startedAt), context.config.sync.restateMonths);
  const isReadAgain = stream.name !== AS_OF || month in months || month >= restated;
  const remembered = mode === 'backfill' ? undefined : content?.[month];
  return {
    name: firstDay(month),
    digest: isReadAgain ? { remembered, deletes: 'remove' } : null,
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

/** Reads months that were read before once more, in one window, whatever is remembered of them. The cursor stays. */
export async function readMonthsAgain(
  months: readonly string[],
  along: Along,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const pass = { chosen, context, firstFact: null, readInRun: new Map(), isLastPass: false, along } as const;
  const backfill: Pass = { ...pass, mode: 'backfill' };
  const vacant = await vacantMonths(months, backfill);
  await context.pools.reports.add(() =>
    syncWindow(monthWindow(months, vacant, new Set(), backfill), chosen, context),
  );
}

/** Months before that of `start_date` leave the table once it was moved, and what the notes say of them. */
export async function leaveMonthsOutside(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { states, config } = context;
  const { name } = chosen.stream;
  const before = states.reportNotes(name);
  const first = monthOf(before.outside ?? config.startDate ?? '');
  const isDone = before.outside === undefined && Object.keys(before.months).every((month) => month >= first);
  if (isDone) return;
  const window: Window = {
    mode: 'report',
    label: `before ${first}`,
    scope: {
      kind: 'dates',
      column: 'period_start',
      from: null,
      to: addDays(firstDay(first), -1),
      undated: false,
    },
    how: null,
    isOutside: true,
    read: () => Promise.resolve(true),
    checkpoint: () => {
      const { outside: _, ...notes } = states.reportNotes(name);
      return { cursor: states.cursor(name), notes: notesFrom(first, notes) };
    },
  };
  await syncWindow(window, chosen, context);
}

/** The notes without what they say of months before one. Pure. */
export function notesFrom(first: string, notes: ReportNotes): ReportNotes {
  const since = <Value>(all: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
    Object.fromEntries(Object.entries(all).filter(([month]) => month >= first));
  const { months, content } = notes;
  return { ...notes, months: since(months), ...(content === undefined ? {} : { content: since(content) }) };
}
