/** Keeps the notes of which rejected records have no row, so that counts can be compared with Harvest's. */
import type { Stream } from '../../catalog/stream.ts';
import type { Row } from '../../warehouse/table.ts';
import type { ChosenStream, RunContext } from '../context.ts';
import type { Intake } from '../intake.ts';
import type { ListNotes } from '../state.ts';
import type { Window } from '../stream.ts';
import { rejectedAfter, type SeenRejects } from './rejected.ts';
import { covers } from './spans.ts';

/** Whether the rows of a stream are counted against Harvest's: account-wide lists that are not read whole anyway. */
export function isCounted({ sync, parent }: Stream): boolean {
  return sync === 'incremental' && parent === undefined;
}

/** Of the records that a window rejected those that have no row; the warehouse is asked for those not known. */
export async function rejectsWithoutRow(
  intake: Intake,
  { stream }: ChosenStream,
  { states, warehouse, config }: RunContext,
): Promise<SeenRejects['without']> {
  if (!isCounted(stream) || intake.spared.length === 0) return [];
  const { rejected: known } = states.listNotes(stream.name);
  const read = intake.spared.map((parts, at) => {
    const key = parts.join('|');
    const isReadable = /^\d+$/.test(key);
    return [isReadable ? key : null, dateOf(intake.rejects[at], stream.dated)] as const;
  });
  // what lies before start_date is counted by nobody
  const all = read.filter(([, date]) => date === '' || date >= (config.startDate ?? ''));
  const isKnown = (key: string | null): boolean =>
    key !== null && typeof known === 'object' && Object.hasOwn(known, key);
  const asked = all.flatMap(([key]) => (key === null || isKnown(key) ? [] : [key]));
  const where = { column: 'id', values: asked };
  const rows = asked.length === 0 ? [] : await warehouse.readRows(stream.name, ['id'], where, stream.name);
  const stored = new Set(rows.map(([id]) => id));
  return all.filter(([key]) => key === null || !stored.has(key));
}

function dateOf(reject: Row | undefined, column: string | undefined): string {
  const record = reject?.['record'];
  const date = typeof record === 'object' && record !== null ? (record as Row)[column ?? ''] : null;
  return typeof date === 'string' && /^\d{4}-\d\d-\d\d$/.test(date) ? date : '';
}

/** The notes of a list with what a window has shown of rejected records. */
export function withRejects(
  notes: ListNotes,
  { scope }: Pick<Window, 'scope'>,
  { keys }: Intake,
  without: SeenRejects['without'],
  { startDate, undated }: { readonly startDate: string | null; readonly undated: boolean },
): ListNotes {
  // a span of all dates that are stored holds what has no readable date as well
  const isAllDates = scope.kind === 'dates' && scope.to === null && scope.from === startDate;
  const isComplete = scope.kind === 'all' || (isAllDates && !undated);
  const holds = (date: string): boolean =>
    isComplete ||
    (date !== '' && date < (startDate ?? '')) ||
    (scope.kind === 'dates' && (date === '' ? scope.undated : covers(scope, date)));
  const { rejected: known, ...rest } = notes;
  const rejected = rejectedAfter(known, { keys, without, holds, isComplete });
  return rejected === undefined ? rest : { ...rest, rejected };
}
