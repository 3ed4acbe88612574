import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { findColumn, renameInHistory } from '../own-columns.ts';
import type { Commit, Rename } from '../warehouse.ts';
import { loadRows } from './append.ts';
import type { LiveTable } from './columns.ts';
import { noteGone } from './gone-sql.ts';
import { repairStatements, versionStatements } from './history.ts';
import {
  appendStates,
  CHECKPOINT_MOVED,
  countDrift,
  insertStaged,
  transaction,
  writeStates,
} from './housekeeping-sql.ts';
import { readResult } from './live.ts';
import { addRows, mergeRows } from './load-sql.ts';
import type { Place } from './place.ts';
import { renameColumn, renameInList } from './rename-sql.ts';
import { noteRestated } from './restate-sql.ts';
import type { Stamp, Statement, TableRef } from './sql.ts';
import type { StagedLoad } from './staging.ts';
import { findConflict, isOurs, loadStates, refuseConflict } from './state.ts';
import { NEVER } from './never.ts';

/** A commit whose loads are compared with their tables as they are now. */
export interface ReadyCommit {
  readonly commit: Commit;
  readonly loads: readonly StagedLoad[];
  readonly live: (table: string) => Promise<LiveTable>;
}

/**
 * Writes a commit in one transaction, sent as one script: fence, what is gone, rows, their versions, rejects, drift, names. Answers
 * how many rows got a new name. On any error nothing is written.
 * @throws ConnectorError STATE_CONFLICT, BIGQUERY_*
 */
export async function writeCommit(ready: ReadyCommit, place: Place): Promise<number> {
  const { commit, loads } = ready;
  const stamp: Stamp = { at: commit.committedAt, run: commit.runId };
  const renames = await renameStatements(ready, commit.renames, stamp, place);
  const rows = loads.flatMap((load) => [...restatements(load, stamp, place), ...loadStatements(load, stamp)]);
  const versions = (
    await Promise.all(loads.map((load) => versionStatements(load, ready.live, stamp, place)))
  ).flat();
  const after = [
    ...(await renameStatements(ready, commit.renames.map(renameInHistory), stamp, place)),
    ...(await repairStatements(commit.histories ?? [], ready.live, stamp, place)),
  ];
  const isBare =
    rows.length + renames.length + after.length + commit.rejects.length + commit.drift.length === 0;
  if (isBare) {
    await writeBareStates(commit, stamp, place);
    return 0;
  }
  const rejects = commit.rejects.length === 0 ? null : await stageRejects(commit, place);
  try {
    const statements = [
      ...(commit.states.length === 0 ? [] : [writeStates(commit.states, stateTable(place), stamp)]),
      ...rows,
      ...versions,
      ...(rejects === null
        ? []
        : [insertStaged(place.table(HOUSEKEEPING.rejects.name), rejects, REJECT_COLUMNS)]),
      ...(commit.drift.length === 0
        ? []
        : [countDrift(commit.drift, place.table(HOUSEKEEPING.schemaDrift.name), stamp)]),
    ];
    const script = transaction(statements, renames, after);
    const id = await send(script, commit, stamp, place);
    return renames.length === 0 || id === null ? 0 : await renamedRows(id, commit, place);
  } finally {
    if (rejects !== null) await place.drop(rejects);
  }
}

const REJECT_COLUMNS = HOUSEKEEPING.rejects.columns.map(({ name }) => name);

/** Sends the script; answers its job, or null where an earlier attempt turned out to have been committed. */
async function send(
  statement: Statement,
  commit: Commit,
  stamp: Stamp,
  place: Place,
): Promise<string | null> {
  try {
    const order = { kind: 'commit', stream: commit.stream, statement, isAbortable: false } as const;
    return (await place.jobs.query(order)).id;
  } catch (error) {
    if (!(error instanceof ConnectorError) || !error.message.includes(CHECKPOINT_MOVED)) throw error;
    const { states } = await loadStates(place);
    if (isOurs(commit.states, states, stamp)) return null;
    const conflict = findConflict(commit.states, states);
    if (conflict === null) throw error;
    return refuseConflict(conflict);
  }
}

