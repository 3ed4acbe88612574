import { spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Table } from '../../src/warehouse/table.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { CLIENTS, INVOICES, Workbench, client, column, list } from './workbench.ts';

const OPEN = new URL('../../src/warehouse/duckdb/warehouse.ts', import.meta.url).href;

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'duckdb-file-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const writing = (path: string) => ({ path, mode: 'readwrite', create: true }) as const;
const reading = (path: string) => ({ path, mode: 'readonly', create: false }) as const;

/** The arguments of a child process that opens a file as `warehouse` and runs `body`. */
function childArguments(path: string, body: string): readonly string[] {
  const script = `
    import { openDuckDb } from '${OPEN}';
    try {
      const warehouse = await openDuckDb({ path: '${path}', mode: 'readwrite', create: true });
      ${body}
    } catch (error) { console.log(error.code); }
  `;
  return ['--no-warnings', '--input-type=module', '-e', script];
}

describe('a DuckDB file', () => {
  it('is created whole, holds what was written, and is left without a log', async () => {
    const path = join(folder, "it's a.duckdb");
    await using bench = await Workbench.open(() => openDuckDb(writing(path)), [CLIENTS]);
    await bench.load(CLIENTS, [client(1, 'a', 1)]);
    expect(bench.warehouse.label).toBe("it's a.duckdb");
    await bench.warehouse[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual(["it's a.duckdb"]);
    await using again = await openDuckDb(reading(path));
    expect(await again.counts(['clients'])).toEqual(new Map([['clients', 1]]));
  });

  it('leaves no temporary files behind', async () => {
    const ours = (): readonly string[] =>
      readdirSync(os.tmpdir()).filter((name) => name.includes(`-${process.pid}-`));
    const before = ours();
    await (await openDuckDb(writing(join(folder, 'a.duckdb'))))[Symbol.asyncDispose]();
    await expect(openDuckDb(reading(join(folder, 'none.duckdb')))).rejects.toMatchObject({
      code: 'WAREHOUSE_MISSING',
    });
    expect(ours()).toEqual(before);
  });

  it('loses the drafts of killed processes once it is opened to write', async () => {
    const path = join(folder, 'a.duckdb');
    await (await openDuckDb(writing(path)))[Symbol.asyncDispose]();
    const drafts = ['a.duckdb.new-1', 'a.duckdb.new-1.wal', `a.duckdb.new-${process.pid}`];
    const others = ['a.duckdb.new-year', 'b.duckdb.new-1'];
    for (const name of [...drafts, ...others]) writeFileSync(join(folder, name), 'erased');
    await (await openDuckDb(reading(path)))[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toHaveLength(6);
    await (await openDuckDb(writing(path)))[Symbol.asyncDispose]();
    expect(readdirSync(folder).toSorted()).toEqual(['a.duckdb', ...others].toSorted());
  });

  it('is missing, and stays so, unless it may be created', async () => {
    const path = join(folder, 'a.duckdb');
    await expect(openDuckDb(reading(path))).rejects.toMatchObject({ code: 'WAREHOUSE_MISSING' });
    await expect(openDuckDb({ path, mode: 'readwrite', create: false })).rejects.toMatchObject({
      code: 'WAREHOUSE_MISSING',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused and left as it was where something else stands', async () => {
    const path = join(folder, 'notes.txt');
    for (const content of [
      '',
      'hi',
      'just some text\n'.repeat(2000),
      'SQLite format 3\0'.padEnd(8192, '\0'),
    ]) {
      writeFileSync(path, content);
      await expect(openDuckDb(writing(path))).rejects.toMatchObject({ code: 'WAREHOUSE_NOT_DUCKDB' });
      expect(readFileSync(path, 'utf8')).toBe(content);
    }
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('is refused and left as it was where it is damaged', async () => {
    const path = join(folder, 'a.duckdb');
    await (await openDuckDb(writing(path)))[Symbol.asyncDispose]();
    const bytes = readFileSync(path);
    for (const damaged of [bytes.subarray(0, 5000), Buffer.from(bytes).fill(7, 4096)]) {
      writeFileSync(path, damaged);
      await expect(openDuckDb(writing(path))).rejects.toMatchObject({ code: 'WAREHOUSE_NOT_DUCKDB' });
      expect(readFileSync(path).equals(damaged)).toBe(true);
    }
  });

  it('cannot stand in a missing folder, below a file, or in the place of a folder', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    mkdirSync(join(folder, 'directory'));
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    for (const name of ['none/a.duckdb', 'file/a.duckdb', 'directory', 'loop']) {
      await expect(openDuckDb(writing(join(folder, name)))).rejects.toMatchObject({
        code: 'WAREHOUSE_UNWRITABLE',
      });
    }
    await expect(openDuckDb(writing('/proc/a.duckdb'))).rejects.toMatchObject({
      code: 'WAREHOUSE_UNWRITABLE',
    });
    expect(readdirSync(folder).toSorted()).toEqual(['directory', 'file', 'loop']);
  });

  it('is busy while this or another process has it open, and says which', async () => {
    const path = join(folder, 'a.duckdb');
    const own = await openDuckDb(writing(path));
    await expect(openDuckDb(reading(path))).rejects.toMatchObject({ code: 'WAREHOUSE_BUSY' });
    await own[Symbol.asyncDispose]();
    const body = "console.log('open'); process.stdin.once('end', () => process.exit()).resume();";
    const child = spawn(process.execPath, [...childArguments(path, body)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('open');
    for (const options of [writing(path), reading(path)]) {
      await expect(openDuckDb(options)).rejects.toMatchObject({
        code: 'WAREHOUSE_BUSY',
        details: { pid: child.pid },
      });
    }
    child.stdin.end();
    await once(child, 'exit');
    await (await openDuckDb(writing(path)))[Symbol.asyncDispose]();
  });

  it('is whole again after its process was killed, whatever had just been changed', async () => {
    const path = join(folder, 'a.duckdb');
    await using bench = await Workbench.open(() => openDuckDb(writing(path)), [INVOICES]);
    await bench.load(INVOICES, [{ id: 1, line_items: [{ id: 1, amount: '0.1' }], tags: ['x'] }]);
    await bench.warehouse[Symbol.asyncDispose]();
    const wider: Table = {
      ...INVOICES,
      columns: [
        ...INVOICES.columns.map((one) =>
          one.name === 'line_items'
            ? list('line_items', [...(one.fields ?? []), column('taxed', 'BOOL')])
            : one,
        ),
        column('numbers', 'INT64', 'REPEATED'),
      ],
    };
    const body = `
      const { DuckDbClient } = await import('${new URL('./client.ts', OPEN).href}');
      const run = DuckDbClient.prototype.exclusive;
      DuckDbClient.prototype.exclusive = function (work) {
        return run.call(this, (session) => work({ ...session, run: async (statement) => {
          if (statement.sql === 'CHECKPOINT') process.kill(process.pid, 'SIGKILL');
          return session.run(statement);
        } }));
      };
      await warehouse.ensure([${JSON.stringify(wider)}], []);
    `;
    const { signal, stdout } = spawnSync(process.execPath, [...childArguments(path, body)], {
      encoding: 'utf8',
    });
    expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: '' });
    expect(existsSync(`${path}.wal`)).toBe(true);
    await using again = await openDuckDb(writing(path));
    expect(await again.ensure([wider], [])).toEqual([]);
    const { rows } = await again.query('SELECT line_items, numbers FROM invoices');
    expect(rows).toEqual([
      ['[{"id":1,"project_id":null,"project_name":null,"amount":0.1,"taxed":null}]', '[]'],
    ]);
  });

  it('keeps what was committed when the disk is full', async () => {
    const path = join(folder, 'a.duckdb');
    await using bench = await Workbench.open(() => openDuckDb(writing(path)), [CLIENTS]);
    await bench.load(CLIENTS, [client(1, 'a', 1)]);
    await bench.warehouse[Symbol.asyncDispose]();
    const rows = join(folder, 'rows.ndjson');
    const lines = Array.from({ length: 60_000 }, (_, id) =>
      JSON.stringify({ ...client(id, hash('sha512', `${id}`, 'base64'), 1), _seq: id }),
    );
    writeFileSync(rows, lines.join('\n'));
    const load = {
      table: CLIENTS,
      files: [rows],
      scope: { kind: 'merge' },
      removals: [],
      gone: [],
      missing: 'go',
      spared: [],
      deletes: 'remove',
      how: null,
      watch: [],
      history: null,
    };
    const body = `
      const loads = [await warehouse.prepare(${JSON.stringify(load)})];
      const none = { renames: [], rejects: [], drift: [], states: [] };
      await warehouse.commit({ runId: 'r', committedAt: '2026-01-01T00:00:00Z', loads, ...none });
    `;
    const limited = ['-c', 'ulimit -f 4000; exec "$0" "$@"', process.execPath, ...childArguments(path, body)];
    expect(spawnSync('bash', limited, { encoding: 'utf8' }).stdout).toBe('DISK_FULL\n');
    await using again = await openDuckDb(writing(path));
    expect(await again.counts(['clients'])).toEqual(new Map([['clients', 1]]));
  });

  it('can be read by any DuckDB, under any name', async () => {
    const path = join(folder, 'a.duckdb');
    await using bench = await Workbench.open(() => openDuckDb(writing(path)), [CLIENTS, INVOICES]);
    const view = {
      name: 'lines',
      description: 'Lines.',
      table: 'invoices',
      columns: [],
      list: 'line_items',
      fields: [{ name: 'id', as: 'id' }],
    };
    await bench.warehouse.ensure([INVOICES], [view]);
    await bench.load(INVOICES, [{ id: 1, line_items: [{ id: 5 }], tags: [] }]);
    await bench.warehouse[Symbol.asyncDispose]();
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const read = async (sql: string): Promise<unknown> => (await connection.runAndReadAll(sql)).getRowsJson();
    expect(await read('SELECT id FROM lines')).toEqual([['5']]);
    expect(await read("SELECT comment FROM duckdb_tables() WHERE table_name = 'invoices'")).toEqual([
      ['All invoices.'],
    ]);
    expect(await read("SELECT comment FROM duckdb_views() WHERE view_name = 'lines'")).toEqual([['Lines.']]);
    expect(
      await read(
        "SELECT comment FROM duckdb_columns() WHERE table_name = 'invoices' AND column_name = 'tags'",
      ),
    ).toEqual([['What tags says.']]);
    connection.closeSync();
    instance.closeSync();
  });
});
