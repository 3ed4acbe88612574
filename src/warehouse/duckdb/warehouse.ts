import { resolve } from 'node:path';
import { ConnectorError } from '../../errors.ts';
import { createSpoolFolder, type SpoolFolder } from '../spool-folder.ts';
import type { Warehouse } from '../warehouse.ts';

/** How a DuckDB file is to be opened. */
export interface DuckDbOptions {
  /** Relative to the working directory. */
  readonly path: string;
  readonly mode: 'readwrite' | 'readonly';
  /** Whether a file that does not exist is created; never in mode `readonly`. */
  readonly create: boolean;
}

/**
 * Files that this process has open. The operating system's lock on a file holds against other processes only, and
 * this process would lose it by opening the file a second time.
 */
const openFiles = new Set<string>();

/**
 * Opens a DuckDB file as a warehouse. The native library is loaded by the first call, not before. Whatever stands in
 * the way is left as it was.
 * @throws ConnectorError WAREHOUSE_MISSING, WAREHOUSE_BUSY (the other process in `details.pid` where DuckDB tells),
 * WAREHOUSE_NOT_DUCKDB, WAREHOUSE_UNWRITABLE, DISK_FULL
 */
export async function openDuckDb(options: DuckDbOptions): Promise<Warehouse> {
  const path = resolve(options.path);
  if (openFiles.has(path)) {
    throw new ConnectorError('WAREHOUSE_BUSY', `${path} is open in this process`, {
      details: { pid: process.pid },
    });
  }
  openFiles.add(path);
  let folder: SpoolFolder | null = null;
  try {
    const { createFile, inspectFile, removeDrafts } = await import('./file.ts');
    const exists = await inspectFile(path, options.mode);
    if (!exists && (options.mode === 'readonly' || !options.create)) {
      throw new ConnectorError('WAREHOUSE_MISSING', `${path} does not exist yet`);
    }
    folder = await createSpoolFolder();
    if (!exists) await createFile(path, folder.path);
    const { DuckDbClient } = await import('./client.ts');
    const { DuckDbWarehouse } = await import('./duckdb-warehouse.ts');
    const client = await DuckDbClient.open(path, options.mode, folder.path);
    try {
      if (options.mode === 'readwrite') await removeDrafts(path);
    } catch (error) {
      await client.close();
      throw error;
    }
    return new DuckDbWarehouse(path, client, folder, () => openFiles.delete(path));
  } catch (error) {
    openFiles.delete(path);
    await folder?.[Symbol.asyncDispose]();
    throw error;
  }
}
