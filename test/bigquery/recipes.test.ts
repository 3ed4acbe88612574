/** The recipes in BigQuery: the same account, the same days, the same answers as in DuckDB. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { bigQueryDoor } from '../../src/warehouse/bigquery/warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { liveThroughAutumn } from '../recipes/autumn.ts';
import { expectAnswers, PAGES } from '../support/recipes.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { localOptions, openBigQuery, PROJECT } from './support/open.ts';

const DATASET = 'recipes';

describe('the recipes in BigQuery', () => {
  let emulator: Emulator;
  let warehouse: Warehouse;
  beforeAll(async () => {
    emulator = await startEmulator();
    const door = bigQueryDoor(localOptions(emulator.url, DATASET));
    await (await liveThroughAutumn({ door }))[Symbol.asyncDispose]();
    warehouse = await openBigQuery(emulator.url, DATASET);
  }, 600_000);
  afterAll(async () => {
    await warehouse[Symbol.asyncDispose]();
    await emulator[Symbol.asyncDispose]();
  });

  it.each(PAGES)('of %s answer as those for DuckDB do', async (page) => {
    await expectAnswers(page, 'bigquery', async (sql) => {
      const { rows } = await warehouse.query(sql.replaceAll('harvest_acme.', `\`${PROJECT}\`.${DATASET}.`));
      return rows;
    });
  });
});
