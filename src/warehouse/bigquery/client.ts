/**
 * The way to BigQuery: Google's client carries every request but uploads. Its own retries are off, since it can
 * neither ask about a job whose answer was lost nor tell a job that is over from one that is under way; jobs.ts can.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BigQuery } from '@google-cloud/bigquery';
import type { AuthClient } from 'google-auth-library';
import { classifyBigQueryThrown, unreadableAnswer, type BigQueryFailure } from '../../classify/bigquery.ts';
import { ConnectorError } from '../../errors.ts';
import { backoff, type Patience } from './backoff.ts';

/** A REST call below `projects/<project>`. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/datasets/d/tables/t` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What it is for, in messages: `reading table clients`. */
  readonly what: string;
}

/** What the client is made from. */
export interface ClientOptions {
  readonly project: string;
  /** Without a trailing slash; null: Google's own. */
  readonly apiEndpoint: string | null;
  readonly authClient: AuthClient;
  readonly patience: Patience;
}

/** A request that was refused or found no answer; jobs.ts decides what it means. */
export class RequestFailure extends Error {
  override readonly name = 'RequestFailure';
  readonly failure: BigQueryFailure;
  constructor(failure: BigQueryFailure) {
    super(failure.error.message);
    this.failure = failure;
  }
}

/** A request that has not been answered by then is sent again or asked about. In milliseconds. */
const ANSWER_WITHIN_MS = 60_000;

/** Google's own address. */
const GOOGLE = 'https://bigquery.googleapis.com';

/** The requests that BigQuery understands, with patience for those that can be repeated. */
export class BigQueryClient {
  readonly project: string;
  readonly address: string;
  readonly authClient: AuthClient;
  readonly patience: Patience;
  /** For uploads; HTTP_PROXY, HTTPS_PROXY and NO_PROXY are obeyed, as Google's client does. */
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly #client: BigQuery;

  constructor({ project, apiEndpoint, authClient, patience }: ClientOptions) {
    this.project = project;
    this.address = apiEndpoint ?? GOOGLE;
    this.authClient = authClient;
    this.patience = patience;
    // a loopback address is reached without a proxy, whatever the environment says
    const isLocal = new URL(this.address).protocol === 'http:';
    const proxyEnv = isLocal ? {} : process.env;
    this.agents = { http: new HttpAgent({ proxyEnv }), https: new HttpsAgent({ proxyEnv }) };
    this.#client = new BigQuery({
      projectId: project,
      authClient,
      apiEndpoint: this.address,
      retryOptions: { autoRetry: false, maxRetries: 0 },
    });
    // the client lets BIGQUERY_EMULATOR_HOST win over what it is given, for all requests but uploads
    this.#client.baseUrl = `${this.address}/bigquery/v2`;
  }

  /**
   * Sends a request once.
   * @throws RequestFailure
   */
  async once(call: Call): Promise<unknown> {
    const { method, path, query, body, headers, what } = call;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#client.request(
      {
        method,
        uri: path,
        timeout: ANSWER_WITHIN_MS,
        ...(query === undefined ? {} : { qs: query }),
        ...(body === undefined ? {} : { json: body }),
        ...(headers === undefined ? {} : { headers }),
      },
      (error: unknown, answer: unknown) => {
        if (error !== null && error !== undefined)
          reject(new RequestFailure(classifyBigQueryThrown(error, what)));
        else if (isText(answer)) reject(new RequestFailure(unreadableAnswer(what)));
        else resolve(answer);
      },
    );
    return promise;
  }

  /**
   * Sends a request that may be repeated, until it is answered or patience ends. Answers that are in `expected`, such
   * as 404, give null; that the project is not there is never expected.
   * @throws ConnectorError BIGQUERY_*; RUN_INTERRUPTED
   */
  async ask(call: Call, signal: AbortSignal, expected: readonly number[] = []): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.once(call);
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error;
        const { failure } = error;
        const isProjectThere = failure.error.code !== 'BIGQUERY_PROJECT_UNKNOWN';
        if (failure.status !== null && expected.includes(failure.status) && isProjectThere) return null;
        if (failure.remedy === 'none' || attempt >= this.patience.attempts) throw failure.error;
        await backoff(attempt, this.patience, signal);
      }
    }
  }
}

/** A body that was no JSON; an empty one, as of a deletion, is none. */
function isText(answer: unknown): boolean {
  return typeof answer === 'string' && answer.trim() !== '';
}

/** What BigQuery answers to a request of which the shape is known. @throws ConnectorError BIGQUERY_UNAVAILABLE */
export function asObject(answer: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) {
    return answer as Readonly<Record<string, unknown>>;
  }
  throw new ConnectorError('BIGQUERY_UNAVAILABLE', `BigQuery, ${what}: the answer is not JSON`);
}
