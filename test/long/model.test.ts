import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/engine.ts';
import { drive, reportOf } from '../model/drive.ts';
import { duckDbStore } from '../model/store.ts';

/** Seeds that are run every time; `npm run model` takes others. */
const RUNS = [
  { setup: 'plain', seed: 383, steps: 70 },
  { setup: 'since', seed: 264, steps: 70 },
  { setup: 'marked', seed: 530, steps: 70 },
  { setup: 'kept', seed: 359, steps: 70 },
  { setup: 'columns', seed: 119, steps: 70 },
  { setup: 'partial', seed: 6, steps: 60 },
  { setup: 'governed', seed: 469, steps: 60 },
] as const;

const sums = { steps: 0, syncs: 0, kills: 0, compared: 0, refusals: 0 };

afterAll(() => {
  process.stderr.write(
    `${Object.entries(sums)
      .map(([name, sum]) => `${sum} ${name}`)
      .join(', ')}\n`,
  );
});

describe('random steps in the account and the connector', () => {
  it.each(RUNS)(
    'leave tables equal to the account: set-up $setup, seed $seed, $steps steps',
    async (plan) => {
      await using folder = await temporaryFolder();
      const driven = await drive(plan, duckDbStore(join(folder.path, 'model.duckdb')));
      sums.steps += plan.steps;
      for (const name of ['syncs', 'kills', 'compared', 'refusals'] as const)
        sums[name] += driven.counts[name];
      expect(reportOf(plan, driven)).toBe('');
    },
  );

  it('were more than 300, with kills among them', () => {
    expect(sums.steps).toBeGreaterThanOrEqual(300);
    expect(sums.kills).toBeGreaterThan(5);
  });
});
