import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, load, PROJECT, queryJob, startBench, type Bench } from './support/bench.ts';
import { JOB_ERRORS, QUOTA_EXCEEDED } from './support/documented-errors.ts';
import {
  answer,
  answerAfter,
  cut,
  delay,
  dropAfter,
  dropBefore,
  holdAnswer,
  jobFails,
  unavailableAfter,
  unavailableBefore,
  type Fault,
} from './support/faults.ts';

let bench: Bench;
let url: string;
let numbers = 0;
beforeAll(async () => {
  bench = await startBench({ roleOf: ({ labels }) => labels['step'] ?? null });
  ({ url } = bench.proxy);
  await ask(url, 'POST', '/datasets', {
    datasetReference: { projectId: PROJECT, datasetId: 'd' },
    location: 'EU',
  });
  await bench.direct.query('CREATE TABLE d.t (id INT64, name STRING)');
});
beforeEach(async () => {
  bench.proxy.reset();
  await bench.direct.query('DELETE FROM d.t WHERE TRUE');
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

function fresh(name: string): string {
  numbers += 1;
  return `${name}_${numbers}`;
}

/** Sends an insert of one row as a query job; the status, or null where the connection broke. */
async function insert(jobId: string): Promise<number | null> {
  const job = queryJob(jobId, 'INSERT INTO d.t (id) VALUES (1)');
  return ask(url, 'POST', '/jobs', job).then(
    ({ status }) => status,
    () => null,
  );
}

async function stored(): Promise<number> {
  const [[row]] = (await bench.direct.query('SELECT COUNT(*) AS n FROM d.t')) as unknown as [[{ n: number }]];
  return row.n;
}

async function stateOf(jobId: string): Promise<unknown> {
  const { status, body } = await ask(url, 'GET', `/jobs/${jobId}?location=EU`);
  return status === 200 ? (body['status'] as { readonly state: string }).state : status;
}

describe('a fault', () => {
  // what the client sees · what has happened · what the same id is answered afterwards
  it.each<readonly [string, Fault, number | null, number, number]>([
    ['a lost answer', dropAfter(), null, 1, 409],
    ['a lost request', dropBefore(), null, 0, 200],
    ['503 instead of being done', unavailableBefore(), 503, 0, 200],
    ['503 after it was done', unavailableAfter(), 503, 1, 409],
    ['an error instead of being done', answer(QUOTA_EXCEEDED), 403, 0, 200],
    ['an error after it was done', answerAfter(QUOTA_EXCEEDED), 403, 1, 409],
    ['half of an answer', cut(), null, 1, 409],
    ['a delay', delay(50), 200, 1, 409],
  ])('%s: the client, the table and the job agree', async (_name, fault, seen, rows, again) => {
    const jobId = fresh('fault');
    const planned = bench.proxy.plan({ kind: 'job.insert.query', role: 'commit' }, fault);
    expect(await insert(jobId)).toBe(seen);
    expect(planned.happened).toBe(1);
    if (seen !== 200) expect(await stored()).toBe(rows);
    if (seen !== 200) expect(await stateOf(jobId)).toBe(rows === 1 ? 'DONE' : 404);
    expect(await insert(jobId)).toBe(again);
    expect(bench.proxy.log.find(({ faults }) => faults.includes(fault.name))).toMatchObject({ jobId });
    expect(bench.proxy.problems).toEqual([]);
  });

  it('strikes the nth request that fits, and as many as were planned', async () => {
    bench.proxy.plan({ kind: 'job.insert.query' }, unavailableBefore(), { nth: 2, times: 2 });
    const seen = [];
    for (let round = 0; round < 4; round += 1) seen.push(await insert(fresh('nth')));
    expect(seen).toEqual([200, 503, 503, 200]);
  });

  it('lets a load be lost after it took effect, and its id answer 409', async () => {
    const jobId = fresh('load');
    bench.proxy.plan({ role: 'load' }, dropAfter());
    await expect(load(url, jobId, 'd.t', [{ id: 1 }, { id: 2 }])).rejects.toThrow('fetch failed');
    expect(await stateOf(jobId)).toBe('DONE');
    expect((await load(url, jobId, 'd.t', [{ id: 1 }, { id: 2 }])).status).toBe(409);
    expect(await stored()).toBe(2);
  });

  it('lets a job fail that was taken, under way first, and keeps it from the emulator', async () => {
    const jobId = fresh('fails');
    bench.proxy.plan({ kind: 'job.insert.query' }, jobFails(JOB_ERRORS.jobBackendError));
    const taken = await ask(url, 'POST', '/jobs', queryJob(jobId, 'INSERT INTO d.t (id) VALUES (1)'));
    expect(taken).toMatchObject({ status: 200, body: { status: { state: 'RUNNING' } } });
    const failed = await ask(url, 'GET', `/jobs/${jobId}?location=EU`);
    expect(failed.body).toMatchObject({
      jobReference: { jobId, location: 'EU' },
      status: { state: 'DONE', errorResult: { reason: 'jobBackendError' } },
    });
    expect((await ask(url, 'GET', `/queries/${jobId}?location=EU`)).status).toBe(400);
    expect(await insert(jobId)).toBe(409);
    expect(await stored()).toBe(0);
  });

  it('holds an answer back until it may go, while others get theirs', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    bench.proxy.plan({ jobId: /^held/ }, holdAnswer(promise));
    let isAnswered = false;
    const held = insert(fresh('held')).finally(() => {
      isAnswered = true;
    });
    expect(await insert(fresh('other'))).toBe(200);
    expect([isAnswered, bench.proxy.log.length]).toEqual([false, 2]);
    resolve();
    expect(await held).toBe(200);
  });
});

describe('uploads in chunks', () => {
  const data = Buffer.from(
    Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"name":"${'x'.repeat(20)}"}\n`).join(''),
  );
  const half = 256 * 1024;

  async function start(jobId: string): Promise<string> {
    const answered = await fetch(`${url}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        jobReference: { projectId: PROJECT, jobId, location: 'EU' },
        configuration: {
          labels: { step: 'load' },
          load: {
            destinationTable: { projectId: PROJECT, datasetId: 'd', tableId: 't' },
            sourceFormat: 'NEWLINE_DELIMITED_JSON',
            writeDisposition: 'WRITE_APPEND',
          },
        },
      }),
    });
    return answered.headers.get('location') ?? '';
  }

  async function chunk(session: string, from: number, to: number): Promise<Response> {
    const body = data.subarray(from, to);
    const range = from < 0 ? `bytes */${data.length}` : `bytes ${from}-${to - 1}/${data.length}`;
    return fetch(session, { method: 'PUT', headers: { 'content-range': range }, body: from < 0 ? '' : body });
  }

  it('come back to the proxy, and neither a lost chunk nor a lost end doubles a row', async () => {
    const jobId = fresh('chunks');
    const session = await start(jobId);
    expect(new URL(session).port).toBe(String(bench.proxy.port));
    bench.proxy.plan({ kind: 'upload.chunk' }, dropAfter(), { nth: 1, times: 2 });
    await expect(chunk(session, 0, half)).rejects.toThrow('fetch failed');
    await expect(chunk(session, half, data.length)).rejects.toThrow('fetch failed');
    const state = await chunk(session, -1, 0);
    expect(await state.json()).toMatchObject({ jobReference: { jobId } });
    expect(await stateOf(jobId)).toBe('DONE');
    expect(await stored()).toBe(20_000);
    expect(bench.proxy.log.filter(({ role }) => role === 'load').map(({ kind }) => kind)).toEqual([
      'upload.start',
      'upload.chunk',
      'upload.chunk',
      'upload.status',
      'job.get',
    ]);
  });

  it('say how much has arrived, and take a chunk again', async () => {
    const session = await start(fresh('again'));
    expect((await chunk(session, 0, half)).status).toBe(308);
    const state = await chunk(session, -1, 0);
    expect([state.status, state.headers.get('range')]).toEqual([308, `bytes=0-${half - 1}`]);
    expect((await chunk(session, 0, half)).status).toBe(308);
    expect((await chunk(session, half, data.length)).status).toBe(200);
    await bench.direct.query('SELECT 1');
    expect(await stored()).toBe(20_000);
  });
});

