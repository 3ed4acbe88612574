import { describe, expect, it } from '@jest/globals';
import type { QueryOrder } from '../../../src/warehouse/bigquery/orders.ts';
import { readResult } from '../../../src/warehouse/bigquery/live.ts';
import { AUTH_ERROR, INVALID_QUERY } from '../../bigquery/support/documented-errors.ts';
import { openOffice, thrownBy, type Office } from './office.ts';
import { after, answerIsLost, answers, isLost, type Fault } from './scripted-faults.ts';
import { field } from './scripted-jobs.ts';

const SELECT: QueryOrder = {
  kind: 'commit',
  stream: 'clients',
  statement: { sql: 'SELECT 1', parameters: [] },
  isAbortable: false,
};

function query(office: Office, over: Partial<QueryOrder> = {}): ReturnType<Office['jobs']['query']> {
  return office.jobs.query({ ...SELECT, ...over });
}

describe('a job', () => {
  it('is inserted once, and looked at in its location until it is done', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ looks: 3, statistics: { totalBytesBilled: '10485760' } });
    const { id } = await query(office);
    expect(office.server.inserted()).toEqual([id]);
    const looks = office.server.of('job.get');
    expect(looks).toHaveLength(3);
    expect(looks.map(({ location }) => location)).toEqual(['EU', 'EU', 'EU']);
    expect(office.notes).toEqual([
      { stream: 'clients', kind: 'commit', bytesBilled: 10_485_760, ms: expect.any(Number) },
    ]);
    expect(office.retries).toEqual([]);
  });

  it('that is done at once is not looked at', async () => {
    await using office = await openOffice();
    await query(office);
    expect(office.server.of('job.get')).toEqual([]);
  });

  it('carries its caps, its labels and its location', async () => {
    await using office = await openOffice({ connector: 'Acme.EU' });
    await query(office);
    const [request] = office.server.of('job.insert.query');
    expect(request?.job).toMatchObject({
      location: 'EU',
      maximumBytesBilled: '5000000',
      jobTimeoutMs: '1200000',
      labels: { app: 'harvest-bq', connector: 'acme_eu', run: 'run-1', stream: 'clients' },
    });
    expect(request?.jobId).toMatch(/^harvest_Acme_EU_clients_commit_[0-9a-f]{24}_0$/);
  });

  it('sends the values of its names as parameters', async () => {
    await using office = await openOffice();
    await query(office, {
      statement: {
        sql: 'SELECT @a, @c',
        parameters: [
          { name: 'a', type: 'STRING', value: null },
          {
            name: 'c',
            type: 'STRUCT[]',
            fields: { id: 'INT64', name: 'STRING' },
            value: [{ id: '1', name: null }],
          },
        ],
      },
    });
    const [request] = office.server.of('job.insert.query');
    expect(request?.job?.configuration['query']).toMatchObject({
      useLegacySql: false,
      parameterMode: 'NAMED',
      queryParameters: [
        { name: 'a', parameterType: { type: 'STRING' }, parameterValue: { value: null } },
        {
          name: 'c',
          parameterType: {
            type: 'ARRAY',
            arrayType: {
              type: 'STRUCT',
              structTypes: [
                { name: 'id', type: { type: 'INT64' } },
                { name: 'name', type: { type: 'STRING' } },
              ],
            },
          },
          parameterValue: { arrayValues: [{ structValues: { id: { value: '1' }, name: { value: null } } }] },
        },
      ],
    });
  });
});

describe('the id of a job', () => {
  it('is the same for the same order of one run, wherever it is made', async () => {
    await using one = await openOffice();
    await using other = await openOffice();
    expect((await query(one)).id).toBe((await query(other)).id);
  });

  it.each<[string, Partial<QueryOrder>]>([
    ['another text', { statement: { sql: 'SELECT 2', parameters: [] } }],
    [
      'another value',
      { statement: { ...SELECT.statement, parameters: [{ name: 'a', type: 'STRING', value: 'b' }] } },
    ],
    ['another destination', { into: { project: 'test', dataset: 'd', table: 't' } }],
    ['another stream', { stream: 'projects' }],
    ['another kind', { kind: 'compare' }],
  ])('differs for %s', async (_what, over) => {
    await using office = await openOffice();
    expect((await query(office)).id).not.toBe((await query(office, over)).id);
  });

  it('differs for another run', async () => {
    await using one = await openOffice({ runId: 'run-1' });
    await using other = await openOffice({ runId: 'run-2' });
    expect((await query(one)).id).not.toBe((await query(other)).id);
  });

  it.each(['Ä & Söhne', 'a.b/c', 'x'.repeat(100)])('has none but allowed characters for %s', async (name) => {
    await using office = await openOffice({ connector: name, runId: `${name}!` });
    await query(office, { stream: name });
    const [request] = office.server.of('job.insert.query');
    expect(request?.jobId).toMatch(/^[A-Za-z0-9_-]{1,1024}$/);
    for (const label of Object.values(request?.job?.labels ?? {}))
      expect(label).toMatch(/^[a-z0-9_-]{0,63}$/);
  });
});

