/** A dataset of the emulator for the model of test/model. */
import { bigQueryDoor } from '../../../src/warehouse/bigquery/warehouse.ts';
import type { Store } from '../../model/store.ts';
import type { Bench } from './bench.ts';
import { localOptions } from './open.ts';
import { readAll } from './read-tables.ts';

/** Runs write through the proxy; what they wrote is read past it. */
export function bigQueryStore({ emulator, proxy }: Bench, dataset: string): Store {
  return {
    path: '',
    door: bigQueryDoor(localOptions(proxy.url, dataset)),
    bigQuery: { url: proxy.url, dataset },
    read: (look) => look((table) => readAll(emulator.url, dataset, table)),
  };
}
