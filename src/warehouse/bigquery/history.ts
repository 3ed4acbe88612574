/** Keeps the versions of rows, by statements of the transaction that writes the rows. */
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { BUDGET_HISTORY } from '../../catalog/tables.ts';
import { versionedColumns } from '../../catalog/history.ts';
import { ConnectorError } from '../../errors.ts';
import type { HistoryRepair } from '../history-repair.ts';
import { findColumn } from '../own-columns.ts';
import type { TableColumn } from '../table.ts';
import type { LiveTable } from './columns.ts';
import {
  closeChanged,
  closeOthers,
  openChanged,
  openMissing,
  pruneVersions,
  type HistoryOf,
  type HistoryShape,
  type VersionedColumn,
} from './history-sql.ts';
import { pruneNotes } from './housekeeping-sql.ts';
import { readLiveTable } from './live.ts';
import type { Place } from './place.ts';
import type { Stamp, Statement } from './sql.ts';
import type { StagedLoad } from './staging.ts';

/** A history as it stands in the dataset, beside the table of its rows. */
export function historyShape(
  columns: readonly TableColumn[],
  key: readonly string[],
  rows: LiveTable,
  versions: LiveTable,
  place: Place,
): HistoryShape {
  const shaped = columns.map((column): VersionedColumn => {
    const row = findColumn(rows.fields, column.name);
    const version = findColumn(versions.fields, column.name);
    if (row === undefined || version === undefined)
      throw new ConnectorError('INTERNAL', `${versions.name}.${column.name} was not ensured`);
    return { name: column.name, row, version, fields: (column.fields ?? []).map(({ name }) => name) };
  });
  return { table: place.table(versions.name), key, columns: shaped };
}

/** The statements that keep the versions of the rows that a load changes; none where it changes nothing. */
export async function versionStatements(
  { load, comparison }: StagedLoad,
  live: (table: string) => Promise<LiveTable>,
  stamp: Stamp,
  place: Place,
): Promise<readonly Statement[]> {
  const { table, history } = load;
  const { inserted, updated, goneByScope, goneByRemoval } = comparison;
  if (history === null || inserted + updated + goneByScope + goneByRemoval === 0) return [];
  const [rows, versions] = [await live(table.name), await live(history.name)];
  const shape = historyShape(versionedColumns(history), table.primaryKey, rows, versions, place);
  const close = closeChanged(shape, comparison, stamp);
  return inserted + updated === 0 ? [close] : [close, openChanged(shape, comparison, stamp)];
}

/** The statements that bring histories to the rows of their tables. */
export async function repairStatements(
  repairs: readonly HistoryRepair[],
  live: (table: string) => Promise<LiveTable>,
  stamp: Stamp,
  place: Place,
): Promise<readonly Statement[]> {
  const all = repairs.map(async ({ table, history, deletes }) => {
    const [rows, versions] = [await live(table.name), await live(history.name)];
    const shape = historyShape(versionedColumns(history), table.primaryKey, rows, versions, place);
    const of = historyOf(shape, rows, deletes, place);
    return [closeOthers(of, stamp), openMissing(of, stamp)];
  });
  return (await Promise.all(all)).flat();
}

/** A history with what says which of the rows beside it are there. */
export function historyOf(
  history: HistoryShape,
  rows: LiveTable,
  deletes: HistoryRepair['deletes'],
  place: Place,
): HistoryOf {
  const table = place.table(rows.name);
  const deletions = place.table(HOUSEKEEPING.deletions.name);
  const hasMark = findColumn(rows.fields, '_deleted_at') !== undefined;
  return { history, rows: { table, deletions, key: history.key, hasMark, deletes } };
}

/** Forgets versions that had ended before an instant, and tells how many; none where the table is missing. */
export async function pruneHistory(table: string, before: string, place: Place): Promise<number> {
  const ref = place.table(table);
  const found = await readLiveTable(place.jobs.client, ref, place.signal);
  if (found === null || found.rows === 0) return 0;
  const asked = place.nameOf(['prune', table, before]);
  const statement =
    table.startsWith('_') || table === BUDGET_HISTORY
      ? pruneNotes(ref, before, asked)
      : pruneVersions(ref, before, asked);
  await place.jobs.query({ kind: 'commit', stream: null, statement, isAbortable: false });
  const left = await readLiveTable(place.jobs.client, ref, place.signal);
  return found.rows - (left?.rows ?? 0);
}
