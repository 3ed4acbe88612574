import { ConnectorError } from '../../errors.ts';
import type { LoadResult } from '../warehouse.ts';
import type { Session } from './client.ts';
import { countPresent, dropGone, noteGone } from './gone-sql.ts';
import { keepVersions } from './history.ts';
import type { HistoryShape } from './history-sql.ts';
import { createChanged, insertRows, updateRows, type Stamp } from './load-sql.ts';
import { replaceRows } from './replace.ts';
import { noteRestated } from './restate-sql.ts';
import { compareAgain, type Comparison, type StagedLoad } from './staging.ts';

/** A refresh may always remove this many rows. */
const FREE_REMOVALS = 100;

/**
 * Rows are updated in place up to this many values, and replaced beyond: in place they stay in memory until the end
 * of the transaction and after it, replaced they go to the disk, but leave holes in the file.
 */
const VALUES_IN_PLACE = 2_000_000;

/**
 * Writes one load within the transaction of its commit; compares it with the table again if it `isOutdated`.
 * @throws ConnectorError REFRESH_SHRINKS
 */
export async function writeLoad(
  session: Session,
  staged: StagedLoad,
  stamp: Stamp,
  isOutdated: boolean,
  history: HistoryShape | null,
): Promise<{ readonly result: LoadResult; readonly valuesInPlace: number }> {
  const { load, shape, duplicates } = staged;
  const comparison = isOutdated ? await compareAgain(session, staged) : staged.comparison;
  await refuseShrinking(session, staged, comparison);
  const { inserted, updated, unchanged, goneByScope, goneByRemoval } = comparison;
  let deleted = 0;
  if (load.restated !== undefined && inserted + updated + goneByScope + goneByRemoval > 0)
    await session.run(noteRestated(shape, load.restated, goneByScope + goneByRemoval > 0, stamp));
  // What is gone goes first: a row that changes its place within the commit must not meet its old self.
  if (goneByScope + goneByRemoval > 0) {
    if (load.how !== null || goneByRemoval > 0) await session.run(noteGone(shape, load.how, stamp));
    deleted = await session.run(dropGone(shape, stamp));
  }
  const values = updated * shape.columns.length;
  const isReplaced = values > VALUES_IN_PLACE || shape.columns.some(({ isList }) => isList);
  if (updated > 0 && isReplaced) await replaceChanged(session, staged, stamp);
  if (updated > 0 && !isReplaced) await session.run(updateRows(shape, stamp));
  if (inserted > 0) await session.run(insertRows(shape, stamp));
  const ended = history === null ? 0 : await keepVersions(session, staged, comparison, history, stamp);
  const result = { table: load.table.name, inserted, updated, unchanged, duplicates, deleted };
  return { result, valuesInPlace: (isReplaced ? 0 : values) + ended };
}

async function replaceChanged(session: Session, { shape, live }: StagedLoad, stamp: Stamp): Promise<void> {
  const columns = live.columns.map(({ name }) => name);
  const replacement = { table: shape.table, key: shape.key, columns, next: `next_of_${shape.staged}` };
  await replaceRows(session, replacement, createChanged(shape, replacement, stamp));
}

async function refuseShrinking(
  session: Session,
  { load, shape }: StagedLoad,
  { goneByScope }: Comparison,
): Promise<void> {
  if (load.scope.kind !== 'all' || load.scope.allowShrink) return;
  if (load.deletes === 'keep' || load.missing === 'tell') return;
  if (goneByScope <= FREE_REMOVALS) return;
  const present = Number((await session.read(countPresent(shape))).rows[0]?.[0]);
  if (goneByScope * 2 <= present) return;
  const table = load.table.name;
  const message = `The refresh would remove ${goneByScope} of ${present} rows of ${table}`;
  throw new ConnectorError('REFRESH_SHRINKS', message, {
    details: { table, rows: present, removed: goneByScope },
  });
}
