/** Keeps the versions of rows, within the transaction that writes the rows. */
import { versionedColumns } from '../../catalog/history.ts';
import { ConnectorError } from '../../errors.ts';
import type { HistoryRepair } from '../history-repair.ts';
import { findColumn } from '../own-columns.ts';
import type { Table } from '../table.ts';
import type { Session } from './client.ts';
import { liveSqlType, sqlType, type LiveTable } from './columns.ts';
import {
  closeChanged,
  closeGone,
  closeOthers,
  openChanged,
  openMissing,
  type HistoryShape,
  type VersionedColumn,
} from './history-sql.ts';
import type { Stamp } from './load-sql.ts';
import type { Comparison, StagedLoad } from './staging.ts';

/** The end of a version, and whether the row was gone then. */
const VALUES_PER_END = 2;

/** A history as it stands in the file. */
export function historyShape(history: Table, key: readonly string[], live: LiveTable): HistoryShape {
  const columns = versionedColumns(history).map((column): VersionedColumn => {
    const found = findColumn(live.columns, column.name);
    if (found === undefined)
      throw new ConnectorError('INTERNAL', `${history.name}.${column.name} was not ensured`);
    return { name: column.name, type: sqlType(column), versionType: liveSqlType(found.type) };
  });
  return { table: live.name, key, columns };
}

/** Keeps the versions of the rows that a load changes, and tells how many values it updated in place. */
export async function keepVersions(
  session: Session,
  { shape }: StagedLoad,
  { inserted, updated, goneByScope, goneByRemoval }: Comparison,
  history: HistoryShape,
  stamp: Stamp,
): Promise<number> {
  let ended = 0;
  if (goneByScope + goneByRemoval > 0) ended += await session.run(closeGone(history, shape, stamp));
  if (inserted + updated > 0) {
    ended += await session.run(closeChanged(history, shape, stamp));
    await session.run(openChanged(history, shape, stamp));
  }
  return ended * VALUES_PER_END;
}

/** Brings a history to the rows of its table, and tells how many values it updated in place. */
export async function repairHistory(
  session: Session,
  { table, history, deletes }: HistoryRepair,
  live: (table: string) => Promise<LiveTable>,
  stamp: Stamp,
): Promise<number> {
  const { name, columns } = await live(table.name);
  const hasMark = findColumn(columns, '_deleted_at') !== undefined;
  const of = {
    rows: { table: name, key: table.primaryKey, hasMark, deletes },
    history: historyShape(history, table.primaryKey, await live(history.name)),
  };
  const ended = await session.run(closeOthers(of, stamp));
  await session.run(openMissing(of, stamp));
  return ended * VALUES_PER_END;
}
