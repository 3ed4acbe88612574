/** Several windows of one stream at the same time: reading goes on while others are stored. */
import PQueue from 'p-queue';
import type { ChosenStream, RunContext } from './context.ts';
import { eachInPool, heldUntilTold } from './each.ts';
import { eachInOrder } from './in-order.ts';
import { syncWindow, type Window } from './stream.ts';
import { WINDOWS_AT_ONCE } from './window.ts';

/** Windows of a list that are stored or wait for it while others are read; each has its keys in memory. */
const MOST_BEING_STORED = 4;

/** Before others that read one small list after the other. */
const WINDOWS_FIRST = 1;

/**
 * Reads the windows in their order, and stores them as they come. One begins when the one before has asked for all of its pages,
 * WINDOWS_AT_ONCE at most: the sooner a window is read, the sooner it is stored beside the next. Those that wait to be stored
 * lie on disk; they keep nobody from reading until there are as many as the warehouse takes at a time, or four.
 */
export async function storeSideBySide(
  windows: readonly Window[],
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  const { pools, warehouse } = context;
  const reading = new PQueue({ concurrency: WINDOWS_AT_ONCE });
  const asking = new PQueue({ concurrency: 1 });
  const stored = Math.min(warehouse.capabilities.loadsAtOnce, MOST_BEING_STORED);
  const open = new PQueue({ concurrency: WINDOWS_AT_ONCE + stored });
  await eachInPool(open, windows, async (window) => {
    const read: Window['read'] = (intake) =>
      reading.add(() =>
        heldUntilTold(asking, (told) =>
          pools.general.add(() => window.read(intake, told), { priority: WINDOWS_FIRST }),
        ),
      );
    await syncWindow({ ...window, read }, chosen, context);
    context.loads.ring();
  });
}

/**
 * Reads the windows one after the other, and stores them in their order: each is stored while the next one is read. The
 * first failure ends it, with what was stored before in place; no further window is read then.
 */
export async function storeInOrder(
  windows: Iterable<Window>,
  chosen: ChosenStream,
  context: RunContext,
): Promise<void> {
  await eachInOrder(windows, async (window, { next, turn }) => {
    const read: Window['read'] = async (intake) => {
      const isStill = await window.read(intake);
      if (isStill) next();
      return isStill;
    };
    await syncWindow({ ...window, read, turn }, chosen, context);
  });
}
