import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Row, Table } from '../../src/warehouse/table.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { Workbench, column, table, type OpenWarehouse } from './workbench.ts';

let open: OpenWarehouse = () => Promise.reject(new Error('not ready'));
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'duckdb-updates-'));
  open = () => openDuckDb({ path: join(folder, 'a.duckdb'), mode: 'readwrite', create: true });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const WIDTH = 90;
const NAMES = Array.from({ length: WIDTH }, (_, at) => `n${at}`);
const WIDE = table('wide', [
  column('id', 'INT64', 'REQUIRED'),
  ...NAMES.map((name) => column(name, 'INT64')),
]);

const rows = (count: number, value: number): readonly Row[] => {
  const values = Object.fromEntries(NAMES.map((name) => [name, value]));
  return Array.from({ length: count }, (_, id) => ({ id, ...values }));
};

describe('updates of very many values', () => {
  it('go through, in place or by replacing rows, and leave the other rows and columns alone', async () => {
    await using bench = await Workbench.open(open, [WIDE]);
    await bench.load(WIDE, rows(24_000, 1));
    const waiting = await bench.prepare(WIDE, [{ id: 23_999, n0: 9 }]);
    expect(await bench.load(WIDE, rows(12_000, 2))).toMatchObject({ updated: 12_000, inserted: 0 });
    expect(await bench.load(WIDE, rows(23_000, 3))).toMatchObject({ updated: 23_000, inserted: 0 });
    expect((await bench.commit({ loads: [waiting] })).loads).toMatchObject([{ updated: 1 }]);
    const { rows: counts } = await bench.warehouse.query(
      'SELECT n1, _run_id, count(*), count(DISTINCT id) FROM wide GROUP BY ALL ORDER BY 1 NULLS LAST',
    );
    expect(counts).toEqual([
      ['1', 'run-1', '999', '999'],
      ['3', 'run-3', '23000', '23000'],
      [null, 'run-4', '1', '1'],
    ]);
  }, 60_000);

  it('keep what stands in a column that the load does not have', async () => {
    const wider: Table = { ...WIDE, columns: [...WIDE.columns, column('own', 'STRING')] };
    await using bench = await Workbench.open(open, [wider]);
    const owned = rows(23_000, 1).map((row) => ({ ...row, own: 'kept' }));
    await bench.load(wider, owned);
    expect(await bench.load(WIDE, rows(23_000, 2))).toMatchObject({ updated: 23_000 });
    const { rows: counts } = await bench.warehouse.query('SELECT n1, own, count(*) FROM wide GROUP BY ALL');
    expect(counts).toEqual([['2', 'kept', '23000']]);
  }, 60_000);
});
