import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fieldsOf } from '../../../src/warehouse/bigquery/columns.ts';
import { writeStagedFile, type StagedFile } from '../../../src/warehouse/bigquery/staged-file.ts';
import { createSpoolFolder } from '../../../src/warehouse/spool-folder.ts';
import type { Row, Table } from '../../../src/warehouse/table.ts';
import type { TableLoad } from '../../../src/warehouse/warehouse.ts';
import { client, CLIENTS, column, MONTHS, table } from '../workbench.ts';

let folder = '';
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvest-bq-staged-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Staged extends StagedFile {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Spools the batches of rows, one file each, and stages them. */
async function stage(
  into: Table,
  batches: readonly (readonly Row[])[],
  over: Partial<TableLoad> = {},
): Promise<Staged> {
  await using spools = await createSpoolFolder();
  const paths: string[] = [];
  for (const rows of batches) {
    const spool = await spools.open();
    await spool.write(rows);
    await spool.close();
    paths.push(spool.path);
  }
  const load: TableLoad = {
    table: into,
    stream: into.name,
    files: paths,
    scope: { kind: 'merge' },
    removals: [],
    gone: [],
    missing: 'go',
    spared: [],
    deletes: 'remove',
    how: null,
    watch: [],
    history: null,
    ...over,
  };
  files += 1;
  const staged = await writeStagedFile(load, fieldsOf(into), join(folder, `${files}.ndjson`));
  const content = await readFile(staged.path);
  expect(content).toHaveLength(staged.bytes);
  expect(createHash('sha256').update(content).digest('hex')).toBe(staged.digest);
  const lines = content.toString('utf8').split('\n');
  expect(lines.pop()).toBe('');
  return { ...staged, rows: lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>) };
}

describe('the file of a load', () => {
  it('holds its rows with what is meant by them, and nothing of the spool', async () => {
    const staged = await stage(CLIENTS, [[client(1, 'A', 1)], [client(2, null, 2, '1.50')]]);
    expect(staged.rows).toEqual([
      { _change: 'upsert', ...client(1, 'A', 1) },
      { _change: 'upsert', ...client(2, null, 2, '1.50') },
    ]);
    expect(staged).toMatchObject({ upserts: 2, duplicates: 0, marks: 0 });
  });

  it('keeps texts as they are, whatever Unicode calls a line', async () => {
    const name = 'a\u2028b\u2029c\u0085d\r\ne {"_seq":1} 😀';
    const { rows } = await stage(CLIENTS, [[client(1, name, 1)]]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.['name']).toBe(name);
  });

  it('is the same for the same rows in every attempt, wherever they were spooled', async () => {
    const batches = [[client(1, 'A', 1), client(2, 'B', 2)], [client(1, 'C', 3)]];
    const [one, other] = [await stage(CLIENTS, batches), await stage(CLIENTS, batches)];
    expect(one.digest).toBe(other.digest);
    expect((await stage(CLIENTS, [[client(1, 'A', 1)]])).digest).not.toBe(one.digest);
  });

  it('of nothing holds one row that means nothing, so that its table is made', async () => {
    const staged = await stage(CLIENTS, []);
    expect(staged.rows).toEqual([{ _change: 'spare' }]);
    expect(staged).toMatchObject({ upserts: 0, duplicates: 0, marks: 0, bounds: null, transitions: [] });
  });
});

