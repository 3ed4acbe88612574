import { ConnectorError } from '../../errors.ts';
import { workByHand } from '../by-hand.ts';
import { done, type Outcome } from '../outcome.ts';
import type { StateWork } from './work.ts';

/**
 * `state unlock`: gives back a lock whose owner is gone, and writes down that its run crashed. One whose owner may be at work
 * is left alone.
 * @throws ConnectorError RUN_LOCKED, USAGE_INVALID
 */
export async function unlock({ words, place, config, context }: StateWork): Promise<Outcome> {
  if (words.length > 0) {
    throw new ConnectorError('USAGE_INVALID', 'state unlock takes nothing beside it.', {
      details: { command: 'state' },
    });
  }
  const owner = await place.readLock();
  if (owner === null)
    return done({ unlocked: false, lock: null }, `Nobody holds the lock of ${place.label}.`);
  await workByHand(
    { command: 'state unlock', isNoted: true, creates: true, work: () => Promise.resolve() },
    place,
    config,
    context,
  );
  const { run_id: runId, host, pid } = owner;
  const text = `The lock of run ${runId} (process ${pid} on ${host}), which is gone, is given back.`;
  return done({ unlocked: true, lock: owner }, text);
}
