import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { conformance } from './conformance.ts';

let folder = '';
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'duckdb-conformance-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

conformance(
  'DuckDB',
  () => openDuckDb({ path: join(folder, `${++files}.duckdb`), mode: 'readwrite', create: true }),
  (table) => `"main"."${table}"`,
);
