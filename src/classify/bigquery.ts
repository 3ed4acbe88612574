/**
 * What a failure of BigQuery means: one table of its reasons, used for refused requests, for jobs that ended with an
 * error and for a connection that broke.
 * @see Google Cloud, BigQuery, "Error messages" and "Troubleshoot quota and limit errors" (checked 2026-11-24)
 */
import type { ErrorCode } from '../error-codes.ts';
import { ConnectorError } from '../errors.ts';
import { codeOf, isErrorLike, type ErrorLike } from './error-like.ts';
import { factsOfBody, factsOfError, statusOf, withoutMarkup, type Facts } from './bigquery-facts.ts';
import { NETWORK_CODE } from './network-code.ts';

/**
 * What can be done: ask again about the same job, since nobody knows whether it was taken; send the work as a new
 * job, since this one is over; or nothing.
 */
export type Remedy = 'ask again' | 'new job' | 'none';

/** A failure, and what can be done. */
export interface BigQueryFailure {
  readonly error: ConnectorError;
  readonly remedy: Remedy;
  /** The HTTP status, where there was an answer. */
  readonly status: number | null;
  /** BigQuery's own word, such as `rateLimitExceeded`, or the network's, such as `ECONNRESET`. */
  readonly reason: string;
}

interface Rule {
  readonly when: (facts: Facts) => boolean;
  readonly code: ErrorCode;
  readonly remedy: Remedy;
}

const reasons =
  (...names: readonly string[]): Rule['when'] =>
  ({ reason }) =>
    names.includes(reason);
const says =
  (pattern: RegExp): Rule['when'] =>
  ({ message }) =>
    pattern.test(message);
const status =
  (...codes: readonly number[]): Rule['when'] =>
  (facts) =>
    codes.includes(facts.status ?? 0);

/** The first rule that fits counts. Messages are read only where BigQuery gives several causes the same reason. */
const RULES: readonly Rule[] = [
  {
    when: says(
      /aborted due to concurrent update|could not serialize access|Resources exceeded.*too many DML/i,
    ),
    code: 'BIGQUERY_CONTENTION',
    remedy: 'new job',
  },
  {
    when: says(/exceeded rate limits|too many table (update|dml) /i),
    code: 'BIGQUERY_THROTTLED',
    remedy: 'new job',
  },
  {
    when: reasons('rateLimitExceeded', 'jobRateLimitExceeded', 'userRateLimitExceeded'),
    code: 'BIGQUERY_THROTTLED',
    remedy: 'new job',
  },
  {
    when: reasons('jobBackendError', 'jobInternalError', 'tableUnavailable'),
    code: 'BIGQUERY_UNAVAILABLE',
    remedy: 'new job',
  },
  { when: says(/retrying the job may solve the problem/i), code: 'BIGQUERY_UNAVAILABLE', remedy: 'new job' },
  { when: reasons('billingNotEnabled'), code: 'BIGQUERY_NO_BILLING', remedy: 'none' },
  {
    when: says(/not allowed in the free tier|billing has not been enabled/i),
    code: 'BIGQUERY_NO_BILLING',
    remedy: 'none',
  },
  { when: reasons('bytesBilledLimitExceeded'), code: 'BIGQUERY_BYTES_CAP', remedy: 'none' },
  { when: says(/exceeded limit for bytes billed/i), code: 'BIGQUERY_BYTES_CAP', remedy: 'none' },
  { when: reasons('quotaExceeded'), code: 'BIGQUERY_QUOTA', remedy: 'none' },
  {
    when: reasons('authError', 'invalid_grant', 'invalid_rapt', 'invalid_client'),
    code: 'BIGQUERY_CREDENTIALS',
    remedy: 'none',
  },
  { when: status(401), code: 'BIGQUERY_CREDENTIALS', remedy: 'none' },
  {
    when: says(/default credentials|invalid_grant|reauthentication|could not refresh access token/i),
    code: 'BIGQUERY_CREDENTIALS',
    remedy: 'none',
  },
  {
    when: says(
      /has not been used in project|api (has|is) not (been )?enabled|unknown project|not found: project|project .* (was not found|does not exist)/i,
    ),
    code: 'BIGQUERY_PROJECT_UNKNOWN',
    remedy: 'none',
  },
  {
    when: says(/not found: dataset .* in location|dataset .* not found in location/i),
    code: 'BIGQUERY_LOCATION',
    remedy: 'none',
  },
  {
    when: reasons('accessDenied', 'forbidden', 'insufficientPermissions'),
    code: 'BIGQUERY_PERMISSION',
    remedy: 'none',
  },
  { when: status(403), code: 'BIGQUERY_PERMISSION', remedy: 'none' },
  {
    when: reasons('backendError', 'internalError', 'timeout', 'badGateway'),
    code: 'BIGQUERY_UNAVAILABLE',
    remedy: 'ask again',
  },
  { when: status(408, 429, 500, 502, 503, 504), code: 'BIGQUERY_UNAVAILABLE', remedy: 'ask again' },
  {
    when: ({ status: answered, reason }) => answered === null && NETWORK_CODE.test(reason),
    code: 'BIGQUERY_UNAVAILABLE',
    remedy: 'ask again',
  },
];

