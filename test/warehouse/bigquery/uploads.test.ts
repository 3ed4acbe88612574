import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThroughClient } from 'google-auth-library';
import { BigQueryClient } from '../../../src/warehouse/bigquery/client.ts';
import { Jobs, type LoadOrder } from '../../../src/warehouse/bigquery/orders.ts';
import { startServer, text } from '../../support/http-server.ts';
import {
  BACKEND_ERROR,
  BAD_GATEWAY_HTML,
  errorAnswer,
  JOB_ERRORS,
  RATE_LIMIT_EXCEEDED,
} from '../../bigquery/support/documented-errors.ts';
import { openOffice, QUICK, quietSession, thrownBy, writeOrder, type Office } from './office.ts';
import {
  after,
  answerIsLost,
  answers,
  answersAfter,
  isCutJson,
  isLost,
  jobFails,
  keepsOnly,
  type Fault,
} from './scripted-faults.ts';
import { startBigQuery } from './scripted-server.ts';

const MIB = 1024 * 1024;

let folder = '';
let small: LoadOrder;
let medium: LoadOrder;
let large: LoadOrder;

const orderOf = (name: string, content: Buffer): Promise<LoadOrder> =>
  writeOrder(join(folder, name), content);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvest-bq-uploads-'));
  small = await orderOf('small.ndjson', Buffer.from('{"id":1}\n{"id":2,"name":"naïve \u2028 text"}\n'));
  const line = `{"id":7,"pad":"${'x'.repeat(4000)}"}\n`;
  const lines = (mebibytes: number): Buffer =>
    Buffer.from(line.repeat(Math.ceil((mebibytes * MIB) / line.length)));
  medium = await orderOf('medium.ndjson', lines(8.5));
  large = await orderOf('large.ndjson', lines(20));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What arrived is what was sent, byte by byte, and one job came of it. */
function expectArrived(office: Office, { digest, file }: LoadOrder): void {
  const files = [...office.server.world.jobs.files.values()];
  expect(files).toHaveLength(1);
  expect(files[0]).toHaveLength(file.bytes);
  expect(
    createHash('sha256')
      .update(files[0] ?? '')
      .digest('hex'),
  ).toBe(digest);
}

/** The ranges that were sent, in mebibytes; `?`: it was asked how much is there. */
function sent(office: Office): readonly string[] {
  return office.server.of('upload.chunk', 'upload.status').map(({ headers }) => {
    const [, from, last] = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '') ?? [];
    return from === undefined ? '?' : `${Number(from) / MIB}–${Math.ceil((Number(last) + 1) / MIB)}`;
  });
}

describe('a small file', () => {
  it('goes with its job in one request', async () => {
    await using office = await openOffice();
    const { id } = await office.jobs.load(small);
    expect(office.server.inserted()).toEqual([id]);
    expectArrived(office, small);
    const [request] = office.server.of('job.insert.load');
    expect(request?.job).toMatchObject({
      location: 'EU',
      jobTimeoutMs: '1200000',
      labels: { app: 'harvest-bq', connector: 'acme', run: 'run-1', stream: 'clients' },
      writeDisposition: 'WRITE_TRUNCATE',
      destination: '_harvest_staging.acme__clients',
      configuration: {
        load: {
          sourceFormat: 'NEWLINE_DELIMITED_JSON',
          schema: { fields: small.fields },
          autodetect: false,
          maxBadRecords: 0,
          ignoreUnknownValues: false,
          createDisposition: 'CREATE_IF_NEEDED',
        },
      },
    });
    expect(office.notes).toMatchObject([{ stream: 'clients', kind: 'load', bytesBilled: 0 }]);
  });

  it('that is appended needs a table that is there, and no schema', async () => {
    await using office = await openOffice();
    await office.jobs.load({ ...small, disposition: 'append', fields: null });
    const [request] = office.server.of('job.insert.load');
    const load = request?.job?.configuration['load'];
    expect(load).toMatchObject({ writeDisposition: 'WRITE_APPEND', createDisposition: 'CREATE_NEVER' });
    expect(load).not.toHaveProperty('schema');
  });

  it.each<[string, Fault]>([
    ['the connection broke after it was taken', answerIsLost],
    ['503 after it was taken', answersAfter(BACKEND_ERROR)],
    ['an answer that cannot be read', isCutJson],
  ])('is not loaded twice when its answer is lost: %s', async (_what, fault) => {
    await using office = await openOffice();
    office.server.plan('job.insert.load', fault);
    await office.jobs.load(small);
    expect(office.server.inserted()).toHaveLength(1);
    expectArrived(office, small);
  });

  it.each<[string, Fault]>([
    ['the connection broke', isLost],
    ['502 as HTML', answers(BAD_GATEWAY_HTML)],
    ['a rate limit', answers(RATE_LIMIT_EXCEEDED)],
  ])('is sent again under the same id when it did not arrive: %s', async (_what, fault) => {
    await using office = await openOffice();
    office.server.plan('job.insert.load', fault);
    const { id } = await office.jobs.load(small);
    expect(office.server.inserted()).toEqual([id, id]);
    expectArrived(office, small);
  });

  it('is sent under a new id when its job failed in a way that a repetition can help', async () => {
    await using office = await openOffice();
    office.server.plan('job.insert.load', jobFails(JOB_ERRORS.jobBackendError));
    await office.jobs.load(small);
    const [first, second] = office.server.inserted();
    expect(second).toBe(first?.replace(/_0$/, '_1'));
    expectArrived(office, small);
  });

  it('of rows that BigQuery refuses is told with the reason', async () => {
    await using office = await openOffice();
    office.server.plan('job.insert.load', jobFails(JOB_ERRORS.invalid));
    expect(await thrownBy(office.jobs.load(small))).toMatchObject({
      code: 'BIGQUERY_REFUSED',
      details: { job_id: office.server.inserted()[0], reason: 'invalid' },
    });
  });
});

