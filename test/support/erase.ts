/** Erasing in this process, as the command does. */
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { Secret } from '../../src/config/secret.ts';
import { erasePerson, type ErasedTable } from '../../src/sync/erase/erase.ts';
import type { Person } from '../../src/sync/erase/plan.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import type { EngineOptions } from './engine.ts';
import type { Office } from './office.ts';

/** The key of tombstones. */
export const ERASE_KEY = 'a key of thirty-two characters..';

/** Runs that know the key. */
export const WITH_KEY: EngineOptions = { config: { sync: { hashKey: new Secret(ERASE_KEY, 'test') } } };

const catalog = loadCatalog();

/** Erases a person from the file; `known`: names that are not stored. */
export async function erase(
  office: Office,
  person: Person,
  { dryRun = false, known = [] }: { readonly dryRun?: boolean; readonly known?: readonly string[] } = {},
): Promise<readonly ErasedTable[]> {
  await using warehouse = await openDuckDb({ path: office.path, mode: 'readwrite', create: false });
  const at = new Date().toISOString();
  const order = { person, catalog, hashKey: ERASE_KEY, runId: 'erase-1', at, dryRun, known };
  return await erasePerson(warehouse, order);
}