/**
 * Checkpoints alone: looked at for nothing, then appended by a statement that reads nothing. Should another run have
 * slipped in between, two checkpoints have one version, and the older cursor counts.
 */
async function writeBareStates(commit: Commit, stamp: Stamp, place: Place): Promise<void> {
  if (commit.states.length === 0) return;
  const { states } = await loadStates(place);
  const conflict = findConflict(commit.states, states);
  if (conflict !== null) refuseConflict(conflict);
  const statement = appendStates(commit.states, stateTable(place), stamp);
  await place.jobs.query({ kind: 'commit', stream: commit.stream, statement, isAbortable: false });
}

/** Notes what a load changes in report months that were read before; nothing where it changes nothing. */
function restatements(
  { load: { restated }, shape, comparison }: StagedLoad,
  stamp: Stamp,
  place: Place,
): readonly Statement[] {
  const { inserted, updated, goneByScope, goneByRemoval } = comparison;
  if (restated === undefined || inserted + updated + goneByScope + goneByRemoval === 0) return [];
  return [noteRestated(shape, comparison, restated, place.table(HOUSEKEEPING.restatements.name), stamp)];
}

/** The statements that write one load; none where it changes nothing. */
function loadStatements({ load, shape, comparison }: StagedLoad, stamp: Stamp): readonly Statement[] {
  const { from, insertedAs, inserted, updated, goneByScope, goneByRemoval, bounds } = comparison;
  const isNoted = goneByRemoval > 0 || (goneByScope > 0 && load.how !== null);
  const leaves = goneByRemoval > 0 || (goneByScope > 0 && load.deletes !== 'keep');
  const statements: Statement[] = [];
  if (isNoted) statements.push(noteGone(shape, from, load.how, stamp));
  if (updated > 0 || leaves) statements.push(mergeRows(shape, from, bounds, stamp));
  else if (inserted > 0) statements.push(addRows(shape, from, insertedAs, bounds, stamp));
  return statements;
}

/** Statements for renames, in the order of the commit's, whose names they share; null: there is nothing to rename. */
async function renameStatements(
  { live }: ReadyCommit,
  renames: readonly (Rename | null)[],
  stamp: Stamp,
  place: Place,
): Promise<readonly Statement[]> {
  const statements = await Promise.all(
    renames.map(async (rename, at) =>
      rename === null || rename.names.size === 0
        ? []
        : [renameStatement(rename, await live(rename.table.name), `names_${at}`, stamp, place)],
    ),
  );
  return statements.flat();
}

function renameStatement(
  rename: Rename,
  live: LiveTable,
  names: string,
  stamp: Stamp,
  place: Place,
): Statement {
  const at = { table: place.table(live.name), deletions: place.table(HOUSEKEEPING.deletions.name), names };
  if (rename.list === null) return renameColumn(rename, at, stamp);
  const list = findColumn(live.fields, rename.list);
  if (list?.fields === undefined)
    throw new ConnectorError('INTERNAL', `${live.name} has no list ${rename.list}`);
  return renameInList(rename, list.name, list.fields, at, stamp);
}

async function stageRejects({ rejects, stream, runId }: Commit, place: Place): Promise<TableRef> {
  const into = place.staged('rejects', [runId, stream, rejects.length]);
  await loadRows(rejects, { table: HOUSEKEEPING.rejects, into, disposition: 'replace', stream }, place);
  await place.letExpire(into);
  return into;
}

/** What is committed is committed: where the count cannot be read, each name stands for a row. */
async function renamedRows(job: string, { renames }: Commit, place: Place): Promise<number> {
  const { client, defaults } = place.jobs;
  try {
    const { rows } = await readResult(client, job, defaults.location, NEVER);
    return Number(rows[0]?.[0] ?? 0);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    return renames.reduce((sum, { names }) => sum + names.size, 0);
  }
}

function stateTable(place: Place): TableRef {
  return place.table(HOUSEKEEPING.syncState.name);
}
