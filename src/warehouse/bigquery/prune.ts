import { ConnectorError } from '../../errors.ts';
import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { pruneStates } from './housekeeping-sql.ts';
import type { Place } from './place.ts';

/** From so many rows on old checkpoints are forgotten: all of them are listed at the start of every run. */
const MANY_ROWS = 2_000;

/** A run that billed nothing so far leaves them alone up to this number. */
const TOO_MANY_ROWS = 20_000;

/** Checkpoints of this time are kept whatever their number, in milliseconds. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** Forgets old checkpoints of a table that has become long. A run is none the worse for it if that fails. */
export async function pruneOldStates(rows: number, hasBilled: boolean, place: Place): Promise<void> {
  if (place.signal.aborted || rows < (hasBilled ? MANY_ROWS : TOO_MANY_ROWS)) return;
  const before = new Date(Date.now() - KEPT_MS).toISOString();
  const statement = pruneStates(place.table(HOUSEKEEPING.syncState.name), before);
  const order = { kind: 'commit', stream: null, statement, isAbortable: true } as const;
  await place.jobs.query(order).catch((error: unknown) => {
    if (!(error instanceof ConnectorError)) throw error;
  });
}
