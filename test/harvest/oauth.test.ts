import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { Secret } from '../../src/config/secret.ts';
import type { HarvestRequest } from '../../src/harvest/types.ts';
import {
  cut,
  json,
  silence,
  startServer,
  text,
  type SeenRequest,
  type Step,
} from '../support/http-server.ts';
import { failureOf, openBench } from './setup.ts';

const CLIENTS: HarvestRequest = { path: 'clients', bucket: 'general', stream: 'clients' };
const LOGIN = {
  kind: 'oauth',
  clientId: 'app-1',
  clientSecret: new Secret('client-s3cret', 'test'),
  refreshToken: new Secret('refresh-0', '${HARVEST_REFRESH_TOKEN}'),
} as const;

function fresh(n: number): Step {
  return json({ access_token: `access-${n}`, token_type: 'bearer', expires_in: 1_209_600 });
}

/** An identity server that numbers its tokens, and an API that takes only the tokens it is told to. */
function harvest(options: { token?: (count: number) => Step; accepts?: (token: string) => boolean } = {}): {
  choose: (request: SeenRequest) => Step;
  tokenRequests: () => number;
} {
  let count = 0;
  const choose = (request: SeenRequest): Step => {
    if (request.url === '/api/v2/oauth2/token') return (options.token ?? fresh)(++count);
    const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
    return (options.accepts ?? (() => true))(token) ? json({ token }) : json({ message: 'expired' }, 401);
  };
  return { choose, tokenRequests: () => count };
}

describe('an OAuth login', () => {
  it('fetches one access token for however many requests', async () => {
    const { choose, tokenRequests } = harvest();
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN });
    const answers = await Promise.all([1, 2, 3, 4].map(() => bench.client.get(CLIENTS)));
    expect(answers.map(({ body }) => body['token'])).toEqual([
      'access-1',
      'access-1',
      'access-1',
      'access-1',
    ]);
    expect(tokenRequests()).toBe(1);
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'harvest-bq tests (tests@example.com)',
      },
      body: 'grant_type=refresh_token&client_id=app-1&client_secret=client-s3cret&refresh_token=refresh-0',
    });
  });

  it('renews before the token expires', async () => {
    let now = Date.parse('2026-11-20T06:00:00Z');
    const { choose, tokenRequests } = harvest();
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN }, { clock: () => new Date(now) });
    await bench.client.get(CLIENTS);
    now += (1_209_600 - 301) * 1000;
    await bench.client.get(CLIENTS);
    expect(tokenRequests()).toBe(1);
    now += 2000;
    expect((await bench.client.get(CLIENTS)).body).toEqual({ token: 'access-2' });
  });

  it('renews once after a 401, for all who were refused', async () => {
    const { choose, tokenRequests } = harvest({ accepts: (token) => token !== 'access-1' });
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN });
    const answers = await Promise.all([1, 2, 3].map(() => bench.client.get(CLIENTS)));
    expect(answers.map(({ body }) => body['token'])).toEqual(['access-2', 'access-2', 'access-2']);
    expect(tokenRequests()).toBe(2);
    expect(bench.events).toContainEqual(
      expect.objectContaining({ event: 'request.retried', status: 401, seconds: 0 }),
    );
  });

  it('gives up when the renewed token is refused too', async () => {
    const { choose, tokenRequests } = harvest({ accepts: () => false });
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN });
    expect((await failureOf(bench.client.get(CLIENTS))).code).toBe('HARVEST_UNAUTHORIZED');
    expect(tokenRequests()).toBe(2);
  });
});

describe('the identity server', () => {
  it('may rotate the refresh token, which is used from then on and announced', async () => {
    const rotated: Secret[] = [];
    const { choose } = harvest({
      token: (n) =>
        json({ access_token: `access-${n}`, refresh_token: `refresh-${Math.min(n, 1)}`, expires_in: 1 }),
    });
    await using server = await startServer(choose);
    await using bench = openBench(
      server.origin,
      { login: LOGIN },
      { onRotated: (token) => rotated.push(token) },
    );
    for (let i = 0; i < 3; i++) await bench.client.get(CLIENTS);
    const sent = server.seen
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => body.split('refresh_token=')[1]);
    expect(sent).toEqual(['refresh-0', 'refresh-1', 'refresh-1']);
    expect(rotated.map((token) => [token.reveal(), token.origin])).toEqual([
      ['refresh-1', '${HARVEST_REFRESH_TOKEN}'],
    ]);
  });

  it('may refuse, which says why and hides what was sent', async () => {
    const { choose } = harvest({
      token: () =>
        json({ error: 'invalid_grant', error_description: 'refresh-0 of client-s3cret was revoked' }, 400),
    });
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN });
    const error = await failureOf(bench.client.get(CLIENTS));
    expect(error.code).toBe('HARVEST_UNAUTHORIZED');
    expect(error.message).toBe(
      'Harvest did not renew the OAuth login (400): [secret] of [secret] was revoked',
    );
    expect(error.hint).toContain('refresh token');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/refresh-0|client-s3cret/);
    expect(server.seen).toHaveLength(1);
  });

  it('may stumble', async () => {
    const steps: Step[] = [cut, text('', 503), text('<html>', 200), text('', 429)];
    const { choose, tokenRequests } = harvest({
      token: (n) => steps[n - 1] ?? json({ access_token: 'access' }),
    });
    await using server = await startServer(choose);
    const retry = { attempts: 9, throttledAttempts: 9, baseMs: 1, longestMs: 2, longestThrottleMs: 5 };
    await using bench = openBench(server.origin, { login: LOGIN }, { retry });
    expect((await bench.client.get(CLIENTS)).body).toEqual({ token: 'access' });
    expect(tokenRequests()).toBe(5);
  });

  it('does not keep a stopped run waiting', async () => {
    const { choose } = harvest({ token: () => silence });
    await using server = await startServer(choose);
    await using bench = openBench(server.origin, { login: LOGIN });
    const stopping = new AbortController();
    const failure = failureOf(bench.client.get({ ...CLIENTS, signal: stopping.signal }));
    setTimeout(() => stopping.abort(), 30);
    expect((await failure).code).toBe('RUN_INTERRUPTED');
  });
});
