import { ConnectorError } from '../../errors.ts';
import type { StateChange, StoredState } from '../warehouse.ts';
import type { Session } from './client.ts';
import { readStates, writeState } from './housekeeping-sql.ts';
import { readLiveTables } from './live.ts';
import type { Stamp } from './load-sql.ts';

/** The newest checkpoint of every stream; empty where there is no such table yet. */
export async function loadStates(session: Session): Promise<ReadonlyMap<string, StoredState>> {
  const states = new Map<string, StoredState>();
  if ((await readLiveTables(session, ['_sync_state'])).size === 0) return states;
  for (const row of (await session.read(readStates())).rows) {
    const [stream, version, cursor, state, runId, committedAt] = row;
    if (stream === null || stream === undefined) continue;
    const notes: unknown = state === null || state === undefined ? null : JSON.parse(state);
    states.set(stream, {
      stream,
      version: Number(version),
      cursor: cursor ?? null,
      state: notes,
      runId: runId ?? '',
      committedAt: committedAt ?? '',
    });
  }
  return states;
}

/**
 * Writes checkpoints, each fenced by its version.
 * @throws ConnectorError STATE_CONFLICT
 */
export async function saveStates(
  session: Session,
  states: readonly StateChange[],
  stamp: Stamp,
): Promise<void> {
  for (const state of states) {
    if ((await session.run(writeState(state, stamp))) === 1) continue;
    throw new ConnectorError(
      'STATE_CONFLICT',
      `The checkpoint of ${state.stream} is no longer version ${state.expectedVersion}: another run has committed`,
      { details: { stream: state.stream, expected_version: state.expectedVersion } },
    );
  }
}