/** The answer of a refused request, by its status and body. */
export function classifyBigQueryAnswer(answered: number, body: unknown, what: string): BigQueryFailure {
  const { reason, message } = factsOfBody(body);
  return failure({ status: answered, reason, message: message || `HTTP ${answered}` }, what);
}

/** What a request threw: an answer that the client took for an error, or a connection that broke. */
export function classifyBigQueryThrown(error: unknown, what: string): BigQueryFailure {
  if (!isErrorLike(error)) return failure({ status: null, reason: '', message: String(error) }, what);
  const seen = statusOf(error);
  // an answer that was well, of which the body did not arrive or cannot be read
  const isUnreadable = seen !== null && seen < 400;
  const answered = isUnreadable ? null : seen;
  const first = 'errors' in error && Array.isArray(error.errors) ? (error.errors[0] as unknown) : null;
  const { reason, message } = factsOfError(first);
  const network = networkCodeOf(error);
  const facts = {
    status: answered,
    reason: reason || network,
    message: withoutMarkup(message || error.message || error.name),
  };
  const isConnection =
    answered === null &&
    (isUnreadable ||
      network !== '' ||
      /fetch failed|socket hang up|premature close|network timeout|aborted/i.test(facts.message));
  return failure(isConnection && facts.reason === '' ? { ...facts, reason: 'ECONNRESET' } : facts, what);
}

/** The code of a connection that broke; the client's errors keep it in their text only. */
function networkCodeOf(error: ErrorLike): string {
  const inText = /\b(E[A-Z]{4,}|EAI_[A-Z]+|UND_ERR_\w+)\b/.exec(error.message)?.[1] ?? '';
  return [...[error, error.cause].map(codeOf), inText].find((code) => NETWORK_CODE.test(code)) ?? '';
}

/** How a job ended: `status.errorResult` of a job that is DONE. */
export function classifyJobError(errorResult: unknown, what: string): BigQueryFailure {
  const { reason, message } = factsOfError(errorResult);
  const found = failure({ status: null, reason, message: message || reason }, what);
  // it would take as long again
  if (reason === 'timeout') return { ...found, remedy: 'none' };
  // the job is over: to ask about it again would give the same answer
  return found.remedy === 'ask again' ? { ...found, remedy: 'new job' } : found;
}

/** An answer that cannot be read: what was asked may have been done all the same. */
export function unreadableAnswer(what: string): BigQueryFailure {
  return failure(
    { status: null, reason: 'ERR_STREAM_PREMATURE_CLOSE', message: 'the answer is not JSON' },
    what,
  );
}

const LONGEST_MESSAGE = 600;

function failure(facts: Facts, what: string): BigQueryFailure {
  const rule = RULES.find(({ when }) => when(facts));
  const { status: answered, reason, message } = facts;
  const said = message.replace(/\s+/g, ' ').trim().slice(0, LONGEST_MESSAGE);
  const error = new ConnectorError(rule?.code ?? 'BIGQUERY_REFUSED', `BigQuery, ${what}: ${said}`, {
    details: { status: answered, reason, ...permissionIn(said) },
    ...hintFor(rule?.code, said),
  });
  return { error, remedy: rule?.remedy ?? 'none', status: answered, reason };
}

function permissionIn(message: string): { readonly permission?: string } {
  const permission = /\b((?:bigquery|serviceusage|iam)\.[A-Za-z]+(?:\.[A-Za-z]+)?)\b/.exec(message)?.[1];
  return permission === undefined ? {} : { permission };
}

function hintFor(code: ErrorCode | undefined, message: string): { readonly hint?: string } {
  const { permission } = permissionIn(message);
  if (code !== 'BIGQUERY_PERMISSION' || permission === undefined) return {};
  const role =
    permission === 'bigquery.jobs.create'
      ? 'roles/bigquery.jobUser on the project'
      : 'roles/bigquery.dataEditor on the dataset';
  return {
    hint: `Grant ${permission}, which ${role} holds; docs/deploy.md has the commands. Then run: harvest-bq check`,
  };
}
