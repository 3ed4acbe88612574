import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '../support/engine.ts';
import { LAGS } from '../support/lags.ts';
import { diceOf } from '../model/dice.ts';
import { commandOf, drive, type Driven, reportOf } from '../model/drive.ts';
import { shrink } from '../model/shrink.ts';
import { duckDbStore } from '../model/store.ts';

describe('the model', () => {
  it('holds for some steps; npm run test:model takes hundreds', async () => {
    await using folder = await temporaryFolder();
    const plan = { seed: 20_261_129, steps: 25, setup: 'since' } as const;
    const driven = await drive(plan, duckDbStore(join(folder.path, 'model.duckdb')));
    expect(reportOf(plan, driven)).toBe('');
    expect(driven.counts.compared).toBeGreaterThan(3);
  }, 120_000);

  it('throws the same dice for a step, whatever became of the others', () => {
    const throws = (): readonly number[] => {
      const dice = diceOf(7, 12);
      return Array.from({ length: 20 }, () => dice.int(1, 1000));
    };
    expect(throws()).toEqual(throws());
    expect(diceOf(7, 13).int(1, 1_000_000)).not.toBe(diceOf(7, 12).int(1, 1_000_000));
  });

  it('says what was done, how to see it again, and finds the steps that matter', async () => {
    const plan = { seed: 3, steps: 40, setup: 'plain' } as const;
    const failing = async ({
      steps,
      without,
    }: {
      steps: number;
      without?: ReadonlySet<number>;
    }): Promise<Driven> => {
      const fails = steps >= 23 && [5, 17].every((step) => without?.has(step) !== true);
      const failure = fails ? { step: 23, message: 'the tables differ from the account' } : null;
      const counts = { syncs: 0, kills: 0, compared: 0, refusals: 0 };
      return { steps: ['   5 edit: a', '  17 kill: b'], counts, failure, events: [] };
    };
    const first = { plan, driven: await failing(plan) };
    const small = await shrink(first, failing, Infinity);
    expect(small.plan.steps).toBe(23);
    const left = Array.from({ length: 22 }, (_, at) => at + 1).filter(
      (step) => !small.plan.without?.has(step),
    );
    expect(left).toEqual([5, 17]);
    const report = reportOf(first.plan, first.driven);
    expect(report).toContain('seed 3, set-up plain, step 23: the tables differ from the account');
    expect(report).toContain('npm run model -- --setup plain --seed 3 --steps 23');
    expect(commandOf({ ...plan, without: new Set([1, 2]) })).toBe(
      'npm run model -- --setup plain --seed 3 --steps 40 --without 1,2',
    );
  });
});

describe('what may lag', () => {
  it('stands in docs/correctness.md in the same words, and nothing else does', async () => {
    const text = await readFile(new URL('../../docs/correctness.md', import.meta.url), 'utf8');
    const [, after = ''] = text.split('\n## Where the tables lag\n');
    const [section = ''] = after.split('\n## ');
    const items = section.split('\n').filter((line) => line.startsWith('- '));
    expect(items.map((line) => line.slice(2))).toEqual(LAGS.map(({ words }) => words));
  });
});
