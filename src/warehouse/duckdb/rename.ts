import { ConnectorError } from '../../errors.ts';
import type { Rename } from '../warehouse.ts';
import type { Session } from './client.ts';
import { liveSqlType, type LiveTable } from './columns.ts';
import { findColumn } from '../own-columns.ts';
import type { Stamp } from './load-sql.ts';
import { createRenamed, renameColumn } from './rename-sql.ts';
import { replaceRows } from './replace.ts';

/** The name, `_synced_at` and `_run_id`. */
const VALUES_PER_RENAME = 3;

/** Gives references their new names within the transaction of a commit, and tells how many rows that touched. */
export async function applyRename(
  session: Session,
  rename: Rename,
  live: LiveTable,
  stamp: Stamp,
): Promise<{ readonly rows: number; readonly valuesInPlace: number }> {
  if (rename.list === null) {
    const id = findColumn(live.columns, rename.idColumn);
    if (id === undefined)
      throw new ConnectorError('INTERNAL', `${live.name} has no column ${rename.idColumn}`);
    const rows = await session.run(renameColumn(rename, liveSqlType(id.type), stamp));
    return { rows, valuesInPlace: rows * VALUES_PER_RENAME };
  }
  const columns = live.columns.map(({ name }) => name);
  const replacement = { table: live.name, key: rename.table.primaryKey, columns, next: 'next_of_rename' };
  const create = createRenamed(rename, rename.list, replacement, stamp);
  const rows = await replaceRows(session, replacement, create);
  return { rows, valuesInPlace: 0 };
}
