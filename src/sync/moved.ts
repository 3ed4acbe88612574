/** What `start_date` has left a dated list to do once it was moved: rows before it go, dates that are missing are loaded. */
import { fetchCount } from '../harvest/pages.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { spansOf } from './load-plan.ts';
import { addDays } from './month.ts';
import { listReader, listRequest } from './paging.ts';
import type { DateSpan, ListNotes } from './state.ts';
import { syncWindow, type Window } from './stream.ts';
import { storeSideBySide } from './side-by-side.ts';
import { RECORDS_PER_WINDOW } from './split.ts';
import { spanLabel, spanQuery } from './window.ts';

/** Notes that end with the rows: what is remembered of the newest ones may be of rows that are gone. */
const SETTLED: ReadonlySet<string> = new Set(['outside', 'recent', 'content']);

/** Rows before `start_date` leave the table, and what goes with them; nothing is asked of Harvest. */
export async function leaveOutside(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { name, dated } = chosen.stream;
  const { states } = context;
  const { outside } = states.listNotes(name);
  if (outside === undefined || dated === undefined) return;
  const window: Window = {
    mode: 'full',
    label: `before ${outside}`,
    scope: { kind: 'dates', column: dated, from: null, to: addDays(outside, -1), undated: false },
    how: 'moved',
    isOutside: true,
    read: () => Promise.resolve(true),
    checkpoint: () => {
      const notes = Object.entries(states.listNotes(name)).filter(([key]) => !SETTLED.has(key));
      return { cursor: states.cursor(name), notes: Object.fromEntries(notes) };
    },
  };
  await syncWindow(window, chosen, context);
}

/** Loads the dates that are missing; what is done is noted with each window. */
export async function loadMissing(chosen: ChosenStream, context: RunContext): Promise<void> {
  const { name } = chosen.stream;
  const { missing = [] } = context.states.listNotes(name);
  if (missing.length === 0) return;
  const planned: DateSpan[] = [];
  for (const span of missing) planned.push(...(await divide(span, chosen, context)));
  // each window takes its own span out of the notes as they stand when it is committed, so they have to know all spans
  const { states } = context;
  const divided: ListNotes = { ...states.listNotes(name), missing: planned };
  states.defer(states.change(name, states.cursor(name), divided));
  const windows = planned.map((span) => missingWindow(span, chosen, context));
  await storeSideBySide(windows, chosen, context);
}

function missingWindow(span: DateSpan, chosen: ChosenStream, context: RunContext): Window {
  const { states } = context;
  const { name } = chosen.stream;
  const request = listRequest(chosen, spanQuery(span), context);
  return {
    mode: 'first load',
    label: spanLabel(span),
    scope: { kind: 'merge' },
    how: 'moved',
    read: listReader(request, chosen, context),
    checkpoint: () => {
      const { missing = [], ...notes }: ListNotes = states.listNotes(name);
      const left = missing.filter(({ from, to }) => from !== span.from || to !== span.to);
      return {
        cursor: states.cursor(name),
        notes: left.length === 0 ? notes : { ...notes, missing: left },
      };
    },
  };
}

/** A span in as many as a window each can take. */
async function divide(
  span: DateSpan,
  chosen: ChosenStream,
  context: RunContext,
): Promise<readonly DateSpan[]> {
  const list = await fetchCount(context.client, listRequest(chosen, spanQuery(span), context));
  if (list.total <= RECORDS_PER_WINDOW) return [span];
  return spansOf(list, span, span.from, chosen, context);
}