describe('the id of a load', () => {
  it('is bound to the bytes of its file', async () => {
    await using office = await openOffice();
    const { id } = await office.jobs.load(small);
    const other = await orderOf('other.ndjson', Buffer.from('{"id":3}\n'));
    expect((await office.jobs.load(other)).id).not.toBe(id);
    expect((await office.jobs.load(small)).id).toBe(id);
  });

  it('that has a name of its own is the same whoever loads what', async () => {
    await using office = await openOffice({ runId: 'run-1' });
    const append = { ...small, disposition: 'append', fields: null, once: 'clients 2026-01' } as const;
    const { id } = await office.jobs.load(append);
    const session = { ...quietSession(), runId: 'run-2' };
    const later = new Jobs(office.client, { ...office.jobs.defaults, session });
    const other = await orderOf('other.ndjson', Buffer.from('{"id":3}\n'));
    const again = await later.load({ ...append, file: other.file, digest: other.digest });
    expect(again.id).toBe(id);
    expect(again.isOld).toBe(true);
    expect(office.server.world.jobs.files.size).toBe(1);
  });

  it('that has a name of its own stays one where the second run is throttled', async () => {
    await using office = await openOffice({ runId: 'run-1' });
    const append = { ...small, disposition: 'append', fields: null, once: 'clients 2026-01' } as const;
    await office.jobs.load(append);
    office.server.plan('job.insert.load', answers(RATE_LIMIT_EXCEEDED));
    await office.jobs.load(append);
    expect(office.server.world.jobs.files.size).toBe(1);
  });
});

