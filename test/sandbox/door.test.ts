import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConnectorError } from '../../src/errors.ts';
import { describeSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { ask, control, headersOf, NOW, start } from './ask.ts';

describe('the sandbox’s door', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await start();
  });
  afterAll(() => sandbox.close());

  const status = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await fetch(`${sandbox.baseUrl}/${path}`, { headers })).status;

  it('asks for a User-Agent', async () => {
    expect(await status('clients', { ...headersOf(sandbox), 'user-agent': ' ' })).toBe(400);
  });

  it('answers 401 to a wrong token, 404 to a wrong account and to a route that does not exist', async () => {
    const right = headersOf(sandbox);
    expect(await status('clients', { ...right, authorization: 'Bearer wrong' })).toBe(401);
    expect(await status('clients', { ...right, 'harvest-account-id': '1' })).toBe(404);
    expect(await status('nothing', right)).toBe(404);
    expect(await status('clients/1', right)).toBe(404);
    expect(await status('clients', right)).toBe(200);
  });

  it('carries its own clock in the Date header, on refusals too', async () => {
    await using late = await start({ now: '2031-05-06T07:08:09Z' });
    const reply = await ask(late, 'users/me');
    expect(reply.headers.get('date')).toMatch(/^Tue, 06 May 2031 07:08:/);
    await control(late, 'clock', { advance_seconds: 86_400 });
    const refused = await fetch(`${late.baseUrl}/clients`);
    expect(refused.headers.get('date')).toMatch(/^Wed, 07 May 2031 07:08:/);
    expect(await control(late, 'clock', { now: NOW })).toEqual({ now: NOW });
  });

  it('lists the accounts of a token’s owner, other products included', async () => {
    const reply = await ask(sandbox, `${sandbox.identityUrl}/api/v2/accounts`);
    const accounts = reply.body['accounts'] as { id: number; product: string }[];
    expect(accounts.map((account) => account.product)).toEqual(['forecast', 'harvest']);
    expect(String(accounts[1]?.id)).toBe(sandbox.accountId);
  });

  it('says plainly that a port is taken', async () => {
    const port = Number(new URL(sandbox.url).port);
    const failure = await start({ port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConnectorError);
    expect((failure as ConnectorError).code).toBe('USAGE_PORT_IN_USE');
  });

  it('closes at once, slow answers and idle connections included', async () => {
    const own = await start({ latencyMs: 60_000 });
    const waiting = fetch(`${own.baseUrl}/clients`, { headers: headersOf(own) }).catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await own.close();
    expect(performance.now() - began).toBeLessThan(1000);
    expect(await waiting).toBe('cut');
    await own.close();
  });

  it('counts requests by route, its own controls excepted', async () => {
    sandbox.requests.reset();
    await ask(sandbox, 'clients?per_page=1');
    await ask(sandbox, 'invoices/5/messages');
    expect(sandbox.requests.byRoute()).toEqual({
      'GET /v2/clients': { '200': 1 },
      'GET /v2/invoices/{id}/messages': { '404': 1 },
    });
    expect(sandbox.requests.count('/v2/clients')).toBe(1);
    expect(sandbox.requests.list[0]?.url).toBe('/v2/clients?per_page=1');
    expect((await control(sandbox, 'requests', {}, 'GET'))['total']).toBe(2);
  });

  it('describes itself with a configuration that holds no bare token', () => {
    const facts = describeSandbox(sandbox);
    expect(facts.base_url).toBe(sandbox.baseUrl);
    expect(facts.config_yaml).toContain(
      `access_token: \${SANDBOX_ACCESS_TOKEN:-${facts.tokens.administrator}}`,
    );
    expect(facts.config_yaml).toContain('limits: { general: off, reports: off }');
  });
});

describe('the sandbox’s token endpoint', () => {
  const grant = async (
    sandbox: Sandbox,
    fields: Record<string, string>,
    as: 'form' | 'json' = 'form',
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const all = { client_id: sandbox.oauth.clientId, client_secret: sandbox.oauth.clientSecret, ...fields };
    const response = await fetch(`${sandbox.identityUrl}/api/v2/oauth2/token`, {
      method: 'POST',
      headers: {
        'user-agent': 'Test (t@example.com)',
        ...(as === 'json' ? { 'content-type': 'application/json' } : {}),
      },
      body: as === 'json' ? JSON.stringify(all) : new URLSearchParams(all),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('gives access tokens for a code and for a refresh token, asked by form or JSON', async () => {
    await using sandbox = await start();
    const first = await grant(sandbox, { grant_type: 'authorization_code', code: sandbox.oauth.code });
    expect(first).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 1_209_600 } });
    const refresh_token = String(first.body['refresh_token']);
    const second = await grant(sandbox, { grant_type: 'refresh_token', refresh_token }, 'json');
    expect(second.body['refresh_token']).toBe(refresh_token);
    const token = String(second.body['access_token']);
    expect((await ask(sandbox, 'users/me', { token })).status).toBe(200);
  });

  it('lets access tokens expire and rotates refresh tokens where told to', async () => {
    await using sandbox = await start({ oauth: { expiresInSeconds: 60, rotate: true } });
    const refresh_token = sandbox.oauth.refreshToken;
    const first = await grant(sandbox, { grant_type: 'refresh_token', refresh_token });
    expect(first.body['refresh_token']).not.toBe(refresh_token);
    expect((await grant(sandbox, { grant_type: 'refresh_token', refresh_token })).status).toBe(400);
    const token = String(first.body['access_token']);
    expect((await ask(sandbox, 'users/me', { token })).status).toBe(200);
    sandbox.account.clock.advance(61_000);
    expect((await ask(sandbox, 'users/me', { token })).status).toBe(401);
  });

  it('refuses a wrong secret, a wrong token and a grant it does not know', async () => {
    await using sandbox = await start();
    const wrong = await grant(sandbox, { grant_type: 'refresh_token', client_secret: 'x' });
    expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    const stale = await grant(sandbox, { grant_type: 'refresh_token', refresh_token: 'x' });
    expect(stale).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await grant(sandbox, { grant_type: 'password' })).body['error']).toBe('unsupported_grant_type');
  });
});

describe('the sandbox’s rate limits', () => {
  it('allow as many requests as Harvest and then say how long to wait', async () => {
    await using sandbox = await start({ limits: 'real' });
    const replies = await Promise.all(Array.from({ length: 101 }, () => ask(sandbox, 'users/me')));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused).toHaveLength(1);
    const wait = Number(refused[0]?.headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(15);
  });

  it('slide, and count reports twice', async () => {
    const limits = { general: { requests: 4, windowMs: 300 }, reports: { requests: 2, windowMs: 60_000 } };
    await using sandbox = await start({ limits });
    const report = 'reports/project_budget';
    expect((await ask(sandbox, report)).status).toBe(200);
    expect((await ask(sandbox, report)).status).toBe(200);
    expect((await ask(sandbox, report)).status).toBe(429);
    expect((await ask(sandbox, 'clients')).status).toBe(200);
    expect((await ask(sandbox, 'clients')).status).toBe(200);
    expect((await ask(sandbox, 'clients')).status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 320));
    expect((await ask(sandbox, 'clients')).status).toBe(200);
    expect((await ask(sandbox, report)).status).toBe(429);
  });
});
