/**
 * The first load of an account-wide stream, resumable: a dated list that is large is split into spans of dates, a
 * list that is paged by cursor is stored every few pages with the link to go on from.
 *
 * Always holds: the cursor stays empty until everything is stored; then it is the clock of the first attempt, so
 * that the first incremental run sees all that changed while the load went on.
 */
import { ConnectorError } from '../errors.ts';
import { fetchCount, fetchPages } from '../harvest/pages.ts';
import { numberedLink } from '../harvest/page-line.ts';
import { LARGEST_PAGE, type Page } from '../harvest/types.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { readHidden } from './hidden.ts';
import type { Intake } from './intake.ts';
import { dateOf, planSpans } from './load-plan.ts';
import { isCursorLink, listReader, listRequest, takePage } from './paging.ts';
import { completeNotes, type LoadNotes } from './state.ts';
import { storeSideBySide } from './side-by-side.ts';
import { PAGES_PER_WINDOW } from './split.ts';
import { syncWindow, type Checkpoint, type Window } from './stream.ts';
import { spanLabel, spanQuery } from './window.ts';
import type { DateSpan } from './state.ts';

/** What all windows of a first load have in common: rows are only added, facts' own times tell what changed. */
const FIRST = { mode: 'first load', scope: { kind: 'merge' }, how: 'moved' } as const;

/** Loads a stream for the first time, or goes on where an earlier attempt was stopped. */
export async function firstLoad(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  const { load } = context.states.listNotes(stream.name);
  if (stream.dated === undefined) return loadByCursor(chosen, load, context);
  const plan = load?.spans === undefined ? await planSpans(chosen, context) : load;
  const windows = (plan.spans ?? []).map((span) => spanWindow(span, plan, chosen, context));
  if (plan.undated !== undefined) windows.push(undatedWindow(plan.undated, plan, chosen, context));
  await storeSideBySide(windows, chosen, context);
}

function spanWindow(span: DateSpan, plan: LoadNotes, chosen: ChosenStream, context: RunContext): Window {
  return {
    ...FIRST,
    label: spanLabel(span),
    read: listReader(listRequest(chosen, spanQuery(span), context), chosen, context),
    checkpoint: () => {
      const load = loadUnderWay(plan, chosen, context);
      const spans = (load.spans ?? []).filter(({ from, to }) => from !== span.from || to !== span.to);
      return afterPart({ ...load, spans }, chosen, context);
    },
  };
}

/** Records without a date stand at one end of the undivided list, which is read from there until all of them are found. */
function undatedWindow(most: number, plan: LoadNotes, chosen: ChosenStream, context: RunContext): Window {
  const { dated = '' } = chosen.stream;
  let isFromBeginning = false;
  return {
    ...FIRST,
    label: `without ${dated}`,
    read: async (intake) => {
      const from = isFromBeginning ? {} : await undatedFrom(most, chosen, context);
      let found = 0;
      for await (const page of fetchPages(context.client, listRequest(chosen, from, context))) {
        const records = page.records.filter((record) => (record[dated] ?? null) === null);
        page.records.release?.();
        await takePage({ ...page, records }, intake, chosen, context);
        found += records.length;
        if (found >= most) return true;
      }
      // fewer than there were: then the list is read from its beginning, once
      isFromBeginning = 'page' in from;
      return !isFromBeginning;
    },
    checkpoint: () => {
      const { undated: _, ...load } = loadUnderWay(plan, chosen, context);
      return afterPart(load, chosen, context);
    },
  };
}

/**
 * Where to look for records without a date: at the end of the list if it does not begin with one. Harvest does not say at
 * which end they stand. A list that is not paged by numbers is read from its beginning.
 */
async function undatedFrom(
  most: number,
  chosen: ChosenStream,
  context: RunContext,
): Promise<Readonly<Record<string, number>>> {
  const { total, first, last } = await fetchCount(context.client, listRequest(chosen, {}, context));
  const isNumbered = last !== null && numberedLink(last) !== null;
  if (!isNumbered || dateOf(first, chosen.stream.dated) === null) return {};
  return { page: Math.floor(Math.max(0, total - most) / LARGEST_PAGE) + 1 };
}

