/**
 * Choices of columns that changed since the last run: what must not be kept is emptied before anything else, and what is
 * missing is filled by reading its stream again.
 */
import { withAdded } from '../catalog/added-columns.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { chooseColumns } from '../catalog/choose-columns.ts';
import { BUDGET_HISTORY } from '../catalog/tables.ts';
import type { Config } from '../config/config.ts';
import type { Emit } from '../events.ts';
import type { Emptied, StoredState, Warehouse } from '../warehouse/warehouse.ts';
import type { Choice } from './choose.ts';
import {
  columnNotesOf,
  COLUMNS,
  isSame,
  planColumns,
  storedColumns,
  withoutTraces,
  type ColumnNotes,
  type ColumnPlan,
  type PlannedStream,
  type StoredColumns,
} from './column-notes.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { RunOptions } from './run-progress.ts';
import type { StateBook } from './state.ts';

/**
 * What the choices of this run ask for, compared with what the tables were loaded with. Streams that are stored, but are not
 * selected any more, are held to their choice too.
 */
export function planOfRun(
  { configured, chosen }: Choice,
  stored: ReadonlyMap<string, StoredState>,
  { config, catalog }: { readonly config: Config; readonly catalog: Catalog },
): ColumnPlan {
  const selected = [...configured.values()].map((each) => ({
    name: each.stream.name,
    now: columnsNow(each, config),
    known: each.stream.columns,
    isStored: stored.has(each.stream.name),
    isConfigured: true,
    isLoaded: chosen.has(each.stream.name),
  }));
  const others = [...catalog.streams.values()]
    .filter(({ name }) => !configured.has(name))
    .map((stream): PlannedStream => {
      const choice = config.streams.overrides.get(stream.name);
      return {
        name: stream.name,
        // nothing is hashed of them any more, so that the key need not be there
        now: storedColumns(chooseColumns(stream, choice), config.sync.hashKey?.reveal() ?? ''),
        known: withAdded(stream, choice?.add).columns,
        isStored: stored.has(stream.name),
        isConfigured: false,
        isLoaded: false,
      };
    });
  return planColumns(columnNotesOf(stored.get(COLUMNS)?.state), [...selected, ...others]);
}

/** The streams that are read again in this run, whatever their checkpoints say. A backfill reads none of them whole. */
export function refreshedBy(
  { diffs }: ColumnPlan,
  { chosen }: Choice,
  { fullRefresh, backfill }: Pick<RunOptions, 'fullRefresh' | 'backfill'>,
): ReadonlySet<string> {
  if (backfill !== undefined) return new Set();
  return new Set([...chosen.keys()].filter((name) => fullRefresh || diffs.get(name)?.isRefreshed === true));
}

/** Tables whose digests are not to be trusted, with those of streams that are read again. */
export function withRefreshed(
  renewed: ReadonlySet<string>,
  refreshed: ReadonlySet<string>,
): ReadonlySet<string> {
  const snapshots = refreshed.has('project_budget') ? [BUDGET_HISTORY] : [];
  return new Set([...renewed, ...refreshed, ...snapshots]);
}

/** What carrying out a plan needs. */
export interface PlanDeps {
  /** The streams that are read again in this run. */
  readonly refreshed: ReadonlySet<string>;
  readonly states: StateBook;
  readonly warehouse: Warehouse;
  readonly runId: string;
  readonly now: () => Date;
  readonly emit: Emit;
}

/**
 * Tells what changed, empties what must not be kept, and notes it in the same transaction, with what is pending: before
 * anything is written with another choice.
 */
export async function carryOutPlan(
  { diffs, emptied, notes, hadTraces }: ColumnPlan,
  deps: PlanDeps,
): Promise<void> {
  const { refreshed, states, warehouse, emit } = deps;
  for (const [stream, { changes }] of diffs) {
    for (const [change, columns] of changes) {
      const isNow = change === 'off' || change === 'hashed' || refreshed.has(stream);
      if (isNow) emit({ event: 'columns.changed', stream, change, columns });
    }
  }
  const touched = notes === null ? 0 : await saveNotes(notes, emptied, deps);
  if (!hadTraces && emptied.length === 0) return;
  if (hadTraces || touched > 0) await warehouse.forgetTraces();
  states.defer(states.change(COLUMNS, null, withoutTraces(columnNotesOf(states.listNotes(COLUMNS)))));
}

/** Saves the notes, with what is emptied in one transaction. Answers how many tables that touched. */
async function saveNotes(
  notes: ColumnNotes,
  emptied: readonly Emptied[],
  { states, warehouse, runId, now }: PlanDeps,
): Promise<number> {
  const changes = [states.change(COLUMNS, null, notes)];
  const committedAt = now().toISOString();
  let touched = 0;
  if (emptied.length > 0) {
    const order = { runId, committedAt, streams: emptied, states: changes };
    touched = (await warehouse.emptyColumns(order)).size;
  } else {
    const nothing = { loads: [], renames: [], rejects: [], drift: [] };
    await warehouse.commit({ runId, stream: null, committedAt, ...nothing, states: changes });
  }
  states.committed(changes, runId, committedAt);
  return touched;
}

/** Notes that a stream was brought to its choice; saved with the checkpoints that are deferred. */
export function noteColumns(chosen: ChosenStream, { states, config }: RunContext): void {
  const { name } = chosen.stream;
  const notes = columnNotesOf(states.listNotes(COLUMNS));
  const now = columnsNow(chosen, config);
  if (isSame(notes[name] ?? null, now)) return;
  states.defer(states.change(COLUMNS, null, { ...notes, [name]: now }));
}

/** Tells of a column whether the stream's table was not loaded with it as it is chosen now. */
export function isFilled(chosen: ChosenStream, { states, config }: RunContext): (column: string) => boolean {
  const before = columnNotesOf(states.listNotes(COLUMNS))[chosen.stream.name];
  const now = columnsNow(chosen, config);
  return (column) => before !== undefined && before[column] !== now[column];
}

function columnsNow({ columns }: ChosenStream, { sync }: Config): StoredColumns {
  return storedColumns(columns, sync.hashKey?.reveal() ?? null);
}
