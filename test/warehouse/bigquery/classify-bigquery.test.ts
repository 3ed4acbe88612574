import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import {
  classifyBigQueryAnswer,
  classifyBigQueryThrown,
  classifyJobError,
  type Remedy,
} from '../../../src/classify/bigquery.ts';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { RequestFailure } from '../../../src/warehouse/bigquery/client.ts';
import * as documented from '../../bigquery/support/documented-errors.ts';
import { clientOf, openOffice, thrownBy } from './office.ts';
import { answers, breaksOff, isCutJson, isLost, type Fault } from './scripted-faults.ts';

const {
  accessDenied,
  AUTH_ERROR,
  BACKEND_ERROR,
  BAD_GATEWAY_HTML,
  BILLING_NOT_ENABLED,
  BYTES_BILLED_LIMIT_EXCEEDED,
  datasetNotInLocation,
  duplicate,
  errorAnswer,
  INTERNAL_ERROR,
  INVALID,
  INVALID_QUERY,
  JOB_ERRORS,
  JOB_RATE_LIMIT_EXCEEDED,
  jobsDenied,
  notFound,
  QUOTA_EXCEEDED,
  RATE_LIMIT_AS_INVALID_QUERY,
  RATE_LIMIT_EXCEEDED,
} = documented;

const API_DISABLED = errorAnswer(403, {
  reason: 'accessNotConfigured',
  message:
    'BigQuery API has not been used in project 123456789 before or it is disabled. Enable it by visiting the console then retry.',
});

type Case = readonly [string, documented.ErrorAnswer, ErrorCode, Remedy];