function loadUnderWay(plan: LoadNotes, chosen: ChosenStream, context: RunContext): LoadNotes {
  return context.states.listNotes(chosen.stream.name).load ?? plan;
}

/** The checkpoint after one part of a load: complete when no part is left. */
function afterPart(load: LoadNotes, chosen: ChosenStream, context: RunContext): Checkpoint {
  const notes = context.states.listNotes(chosen.stream.name);
  const isComplete = (load.spans ?? []).length === 0 && load.undated === undefined && load.link === undefined;
  if (isComplete)
    return { cursor: load.startedAt, notes: completeNotes(notes, notes.hidden === true, load.startedAt) };
  return { cursor: null, notes: { ...notes, load } };
}

/** Answers to a stored link that is of no use any more: the list is then read from its beginning. */
const DEAD_LINK = new Set(['HARVEST_REFUSED', 'HARVEST_NOT_FOUND', 'PAGES_LOOP']);

async function loadByCursor(
  chosen: ChosenStream,
  load: LoadNotes | undefined,
  context: RunContext,
): Promise<void> {
  const startedAt = load?.startedAt ?? context.startedAt;
  try {
    await loadFrom(load?.link, startedAt, chosen, context);
  } catch (error) {
    const isDead = error instanceof ConnectorError && DEAD_LINK.has(error.code);
    if (load?.link === undefined || !isDead) throw error;
    await loadFrom(undefined, startedAt, chosen, context);
  }
}

/** One reader goes through the list, and every few pages what came is stored with the link to go on from. */
async function loadFrom(
  link: string | undefined,
  startedAt: string,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const { stream } = chosen;
  const request = listRequest(chosen, {}, context);
  const pages = fetchPages(context.client, { ...request, ...(link === undefined ? {} : { from: link }) });
  const readWhole = listReader(request, chosen, context);
  const at: { link: string | null; hidden: boolean; isWhole: boolean } = {
    link: null,
    hidden: false,
    isWhole: false,
  };
  const window: Window = {
    ...FIRST,
    label: link === undefined ? 'everything' : 'the rest of the list',
    read: async (intake) => {
      if (!at.isWhole) {
        at.link = await takePages(pages, intake, chosen, context);
        if (at.link !== null && isCursorLink(at.link)) return true;
        // the pages are used up: if this window has to be read again, the list is read as a whole
        at.isWhole = true;
        const isNumbered = at.link !== null;
        at.link = null;
        // without a cursor the list may shift under the reader: it is read again, and watched
        if (isNumbered) return false;
      } else if (!(await readWhole(intake))) return false;
      const { found, isStill } = await readHidden(chosen, intake, context);
      at.hidden = found;
      return isStill;
    },
    checkpoint: () => {
      const notes = context.states.listNotes(stream.name);
      if (at.link === null) return { cursor: startedAt, notes: completeNotes(notes, at.hidden, startedAt) };
      return { cursor: null, notes: { ...notes, load: { startedAt, link: at.link } } };
    },
  };
  try {
    await context.pools.general.add(async () => {
      do await syncWindow(window, chosen, context);
      while (at.link !== null);
    });
  } finally {
    await pages.return(undefined);
  }
}

/** Takes pages up to a window's worth; the link to go on from, or null at the end of the list. */
async function takePages(
  pages: AsyncGenerator<Page>,
  intake: Intake,
  chosen: ChosenStream,
  context: RunContext,
): Promise<string | null> {
  for (let taken = 1; ; taken += 1) {
    const { value, done } = await pages.next();
    if (done === true) return null;
    const page: Page = value;
    await takePage(page, intake, chosen, context);
    if (page.next === null || taken >= PAGES_PER_WINDOW || !isCursorLink(page.next)) return page.next;
  }
}
