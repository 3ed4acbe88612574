import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import type { Commit, CommitResult, LoadResult, Rename } from '../warehouse.ts';
import type { Session } from './client.ts';
import { findColumn, liveSqlType, type LiveTable } from './columns.ts';
import { countPresent, dropGone, noteGone } from './gone-sql.ts';
import { appendRows, countDrift } from './housekeeping-sql.ts';
import { INSERT, UPDATE, dropChanged, insertRows, updateRows, type Stamp } from './load-sql.ts';
import { renameRows } from './rename-sql.ts';
import { compareAgain, type StagedLoad } from './staging.ts';
import { saveStates } from './state.ts';

/** A refresh may always remove this many rows. */
const FREE_REMOVALS = 100;

/** The name, `_synced_at` and `_run_id`. */
const VALUES_PER_RENAME = 3;

/**
 * Rows are updated in place up to this many values, and replaced beyond: in place they stay in memory until the end
 * of the transaction and after it, replaced they go to the disk, but leave holes in the file.
 */
const VALUES_IN_PLACE = 2_000_000;

/** How often each table was written through this connection; tells whether a comparison still holds. */
export interface Generations {
  of(table: string): number;
  wrote(table: string): void;
}

/** A commit that is done, and how many values it updated in place. */
export interface Committed {
  readonly result: CommitResult;
  readonly updatedValues: number;
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
): Promise<Committed> {
  const stamp = { at: commit.committedAt, run: commit.runId };
  return session.transaction(async () => {
    await saveStates(session, commit.states, stamp);
    const results: LoadResult[] = [];
    for (const [at, staged] of loads.entries()) {
      const isOutdated =
        staged.generation !== generations.of(staged.shape.table) ||
        loads.slice(0, at).some((other) => overlap(other, staged));
      results.push(await writeLoad(session, staged, stamp, isOutdated));
    }
    for (const { shape } of loads) generations.wrote(shape.table);
    for (const statement of appendRows(HOUSEKEEPING.rejects, commit.rejects)) await session.run(statement);
    for (const statement of countDrift(commit.drift, commit.committedAt)) await session.run(statement);
    let renamed = 0;
    let updatedValues = 0;
    for (const { shape, comparison } of loads) updatedValues += comparison.updated * shape.columns.length;
    for (const rename of commit.renames) {
      if (rename.names.size === 0) continue;
      const idType = idTypeOf(rename, await live(rename.table.name));
      generations.wrote(rename.table.name);
      renamed += await session.run(renameRows(rename, idType, stamp));
    }
    updatedValues += renamed * VALUES_PER_RENAME;
    return { result: { loads: results, renamed, bytesBilled: 0 }, updatedValues };
  });
}

async function writeLoad(
  session: Session,
  staged: StagedLoad,
  stamp: Stamp,
  isOutdated: boolean,
): Promise<LoadResult> {
  const { load, shape } = staged;
  if (isOutdated) await compareAgain(session, staged);
  await refuseShrinking(session, staged);
  const { inserted, updated, unchanged, goneByScope, goneByRemoval } = staged.comparison;
  const result = { table: load.table.name, inserted, updated, unchanged, duplicates: staged.duplicates };
  let deleted = 0;
  // What is gone goes first: a row that changes its place within the commit must not meet its old self.
  if (goneByScope + goneByRemoval > 0) {
    if (load.how !== null || goneByRemoval > 0) await session.run(noteGone(shape, load.how, stamp));
    deleted = await session.run(dropGone(shape, stamp));
  }
  if (updated * shape.columns.length > VALUES_IN_PLACE && holdsAllColumns(staged)) {
    await session.run(dropChanged(shape));
    await session.run(insertRows(shape, stamp, [INSERT, UPDATE]));
  } else {
    if (updated > 0) await session.run(updateRows(shape, stamp));
    if (inserted > 0) await session.run(insertRows(shape, stamp, [INSERT]));
  }
  return { ...result, deleted };
}

/**
 * Whether two loads of one commit may touch the same rows, so that the later one has to look again. Months of one
 * report do not: the scope's column is part of the key.
 */
function overlap(a: StagedLoad, b: StagedLoad): boolean {
  if (a.shape.table !== b.shape.table) return false;
  const [one, other] = [a.load, b.load];
  if (one.scope.kind !== 'where' || other.scope.kind !== 'where') return true;
  if (one.removals.length + other.removals.length > 0 || one.scope.column !== other.scope.column) return true;
  const values = new Set(one.scope.values);
  return !a.shape.key.includes(one.scope.column) || other.scope.values.some((value) => values.has(value));
}

/** Whether the table has no column that a replaced row would lose: one of its reader's, or one no longer selected. */
function holdsAllColumns({ shape, live }: StagedLoad): boolean {
  return live.columns.every(
    ({ name }) => findColumn([...shape.columns, ...META_COLUMNS], name) !== undefined,
  );
}

const META_COLUMNS = ['_synced_at', '_run_id', '_deleted_at'].map((name) => ({ name }));

async function refuseShrinking(
  session: Session,
  { load, shape, comparison: { goneByScope } }: StagedLoad,
): Promise<void> {
  if (load.scope.kind !== 'all' || load.scope.allowShrink || load.deletes === 'keep') return;
  if (goneByScope <= FREE_REMOVALS) return;
  const present = Number((await session.read(countPresent(shape))).rows[0]?.[0]);
  if (goneByScope * 2 <= present) return;
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
