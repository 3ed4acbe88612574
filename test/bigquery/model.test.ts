/** The model of test/model, into BigQuery. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { drive, reportOf } from '../model/drive.ts';
import { startBench, type Bench } from './support/bench.ts';
import { bigQueryStore } from './support/model-store.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('random steps in the account and the connector', () => {
  it.each([
    { setup: 'few', seed: 40, steps: 18 },
    { setup: 'few-marked', seed: 45, steps: 18 },
    { setup: 'few-governed', seed: 392, steps: 10 },
  ])('leave tables equal to the account: set-up $setup, seed $seed', async ({ setup, seed, steps }) => {
    const plan = { setup, seed, steps, warehouse: 'bigquery' } as const;
    const driven = await drive(plan, bigQueryStore(bench, `model_${seed}`));
    expect(reportOf(plan, driven)).toBe('');
    expect(driven.counts.compared).toBeGreaterThan(1);
  });
});
