import { describe, expect, it } from '@jest/globals';
import type { QueryOrder } from '../../../src/warehouse/bigquery/orders.ts';
import { ConnectorError } from '../../../src/errors.ts';
import {
  BACKEND_ERROR,
  BAD_GATEWAY_HTML,
  INTERNAL_ERROR,
  JOB_ERRORS,
  JOB_RATE_LIMIT_EXCEEDED,
  RATE_LIMIT_AS_INVALID_QUERY,
  RATE_LIMIT_EXCEEDED,
  errorAnswer,
} from '../../bigquery/support/documented-errors.ts';
import { openOffice, thrownBy, type Office } from './office.ts';
import {
  answerIsLost,
  answers,
  answersAfter,
  breaksOff,
  isCutJson,
  isLost,
  jobFails,
  type Fault,
} from './scripted-faults.ts';

const SELECT: QueryOrder = {
  kind: 'commit',
  stream: 'clients',
  statement: { sql: 'SELECT 1', parameters: [] },
  isAbortable: false,
};

const TOO_MANY_REQUESTS = errorAnswer(429, { reason: 'rateLimitExceeded', message: 'Slow down' });

/** Ids without what is bound to the content. */
function numbers(ids: readonly (string | null)[]): readonly string[] {
  return ids.map((id) => /_(\d+)$/.exec(id ?? '')?.[1] ?? '');
}

function query(office: Office, over: Partial<QueryOrder> = {}): ReturnType<Office['jobs']['query']> {
  return office.jobs.query({ ...SELECT, ...over });
}

describe('a job of which the answer did not arrive', () => {
  const lost: readonly (readonly [string, Fault])[] = [
    ['the connection broke after it was taken', answerIsLost],
    ['503 after it was taken', answersAfter(BACKEND_ERROR)],
    ['500 after it was taken', answersAfter(INTERNAL_ERROR)],
    ['an HTML page after it was taken', answersAfter(BAD_GATEWAY_HTML)],
    ['half of the answer', breaksOff],
    ['JSON that is cut', isCutJson],
  ];
  it.each(lost)('is found and not sent again: %s', async (_what, fault) => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', fault);
    const { id } = await query(office);
    expect(office.server.inserted()).toEqual([id]);
    expect(office.server.world.jobs.known.size).toBe(1);
  });

  it.each<[string, Fault]>([
    ['the connection broke', isLost],
    ['503', answers(BACKEND_ERROR)],
    ['502 as HTML', answers(BAD_GATEWAY_HTML)],
    ['429 without a reason', answers({ status: 429, body: 'Too Many Requests' })],
  ])('is sent again with the same id where it was not taken: %s', async (_what, fault) => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', fault, { times: 2 });
    const { id } = await query(office);
    expect(office.server.inserted()).toEqual([id, id, id]);
    expect(numbers(office.server.inserted())).toEqual(['0', '0', '0']);
  });

  it('is found where it is seen late: 409 first, then a look that finds nothing yet', async () => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', answerIsLost);
    office.server.plan(
      'job.get',
      answers(errorAnswer(404, { reason: 'notFound', message: 'Not found: Job' })),
      {
        times: 2,
      },
    );
    const { id } = await query(office);
    expect(new Set(office.server.inserted())).toEqual(new Set([id]));
    expect(office.server.world.jobs.known.size).toBe(1);
  });

  it('and that failed meanwhile is not taken for an old one', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ error: JOB_ERRORS.invalid });
    office.server.plan('job.insert.query', answerIsLost);
    expect(await thrownBy(query(office))).toMatchObject({ code: 'BIGQUERY_REFUSED' });
    expect(office.server.world.jobs.known.size).toBe(1);
  });

  it('is given up with its id when nothing is ever answered', async () => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', answers(BACKEND_ERROR), { times: 99 });
    const error = await thrownBy(query(office));
    expect(error).toMatchObject({
      code: 'BIGQUERY_UNAVAILABLE',
      details: { job_id: office.server.inserted()[0], reason: 'backendError', status: 503 },
    });
    expect(office.server.inserted()).toHaveLength(4);
  });

  it('is looked at again where looking fails', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ looks: 2 });
    office.server.plan('job.get', answers(BACKEND_ERROR), { times: 2 });
    office.server.plan('job.get', breaksOff, { nth: 3 });
    await query(office);
    expect(office.server.inserted()).toHaveLength(1);
  });
});

