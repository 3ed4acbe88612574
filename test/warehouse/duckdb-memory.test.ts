import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DuckDbClient } from '../../src/warehouse/duckdb/client.ts';
import { temporaryFolder } from '../support/engine.ts';

describe('a transaction that runs out of memory', () => {
  it('is rolled back and tried once more with room', async () => {
    await using folder = await temporaryFolder();
    const client = await DuckDbClient.open(join(folder.path, 'memory.duckdb'), 'readwrite', folder.path);
    let attempts = 0;
    const counts = await client.exclusive(async (session) => {
      await session.run({ sql: "SET memory_limit = '24MB'" });
      return session.transaction(async () => {
        attempts += 1;
        await session.run({ sql: 'CREATE TABLE attempts AS SELECT 1 AS one' });
        return session.read({ sql: 'SELECT len(list(range)) FROM range(8000000)' });
      });
    });
    expect(counts.rows).toEqual([['8000000']]);
    expect(attempts).toBe(2);
    const { rows } = await client.exclusive((session) =>
      session.read({ sql: 'SELECT count(*) FROM attempts' }),
    );
    expect(rows).toEqual([['1']]);
    await client.close();
  });

  it('fails if that is not enough, and leaves nothing behind', async () => {
    await using folder = await temporaryFolder();
    const client = await DuckDbClient.open(join(folder.path, 'memory.duckdb'), 'readwrite', folder.path);
    const asked = client.exclusive((session) =>
      session.transaction(async () => {
        await session.run({ sql: 'CREATE TABLE attempts AS SELECT 1 AS one' });
        return session.read({ sql: "SELECT list(repeat('x', 1000) || range) FROM range(3000000)" });
      }),
    );
    await expect(asked).rejects.toMatchObject({ code: 'WAREHOUSE_FAILED' });
    const { rows } = await client.exclusive((session) =>
      session.read({ sql: "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'attempts'" }),
    );
    expect(rows).toEqual([['0']]);
    await client.close();
  });
});