describe('a hook', () => {
  it('stops a client after its commit took effect and before the answer', async () => {
    const jobId = fresh('killed');
    const job = JSON.stringify(queryJob(jobId, 'INSERT INTO d.t (id) VALUES (1)'));
    const script = `
      const order = { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(job)} };
      await fetch('${url}/bigquery/v2/projects/${PROJECT}/jobs', order);
      await fetch('${url}/bigquery/v2/projects/${PROJECT}/jobs/next');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    bench.proxy.on('effective', { role: 'commit' }, () => child.kill('SIGKILL'));
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    expect([await stored(), bench.proxy.log.map(({ path }) => path.split('/').at(-1))]).toEqual([
      1,
      ['jobs'],
    ]);
  });

  it('after an answer is over before another request is looked at', async () => {
    const order: string[] = [];
    bench.proxy.on('answered', { role: 'commit' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      order.push('hook');
    });
    bench.proxy.on('received', { kind: 'dataset.get' }, () => order.push('next request'));
    await insert(fresh('gate'));
    await ask(url, 'GET', '/datasets/d');
    expect(order).toEqual(['hook', 'next request']);
  });
});

describe('the log', () => {
  it('has what a job was asked to do', async () => {
    const job = queryJob(fresh('log'), 'SELECT 1', { maximumBytesBilled: '10000000' });
    await ask(url, 'POST', '/jobs', job);
    expect(bench.proxy.log).toMatchObject([
      {
        method: 'POST',
        kind: 'job.insert.query',
        role: 'commit',
        status: 200,
        location: 'EU',
        job: { sql: 'SELECT 1', labels: { step: 'commit' }, maximumBytesBilled: '10000000', dryRun: false },
      },
    ]);
  });
});

describe('what the emulator cannot judge', () => {
  it('is refused as documented without a permission', async () => {
    bench.proxy.deny('bigquery.tables.create', 'bigquery.jobs.create');
    const table = { tableReference: { projectId: PROJECT, datasetId: 'd', tableId: 'new' } };
    expect(await ask(url, 'POST', '/datasets/d/tables', table)).toEqual({
      status: 403,
      body: {
        error: {
          code: 403,
          message: `Access Denied: Dataset ${PROJECT}:d: Permission bigquery.tables.create denied on dataset ${PROJECT}:d (or it may not exist).`,
          errors: [expect.objectContaining({ domain: 'global', reason: 'accessDenied' })],
          status: 'PERMISSION_DENIED',
        },
      },
    });
    expect(await insert(fresh('denied'))).toBe(403);
    bench.proxy.deny();
    expect(await insert(fresh('allowed'))).toBe(200);
  });

  it('runs a job where its data are, and nowhere else', async () => {
    const jobId = fresh('place');
    const job = {
      ...queryJob(jobId, 'SELECT COUNT(*) FROM `d`.t'),
      jobReference: { projectId: PROJECT, jobId },
    };
    const elsewhere = { ...job, jobReference: { projectId: PROJECT, jobId, location: 'US' } };
    expect(await ask(url, 'POST', '/jobs', elsewhere)).toMatchObject({
      status: 404,
      body: { error: { message: `Not found: Dataset ${PROJECT}:d was not found in location US` } },
    });
    const { body } = await ask(url, 'POST', '/jobs', job);
    expect(body['jobReference']).toMatchObject({ location: 'EU' });
    expect((await ask(url, 'GET', `/jobs/${jobId}`)).status).toBe(404);
    expect((await ask(url, 'GET', `/jobs/${jobId}?location=EU`)).status).toBe(200);
  });
});
