/** Puts right what differs: it is read again and stored as a run does, then compared again. */
import { historyName } from '../catalog/history.ts';
import { ConnectorError } from '../errors.ts';
import type { ChosenStream, RunContext } from '../sync/context.ts';
import { repairHistories } from '../sync/fit-histories.ts';
import { historyOfStream } from '../sync/histories.ts';
import { earlier } from '../sync/month.ts';
import { applyRenames } from '../sync/renames.ts';
import type { ListNotes } from '../sync/state.ts';
import type { Verify } from '../sync/run-progress.ts';
import { letGo, readChanged } from '../sync/settle/look.ts';
import { apartBy } from '../sync/settle/settle.ts';
import { assertStillSees } from '../sync/settle/still-sees.ts';
import type { Intake } from '../sync/intake.ts';
import { syncWindow, type Window } from '../sync/stream.ts';
import type { Verification } from '../verification.ts';
import { datedWindows, monthWindows, type FullWindow } from './read-window.ts';
import { windowsOf } from './stream-windows.ts';

/**
 * A comparison that puts right what it finds, and compares what it put right again. The run has to have forgotten what its
 * notes say of the content of tables (`fullRefresh`).
 *
 * @throws ConnectorError DELETES_IMPLAUSIBLE and what else a run throws; tables that could be put right are then
 */
export function repairing(verify: Verify): Verify {
  return async (context, streams) => {
    const before = await verify(context, streams);
    if (before.differences === 0) return before;
    const tables = tablesToRepair(before, context);
    const histories = historiesToRepair(before, tables, context);
    await repairAll(before, tables, context);
    await repairHistories(histories, context);
    const differing = [...Object.keys(before.tables), ...tables, ...histories];
    const again = before.form === 'full' ? new Set(differing) : streams;
    const repaired = [...tables, ...histories.map(historyName)];
    return { ...(await verify(context, again)), repaired };
  };
}

/** The tables that differ, and those that the difference may come from; parents before children. */
function tablesToRepair(
  { found, tables: differing }: Verification,
  { configured, states }: RunContext,
): readonly string[] {
  const tables = new Set(Object.keys(differing));
  for (const { kind, cause, table, column } of found) {
    if (cause !== 'differs') continue;
    if (kind === 'balance') tables.add('invoice_payments');
    if (kind === 'report') tables.add(table.startsWith('time_') ? 'time_entries' : 'expenses');
    if (kind === 'orphan') tables.add(POINTED_AT[column ?? ''] ?? table);
  }
  return [...configured.keys()].filter((name) => tables.has(name) && states.cursor(name) !== null);
}

/** The streams whose history differs, or whose rows are put right. */
function historiesToRepair(
  { found }: Verification,
  tables: readonly string[],
  { histories }: RunContext,
): readonly string[] {
  const wrong = new Set(found.filter(({ kind }) => kind === 'history').map(({ table }) => table));
  return [...histories].filter((name) => wrong.has(historyName(name)) || tables.includes(name));
}

const POINTED_AT: Readonly<Record<string, string>> = {
  client_id: 'clients',
  project_id: 'projects',
  task_id: 'tasks',
  user_id: 'users',
  expense_category_id: 'expense_categories',
  invoice_id: 'invoices',
  estimate_id: 'estimates',
};

/** One table after the other; what fails does not keep the others from being put right. */
async function repairAll(
  before: Verification,
  tables: readonly string[],
  context: RunContext,
): Promise<void> {
  let failure: ConnectorError | null = null;
  for (const name of tables) {
    const chosen = context.configured.get(name);
    if (chosen === undefined) continue;
    try {
      const history = historyOfStream(chosen, context);
      await context.warehouse.ensure([chosen.table, ...(history === null ? [] : [history])], []);
      await repairStream(chosen, before, context);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind === 'interrupted') throw error;
      failure ??= error.of(name);
    }
  }
  await applyRenames(context, new Set());
  if (failure !== null) throw failure;
}

/** Reads the windows again. A row that one of them misses may stand in another: they go together, at the end. */
async function repairStream(chosen: ChosenStream, before: Verification, context: RunContext): Promise<void> {
  // what is newer in the table than in Harvest was put there by hand
  const { newestBy: _, ...table } = chosen.table;
  const timeless = { ...chosen, table };
  const suspects: Suspects = new Map();
  for await (const window of await windowsToRepair(chosen, before, context)) {
    await syncWindow(asWindow(window, suspects, chosen, context), timeless, context);
  }
  if (suspects.size > 0 && chosen.stream.dated !== undefined) {
    // one that was given another date meanwhile may have been in none of them
    const since = earlier(context.startedAt, context.config.sync.overlapMs);
    for (const key of await readChanged(since, 'sweep', timeless, context)) suspects.delete(key);
  }
  if (suspects.size === 0) return;
  await assertStillSees(context);
  const notes = (known: ListNotes, gone: number): ListNotes => apartBy(known, gone, context);
  await letGo([...suspects.values()], { how: 'sweep', notes }, timeless, context);
}

/** Keys of rows that a window missed and none has brought. */
type Suspects = Map<string, readonly string[]>;

/** Everything, or the months that differ where that is known. */
async function windowsToRepair(
  chosen: ChosenStream,
  { found, tables }: Verification,
  context: RunContext,
): Promise<AsyncIterable<FullWindow> | Iterable<FullWindow>> {
  const { stream } = chosen;
  const own = found.filter(({ table, cause }) => table === stream.name && cause === 'differs');
  const placed = own.filter(({ kind }) => kind !== 'count');
  const months = [...new Set(placed.map(({ month }) => month ?? ''))];
  const isKnown =
    placed.length > 0 && own.length === tables[stream.name] && months.every((month) => month.length === 7);
  if (isKnown && stream.sync === 'report') return monthWindows(chosen, months, context);
  if (isKnown && stream.dated !== undefined && stream.undated !== true)
    return datedWindows(chosen, months, context);
  return windowsOf(chosen, context);
}

/** A window as the engine takes it: the checkpoint stays where it is. */
function asWindow(
  { label, rows, read }: FullWindow,
  suspects: Suspects,
  { stream }: ChosenStream,
  context: RunContext,
): Window {
  const { states, deletionsOff } = context;
  const isNoted = stream.sync !== 'report' && stream.primary_key.includes('id');
  const readAndClear = async (intake: Intake): Promise<boolean> => {
    if (!(await read(intake))) return false;
    for (const key of intake.keys) suspects.delete(key);
    return true;
  };
  const onMissing = (keys: readonly (readonly string[])[]): void => {
    for (const key of keys) suspects.set(key.join('|'), key);
  };
  return {
    mode: 'sweep',
    label,
    read: readAndClear,
    // a token that sees less than before cannot tell what is gone
    scope: deletionsOff !== null && isNoted ? { kind: 'merge' } : rows,
    how: isNoted ? 'moved' : null,
    ...(isNoted ? { onMissing } : {}),
    checkpoint: () => ({ cursor: states.cursor(stream.name), notes: states.listNotes(stream.name) }),
  };
}
