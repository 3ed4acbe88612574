import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { renameInHistory } from '../own-columns.ts';
import type { Commit, CommitResult, LoadResult } from '../warehouse.ts';
import type { Session } from './client.ts';
import type { LiveTable } from './columns.ts';
import { appendRows, countDrift } from './housekeeping-sql.ts';
import { historyShape, repairHistory } from './history.ts';
import { applyRename } from './rename.ts';
import type { StagedLoad } from './staging.ts';
import { saveStates } from './state.ts';
import { writeLoad } from './write-load.ts';

/** How often each table was written through this connection; tells whether a comparison still holds. */
export interface Generations {
  of(table: string): number;
  wrote(table: string): void;
}

/** A commit that is done, and how many values it updated in place. */
export interface Committed {
  readonly result: CommitResult;
  readonly valuesInPlace: number;
}

/**
 * Writes a commit in one transaction: fence, rows, their versions, what is gone, rejects, drift, names. On any error nothing is
 * written.
 * @throws ConnectorError STATE_CONFLICT, REFRESH_SHRINKS, INTERNAL where a table has two loads
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
    assertOnePerTable(loads);
    await saveStates(session, commit.states, stamp);
    const results: LoadResult[] = [];
    let valuesInPlace = 0;
    for (const staged of loads) {
      const isOutdated = staged.generation !== generations.of(staged.shape.table);
      const { table, history } = staged.load;
      const versions =
        history === null ? null : historyShape(history, table.primaryKey, await live(history.name));
      const written = await writeLoad(session, staged, stamp, isOutdated, versions);
      results.push(written.result);
      valuesInPlace += written.valuesInPlace;
    }
    for (const { shape } of loads) generations.wrote(shape.table);
    for (const statement of appendRows(HOUSEKEEPING.rejects, commit.rejects)) await session.run(statement);
    for (const statement of countDrift(commit.drift, commit.committedAt)) await session.run(statement);
    let renamed = 0;
    for (const rename of commit.renames.filter(({ names }) => names.size > 0)) {
      generations.wrote(rename.table.name);
      const written = await applyRename(session, rename, await live(rename.table.name), stamp);
      renamed += written.rows;
      valuesInPlace += written.valuesInPlace;
      const inHistory = renameInHistory(rename);
      if (inHistory === null) continue;
      const versions = await live(inHistory.table.name);
      valuesInPlace += (await applyRename(session, inHistory, versions, stamp)).valuesInPlace;
    }
    for (const repair of commit.histories ?? []) {
      valuesInPlace += await repairHistory(session, repair, live, stamp);
    }
    return { result: { loads: results, renamed }, valuesInPlace };
  });
}

/** Loads of one table would each have been compared without the other. */
function assertOnePerTable(loads: readonly StagedLoad[]): void {
  const tables = new Set<string>();
  for (const { shape } of loads) {
    if (tables.has(shape.table)) {
      throw new ConnectorError('INTERNAL', `A commit has two loads for ${shape.table}`);
    }
    tables.add(shape.table);
  }
}
