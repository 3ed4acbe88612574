import { classifyNetwork, classifyStatus, readReason } from '../classify/http.ts';
import type { HarvestConfig } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import { ConnectorError } from '../errors.ts';
import { interruption, untilAborted } from './abort.ts';
import { isObject, type JsonObject } from './json.ts';
import { retryAfterMs, withRetries, type RetryOptions } from './retry.ts';
import type { Reply, Transport } from './transport.ts';

/** An access token is renewed this long before it expires. */
const RENEW_EARLY_MS = 5 * 60_000;

const LOGIN_HINT =
  'Authorise the application again at https://id.getharvest.com and put the new refresh token where the configuration refers to.';

/** Where the bearer token of a request comes from. */
export interface TokenSource {
  /**
   * The token to send now.
   * @throws ConnectorError HARVEST_UNAUTHORIZED when it cannot be renewed
   */
  current(signal: AbortSignal): Promise<Secret>;
  /** Another token after Harvest refused this one; null when there is none to be had. */
  renewed(refused: Secret, signal: AbortSignal): Promise<Secret | null>;
  /** The text without any secret that this source has held. */
  redact(text: string): string;
}

/** What an OAuth login needs beside its configuration. */
export interface OAuthDeps {
  readonly transport: Pick<Transport, 'postToken'>;
  readonly clock: () => Date;
  readonly retry: RetryOptions;
  /** Told when Harvest replaced the refresh token: the stored one may have become useless. */
  readonly onRotated?: (token: Secret) => void;
}

/** The source for either kind of login. */
export function createTokenSource(login: HarvestConfig['login'], deps: OAuthDeps): TokenSource {
  if (login.kind === 'oauth') return new OAuthTokens(login, deps);
  return {
    current: () => Promise.resolve(login.accessToken),
    renewed: () => Promise.resolve(null),
    redact: (text) => withoutSecrets(text, [login.accessToken]),
  };
}

/**
 * Access tokens from a refresh token: fetched when first needed, renewed before they expire and after a 401, by one
 * request however many wait for it.
 * @see Harvest API v2 docs, page "Authentication": refresh tokens, POST /api/v2/oauth2/token (checked 2026-11-20).
 * Whether the refresh token changes is not said; one that does is used from then on.
 */
class OAuthTokens implements TokenSource {
  readonly #clientId: string;
  readonly #clientSecret: Secret;
  readonly #deps: OAuthDeps;
  readonly #held: Secret[];
  #refreshToken: Secret;
  #access: { readonly token: Secret; readonly renewAtMs: number } | null = null;
  #refreshing: Promise<Secret> | null = null;

  constructor(login: Extract<HarvestConfig['login'], { kind: 'oauth' }>, deps: OAuthDeps) {
    this.#clientId = login.clientId;
    this.#clientSecret = login.clientSecret;
    this.#refreshToken = login.refreshToken;
    this.#held = [login.clientSecret, login.refreshToken];
    this.#deps = deps;
  }

  current(signal: AbortSignal): Promise<Secret> {
    const fresh = this.#access !== null && this.#deps.clock().getTime() < this.#access.renewAtMs;
    return fresh && this.#access !== null ? Promise.resolve(this.#access.token) : this.#refresh(signal);
  }

  renewed(refused: Secret, signal: AbortSignal): Promise<Secret | null> {
    if (this.#access !== null && this.#access.token !== refused) return Promise.resolve(this.#access.token);
    return this.#refresh(signal);
  }

  redact(text: string): string {
    return withoutSecrets(text, this.#held);
  }

  #refresh(signal: AbortSignal): Promise<Secret> {
    this.#refreshing ??= withRetries(() => this.#requestToken(), this.#deps.retry).finally(() => {
      this.#refreshing = null;
    });
    return untilAborted(this.#refreshing, signal);
  }

  async #requestToken(): Promise<Secret> {
    const askedAt = this.#deps.clock().getTime();
    const form = {
      grant_type: 'refresh_token',
      client_id: this.#clientId,
      client_secret: this.#clientSecret.reveal(),
      refresh_token: this.#refreshToken.reveal(),
    };
    const answer = this.#read(await this.#post(form));
    const token = this.#hold(answer['access_token'], 'the token endpoint');
    if (token === null) {
      throw new ConnectorError('HARVEST_BAD_RESPONSE', 'The token endpoint answered without an access_token');
    }
    const seconds = answer['expires_in'];
    const renewAtMs = typeof seconds === 'number' ? askedAt + seconds * 1000 - RENEW_EARLY_MS : Infinity;
    this.#access = { token, renewAtMs };
    this.#rotate(answer['refresh_token']);
    return token;
  }

  #rotate(sent: unknown): void {
    if (sent === this.#refreshToken.reveal()) return;
    const token = this.#hold(sent, this.#refreshToken.origin);
    if (token === null) return;
    this.#refreshToken = token;
    this.#deps.onRotated?.(token);
  }

  #hold(value: unknown, origin: string): Secret | null {
    if (typeof value !== 'string' || value === '') return null;
    const secret = new Secret(value, origin);
    this.#held.push(secret);
    return secret;
  }

  async #post(form: Readonly<Record<string, string>>): Promise<Reply> {
    const { signal } = this.#deps.retry;
    try {
      return await this.#deps.transport.postToken(form, signal);
    } catch (error) {
      if (signal.aborted) throw interruption(signal);
      throw classifyNetwork(error, this.#context()) ?? error;
    }
  }

  /** Every refusal of the token endpoint is a matter of the login, whatever its status. */
  #read(reply: Reply): JsonObject {
    if (reply.status === 200) return parseObject(reply.text);
    const wait = retryAfterMs(
      reply.headers.get('retry-after'),
      reply.headers.get('date'),
      this.#deps.clock(),
    );
    const error = classifyStatus(reply.status, reply.text, { ...this.#context(), retryAfterMs: wait });
    if (error.kind === 'transient') throw error;
    const reason = readReason(this.redact(reply.text));
    const message = `Harvest did not renew the OAuth login (${reply.status})${reason === '' ? '' : `: ${reason}`}`;
    throw new ConnectorError('HARVEST_UNAUTHORIZED', message, {
      hint: LOGIN_HINT,
      details: { status: reply.status },
    });
  }

  #context(): { what: string; redact: (text: string) => string } {
    return { what: 'POST /api/v2/oauth2/token', redact: (text) => this.redact(text) };
  }
}

function parseObject(text: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (isObject(parsed)) return parsed;
  throw new ConnectorError(
    'HARVEST_BAD_RESPONSE',
    'The token endpoint sent something that is not a JSON object',
  );
}

function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
  const forms = values.flatMap((value) => [value, encodeURIComponent(value)]);
  return forms.reduce((clean, value) => clean.replaceAll(value, '[secret]'), text);
}
