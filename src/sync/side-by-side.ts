/** Windows of one list that do not depend on each other, several at the same time. */
import PQueue from 'p-queue';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool } from './each.ts';
import { syncWindow, type Window } from './stream.ts';
import { WINDOWS_AT_ONCE } from './window.ts';

/** Before others that read one small list after the other. */
const WINDOWS_FIRST = 1;

/**
 * Reads the windows in their order, WINDOWS_AT_ONCE at a time, and stores them as they come. Those that wait to be stored
 * lie on disk; they keep nobody from reading until there are as many as the warehouse takes at a time.
 */
export async function storeSideBySide(
  windows: readonly Window[],
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const { pools, warehouse } = context;
  const reading = new PQueue({ concurrency: WINDOWS_AT_ONCE });
  const open = new PQueue({ concurrency: WINDOWS_AT_ONCE + warehouse.capabilities.loadsAtOnce });
  await eachInPool(open, windows, async (window) => {
    const read: Window['read'] = (intake) =>
      reading.add(() => pools.general.add(() => window.read(intake), { priority: WINDOWS_FIRST }));
    await syncWindow({ ...window, read }, chosen, context);
  });
}