const ANSWERS: readonly Case[] = [
  ['403 rateLimitExceeded', RATE_LIMIT_EXCEEDED, 'BIGQUERY_THROTTLED', 'new job'],
  ['400 jobRateLimitExceeded', JOB_RATE_LIMIT_EXCEEDED, 'BIGQUERY_THROTTLED', 'new job'],
  ['400 invalidQuery, exceeded rate limits', RATE_LIMIT_AS_INVALID_QUERY, 'BIGQUERY_THROTTLED', 'new job'],
  ['403 quotaExceeded', QUOTA_EXCEEDED, 'BIGQUERY_QUOTA', 'none'],
  ['503 backendError', BACKEND_ERROR, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['500 internalError', INTERNAL_ERROR, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['502 as HTML', BAD_GATEWAY_HTML, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['504 without a body', { status: 504, body: '' }, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['408 without a body', { status: 408, body: '' }, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['429 without a reason', { status: 429, body: 'Slow down' }, 'BIGQUERY_UNAVAILABLE', 'ask again'],
  ['401 authError', AUTH_ERROR, 'BIGQUERY_CREDENTIALS', 'none'],
  [
    '400 invalid_grant',
    {
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    },
    'BIGQUERY_CREDENTIALS',
    'none',
  ],
  ['403 billingNotEnabled', BILLING_NOT_ENABLED, 'BIGQUERY_NO_BILLING', 'none'],
  ['400 bytesBilledLimitExceeded', BYTES_BILLED_LIMIT_EXCEEDED, 'BIGQUERY_BYTES_CAP', 'none'],
  ['403 without bigquery.jobs.create', jobsDenied('p'), 'BIGQUERY_PERMISSION', 'none'],
  [
    '403 without bigquery.datasets.create',
    accessDenied('bigquery.datasets.create', 'Project p'),
    'BIGQUERY_PERMISSION',
    'none',
  ],
  [
    '403 without bigquery.tables.getData',
    accessDenied('bigquery.tables.getData', 'Table p:d.t'),
    'BIGQUERY_PERMISSION',
    'none',
  ],
  ['403 without a body', { status: 403, body: '' }, 'BIGQUERY_PERMISSION', 'none'],
  ['403 since the API is not switched on', API_DISABLED, 'BIGQUERY_PROJECT_UNKNOWN', 'none'],
  ['404 of a project', notFound('Project p'), 'BIGQUERY_PROJECT_UNKNOWN', 'none'],
  ['404 of a dataset in another location', datasetNotInLocation('p', 'd', 'US'), 'BIGQUERY_LOCATION', 'none'],
  ['404 of a table', notFound('Table p:d.t'), 'BIGQUERY_REFUSED', 'none'],
  ['409 duplicate', duplicate('Job p:EU.j'), 'BIGQUERY_REFUSED', 'none'],
  ['400 invalid', INVALID, 'BIGQUERY_REFUSED', 'none'],
  ['400 invalidQuery', INVALID_QUERY, 'BIGQUERY_REFUSED', 'none'],
];

describe('an answer that refuses', () => {
  it.each(ANSWERS)('%s', (_name, { status, body }, code, remedy) => {
    const found = classifyBigQueryAnswer(status, body, 'making table d.t');
    expect([found.error.code, found.remedy, found.status]).toEqual([code, remedy, status]);
    expect(found.error.message).toMatch(/^BigQuery, making table d\.t: \S/);
    expect(found.error.message).not.toMatch(/[<\n]/);
    expect(found.error.hint).not.toBe('');
  });

  it.each(ANSWERS)('%s, through Google’s client', async (_name, answer, code, remedy) => {
    await using office = await openOffice();
    office.server.plan('dataset.get', answers(answer));
    const thrown = await thrownBy(
      office.client.once({ method: 'GET', path: '/datasets/d', what: 'reading dataset d' }),
    );
    expect(thrown).toBeInstanceOf(RequestFailure);
    const { failure } = thrown as RequestFailure;
    expect([failure.error.code, failure.remedy, failure.status]).toEqual([code, remedy, answer.status]);
    expect(failure.error.message).toMatch(/^BigQuery, reading dataset d: \S/);
    expect(failure.error.message).not.toMatch(/[<\n]/);
  });
});

describe('a connection that brings no answer', () => {
  it.each<[string, Fault]>([
    ['broke', isLost],
    ['broke in the middle of the answer', breaksOff],
    ['brought JSON that is cut', isCutJson],
    ['brought a page instead of JSON', answers({ status: 200, body: '<html>Log in to the hotel</html>' })],
  ])('%s', async (_what, fault) => {
    await using office = await openOffice();
    office.server.plan('dataset.get', fault);
    const call = { method: 'GET', path: '/datasets/d', what: 'reading' } as const;
    const { failure } = (await thrownBy(office.client.once(call))) as RequestFailure;
    expect(failure).toMatchObject({
      status: null,
      remedy: 'ask again',
      error: { code: 'BIGQUERY_UNAVAILABLE' },
    });
    expect(failure.reason).toMatch(/^E[A-Z]/);
  });

  it('was never made, since nobody listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => {
      closed.listen(0, '127.0.0.1', resolve);
    });
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    const client = clientOf({ url: `http://127.0.0.1:${port}` });
    const call = { method: 'GET', path: '/datasets/d', what: 'reading' } as const;
    const { failure } = (await thrownBy(client.once(call))) as RequestFailure;
    expect(failure).toMatchObject({
      reason: 'ECONNREFUSED',
      remedy: 'ask again',
      error: { code: 'BIGQUERY_UNAVAILABLE' },
    });
  });

  it.each([
    ['ECONNRESET', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['ETIMEDOUT', Object.assign(new Error('Timeout awaiting request'), { code: 'ETIMEDOUT' })],
    ['ENOTFOUND', new Error('getaddrinfo ENOTFOUND bigquery.googleapis.com')],
    ['EAI_AGAIN', Object.assign(new Error('getaddrinfo'), { code: 'EAI_AGAIN' })],
    ['EPIPE', new Error('fetch failed', { cause: Object.assign(new Error('write'), { code: 'EPIPE' }) })],
    [
      'UND_ERR_SOCKET',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
      }),
    ],
    [
      'UND_ERR_HEADERS_TIMEOUT',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      }),
    ],
    ['ECONNRESET', new TypeError('fetch failed')],
    ['ECONNRESET', new Error('network timeout at: https://bigquery.googleapis.com/x')],
    ['CERT_HAS_EXPIRED', Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })],
  ])('is known by its code or its words: %s', (reason, error) => {
    expect(classifyBigQueryThrown(error, 'reading')).toMatchObject({
      reason,
      status: null,
      remedy: 'ask again',
      error: { code: 'BIGQUERY_UNAVAILABLE' },
    });
  });
});

