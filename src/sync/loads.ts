/** Step 6 of a window: what of its rows has to be staged and compared, and that it is. */
import type { PreparedLoad, Scope, TableLoad } from '../warehouse/warehouse.ts';
import { isFilled } from './column-choice.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { watchedColumns } from './follow-ups.ts';
import { historyOfStream } from './histories.ts';
import { WHOLE, type Intake } from './intake.ts';
import { restatedBy } from './restated.ts';
import { snapshotLoad } from './snapshot.ts';
import type { Window } from './stream.ts';

/** The staged loads of a window. */
export interface WindowLoads {
  /** The stream's own; null where nothing of it can differ from what is stored. */
  readonly own: PreparedLoad | null;
  readonly snapshot: PreparedLoad | null;
}

/** Stages the stream's own load, and the day's snapshot where the stream keeps one. */
export async function prepareLoads(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): Promise<WindowLoads> {
  const prepare = async (load: TableLoad | null): Promise<PreparedLoad | null> =>
    load === null ? null : context.warehouse.prepare(load);
  const own = await prepare(ownLoad(window, chosen, intake, context));
  try {
    return { own, snapshot: await prepare(snapshotLoad(intake, chosen, context)) };
  } catch (error) {
    await own?.discard();
    throw error;
  }
}

/** Drops what was staged and not committed. */
export async function discardLoads({ own, snapshot }: WindowLoads): Promise<void> {
  await own?.discard();
  await snapshot?.discard();
}

function ownLoad(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): TableLoad | null {
  const scope = scopeLeft(window.scope, intake);
  if (scope === null) return null;
  const known = context.states.reportNotes(chosen.stream.name);
  const restated =
    window.isOutside === true ? null : restatedBy(scope, chosen, known, isFilled(chosen, context));
  return {
    table: chosen.table,
    stream: chosen.stream.name,
    files: intake.files,
    scope,
    removals: intake.removals,
    gone: intake.gone,
    missing: window.onMissing === undefined ? 'go' : 'tell',
    spared: intake.spared,
    deletes: window.how === null || window.isOutside === true ? 'remove' : context.config.sync.deletes,
    how: window.how,
    watch: watchedColumns(chosen, context.catalog, context.states),
    history: historyOfStream(chosen, context),
    ...(restated === null ? {} : { restated }),
  };
}

/** The scope without the parts that are the same as when they were last stored; null: there is nothing to do. */
function scopeLeft(scope: Scope, { files, removals, gone, same }: Intake): Scope | null {
  if (scope.kind === 'all') return same.has(WHOLE) ? null : scope;
  if (scope.kind === 'dates') return scope;
  if (scope.kind === 'merge') return files.length + removals.length + gone.length > 0 ? scope : null;
  const values = scope.values.filter((value) => !same.has(value));
  return values.length + files.length + removals.length > 0 ? { ...scope, values } : null;
}