describe('a job that is refused for the moment', () => {
  it.each<[string, Fault, string]>([
    ['403 rateLimitExceeded', answers(RATE_LIMIT_EXCEEDED), 'rateLimitExceeded'],
    ['400 jobRateLimitExceeded', answers(JOB_RATE_LIMIT_EXCEEDED), 'jobRateLimitExceeded'],
    ['400 invalidQuery, exceeded rate limits', answers(RATE_LIMIT_AS_INVALID_QUERY), 'invalidQuery'],
    ['429 rateLimitExceeded', answers(TOO_MANY_REQUESTS), 'rateLimitExceeded'],
  ])('is sent again with the same id, and people are told: %s', async (_what, fault, reason) => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', fault);
    const { id } = await query(office);
    expect(office.server.inserted()).toEqual([id, id]);
    expect(office.retries).toEqual([
      { stream: 'clients', kind: 'commit', attempt: 1, reason, seconds: expect.any(Number) },
    ]);
    expect(office.notes).toHaveLength(1);
  });

  it('after a lost answer is never sent under another id', async () => {
    await using office = await openOffice();
    const unseen = answers(errorAnswer(404, { reason: 'notFound', message: 'Not found: Job' }));
    office.server.plan('job.insert.query', answerIsLost);
    office.server.plan('job.get', unseen, { times: 2 });
    office.server.plan('job.insert.query', answers(RATE_LIMIT_EXCEEDED), { nth: 2 });
    await query(office);
    expect(office.server.world.jobs.known.size).toBe(1);
  });

  it('is given up in the end', async () => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', answers(RATE_LIMIT_EXCEEDED), { times: 99 });
    expect(await thrownBy(query(office))).toMatchObject({ code: 'BIGQUERY_THROTTLED' });
    expect(office.retries).toHaveLength(3);
  });

  it('is given up at once when the run has to end, a commit too', async () => {
    await using office = await openOffice({ patience: { baseMs: 60_000, longestMs: 60_000 } });
    office.server.plan('job.insert.query', answers(RATE_LIMIT_EXCEEDED), { times: 99 });
    setTimeout(() => office.stopping.abort(new ConnectorError('RUN_INTERRUPTED', 'stop')), 20);
    expect(await thrownBy(query(office))).toMatchObject({ code: 'RUN_INTERRUPTED' });
    expect(office.server.inserted()).toHaveLength(1);
  });
});

describe('a job that ends with an error', () => {
  it.each([
    ['jobBackendError', JOB_ERRORS.jobBackendError],
    ['jobInternalError', JOB_ERRORS.jobInternalError],
    ['rateLimitExceeded', JOB_ERRORS.rateLimitExceeded],
    ['jobRateLimitExceeded', { reason: 'jobRateLimitExceeded', message: 'Job exceeded rate limits' }],
    ['backendError', { reason: 'backendError', message: 'Error encountered during execution.' }],
    ['a transaction that was aborted', JOB_ERRORS.transactionAborted],
    ['access that could not be serialized', JOB_ERRORS.couldNotSerialize],
    ['too many statements that change one table', JOB_ERRORS.tooManyDml],
  ])('that a repetition can help is sent under a new id: %s', async (_what, error) => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ looks: 1 });
    office.server.plan('job.insert.query', jobFails(error));
    await query(office);
    expect(numbers(office.server.inserted())).toEqual(['0', '1']);
    expect(office.retries).toMatchObject([{ attempt: 1, reason: error.reason, kind: 'commit' }]);
  });

  it.each([
    ['invalid', JOB_ERRORS.invalid, 'BIGQUERY_REFUSED'],
    ['a result that is too large', JOB_ERRORS.resourcesExceeded, 'BIGQUERY_REFUSED'],
    ['stopped by somebody', JOB_ERRORS.stopped, 'BIGQUERY_REFUSED'],
    ['its time limit', JOB_ERRORS.timeout, 'BIGQUERY_REFUSED'],
    ['the cap of bytes', JOB_ERRORS.bytesBilledLimitExceeded, 'BIGQUERY_BYTES_CAP'],
    ['billing', JOB_ERRORS.billingNotEnabled, 'BIGQUERY_NO_BILLING'],
    ['a quota', JOB_ERRORS.quotaExceeded, 'BIGQUERY_QUOTA'],
  ])('that nothing can help is told with its id: %s', async (_what, error, code) => {
    await using office = await openOffice();
    office.server.plan('job.insert.query', jobFails(error));
    expect(await thrownBy(query(office))).toMatchObject({
      code,
      message: expect.stringContaining(error.message) as unknown,
      details: { job_id: office.server.inserted()[0], reason: error.reason },
    });
    expect(office.server.inserted()).toHaveLength(1);
    expect(office.notes).toEqual([]);
  });

  it('each time is given up after as many attempts as patience has', async () => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ error: JOB_ERRORS.jobBackendError });
    expect(await thrownBy(query(office))).toMatchObject({ code: 'BIGQUERY_UNAVAILABLE' });
    expect(numbers(office.server.inserted())).toEqual(['0', '1', '2', '3']);
  });

  it.each([
    ['of the moment', JOB_ERRORS.jobBackendError],
    ['that somebody has mended since', JOB_ERRORS.quotaExceeded],
  ])('in an earlier attempt of the run is done under a new id, at once: %s', async (_what, error) => {
    await using office = await openOffice();
    office.server.world.scriptOf = () => ({ error });
    await thrownBy(query(office));
    const before = office.server.world.jobs.known.size;
    office.server.world.scriptOf = () => ({});
    const retries = office.retries.length;
    const { id } = await query(office);
    expect(numbers([id])).toEqual([String(before)]);
    expect(office.retries).toHaveLength(retries);
  });
});
