import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { pruneStates } from './housekeeping-sql.ts';
import type { Place } from './place.ts';

/** From so many rows on old checkpoints are forgotten; listing them all takes a second or two. */
const MANY_ROWS = 20_000;

/** Checkpoints of this time are kept whatever their number, in milliseconds. */
const KEPT_MS = 2 * 24 * 60 * 60 * 1000;

/** Forgets old checkpoints of a table that has become long. Only asked of runs that were billed anyway. */
export async function pruneOldStates(rows: number, place: Place): Promise<void> {
  if (rows < MANY_ROWS) return;
  const statement = pruneStates(
    place.table(HOUSEKEEPING.syncState.name),
    new Date(Date.now() - KEPT_MS).toISOString(),
  );
  await place.jobs.query({ kind: 'commit', stream: null, statement, isAbortable: false });
}
