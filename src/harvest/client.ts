/**
 * One GET, from the request to a parsed body: token, limit, attempt, classification, and again where that helps.
 * The bearer token leaves this file in one place only, towards the scheme, host and port of the base URL.
 */
import { DateTime } from 'luxon';
import { isErrorLike } from '../classify/error-like.ts';
import { classifyBody, classifyNetwork, classifyStatus, type HttpContext } from '../classify/http.ts';
import type { HarvestConfig } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { ConnectorError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { interruption } from './abort.ts';
import { isObject, parseJson, type JsonObject, type JsonValue } from './json.ts';
import { createTokenSource, type TokenSource } from './oauth.ts';
import { cutPage } from './record-list.ts';
import { RateLimiter, type Left, type Turn, type Windows } from './rate-limit.ts';
import { DEFAULT_RETRY_POLICY, retryAfterMs, withRetries, type RetryPolicy } from './retry.ts';
import { createTransport, type Reply, type Timeouts, type Transport } from './transport.ts';
import type { HarvestClient, HarvestRequest, HarvestResponse } from './types.ts';
import { UsualBytes } from './usual-bytes.ts';

/** What the client needs beside its configuration; only `emit` is a must. */
export interface ClientDeps {
  readonly emit: Emit;
  /** The local clock, for what Harvest's does not say. */
  readonly clock?: () => Date;
  /** Ends every request and every wait. */
  readonly signal?: AbortSignal;
  readonly retry?: RetryPolicy;
  readonly timeouts?: Timeouts;
  readonly windows?: Windows;
  /** Told when Harvest replaced the OAuth refresh token. */
  readonly onRotated?: (token: Secret) => void;
  /** Environment to take HTTP_PROXY, HTTPS_PROXY and NO_PROXY from. */
  readonly env?: NodeJS.ProcessEnv;
  /** 0 to 1, for jitter. */
  readonly random?: () => number;
}

/** Opens a client. Dispose of it to close its connections; requests in the air then end as interrupted. */
export function createHarvestClient(
  config: HarvestConfig,
  deps: ClientDeps,
): HarvestClient & AsyncDisposable {
  return new HttpHarvestClient(config, deps);
}

/** One request on its way, the same for all its attempts. */
interface Errand {
  readonly request: HarvestRequest;
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly context: HttpContext;
  readonly turn: Turn;
}

class HttpHarvestClient implements HarvestClient, AsyncDisposable {
  readonly #config: HarvestConfig;
  readonly #deps: Required<Pick<ClientDeps, 'emit' | 'clock' | 'retry' | 'random'>>;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #transport: Transport;
  readonly #limiter: RateLimiter;
  readonly #tokens: TokenSource;
  readonly #pageBytes = new UsualBytes();

  constructor(config: HarvestConfig, deps: ClientDeps) {
    this.#config = config;
    const { emit, clock = () => new Date(), retry = DEFAULT_RETRY_POLICY, random = Math.random } = deps;
    this.#deps = { emit, clock, retry, random };
    this.#signal = anySignal(this.#closing.signal, deps.signal);
    this.#transport = createTransport({
      ...config,
      ...(deps.timeouts && { timeouts: deps.timeouts }),
      ...(deps.env && { env: deps.env }),
    });
    this.#limiter = new RateLimiter({
      ...config.limits,
      emit,
      ...(deps.windows && { windows: deps.windows }),
    });
    const onRetry = (error: ConnectorError, attempt: number, waitMs: number): boolean =>
      this.#retried(null, error, attempt, waitMs);
    this.#tokens = createTokenSource(config.login, {
      transport: this.#transport,
      clock,
      retry: { policy: retry, random, signal: this.#signal, onRetry },
      ...(deps.onRotated && { onRotated: deps.onRotated }),
    });
  }

  async get(request: HarvestRequest): Promise<HarvestResponse> {
    const signal = anySignal(this.#signal, request.signal);
    if (signal.aborted) throw interruption(signal);
    const url = resolveUrl(request, this.#config.baseUrl);
    const redact = (text: string): string => this.#tokens.redact(text);
    const context = { what: `GET ${shownUrl(url)}`, host: url.host, redact };
    const turn: Turn = { rank: rankOf(request), sinceMs: performance.now() };
    const errand: Errand = { request, url, signal, context, turn };
    return withRetries(() => this.#attempt(errand), {
      policy: this.#deps.retry,
      random: this.#deps.random,
      signal,
      onRetry: (error, attempt, waitMs) => this.#retried(request, error, attempt, waitMs),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new ConnectorError('RUN_INTERRUPTED', 'The connection to Harvest was closed.'));
    this.#limiter[Symbol.dispose]();
    await this.#transport[Symbol.asyncDispose]();
  }

  /** One attempt; a token that has run out is replaced on the way, once. */
  async #attempt(errand: Errand): Promise<HarvestResponse> {
    const token = await this.#tokens.current(errand.signal);
    const first = await this.#exchange(errand, token);
    if (first.reply.status !== 401) return this.#read(first.reply, first.startedAtMs, errand);
    const other = await this.#tokens.renewed(token, errand.signal);
    if (other === null) return this.#read(first.reply, first.startedAtMs, errand);
    const { stream } = errand.request;
    this.#deps.emit({
      event: 'request.retried',
      stream,
      attempt: 1,
      status: 401,
      code: 'HARVEST_UNAUTHORIZED',
      seconds: 0,
    });
    const second = await this.#exchange(errand, other);
    return this.#read(second.reply, second.startedAtMs, errand);
  }

  async #exchange(errand: Errand, token: Secret): Promise<{ reply: Reply; startedAtMs: number }> {
    const { request, url, signal, turn } = errand;
    const headers = {
      authorization: `Bearer ${token.reveal()}`,
      ...(this.#config.accountId !== '' && { 'harvest-account-id': this.#config.accountId }),
    };
    const send = async (left: Left): Promise<{ reply: Reply; startedAtMs: number }> => {
      const startedAtMs = performance.now();
      const { stream, bucket, purpose } = request;
      const about = { stream, bucket, url: shownUrl(url), ...(purpose && { purpose }) };
      this.#deps.emit({ event: 'request.sent', ...about });
      const hints = { onLeft: left, expectedBytes: this.#pageBytes.of(stream ?? '') ?? 0 };
      return { reply: await this.#transport.get(url, headers, signal, hints), startedAtMs };
    };
    try {
      return await this.#limiter.run(request.bucket, send, signal, turn);
    } catch (error) {
      if (error instanceof ConnectorError) throw error;
      throw classifyNetwork(error, errand.context) ?? unforeseen(error, errand.context);
    }
  }

  #read(reply: Reply, startedAtMs: number, { request, context }: Errand): HarvestResponse {
    const { status, headers, body } = reply;
    if (status !== 200) {
      const wait = retryAfterMs(headers.get('retry-after'), headers.get('date'), this.#deps.clock());
      throw classifyStatus(status, reply.text, { ...context, retryAfterMs: wait });
    }
    const { records: key, stream } = request;
    const page = key === undefined ? null : cutPage(body, key);
    const content = page ?? { body: parseBody(reply.text, context) };
    const bytes = body.length;
    if (page === null) body.release();
    else if (page.records.length > 1) this.#pageBytes.note(stream ?? '', bytes);
    const date = answeredAt(headers.get('date'), this.#deps.clock());
    return { ...content, date, ms: Math.round(performance.now() - startedAtMs), bytes };
  }

  /** True where the limiter does the waiting: after a 429 the whole bucket is held, not just this request. */
  #retried(request: HarvestRequest | null, error: ConnectorError, attempt: number, waitMs: number): boolean {
    const status = error.details['status'];
    this.#deps.emit({
      event: 'request.retried',
      stream: request?.stream ?? null,
      attempt,
      status: typeof status === 'number' ? status : null,
      code: error.code,
      seconds: Math.round(waitMs / 100) / 10,
    });
    if (request === null || error.code !== 'HARVEST_THROTTLED') return false;
    this.#limiter.hold(request.bucket, waitMs);
    return true;
  }
}

