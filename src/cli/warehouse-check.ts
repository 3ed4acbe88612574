import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { classify } from '../classify/classify.ts';
import { codeOf } from '../classify/error-like.ts';
import { ConnectorError } from '../errors.ts';
import { plural } from '../report/quantity.ts';
import { readLockFile } from '../warehouse/lock-file.ts';
import { openFileToRead } from './duckdb-file.ts';

/**
 * Whether a run could write the file, without making it or changing it.
 * @returns what was found, in words
 * @throws ConnectorError WAREHOUSE_UNWRITABLE, WAREHOUSE_BUSY, WAREHOUSE_NOT_DUCKDB
 */
export async function examineWarehouse(path: string): Promise<string> {
  try {
    if (await isMissing(path)) {
      const folder = dirname(path);
      if (!(await stat(folder)).isDirectory()) throw notFolder(path, folder);
      await access(folder, constants.W_OK);
      return 'will be created by the first sync';
    }
    await access(path, constants.W_OK);
    await using warehouse = await openFileToRead(path);
    const states = await warehouse.readStates();
    const streams = [...states.keys()].filter((name) => !name.startsWith('_'));
    return `${plural(streams.length, 'stream')} synced so far`;
  } catch (error) {
    const owner = await readLockFile(path);
    if (owner !== null && error instanceof ConnectorError && error.code === 'WAREHOUSE_BUSY') {
      return `a run is at work: ${owner.run_id}, process ${owner.pid} on ${owner.host}, since ${owner.started}`;
    }
    throw classify(error, { warehousePath: path });
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true;
    throw error;
  }
}

function notFolder(path: string, folder: string): ConnectorError {
  return new ConnectorError('WAREHOUSE_UNWRITABLE', `${path} cannot be written: ${folder} is no folder`);
}