describe('what is no failure of BigQuery', () => {
  it.each([
    ['no login', new Error('Could not load the default credentials.'), 'BIGQUERY_CREDENTIALS'],
    [
      'a login that has ended',
      Object.assign(new Error('invalid_grant'), { code: '400' }),
      'BIGQUERY_CREDENTIALS',
    ],
    ['a text', 'boom', 'BIGQUERY_REFUSED'],
    ['our own defect', new TypeError('x is not a function'), 'BIGQUERY_REFUSED'],
  ])('is not repeated: %s', (_name, error, code) => {
    expect(classifyBigQueryThrown(error, 'reading')).toMatchObject({ remedy: 'none', error: { code } });
  });
});

describe('how a job ends', () => {
  it.each<[keyof typeof JOB_ERRORS, ErrorCode, Remedy]>([
    ['jobBackendError', 'BIGQUERY_UNAVAILABLE', 'new job'],
    ['jobInternalError', 'BIGQUERY_UNAVAILABLE', 'new job'],
    ['rateLimitExceeded', 'BIGQUERY_THROTTLED', 'new job'],
    ['quotaExceeded', 'BIGQUERY_QUOTA', 'none'],
    ['transactionAborted', 'BIGQUERY_CONTENTION', 'new job'],
    ['couldNotSerialize', 'BIGQUERY_CONTENTION', 'new job'],
    ['tooManyDml', 'BIGQUERY_CONTENTION', 'new job'],
    ['resourcesExceeded', 'BIGQUERY_REFUSED', 'none'],
    ['stopped', 'BIGQUERY_REFUSED', 'none'],
    ['timeout', 'BIGQUERY_REFUSED', 'none'],
    ['bytesBilledLimitExceeded', 'BIGQUERY_BYTES_CAP', 'none'],
    ['billingNotEnabled', 'BIGQUERY_NO_BILLING', 'none'],
    ['invalid', 'BIGQUERY_REFUSED', 'none'],
  ])('%s', (name, code, remedy) => {
    const found = classifyJobError(JOB_ERRORS[name], 'commit job j');
    expect([found.error.code, found.remedy, found.reason]).toEqual([code, remedy, JOB_ERRORS[name].reason]);
  });

  it('an error that would be asked about again needs a new job, since this one is over', () => {
    expect(classifyJobError({ reason: 'backendError', message: 'x' }, 'j').remedy).toBe('new job');
    expect(classifyJobError(null, 'j')).toMatchObject({
      remedy: 'none',
      error: { code: 'BIGQUERY_REFUSED' },
    });
  });
});

describe('the next step', () => {
  it.each([
    [jobsDenied('p'), 'bigquery.jobs.create', 'roles/bigquery.jobUser on the project'],
    [
      accessDenied('bigquery.tables.updateData', 'Table p:d.t'),
      'bigquery.tables.updateData',
      'roles/bigquery.dataEditor',
    ],
  ])('names the permission and the role: %#', (answer, permission, role) => {
    const { error } = classifyBigQueryAnswer(answer.status, answer.body, 'x');
    expect(error.details).toMatchObject({ permission });
    expect(error.hint).toContain(`Grant ${permission}, which ${role}`);
  });

  it('differs for each of the failures that people can mend', () => {
    const hints = [
      AUTH_ERROR,
      jobsDenied('p'),
      notFound('Project p'),
      datasetNotInLocation('p', 'd', 'US'),
      QUOTA_EXCEEDED,
      BILLING_NOT_ENABLED,
      BYTES_BILLED_LIMIT_EXCEEDED,
    ].map(({ status, body }) => classifyBigQueryAnswer(status, body, 'x').error.hint);
    expect(new Set(hints).size).toBe(hints.length);
  });
});
