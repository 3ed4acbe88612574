/** Erasing a person from a dataset, and taking a dataset away. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { erasePerson } from '../../src/sync/erase/erase.ts';
import { bigQueryDoor, removeDatasets } from '../../src/warehouse/bigquery/warehouse.ts';
import type { Warehouse } from '../../src/warehouse/warehouse.ts';
import { ERASE_KEY, WITH_KEY } from '../support/erase.ts';
import { openOffice } from '../support/office.ts';
import { plantUser } from '../support/planted.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { localOptions, openBigQuery, PROJECT, quietSession } from './support/open.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(async () => {
  await emulator[Symbol.asyncDispose]();
});

const TABLES = ['users', 'users_history', 'invoices', 'invoices_history', 'invoice_messages'];

async function found(warehouse: Warehouse, dataset: string): Promise<readonly string[]> {
  const places: string[] = [];
  for (const name of TABLES) {
    const { rows } = await warehouse.query(
      `SELECT COUNT(*) FROM \`${PROJECT}\`.\`${dataset}\`.\`${name}\` AS t WHERE REGEXP_CONTAINS(LOWER(TO_JSON_STRING(t)), 'zqx')`,
    );
    if (rows[0]?.[0] !== '0') places.push(name);
  }
  return places;
}

describe('in BigQuery', () => {
  it('an erased user is found nowhere, and a full refresh does not bring them back', async () => {
    await using office = await openOffice();
    const { id } = plantUser(office);
    const dataset = 'erased';
    const door = bigQueryDoor(localOptions(emulator.url, dataset));
    const options = { ...WITH_KEY, door, streams: ['users', 'invoices', 'invoice_messages'] };
    expect((await office.sync(options)).result.outcome).toBe('ok');
    {
      await using warehouse = await openBigQuery(emulator.url, dataset);
      expect(await found(warehouse, dataset)).toEqual(TABLES);
      const order = {
        person: { kind: 'user', id: String(id) },
        catalog: loadCatalog(),
        hashKey: ERASE_KEY,
        runId: 'erase-1',
        at: new Date().toISOString(),
        dryRun: false,
        known: [],
      } as const;
      const touched = await erasePerson(warehouse, order);
      expect(touched.map(({ table }) => table).toSorted()).toEqual(TABLES.toSorted());
      expect(await found(warehouse, dataset)).toEqual([]);
      expect(await erasePerson(warehouse, order)).toEqual([]);
      const { rows } = await warehouse.query(
        `SELECT COUNT(*) FROM \`${PROJECT}\`.\`${dataset}\`.\`_erasures\``,
      );
      expect(rows).toEqual([['1']]);
    }
    expect((await office.sync({ ...options, fullRefresh: true })).result.outcome).toBe('ok');
    await using warehouse = await openBigQuery(emulator.url, dataset);
    expect(await found(warehouse, dataset)).toEqual([]);
  }, 300_000);

  it('a dataset goes if the connector made it and nothing is in it any more', async () => {
    const options = localOptions(emulator.url, 'destroyed');
    const door = bigQueryDoor(options);
    const known = new Map([['_sync_state', 'stream']]);
    {
      await using warehouse = await door.open(quietSession());
      await warehouse.ensure([HOUSEKEEPING.syncState, HOUSEKEEPING.rejects], []);
      expect(await warehouse.inventory(known)).toEqual({ own: ['_sync_state'], foreign: ['_rejects'] });
      await warehouse.drop(['_sync_state']);
    }
    expect(await removeDatasets(options)).toBe(false);
    {
      await using warehouse = await door.open(quietSession());
      expect(await warehouse.inventory(known)).toEqual({ own: [], foreign: ['_rejects'] });
      await warehouse.drop(['_rejects', 'not_there']);
    }
    expect(await removeDatasets(options)).toBe(true);
    expect(await door.exists()).toBe(false);
  }, 120_000);
});