describe('of rows with one key', () => {
  it.each<[string, readonly Row[], string]>([
    ['the newest stays, when it came last', [client(1, 'old', 1), client(1, 'new', 2)], 'new'],
    ['the newest stays, when it came first', [client(1, 'new', 2), client(1, 'old', 1)], 'new'],
    ['the last stays, when they are equally new', [client(1, 'first', 1), client(1, 'last', 1)], 'last'],
    [
      'one with a time beats one without',
      [client(1, 'timed', 1), { ...client(1, 'bare', 1), updated_at: null }],
      'timed',
    ],
    ['numbers are compared as numbers', [client(1, 'new', 2), { ...client(1, 'old', 1), id: '01' }], 'new'],
  ])('%s', async (_what, rows, name) => {
    const staged = await stage(
      CLIENTS,
      rows.map((row) => [row]),
    );
    expect(staged.rows.map((row) => row['name'])).toEqual([name]);
    expect(staged).toMatchObject({ upserts: 1, duplicates: 1 });
  });

  it('the last stays in a table that knows no time', async () => {
    const month = (total: string): Row => ({
      period_start: '2026-01-01',
      client_id: 1,
      currency: 'EUR',
      total,
    });
    const staged = await stage(MONTHS, [[month('1'), month('2')], [month('3')]]);
    expect(staged.rows.map((row) => row['total'])).toEqual(['3']);
    expect(staged.duplicates).toBe(2);
  });

  it('parts of a key are not run together', async () => {
    const pairs = table('pairs', [column('a', 'STRING'), column('b', 'STRING')], { primaryKey: ['a', 'b'] });
    const staged = await stage(pairs, [
      [
        { a: 'x', b: 'yz' },
        { a: 'xy', b: 'z' },
        { a: 'x","y', b: '' },
      ],
    ]);
    expect(staged).toMatchObject({ upserts: 3, duplicates: 0 });
  });
});

describe('keys that have to go or to stay', () => {
  it('stand beside the rows', async () => {
    const over = { removals: [['2']], spared: [['3']], gone: [['9007199254740993']] };
    const staged = await stage(CLIENTS, [[client(1, 'A', 1)]], over);
    expect(staged.rows.slice(1)).toEqual([
      { _change: 'remove', id: '2' },
      { _change: 'spare', id: '3' },
      { _change: 'lose', id: '9007199254740993' },
    ]);
    expect(staged).toMatchObject({ upserts: 1, marks: 3 });
  });

  it('stand once, and not at all where there is a row', async () => {
    const staged = await stage(CLIENTS, [[client(1, 'A', 1)]], {
      removals: [['1'], ['2'], ['02'], ['2']],
      spared: [['1'], ['2'], ['3']],
      gone: [['1'], ['2'], ['3'], ['4'], ['04']],
    });
    expect(staged.rows.map((row) => [row['_change'], String(row['id'])])).toEqual([
      ['upsert', '1'],
      ['remove', '2'],
      ['spare', '3'],
      ['lose', '4'],
    ]);
  });

  it.each([['abc'], ['1.5'], ['9223372036854775808'], ['']])(
    'that no row can have are left out: %s',
    async (bad) => {
      const staged = await stage(CLIENTS, [[client(1, 'A', 1)]], {
        removals: [[bad]],
        spared: [[bad]],
        gone: [[bad]],
      });
      expect(staged.rows).toHaveLength(1);
      expect(staged.marks).toBe(0);
    },
  );

  it('of several parts are left out when one part is bad', async () => {
    const removals = [
      ['2026-02-30', '1', 'EUR'],
      ['2026-02-28', '1', 'EUR'],
    ];
    const staged = await stage(MONTHS, [], { removals });
    expect(staged.rows).toEqual([
      { _change: 'remove', period_start: '2026-02-28', client_id: '1', currency: 'EUR' },
    ]);
  });
});

describe('the bounds', () => {
  it('hold rows and marks', async () => {
    const staged = await stage(CLIENTS, [[client(10, 'A', 1), client(9, 'B', 1)]], {
      removals: [['100']],
      spared: [['2']],
    });
    expect(staged.bounds).toEqual({ least: '2', greatest: '100' });
  });

  it('are days where the key begins with one', async () => {
    const month = (day: string): Row => ({ period_start: day, client_id: 1, currency: 'EUR', total: '1' });
    const { bounds } = await stage(MONTHS, [[month('2026-02-01'), month('2025-12-01')]]);
    expect(bounds).toEqual({ least: "DATE '2025-12-01'", greatest: "DATE '2026-02-01'" });
  });
});

describe('watched columns', () => {
  it('are told of the rows that count, each combination once, with the newest time', async () => {
    const { transitions } = await stage(
      CLIENTS,
      [[client(1, 'A', 5), client(2, 'A', 7), client(3, 'A', 6), client(4, null, 1), client(4, 'lost', 0)]],
      { watch: ['name'] },
    );
    expect(transitions).toEqual([
      { before: null, after: ['A'], latest: '2026-01-01T00:07:00Z' },
      { before: null, after: [null], latest: '2026-01-01T00:01:00Z' },
    ]);
  });
});
