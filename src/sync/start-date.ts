/**
 * `start_date` is moved by whoever edits the configuration; the tables follow in the next run. What has to be done is noted in
 * the checkpoints of the streams concerned, in one commit with the new date, so that each of them does its part
 * when it runs, and a crash loses nothing.
 */
import type { Catalog } from '../catalog/catalog.ts';
import type { Stream } from '../catalog/stream.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { StateChange, Warehouse } from '../warehouse/warehouse.ts';
import { addDays, monthOf } from './month.ts';
import { notesFrom } from './report-window.ts';
import type { DateSpan, ListNotes, ReportNotes, StateBook } from './state.ts';

/** In `_sync_state`, in place of a stream's name: the checkpoint that holds the `start_date` that the tables follow. */
export const START_DATE = '_start_date';

/** What the decision needs. */
export interface StartDateGate {
  readonly config: Pick<Config, 'startDate'>;
  readonly allowDeletes: boolean;
  readonly ask?: (question: string) => Promise<boolean>;
  /** The streams that the configuration selects. */
  readonly configured: Pick<ReadonlyMap<string, unknown>, 'has'>;
  readonly catalog: Catalog;
  readonly states: StateBook;
  readonly warehouse: Warehouse;
  readonly runId: string;
  readonly now: () => Date;
  readonly emit: Emit;
}

/**
 * Takes up a `start_date` that differs from the one that the tables follow: notes what has to be loaded, or has to go.
 * @throws ConnectorError START_DATE_LATER where rows would go and nobody has said that they may
 */
export async function takeUpStartDate(gate: StartDateGate): Promise<void> {
  const { states, emit } = gate;
  const { startDate: after } = gate.config;
  const before = storedStartDate(states.raw(START_DATE));
  if (before === undefined) return commit([states.change(START_DATE, null, { startDate: after })], gate);
  if (before === after) return;
  if (isLater(before, after)) await assertMayGo(after, gate);
  const lists = streamsWith(gate, ({ dated, parent }) => dated !== undefined && parent === undefined).map(
    ({ name }) => states.change(name, states.cursor(name), movedNotes(states.listNotes(name), before, after)),
  );
  const reports = streamsWith(gate, ({ sync }) => sync === 'report').map(({ name }) =>
    states.change(name, states.cursor(name), movedReport(states.reportNotes(name), before, after)),
  );
  emit({ event: 'start_date.moved', before, after });
  const date = states.change(START_DATE, null, { startDate: after });
  await commit([date, ...lists, ...reports, ...childChanges(gate)], gate);
}

/** What is stored of the date; undefined: nothing yet. */
function storedStartDate(state: unknown): string | null | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const { startDate } = state as Readonly<Record<string, unknown>>;
  return typeof startDate === 'string' || startDate === null ? startDate : undefined;
}

/** Whether rows that are stored may lie before the new date. */
function isLater(before: string | null, after: string | null): after is string {
  return after !== null && (before === null || after > before);
}

/**
 * The notes of a dated list once the date has moved: an earlier one leaves dates to be loaded, a later one rows that
 * have to go. What an earlier move has left to do stays, as far as it lies within the new date. Pure.
 */
export function movedNotes(notes: ListNotes, before: string | null, after: string | null): ListNotes {
  const { missing: owed = [], outside, ...rest } = notes;
  if (isLater(before, after)) {
    const missing = owed.flatMap((span) => within(span, after));
    return { ...rest, outside: after, ...(missing.length === 0 ? {} : { missing }) };
  }
  const to = before === null ? null : addDays(before, -1);
  const gone = outside === undefined || after === null ? {} : { outside: after };
  return { ...rest, ...gone, missing: [...owed, { from: after, to }] };
}

/**
 * The notes of a report once the date has moved. Whatever they say of months before the old date, which an older checkpoint
 * that was taken back may do, no such month is stored. Pure.
 */
export function movedReport(notes: ReportNotes, before: string | null, after: string | null): ReportNotes {
  const { outside, ...rest } = notes;
  const known = before === null ? rest : notesFrom(monthOf(before), rest);
  const stays = after !== null && (outside !== undefined || isLater(before, after));
  return stays ? { ...known, outside: after } : known;
}

/** What of a span lies on or after a date. */
function within({ from, to }: DateSpan, date: string): readonly DateSpan[] {
  if (to !== null && to < date) return [];
  return [{ from: from === null || from < date ? date : from, to }];
}

/** Streams of the catalogue that are under way. */
function streamsWith({ catalog, states }: StartDateGate, is: (stream: Stream) => boolean): readonly Stream[] {
  return [...catalog.streams.values()].filter((stream) => states.has(stream.name) && is(stream));
}

/** Children of documents: they go and come with them; where the documents are not stored, all are read again. */
function childChanges(gate: StartDateGate): readonly StateChange[] {
  const { catalog, configured, states } = gate;
  const parentOf = ({ parent }: Stream): Stream | undefined => catalog.streams.get(parent?.stream ?? '');
  return streamsWith(gate, (stream) => parentOf(stream)?.dated !== undefined).map((stream) => {
    const parent = parentOf(stream)?.name ?? '';
    const flag = configured.has(parent) && states.has(parent) ? { parentsLeave: true } : { anew: true };
    const { name } = stream;
    return states.change(name, states.cursor(name), {
      ...states.childNotes(name),
      ...(flag as { anew: true }),
    });
  });
}

/** @throws ConnectorError START_DATE_LATER */
async function assertMayGo(after: string, gate: StartDateGate): Promise<void> {
  const going = await rowsBefore(after, gate);
  if (going.length === 0 || gate.allowDeletes) return;
  const what = `start_date is ${after} now, and before it lie ${going.join(', ')}`;
  if ((await gate.ask?.(`${what}. They leave the tables. Go on?`)) === true) return;
  throw new ConnectorError('START_DATE_LATER', `${what}. None of them was touched.`, {
    details: { start_date: after, going },
  });
}

/** What lies before a date, in words: rows of dated lists, months of reports. */
async function rowsBefore(date: string, gate: StartDateGate): Promise<readonly string[]> {
  const { warehouse } = gate;
  const found: string[] = [];
  for (const { name, dated = null, parent, sync } of streamsWith(gate, () => true)) {
    if (sync === 'report') {
      const months = await countBefore(monthOf(date), name, 'period_start', warehouse);
      if (months.dates > 0)
        found.push(`${months.dates} ${months.dates === 1 ? 'month' : 'months'} of ${name}`);
    } else if (dated !== null && parent === undefined) {
      const { rows } = await countBefore(date, name, dated, warehouse);
      if (rows > 0) found.push(`${rows} ${rows === 1 ? 'row' : 'rows'} of ${name}`);
    }
  }
  return found;
}

/** Dates before one that have rows, and how many rows that are. */
async function countBefore(
  date: string,
  table: string,
  column: string,
  warehouse: Warehouse,
): Promise<{ readonly dates: number; readonly rows: number }> {
  const live = await warehouse.readLive(table, column, 'remove', table);
  const before = [...live].filter(([day]) => day !== '' && day < date);
  return { dates: before.length, rows: before.reduce((sum, [, count]) => sum + count, 0) };
}

async function commit(states: readonly StateChange[], gate: StartDateGate): Promise<void> {
  const { warehouse, runId, now } = gate;
  const committedAt = now().toISOString();
  const nothing = { loads: [], renames: [], rejects: [], drift: [] };
  await warehouse.commit({ runId, stream: null, committedAt, ...nothing, states });
  gate.states.committed(states, runId, committedAt);
}
