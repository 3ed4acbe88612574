/** A process that syncs and kills itself at an event: `node child.ts '<order>'`. */
import type { BackfillOrder } from '../../src/sync/backfill/order.ts';
import type { WarehouseDoor } from '../../src/warehouse/door.ts';
import { runEngine, type Target } from '../support/engine.ts';
import { engineConfig, type Settings } from './settings.ts';

/** What the process is told. */
export interface Order {
  readonly settings: Settings;
  readonly target: Target;
  readonly path: string;
  readonly bigQuery?: { readonly url: string; readonly dataset: string };
  readonly fullRefresh: boolean;
  readonly streams?: readonly string[];
  readonly backfill?: BackfillOrder;
  /** Killed when this event comes for the n-th time. */
  readonly event: string;
  readonly nth: number;
}

async function doorTo({
  url,
  dataset,
}: {
  readonly url: string;
  readonly dataset: string;
}): Promise<WarehouseDoor> {
  const { bigQueryDoor } = await import('../../src/warehouse/bigquery/warehouse.ts');
  const { localOptions } = await import('../bigquery/support/open.ts');
  return bigQueryDoor(localOptions(url, dataset));
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
let seen = 0;
await runEngine(order.target, order.path, {
  config: engineConfig(order.settings),
  fullRefresh: order.fullRefresh,
  ...(order.streams === undefined ? {} : { streams: order.streams }),
  ...(order.backfill === undefined ? {} : { backfill: order.backfill }),
  ...(order.bigQuery === undefined ? {} : { door: await doorTo(order.bigQuery) }),
  onEvent: ({ event }) => {
    if (event !== order.event) return;
    seen += 1;
    if (seen === order.nth) process.kill(process.pid, 'SIGKILL');
  },
});