describe('a job that is there already', () => {
  it('is waited for: 409, then a look', async () => {
    await using office = await openOffice();
    const first = await query(office);
    const second = await query(office);
    expect(second.id).toBe(first.id);
    expect(office.server.world.jobs.known.size).toBe(1);
  });
});

describe('a request that is refused', () => {
  it.each<[string, Fault, string]>([
    ['a wrong query', answers(INVALID_QUERY), 'BIGQUERY_REFUSED'],
    ['an expired login', answers(AUTH_ERROR), 'BIGQUERY_CREDENTIALS'],
  ])('is not repeated: %s', async (_what, fault, code) => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', fault);
    expect(await thrownBy(query(office))).toMatchObject({ code });
    expect(office.server.log).toHaveLength(1);
  });
});

describe('when the run has to end', () => {
  it('a job that can be given up is cancelled', async () => {
    await using office = await openOffice({ patience: { pollMs: 60_000, longestPollMs: 60_000 } });
    office.server.world.scriptOf = () => ({ looks: 99 });
    office.server.plan(
      'job.insert.query',
      after(() => setTimeout(() => office.stopping.abort(), 20)),
    );
    expect(await thrownBy(query(office, { isAbortable: true }))).toMatchObject({ code: 'RUN_INTERRUPTED' });
    const [cancel] = office.server.of('job.cancel');
    expect(cancel).toMatchObject({ location: 'EU', jobId: office.server.inserted()[0] });
  });

  it('a cancellation that fails changes nothing', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ looks: 99 });
    office.server.plan(
      'job.insert.query',
      after(() => office.stopping.abort()),
    );
    office.server.plan('job.cancel', isLost);
    expect(await thrownBy(query(office, { isAbortable: true }))).toMatchObject({ code: 'RUN_INTERRUPTED' });
  });

  it('a commit is waited for', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ looks: 5 });
    office.server.plan(
      'job.insert.query',
      after(() => office.stopping.abort()),
    );
    await query(office);
    expect(office.server.of('job.cancel')).toEqual([]);
    expect(office.server.of('job.get')).toHaveLength(5);
    expect(office.notes).toHaveLength(1);
  });

  it('a commit whose answer was lost is still asked for', async () => {
    await using office = await openOffice();
    office.stopping.abort();
    office.server.plan('job.insert.query', answerIsLost);
    await query(office);
    expect(office.server.inserted()).toHaveLength(1);
  });
});

describe('a job that never ends', () => {
  it('is given up after the time that patience has for it', async () => {
    await using office = await openOffice({ patience: { jobWithinMs: 30 } });
    office.server.world.scriptOf = () => ({ looks: 10_000 });
    expect(await thrownBy(query(office))).toMatchObject({
      code: 'BIGQUERY_UNAVAILABLE',
      message: expect.stringContaining('not done after') as unknown,
    });
  });
});

describe('the result of a query', () => {
  it('is read page by page, in the location of the job', async () => {
    await using office = await openOffice();
    office.server.world.pageRows = 2;
    office.server.world.scriptOf = () => ({
      fields: [field('id', 'INTEGER'), field('at', 'TIMESTAMP')],
      rows: [1, 2, 3, 4, 5].map((id) => [String(id), '1767225600000000']),
    });
    const { id } = await query(office);
    const { columns, rows } = await readResult(office.client, id, 'EU', office.stopping.signal);
    expect(columns).toEqual(['id', 'at']);
    expect(rows).toEqual(['1', '2', '3', '4', '5'].map((each) => [each, '2026-01-01T00:00:00Z']));
    expect(office.server.of('job.getQueryResults')).toHaveLength(3);
  });
});