describe('a large file', () => {
  it('goes in chunks', async () => {
    await using office = await openOffice();
    await office.jobs.load(large);
    expect(sent(office)).toEqual(['0–8', '8–16', '16–21']);
    expectArrived(office, large);
  });

  it.each<[string, Fault, readonly string[]]>([
    ['a chunk is lost', isLost, ['0–8', '8–16', '?', '8–16', '16–21']],
    ['a chunk arrives and its answer is lost', answerIsLost, ['0–8', '8–16', '?', '16–21']],
    ['503 instead of a chunk', answers(BACKEND_ERROR), ['0–8', '8–16', '?', '8–16', '16–21']],
    ['429 instead of a chunk', answers({ status: 429, body: '' }), ['0–8', '8–16', '?', '8–16', '16–21']],
    ['a part of a chunk arrives', keepsOnly(3 * MIB), ['0–8', '8–16', '11–19', '19–21']],
  ])('goes on from what the server has: %s', async (_what, fault, ranges) => {
    await using office = await openOffice();
    office.server.plan('upload.chunk', fault, { nth: 2 });
    await office.jobs.load(large);
    expect(sent(office)).toEqual(ranges);
    expect(office.server.inserted()).toHaveLength(1);
    expectArrived(office, large);
  });

  it('goes on where the question after the break is lost too', async () => {
    await using office = await openOffice();
    office.server.plan('upload.chunk', isLost, { nth: 2 });
    office.server.plan('upload.status', isLost);
    await office.jobs.load(large);
    expect(sent(office)).toEqual(['0–8', '8–16', '?', '?', '8–16', '16–21']);
    expectArrived(office, large);
  });

  it('of which nothing of the first chunk arrived begins from the start', async () => {
    await using office = await openOffice();
    office.server.plan('upload.chunk', isLost);
    await office.jobs.load(medium);
    expect(sent(office)).toEqual(['0–8', '?', '0–8', '8–9']);
    expectArrived(office, medium);
  });

  it('of which the last answer is lost is not sent again: the question brings the job', async () => {
    await using office = await openOffice();
    office.server.plan('upload.chunk', answerIsLost, { nth: 2 });
    await office.jobs.load(medium);
    expect(sent(office)).toEqual(['0–8', '8–9', '?']);
    expectArrived(office, medium);
  });

  it('whose session is lost begins another one under the same id', async () => {
    await using office = await openOffice();
    office.server.plan(
      'upload.chunk',
      after(() => office.server.world.jobs.loseSessions()),
      { nth: 2 },
    );
    await office.jobs.load(medium);
    const [first, second] = office.server.inserted();
    expect(second).toBe(first);
    expectArrived(office, medium);
  });

  it('whose session is lost after its job was taken is not sent again', async () => {
    await using office = await openOffice();
    office.server.plan('upload.chunk', answerIsLost, { nth: 2 });
    office.server.plan('upload.status', answers({ status: 410, body: 'Gone' }));
    await office.jobs.load(medium);
    expect(office.server.inserted()).toHaveLength(1);
    expectArrived(office, medium);
  });

  it('of which nothing more arrives is given up, though the server answers', async () => {
    await using office = await openOffice({ patience: { attempts: 2 } });
    const stuck = { status: 308, body: '', headers: { range: `bytes=0-${8 * MIB - 1}` } };
    office.server.plan('upload.chunk', answers(stuck), { times: 999 });
    office.server.plan('upload.status', answers(stuck), { times: 999 });
    expect(await thrownBy(office.jobs.load(medium))).toMatchObject({
      code: 'BIGQUERY_UNAVAILABLE',
      message: expect.stringContaining('does not go on') as unknown,
    });
  });

  it('is refused with what BigQuery says of the job', async () => {
    await using office = await openOffice();
    const refusal = errorAnswer(400, { reason: 'invalid', message: 'Invalid schema' });
    office.server.plan('upload.start', answers(refusal));
    expect(await thrownBy(office.jobs.load(medium))).toMatchObject({
      code: 'BIGQUERY_REFUSED',
      message: expect.stringContaining('Invalid schema') as unknown,
    });
    expect(office.server.of('upload.chunk')).toEqual([]);
  });

  it('ends with the run when it may be given up', async () => {
    await using office = await openOffice({ patience: { baseMs: 60_000, longestMs: 60_000 } });
    office.server.plan('upload.chunk', isLost, { nth: 2 });
    office.server.plan(
      'upload.chunk',
      after(() => setTimeout(() => office.stopping.abort(), 20)),
    );
    expect(await thrownBy(office.jobs.load(medium))).toMatchObject({ code: 'RUN_INTERRUPTED' });
    expect(office.server.world.jobs.files.size).toBe(0);
  });
});

describe('a file that became shorter', () => {
  it.each([
    ['in one request', 100],
    ['in chunks', 9 * MIB],
  ])('is not loaded %s', async (_how, bytes) => {
    await using office = await openOffice();
    const order = await orderOf('shrunk.ndjson', Buffer.alloc(bytes, '\n'));
    await truncate(order.file.path, bytes - 1);
    expect(await thrownBy(office.jobs.load(order))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('shorter') as unknown,
    });
    expect(office.server.world.jobs.files.size).toBe(0);
    expect((await stat(order.file.path)).size).toBe(bytes - 1);
  });
});

describe('the token', () => {
  it.each([
    ['another host', (other: string) => `${other}/upload?upload_id=1`],
    ['another host that looks like Google', () => 'http://bigquery.googleapis.com.evil.test/upload'],
    ['Google without encryption', () => 'http://bigquery.googleapis.com/upload'],
    ['no address', () => 'upload/1'],
  ])('does not leave when the upload leads to %s', async (_what, locationOf) => {
    await using server = await startBigQuery();
    await using other = await startServer(() => text('', 200));
    server.world.addDataset('_harvest_staging');
    const location = locationOf(other.origin);
    server.plan('upload.start', answers({ status: 200, body: '', headers: { location } }), { times: 99 });
    const authClient = new PassThroughClient();
    authClient.getRequestHeaders = async () => new Headers({ authorization: 'Bearer secret' });
    const client = new BigQueryClient({
      project: 'test',
      apiEndpoint: server.url,
      authClient,
      patience: QUICK,
    });
    const session = quietSession();
    const jobs = new Jobs(client, { connector: 'acme', location: 'EU', maximumBytesBilled: 1, session });
    expect(await thrownBy(jobs.load(medium))).toMatchObject({
      code: 'BIGQUERY_UNAVAILABLE',
      message: expect.stringContaining('leads to another host') as unknown,
    });
    expect(other.seen).toEqual([]);
    const [start] = server.of('upload.start');
    expect(start?.headers.authorization).toBe('Bearer secret');
    expect(server.of('upload.chunk')).toEqual([]);
  });
});
