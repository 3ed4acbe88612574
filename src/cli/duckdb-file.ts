import type { Warehouse } from '../warehouse/warehouse.ts';

/** Opens a DuckDB file for reading; a missing one stays missing. */
export async function openFileToRead(path: string): Promise<Warehouse> {
  const { openDuckDb } = await import('../warehouse/duckdb/warehouse.ts');
  return openDuckDb({ path, mode: 'readonly', create: false });
}
