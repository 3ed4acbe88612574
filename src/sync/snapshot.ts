/** The day's snapshot of the project budgets: Harvest forgets how a budget stood yesterday. */
import { budgetHistoryOf } from '../catalog/tables.ts';
import type { TableLoad } from '../warehouse/warehouse.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { WHOLE, type Intake } from './intake.ts';
import type { ListNotes } from './state.ts';

/**
 * The load of the day's snapshot; null where none is kept, or the notes say that just this one is stored. Where they
 * know of none for the date, the load has the date as its name.
 */
export function snapshotLoad(
  intake: Intake,
  { stream, columns }: ChosenStream,
  { states }: RunContext,
): TableLoad | null {
  const { snapshot } = intake;
  if (snapshot === null) return null;
  const { date, files } = snapshot;
  const { snapshot: known } = states.listNotes(stream.name);
  const isNew = known?.date !== date;
  if (!isNew && known.content !== undefined && known.content === intake.digests.get(WHOLE)) return null;
  return {
    table: budgetHistoryOf(stream, columns),
    stream: stream.name,
    files,
    scope: { kind: 'where', column: 'snapshot_date', values: [date] },
    removals: [],
    gone: [],
    missing: 'go',
    spared: [],
    deletes: 'remove',
    how: null,
    watch: [],
    history: null,
    // a day without rows needs no name: there is nothing to store at once
    ...(isNew && files.length > 0 ? { once: date } : {}),
  };
}

/** What the notes say of the snapshot once it is stored. */
export function snapshotNotes({ snapshot, digests }: Intake): Pick<ListNotes, 'snapshot'> {
  if (snapshot === null) return {};
  const content = digests.get(WHOLE);
  return { snapshot: { date: snapshot.date, ...(content === undefined ? {} : { content }) } };
}
