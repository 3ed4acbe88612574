/**
 * A process that syncs and kills itself at an event: `node crash-child.ts '<json>'` with the target, the file, the
 * name of the event and how often it has to come. SIGKILL leaves no time for anything, like a power cut. Instead of a
 * file it can be given a dataset of a local BigQuery, and no event: then somebody else kills it.
 */
import type { WarehouseDoor } from '../../src/warehouse/door.ts';
import { runEngine, type EngineOptions, type Target } from './engine.ts';

interface Order {
  readonly target: Target;
  readonly path?: string;
  readonly bigQuery?: { readonly url: string; readonly dataset: string };
  readonly streams?: readonly string[];
  readonly event?: string;
  /** Only events of this stream count; absent: all. */
  readonly stream?: string;
  readonly nth?: number;
  readonly config?: EngineOptions['config'];
  readonly backfill?: EngineOptions['backfill'];
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order;
let seen = 0;
const { result } = await runEngine(order.target, order.path ?? '', {
  ...(order.bigQuery === undefined ? {} : { door: await doorTo(order.bigQuery) }),
  ...(order.streams === undefined ? {} : { streams: order.streams }),
  ...(order.config === undefined ? {} : { config: order.config }),
  ...(order.backfill === undefined ? {} : { backfill: order.backfill }),
  onEvent: (event) => {
    if (event.event !== order.event) return;
    if (order.stream !== undefined && !('stream' in event && event.stream === order.stream)) return;
    seen += 1;
    if (seen === order.nth) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(`${JSON.stringify(result)}\n`);

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
