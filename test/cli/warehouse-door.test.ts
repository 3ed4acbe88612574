import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { placeOf, type WarehousePlace } from '../../src/cli/warehouse-door.ts';
import { minimalConfig, openConfigFolder } from '../support/config-folder.ts';
import { temporaryFolder } from './support/run-cli.ts';

const CWD = '/home/acme';

/** The place that a small file with this destination names. */
async function placeFor(destination: string, cwd = CWD): Promise<WarehousePlace> {
  const text = minimalConfig(`destination: ${destination}\n`);
  await using folder = await openConfigFolder({ 'harvest-bq.yaml': text });
  const config = await folder.load({ env: { TOKEN: 'a-token' } });
  const { signal } = new AbortController();
  return placeOf(config, { cwd, signal, emit: () => undefined });
}

/** What a lock says of its owner. */
const owner = (host: string, pid: number): Parameters<WarehousePlace['isAtWork']>[0] => ({
  owner: 'harvest-bq sync (acme)',
  host,
  pid,
  started: '2026-11-20T06:00:00.000Z',
  run_id: '01KAC7M2Q4X8NB3D',
  command: 'sync',
});

/** More than any process is called. */
const NOBODY = 2 ** 30;

describe('a DuckDB file', () => {
  it('is shown by its short path, and named by its whole one', async () => {
    const place = await placeFor(`{ path: ${CWD}/data/acme.duckdb }`);
    expect([place.label, place.id]).toEqual(['data/acme.duckdb', `${CWD}/data/acme.duckdb`]);
    expect((await place.door()).label).toBe('acme.duckdb');
  });

  it('could not be read if a run were at work, so a lock beside it is a leftover', async () => {
    const place = await placeFor('{ path: x.duckdb }');
    expect(place.isAtWork(owner(hostname(), process.pid))).toBe(false);
  });

  it('is examined in one line', async () => {
    await using folder = await temporaryFolder();
    const place = await placeFor(`{ path: ${join(folder.path, 'x.duckdb')} }`, folder.path);
    expect(await place.examine()).toEqual([
      { name: 'warehouse', text: 'x.duckdb · will be created by the first sync' },
    ]);
    expect(await place.readLock()).toBeNull();
  });
});

describe('a BigQuery dataset', () => {
  const destination = '{ type: bigquery, project: acme-data, api_endpoint: "http://127.0.0.1:9" }';

  it('is called by its project and name', async () => {
    const place = await placeFor(destination);
    expect([place.label, place.id]).toEqual(['acme-data.harvest_acme', 'acme-data.harvest_acme']);
    expect((await place.door()).label).toBe('acme-data.harvest_acme');
  });

  it('can be read while a run is at work: one whose process is gone left its lock behind', async () => {
    const place = await placeFor(destination);
    expect(place.isAtWork(owner(hostname(), process.pid))).toBe(true);
    expect(place.isAtWork(owner(hostname(), NOBODY))).toBe(false);
    expect(place.isAtWork(owner('elsewhere', NOBODY))).toBe(true);
  });
});
