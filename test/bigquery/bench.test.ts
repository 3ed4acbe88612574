import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, load, PROJECT, queryJob, startBench, type Bench } from './support/bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  await bench.direct.createDataset('d', { location: 'EU' });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const FIELDS = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED' },
  { name: 'amount', type: 'NUMERIC' },
  { name: 'at', type: 'TIMESTAMP' },
  {
    name: 'lines',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'id', type: 'INT64' },
      { name: 'price', type: 'NUMERIC' },
    ],
  },
];

async function table(name: string): Promise<void> {
  const answer = await ask(bench.emulator.url, 'POST', '/datasets/d/tables', {
    tableReference: { projectId: PROJECT, datasetId: 'd', tableId: name },
    schema: { fields: FIELDS },
    tableConstraints: { primaryKey: { columns: ['id'] } },
  });
  expect(answer.status).toBe(200);
}

async function rows(query: string, params: object = {}): Promise<unknown[]> {
  const [found] = await bench.direct.query({ query, params, wrapIntegers: false });
  return JSON.parse(JSON.stringify(found)) as unknown[];
}

describe('the emulator, through Google’s client', () => {
  it('loads exactly, and keeps the order of repeated records', async () => {
    await table('loaded');
    const lines = [
      { id: 9, price: '99999999999999999999.999999999' },
      { id: 1, price: '0.1' },
    ];
    const row = { ID: 1, amount: '1.10', at: '2026-01-01T00:00:00.000001Z', lines };
    expect((await load(bench.emulator.url, 'loaded', 'd.loaded', [row, { id: 2 }])).status).toBe(200);
    expect(
      await rows('SELECT id, CAST(amount AS STRING) AS amount, at, lines FROM d.loaded ORDER BY id'),
    ).toMatchObject([
      {
        id: 1,
        amount: '1.1',
        at: { value: '2026-01-01T00:00:00.000001000Z' },
        lines: [{ id: 9, price: '99999999999999999999.999999999' }, { id: 1 }],
      },
      { id: 2, amount: null, lines: [] },
    ]);
  });

  it('refuses what BigQuery refuses, and stores nothing of it', async () => {
    await table('strict');
    const bad = [{ id: 1, nope: 1 }, { id: 1, lines: [{ nope: 1 }] }, { id: 1.5 }, { amount: 1 }];
    for (const [index, row] of bad.entries()) {
      const { body } = await load(bench.emulator.url, `strict${index}`, 'd.strict', [{ id: 0 }, row]);
      expect(body['status']).toMatchObject({ state: 'DONE', errorResult: { reason: 'invalid' } });
    }
    expect(await rows('SELECT * FROM d.strict')).toEqual([]);
  });

  it('merges within a transaction, and rolls all of it back when the script fails', async () => {
    await table('merged');
    await bench.direct.query('INSERT INTO d.merged (id, amount) VALUES (1, 1), (2, 2)');
    const script = (guard: number): string => `
      DECLARE written INT64 DEFAULT 0;
      BEGIN TRANSACTION;
      MERGE d.merged AS target
      USING (SELECT element.id, element.amount FROM UNNEST(@staged) AS element) AS staged
      ON target.id = staged.id AND target.id BETWEEN 1 AND 9
      WHEN MATCHED AND staged.amount IS NULL THEN DELETE
      WHEN MATCHED THEN UPDATE SET amount = staged.amount, lines = [STRUCT(staged.id AS id, staged.amount AS price)]
      WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (staged.id, staged.amount);
      SET written = written + @@row_count;
      IF written != ${guard} THEN RAISE USING MESSAGE = 'the state was changed by another run'; END IF;
      COMMIT TRANSACTION;
      SELECT written;`;
    const staged = [
      { id: 1, amount: 11 },
      { id: 2, amount: null },
      { id: 3, amount: 33 },
    ];
    const types = { staged: [{ id: 'INT64', amount: 'NUMERIC' }] };
    const run = async (guard: number): Promise<unknown> => {
      const [found] = await bench.direct.query({ query: script(guard), params: { staged }, types });
      return found;
    };
    await expect(run(7)).rejects.toThrow('the state was changed by another run');
    expect(await rows('SELECT id FROM d.merged ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await run(3)).toEqual([{ written: 3 }]);
    expect(await rows('SELECT id, CAST(amount AS STRING) AS amount FROM d.merged ORDER BY id')).toEqual([
      { id: 1, amount: '11' },
      { id: 3, amount: '33' },
    ]);
  });

  it('lets one of two transactions on the same rows win', async () => {
    await table('contested');
    await bench.direct.query('INSERT INTO d.contested (id, amount) VALUES (1, 0)');
    const update = 'UPDATE d.contested SET amount = amount + 1 WHERE id = 1;';
    const [slow] = await bench.direct.createQueryJob({
      query: `BEGIN TRANSACTION; ${update}`,
      createSession: true,
    });
    await slow.getQueryResults();
    const [metadata] = await slow.getMetadata();
    const session = { key: 'session_id', value: metadata.statistics?.sessionInfo?.sessionId ?? '' };
    await bench.direct.query(`BEGIN TRANSACTION; ${update} COMMIT TRANSACTION;`);
    await expect(
      bench.direct.query({ query: 'COMMIT TRANSACTION', connectionProperties: [session] }),
    ).rejects.toThrow('Transaction is aborted due to concurrent update');
    expect(await rows('SELECT CAST(amount AS STRING) AS amount FROM d.contested')).toEqual([{ amount: '1' }]);
  });

  it('refuses two source rows for one target row, also in UPDATE … FROM', async () => {
    await table('twice');
    await bench.direct.query('INSERT INTO d.twice (id, amount) VALUES (1, 0)');
    const query =
      'UPDATE d.twice AS target SET amount = given.amount FROM UNNEST([STRUCT(1 AS id, NUMERIC "1" AS amount), (1, 2)]) AS given WHERE given.id = target.id';
    await expect(bench.direct.query(query)).rejects.toThrow('must match at most one source row');
  });

  it('has no NULL in a repeated column, whatever was written or added', async () => {
    await table('arrays');
    await bench.direct.query('INSERT INTO d.arrays (id, lines) VALUES (1, NULL)');
    await load(bench.emulator.url, 'arrays', 'd.arrays', [{ id: 2 }]);
    await bench.direct.query('ALTER TABLE d.arrays ADD COLUMN tags ARRAY<STRING>');
    expect(await rows('SELECT id, lines IS NULL AS l, tags IS NULL AS t FROM d.arrays ORDER BY id')).toEqual([
      { id: 1, l: false, t: false },
      { id: 2, l: false, t: false },
    ]);
  });

  it('changes a table by its etag, down to nested fields, and refuses other types', async () => {
    await table('changed');
    const path = '/datasets/d/tables/changed';
    const { body } = await ask(bench.emulator.url, 'GET', path);
    const { fields } = body['schema'] as { fields: { name: string; type: string; fields?: object[] }[] };
    fields.find(({ name }) => name === 'lines')?.fields?.push({ name: 'note', type: 'STRING' });
    expect((await ask(bench.emulator.url, 'PATCH', path, { schema: { fields } })).status).toBe(200);
    await load(bench.emulator.url, 'changed', 'd.changed', [{ id: 1, lines: [{ id: 1, note: 'new' }] }]);
    expect(await rows('SELECT line.note FROM d.changed, UNNEST(lines) AS line')).toEqual([{ note: 'new' }]);
    const other = fields.map((field) => (field.name === 'amount' ? { ...field, type: 'STRING' } : field));
    expect(await ask(bench.emulator.url, 'PATCH', path, { schema: { fields: other } })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('has changed type') } },
    });
    const late = await fetch(`${bench.emulator.url}/bigquery/v2/projects/${PROJECT}${path}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', 'if-match': String(body['etag']) },
      body: JSON.stringify({ description: 'late' }),
    });
    expect(late.status).toBe(412);
  });

  it('does a job once, however often its id is sent', async () => {
    await table('once');
    const job = queryJob('once', 'INSERT INTO d.once (id) VALUES (1)');
    const answers = await Promise.all([1, 2, 3].map(() => ask(bench.emulator.url, 'POST', '/jobs', job)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    await bench.direct.job('once').promise();
    expect(await rows('SELECT id FROM d.once')).toEqual([{ id: 1 }]);
  });
});
