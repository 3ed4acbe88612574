import type { RunContext } from './context.ts';

/**
 * Saves the checkpoints of windows that changed nothing, all in one commit of their own: a commit each would cost as
 * many jobs as there are streams, for nothing. Whoever is killed before has to repeat that work and no more, since
 * a deferred checkpoint covers no row and no note of another stream that is not in the warehouse anyway.
 *
 * @throws ConnectorError STATE_CONFLICT
 */
export async function saveDeferred({ states, warehouse, runId, now, emit }: RunContext): Promise<void> {
  const changes = states.deferred;
  if (changes.length === 0) return;
  const committedAt = now().toISOString();
  const nothing = { loads: [], renames: [], rejects: [], drift: [] };
  await warehouse.commit({ runId, stream: null, committedAt, ...nothing, states: changes });
  states.committed(changes, runId, committedAt);
  for (const { stream, cursor } of changes) emit({ event: 'checkpoint.saved', stream, cursor });
}