/** Whose turn it is first: reports, whose limit is the scarcest; then all but those that yield. */
function rankOf({ bucket, purpose, yields }: HarvestRequest): Turn['rank'] {
  if (bucket === 'reports') return 0;
  return yields === true || purpose === 'sweep' ? 2 : 1;
}

/**
 * The URL of a request: below the base URL, or the link itself if it leads to the same scheme, host and port. Its path
 * may differ: Harvest's own links mix `/v2/…` and `/api/v2/…`.
 * @throws ConnectorError PAGES_LOOP for a link to anywhere else
 */
function resolveUrl(request: HarvestRequest, baseUrl: string): URL {
  const base = new URL(`${baseUrl}/`);
  if (!URL.canParse(request.path, base.href)) {
    throw new ConnectorError(
      'PAGES_LOOP',
      'Harvest sent a page link that is not a URL, so it was not followed',
    );
  }
  const url = new URL(request.path, base);
  if (url.origin !== base.origin || url.username !== '' || url.password !== '') {
    const message = `A page link leads to ${url.protocol}//${url.host}, not to ${base.origin}, so it was not followed`;
    throw new ConnectorError('PAGES_LOOP', message, { details: { host: url.host } });
  }
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, String(value));
  return url;
}

/** Path and query; the parameters that Harvest would also take a login from are hidden. */
function shownUrl(url: URL): string {
  return `${url.pathname}${url.search}`.replace(/([?&](?:access_token|account_id)=)[^&]*/gi, '$1[secret]');
}

function parseBody(text: string, context: HttpContext): JsonObject {
  let parsed: JsonValue;
  try {
    parsed = parseJson(text);
  } catch {
    throw classifyBody(text, text.trim() === '' ? 'is empty' : 'is not JSON, or not all of it', context);
  }
  if (isObject(parsed)) return parsed;
  throw classifyBody(text, 'is JSON, but not an object', context);
}

/** Harvest's clock to the second; the local one, rounded down to the second, where the header does not help. */
function answeredAt(header: string | undefined, now: Date): string {
  const sent = DateTime.fromHTTP(header ?? '', { zone: 'utc' });
  return sent.isValid ? sent.toISO({ suppressMilliseconds: true }) : `${now.toISOString().slice(0, 19)}Z`;
}

function anySignal(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined || other === one ? one : AbortSignal.any([one, other]);
}

function unforeseen(error: unknown, context: HttpContext): ConnectorError {
  const text = context.redact?.(isErrorLike(error) ? error.message : String(error)) ?? '';
  return new ConnectorError('INTERNAL', `${context.what} failed: ${text}`);
}
