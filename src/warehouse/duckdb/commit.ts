import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import type { Commit, CommitResult, LoadResult, Rename } from '../warehouse.ts';
import type { Session } from './client.ts';
import { findColumn, liveSqlType, type LiveTable } from './columns.ts';
import { dropGone, noteGone } from './gone-sql.ts';
import { appendRows, countDrift } from './housekeeping-sql.ts';
import { insertRows, updateRows, type Stamp } from './load-sql.ts';
import { renameRows } from './rename-sql.ts';
import { compareAgain, hasGone, type StagedLoad } from './staging.ts';
import { saveStates } from './state.ts';

/** A refresh may always remove this many rows. */
const FREE_REMOVALS = 100;

/** How often each table was written through this connection; tells whether a comparison still holds. */
export interface Generations {
  of(table: string): number;
  wrote(table: string): void;
}

/**
 * Writes a commit in one transaction: fence, rows, what is gone, rejects, drift, names. On any error nothing is
 * written.
 * @throws ConnectorError STATE_CONFLICT, REFRESH_SHRINKS
 */
export function writeCommit(
  session: Session,
  commit: Commit,
  loads: readonly StagedLoad[],
  live: (table: string) => Promise<LiveTable>,
  generations: Generations,
): Promise<CommitResult> {
  const stamp = { at: commit.committedAt, run: commit.runId };
  return session.transaction(async () => {
    await saveStates(session, commit.states, stamp);
    const results: LoadResult[] = [];
    for (const staged of loads) results.push(await writeLoad(session, staged, stamp, generations));
    for (const statement of appendRows(HOUSEKEEPING.rejects, commit.rejects)) await session.run(statement);
    for (const statement of countDrift(commit.drift, commit.committedAt)) await session.run(statement);
    let renamed = 0;
    for (const rename of commit.renames) {
      if (rename.names.size === 0) continue;
      const idType = idTypeOf(rename, await live(rename.table.name));
      generations.wrote(rename.table.name);
      renamed += await session.run(renameRows(rename, idType, stamp));
    }
    return { loads: results, renamed, bytesBilled: 0 };
  });
}

async function writeLoad(
  session: Session,
  staged: StagedLoad,
  stamp: Stamp,
  generations: Generations,
): Promise<LoadResult> {
  const { load, shape } = staged;
  if (staged.generation !== generations.of(shape.table)) {
    await compareAgain(session, staged);
    staged.generation = generations.of(shape.table);
  }
  refuseShrinking(staged);
  const { inserted, updated, unchanged } = staged.comparison;
  const result = { table: load.table.name, inserted, updated, unchanged, duplicates: staged.duplicates };
  let deleted = 0;
  // Removals come first: a row that changes its key's holder within the load must not meet its old self.
  if (hasGone(load)) {
    if (load.how !== null || load.removals.length > 0) await session.run(noteGone(shape, load.how, stamp));
    deleted = await session.run(dropGone(shape, stamp));
  }
  if (updated > 0) await session.run(updateRows(shape, stamp));
  if (inserted > 0) await session.run(insertRows(shape, stamp));
  if (inserted + updated + deleted > 0) generations.wrote(shape.table);
  return { ...result, deleted };
}

function refuseShrinking({ load, comparison: { goneByScope, present } }: StagedLoad): void {
  if (load.scope.kind !== 'all' || load.scope.allowShrink || load.deletes === 'keep') return;
  if (goneByScope <= FREE_REMOVALS || goneByScope * 2 <= present) return;
  const table = load.table.name;
  throw new ConnectorError(
    'REFRESH_SHRINKS',
    `The refresh would remove ${goneByScope} of ${present} rows of ${table}`,
    {
      details: { table, rows: present, removed: goneByScope },
    },
  );
}

function idTypeOf({ table, list, idColumn }: Rename, live: LiveTable): string {
  if (list !== null) return 'VARCHAR';
  const column = findColumn(live.columns, idColumn);
  if (column === undefined) throw new ConnectorError('INTERNAL', `${table.name} has no column ${idColumn}`);
  return liveSqlType(column.type);
}
