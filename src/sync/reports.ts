/** Report streams: one window per calendar month, replaced where its content differs. */
import { fetchCount } from '../harvest/pages.ts';
import { ConnectorError } from '../errors.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { FACTS } from './follow-ups.ts';
import type { ChangedMonths } from './lists.ts';
import { firstDay, lastDay, monthOf } from './month.ts';
import { lastRecordAt, listReader, listRequest } from './paging.ts';
import { syncWindow, type Window } from './stream.ts';
import { firstReportMonth, monthsToRead } from './window.ts';

/** Facts as they come in: who waits for them, and which months they changed. */
export interface FactsOfRun {
  /** Settles when the facts that run now are stored (or have failed). */
  readonly done: Promise<unknown>;
  readonly changed: ReadonlyMap<string, ChangedMonths>;
  /** Date of the first fact in Harvest, looked up once; null where there is none. */
  readonly first: () => Promise<string | null>;
}

/** The facts that a report is made of. */
function factsOf(stream: string): readonly string[] {
  if (stream.startsWith('time_')) return ['time_entries'];
  return stream.startsWith('expenses_') ? ['expenses'] : FACTS;
}

/** Brings a report stream up to date: what is due at once, then the months that facts of this run turned out to touch. */
export async function syncReport(
  chosen: ChosenStream,
  context: RunContext,
  facts: FactsOfRun,
): Promise<void> {
  const { stream } = chosen;
  const known = context.states.reportNotes(stream.name).firstFact ?? null;
  const firstFact = context.config.startDate === null ? (known ?? (await facts.first())) : null;
  const readInRun = new Map<string, string>();
  for (const pass of ['at once', 'after the facts']) {
    if (pass === 'after the facts') await facts.done;
    const months = dueMonths(chosen, context, facts, firstFact, readInRun);
    await readMonths(months, firstFact, readInRun, chosen, context);
  }
}

function dueMonths(
  chosen: ChosenStream,
  context: RunContext,
  facts: FactsOfRun,
  firstFact: string | null,
  readInRun: ReadonlyMap<string, string>,
): readonly string[] {
  const { stream } = chosen;
  const { startDate, sync } = context.config;
  const touched = new Map<string, string>();
  const changedInRun = new Map<string, string>();
  for (const fact of factsOf(stream.name)) {
    const { months = {} } = context.states.listNotes(fact);
    for (const [month, at] of Object.entries(months)) keepNewest(touched, month, at);
    for (const [month, at] of facts.changed.get(fact) ?? []) keepNewest(changedInRun, month, at);
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
  });
}

function keepNewest(map: Map<string, string>, key: string, value: string): void {
  if (value > (map.get(key) ?? '')) map.set(key, value);
  else if (!map.has(key)) map.set(key, value);
}

/**
 * Months that were never read are stored one by one, so that a first load can be resumed; months that are read again
 * are stored together, so that a failure leaves all of them as they were.
 */
async function readMonths(
  months: readonly string[],
  firstFact: string | null,
  readInRun: Map<string, string>,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  if (months.length === 0) return;
  const { months: known } = context.states.reportNotes(chosen.stream.name);
  const again = months.filter((month) => month in known);
  const fresh = months.filter((month) => !(month in known));
  const size = context.warehouse.capabilities.windowsPerCommit;
  const batches = [...(again.length > 0 ? [again] : []), ...chunks(fresh, size)];
  const left = new Set(months);
  await eachInPool(context.pools.reports, batches, async (batch) => {
    const readAt = new Map<string, string>();
    const window = monthWindow(batch, firstFact, readAt, left, chosen, context);
    await syncWindow(window, chosen, context);
    for (const [month, at] of readAt) readInRun.set(month, at);
  });
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

function monthWindow(
  months: readonly string[],
  firstFact: string | null,
  readAt: Map<string, string>,
  left: Set<string>,
  chosen: ChosenStream,
  context: RunContext,
): Window {
  const { stream } = chosen;
  const compact = (date: string): string => date.replaceAll('-', '');
  const readers = months.map((month) => {
    const period = { period_start: firstDay(month), period_end: lastDay(month) };
    const query = { from: compact(period.period_start), to: compact(period.period_end) };
    return listReader(listRequest(chosen, query, context), chosen, context, {
      injected: period,
      onFirst: (page) => readAt.set(month, page.date),
    });
  });
  return {
    mode: 'report',
    label: months.join(', '),
    scope: { kind: 'where', column: 'period_start', values: months.map(firstDay) },
    how: null,
    noticedAt: null,
    read: async (intake) => {
      for (const reader of readers) if (!(await reader(intake))) return false;
      return true;
    },
    checkpoint: () => {
      for (const month of months) left.delete(month);
      const notes = context.states.reportNotes(stream.name);
      const cursor = left.size === 0 ? context.startedAt : context.states.cursor(stream.name);
      return {
        cursor,
        notes: { ...notes, months: { ...notes.months, ...Object.fromEntries(readAt) }, firstFact },
      };
    },
  };
}

/** The date of Harvest's oldest entry or expense; null where there is none or it may not be read. */
export async function firstFactDate(context: RunContext): Promise<string | null> {
  const dates: string[] = [];
  for (const name of FACTS) {
    const stream = context.catalog.streams.get(name);
    if (stream?.records === undefined || stream.dated === undefined) continue;
    try {
      const request = {
        path: stream.path,
        query: {},
        records: stream.records,
        bucket: stream.limit_class,
        stream: name,
      };
      const { last, first } = await fetchCount(context.client, { ...request, signal: context.signal });
      const oldest = last === null ? first : await lastRecordAt(last, stream, context);
      const date = oldest?.[stream.dated];
      if (typeof date === 'string') dates.push(date);
    } catch (error) {
      // a module that is off, or a role that may not see it: there are no such facts to go by
      const isHidden =
        error instanceof ConnectorError && ['HARVEST_FORBIDDEN', 'HARVEST_NOT_FOUND'].includes(error.code);
      if (!isHidden) throw error;
    }
  }
  return dates.toSorted()[0] ?? null;
}
