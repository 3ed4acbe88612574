import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import type { StateChange, StoredState } from '../warehouse.ts';
import { inOrder, listRows, readLiveTable } from './live.ts';
import type { Place } from './place.ts';
import type { Stamp } from './sql.ts';

const COLUMNS = HOUSEKEEPING.syncState.columns.map(({ name }) => name);

/** The newest checkpoints and how many rows the table has. */
export interface StateTable {
  readonly states: ReadonlyMap<string, StoredState>;
  readonly rows: number;
}

/** The newest checkpoint of every stream; empty where there is no such table yet. Bills nothing. */
export async function loadStates(place: Place): Promise<StateTable> {
  const ref = place.table(HOUSEKEEPING.syncState.name);
  const { client } = place.jobs;
  const states = new Map<string, StoredState>();
  const live = await readLiveTable(client, ref, place.signal);
  if (live === null) return { states, rows: 0 };
  let rows = 0;
  for await (const row of listRows(client, ref, inOrder(live, COLUMNS), place.signal)) {
    rows += 1;
    const next: StoredState = {
      stream: row.get('stream') ?? '',
      version: Number(row.get('version')),
      cursor: row.get('cursor') ?? null,
      state: JSON.parse(row.get('state') ?? 'null') as unknown,
      runId: row.get('run_id') ?? '',
      committedAt: row.get('committed_at') ?? '',
    };
    const known = states.get(next.stream);
    if (known === undefined || outdoes(next, known)) states.set(next.stream, next);
  }
  return { states, rows };
}

/** The higher version counts; of two checkpoints with one version the older cursor, so that nothing is passed over. */
export function outdoes(next: StoredState, known: StoredState): boolean {
  if (next.version !== known.version) return next.version > known.version;
  if (next.cursor === null || known.cursor === null) return next.cursor === null;
  return Date.parse(next.cursor) < Date.parse(known.cursor);
}

/** The first of these changes that can no longer be made, since another run has committed. */
export function findConflict(
  changes: readonly StateChange[],
  stored: ReadonlyMap<string, StoredState>,
): StateChange | null {
  return (
    changes.find(({ stream, expectedVersion }) => (stored.get(stream)?.version ?? 0) !== expectedVersion) ??
    null
  );
}

/** Whether these changes stand there already, made by this very commit whose answer was lost. */
export function isOurs(
  changes: readonly StateChange[],
  stored: ReadonlyMap<string, StoredState>,
  { at, run }: Stamp,
): boolean {
  return changes.every(({ stream, expectedVersion }) => {
    const found = stored.get(stream);
    const isNext = found?.version === expectedVersion + 1 && found.runId === run;
    return isNext && Date.parse(found.committedAt) === Date.parse(at);
  });
}

/** @throws ConnectorError STATE_CONFLICT */
export function refuseConflict({ stream, expectedVersion }: StateChange): never {
  throw new ConnectorError(
    'STATE_CONFLICT',
    `The checkpoint of ${stream} is no longer version ${expectedVersion}: another run has committed`,
    { details: { stream, expected_version: expectedVersion } },
  );
}
