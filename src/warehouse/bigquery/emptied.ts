import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { refuseKeys, sortColumns, tablesOfStream } from '../emptied-columns.ts';
import type { Emptied, Emptying } from '../warehouse.ts';
import { countingTransaction, dropRestated, emptyColumnsOf, emptyRejects } from './emptied-sql.ts';
import { CHECKPOINT_MOVED, writeStates } from './housekeeping-sql.ts';
import { readLiveTable, readResult } from './live.ts';
import { NEVER } from './never.ts';
import type { Place } from './place.ts';
import type { Stamp, Statement } from './sql.ts';
import { findConflict, isOurs, loadStates, refuseConflict } from './state.ts';

/** A statement with the table that it changes. */
interface Change {
  readonly table: string;
  readonly statement: Statement;
}

/** Empties columns of streams in one transaction with the checkpoints. @throws ConnectorError STATE_CONFLICT, BIGQUERY_* */
export async function emptyColumns(emptying: Emptying, place: Place): Promise<ReadonlyMap<string, number>> {
  const stamp: Stamp = { at: emptying.committedAt, run: emptying.runId };
  const found = await Promise.all(
    emptying.streams.map((emptied, number) => changesOf(emptied, number, stamp, place)),
  );
  const changes = found.flat();
  const { states } = emptying;
  const fence =
    states.length === 0 ? [] : [writeStates(states, place.table(HOUSEKEEPING.syncState.name), stamp)];
  const statement = countingTransaction(
    fence,
    changes.map((each) => each.statement),
  );
  const job = await send(statement, emptying, stamp, place);
  const touched = new Map<string, number>();
  if (job === null) return touched;
  const { client, defaults } = place.jobs;
  const { rows } = await readResult(client, job, defaults.location, NEVER);
  for (const [at, count] of rows) {
    const table = changes[Number(at)]?.table ?? '';
    if (Number(count) > 0) touched.set(table, (touched.get(table) ?? 0) + Number(count));
  }
  return touched;
}

/** Sends the script; answers its job, or null where an earlier attempt turned out to have been committed. */
async function send(
  statement: Statement,
  { states }: Emptying,
  stamp: Stamp,
  place: Place,
): Promise<string | null> {
  try {
    const order = { kind: 'commit', stream: null, statement, isAbortable: false, once: stamp.at } as const;
    return (await place.jobs.query(order)).id;
  } catch (error) {
    if (!(error instanceof ConnectorError) || !error.message.includes(CHECKPOINT_MOVED)) throw error;
    const stored = await loadStates(place);
    if (isOurs(states, stored.states, stamp)) return null;
    const conflict = findConflict(states, stored.states);
    if (conflict === null) throw error;
    return refuseConflict(conflict);
  }
}

async function changesOf(
  { stream, columns }: Emptied,
  number: number,
  stamp: Stamp,
  place: Place,
): Promise<readonly Change[]> {
  const sorted = sortColumns(columns);
  const changes: Change[] = [];
  for (const table of tablesOfStream(stream)) {
    const ref = place.table(table);
    const live = await readLiveTable(place.jobs.client, ref, place.signal);
    if (live === null) continue;
    refuseKeys(table, live.primaryKey, sorted.whole);
    const statement = emptyColumnsOf(live, ref, sorted, table === stream ? stamp : null);
    if (statement !== null) changes.push({ table, statement });
  }
  const { rejects, restatements } = HOUSEKEEPING;
  changes.push({
    table: rejects.name,
    statement: emptyRejects(place.table(rejects.name), stream, sorted, number),
  });
  if (sorted.whole.length > 0) {
    const statement = dropRestated(place.table(restatements.name), stream, sorted.whole, number);
    changes.push({ table: restatements.name, statement });
  }
  return changes;
}
