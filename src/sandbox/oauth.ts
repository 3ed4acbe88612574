/** Tokens: three that always work, and those of the token endpoint, which expire. */
import type { Account } from './account.ts';
import { type Answer, Refusal } from './answer.ts';
import type { Rec, User } from './model.ts';
import type { SandboxOptions } from './options.ts';

export type TokenName = 'administrator' | 'manager' | 'member';

/** What a client registered with the sandbox uses. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Good for grant_type authorization_code, any number of times. */
  readonly code: string;
  /** The first refresh token. */
  readonly refreshToken: string;
}

const TWO_WEEKS_SECONDS = 1_209_600;

export class Tokens {
  readonly fixed: Readonly<Record<TokenName, string>>;
  readonly client: OAuthClient;
  readonly #account: Account;
  readonly #expiresInSeconds: number;
  readonly #rotate: boolean;
  readonly #issued = new Map<string, number>();
  readonly #refreshTokens = new Set<string>();
  #counter = 0;

  constructor(account: Account, options: SandboxOptions['oauth'] = {}) {
    this.#account = account;
    this.#expiresInSeconds = options.expiresInSeconds ?? TWO_WEEKS_SECONDS;
    this.#rotate = options.rotate ?? false;
    const suffix = `sandbox-${account.id}`;
    this.fixed = {
      administrator: `administrator-${suffix}`,
      manager: `manager-${suffix}`,
      member: `member-${suffix}`,
    };
    this.client = {
      clientId: `client-${suffix}`,
      clientSecret: `secret-${suffix}`,
      code: `code-${suffix}`,
      refreshToken: `refresh-${suffix}`,
    };
    this.#refreshTokens.add(this.client.refreshToken);
  }

  /** Whose token it is. @throws Refusal 401 */
  userOf(token: string | null): User {
    const name = (Object.keys(this.fixed) as TokenName[]).find((each) => this.fixed[each] === token);
    const expiresAt = token === null ? undefined : this.#issued.get(token);
    const valid = name !== undefined || (expiresAt !== undefined && expiresAt > this.#account.clock.nowMs());
    const user = this.#account.tables.users.get(this.#account.people[name ?? 'administrator']);
    if (!valid || user === undefined) {
      throw new Refusal(401, {
        error: 'invalid_token',
        error_description: 'The access token provided is expired, revoked, malformed or invalid.',
      });
    }
    return user;
  }

  /** POST /api/v2/oauth2/token. */
  issue(body: Rec): Answer {
    const { grant_type: grant, client_id: id, client_secret: secret, code, refresh_token: refresh } = body;
    if (id !== this.client.clientId || secret !== this.client.clientSecret)
      return refuse('invalid_client', 401);
    if (grant === 'authorization_code') {
      if (code !== this.client.code) return refuse('invalid_grant', 400);
    } else if (grant === 'refresh_token') {
      if (typeof refresh !== 'string' || !this.#refreshTokens.has(refresh))
        return refuse('invalid_grant', 400);
    } else return refuse('unsupported_grant_type', 400);
    this.#counter += 1;
    const token = `access-${this.#counter}-${this.#account.id}`;
    this.#issued.set(token, this.#account.clock.nowMs() + this.#expiresInSeconds * 1000);
    const renewed = this.#refreshTokenAfter(typeof refresh === 'string' ? refresh : this.client.refreshToken);
    const life = { token_type: 'bearer', expires_in: this.#expiresInSeconds };
    return { status: 200, body: { access_token: token, refresh_token: renewed, ...life } };
  }

  #refreshTokenAfter(used: string): string {
    if (!this.#rotate) return used;
    const renewed = `refresh-${this.#counter}-${this.#account.id}`;
    this.#refreshTokens.delete(used);
    this.#refreshTokens.add(renewed);
    return renewed;
  }
}

function refuse(error: string, status: number): Answer {
  return { status, body: { error, error_description: 'The request for a token was refused.' } };
}

/** GET /api/v2/accounts: the person and their accounts, a Forecast account first as a trap. */
export function accountsOf(account: Account, user: User): Rec {
  const { id, first_name, last_name, email } = user;
  return {
    user: { id, first_name, last_name, email },
    accounts: [
      { id: account.id + 7, name: `${String(account.company['name'])} (planning)`, product: 'forecast' },
      { id: account.id, name: account.company['name'], product: 'harvest' },
    ],
  };
}
