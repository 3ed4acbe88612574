import { rm, stat } from 'node:fs/promises';
import { codeOf } from '../classify/error-like.ts';
import { ConnectorError } from '../errors.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { openFileToRead } from './duckdb-file.ts';

/** What the demo writes, in the working directory. */
export const DEMO_FILE = 'harvest_demo.duckdb';

/** Every run of a demo is called so, which tells its file from one of a connector that is called demo. */
export const DEMO_RUN_PREFIX = 'demo-';

/**
 * Makes room for the demo's file: removes what an earlier demo left there, and nothing else.
 * @throws ConnectorError WAREHOUSE_UNWRITABLE where something else stands in the place, WAREHOUSE_BUSY
 */
export async function clearDemoFile(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  if (!(await isDemo(path))) {
    throw new ConnectorError('WAREHOUSE_UNWRITABLE', `${path} is there, and no demo has written it.`, {
      hint: 'Move it away, or start the demo in another folder.',
    });
  }
  await rm(path, { force: true });
  await rm(`${path}.wal`, { force: true });
}

async function isDemo(path: string): Promise<boolean> {
  try {
    await using warehouse = await openFileToRead(path);
    return await hasOnlyDemoRuns(warehouse);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'WAREHOUSE_NOT_DUCKDB') return false;
    throw error;
  }
}

/** A demo that was stopped before its first checkpoint leaves empty tables of ours, or none. */
async function hasOnlyDemoRuns(warehouse: Warehouse): Promise<boolean> {
  const { rows: tables } = await warehouse.query('SELECT count(*) FROM information_schema.tables');
  if (tables[0]?.[0] === '0') return true;
  const known = await warehouse.counts(['_sync_state', '_sync_runs']);
  if (known.size < 2) return false;
  const { rows } = await warehouse.query(`
SELECT count(*) FROM (
  SELECT run_id FROM _sync_state UNION ALL SELECT run_id FROM _sync_runs
) WHERE NOT starts_with(run_id, '${DEMO_RUN_PREFIX}')`);
  return rows[0]?.[0] === '0';
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new ConnectorError('WAREHOUSE_UNWRITABLE', `${path} cannot be looked at.`, { cause: error });
  }
}
