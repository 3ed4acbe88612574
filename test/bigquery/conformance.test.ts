/** The same promises as DuckDB's, kept by BigQuery: the emulator stands in for it. */
import { afterAll, beforeAll } from '@jest/globals';
import { conformance } from '../warehouse/conformance.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { openBigQuery, PROJECT } from './support/open.ts';

let emulator: Emulator;
let datasets = 0;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator[Symbol.asyncDispose]();
});

conformance(
  'BigQuery',
  () => openBigQuery(emulator.url, `conformance_${++datasets}`),
  (table) => `\`${PROJECT}\`.\`conformance_${datasets}\`.\`${table}\``,
);
