/** The same promises as DuckDB's, kept by BigQuery: the emulator stands in for it. */
import { afterAll } from '@jest/globals';
import { conformance } from '../warehouse/conformance.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { openBigQuery, PROJECT } from './support/open.ts';

/** The emulator becomes slow with the number of its tables, so it serves so many datasets and is then started anew. */
const DATASETS_PER_EMULATOR = 8;

let emulator: Emulator | null = null;
let datasets = 0;

async function openNext(): Promise<Warehouse> {
  if (datasets % DATASETS_PER_EMULATOR === 0) {
    await emulator?.[Symbol.asyncDispose]();
    emulator = await startEmulator();
  }
  datasets += 1;
  return openBigQuery(emulator?.url ?? '', `conformance_${datasets}`);
}

afterAll(async () => {
  await emulator?.[Symbol.asyncDispose]();
});

conformance('BigQuery', openNext, (table) => `\`${PROJECT}\`.\`conformance_${datasets}\`.\`${table}\``);
