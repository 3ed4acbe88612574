import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConnectorError } from '../errors.ts';
import { plural } from '../report/quantity.ts';
import { readLockFile } from '../warehouse/lock-file.ts';
import { openWarehouse } from './context.ts';

/**
 * Whether a run could write the file, without making it or changing it.
 * @returns what was found, in words
 * @throws ConnectorError WAREHOUSE_UNWRITABLE, WAREHOUSE_BUSY, WAREHOUSE_NOT_DUCKDB
 */
export async function examineWarehouse(path: string): Promise<string> {
  if (await isMissing(path)) {
    await assertFolder(path);
    return `${path} · will be created by the first sync`;
  }
  const owner = await readLockFile(path);
  try {
    await access(path, constants.W_OK);
    await using warehouse = await openWarehouse(path);
    const states = await warehouse.readStates();
    return `${path} · ${plural(states.size, 'stream')} synced so far`;
  } catch (error) {
    if (owner !== null && error instanceof ConnectorError && error.code === 'WAREHOUSE_BUSY') {
      return `${path} · a run is at work: ${owner.run_id}, process ${owner.pid} on ${owner.host}, since ${owner.started}`;
    }
    if (error instanceof ConnectorError) throw error;
    throw unwritable(path, error);
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw unwritable(path, error);
  }
}

async function assertFolder(path: string): Promise<void> {
  const folder = dirname(path);
  try {
    if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): ConnectorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConnectorError('WAREHOUSE_UNWRITABLE', `${path} cannot be written: ${reason}`, { cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
