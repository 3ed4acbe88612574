import { describe, expect, it } from '@jest/globals';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Lexeme } from '../../src/harvest/json.ts';
import type { HarvestRequest } from '../../src/harvest/types.ts';
import { cut, inTurn, json, silence, startServer, text, type Step } from '../support/http-server.ts';
import { failureOf, openBench, TOKEN } from './setup.ts';

const CLIENTS: HarvestRequest = { path: 'clients', bucket: 'general', stream: 'clients' };

describe('a request', () => {
  it('carries the login, the account, who is asking, and nothing but GET', async () => {
    await using server = await startServer(inTurn(json({ clients: [] })));
    await using bench = openBench(server.origin);
    await bench.client.get({ ...CLIENTS, query: { per_page: 2000, updated_since: '2026-11-20T06:00:02Z' } });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({
      method: 'GET',
      url: '/v2/clients?per_page=2000&updated_since=2026-11-20T06%3A00%3A02Z',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'harvest-account-id': '123456',
        'user-agent': 'harvest-bq tests (tests@example.com)',
        accept: 'application/json',
      },
    });
    expect(bench.events).toEqual([
      {
        event: 'request.sent',
        stream: 'clients',
        bucket: 'general',
        url: '/v2/clients?per_page=2000&updated_since=2026-11-20T06%3A00%3A02Z',
      },
    ]);
  });

  it("tells Harvest's time from the Date header", async () => {
    await using server = await startServer(inTurn(json({}, 200, { date: 'Fri, 20 Nov 2026 06:00:02 GMT' })));
    await using bench = openBench(server.origin);
    expect((await bench.client.get(CLIENTS)).date).toBe('2026-11-20T06:00:02Z');
  });

  it('falls back to the local clock where the Date header is no date', async () => {
    await using server = await startServer(inTurn(json({}, 200, { date: 'yesterday' })));
    await using bench = openBench(server.origin, {}, { clock: () => new Date('2026-11-20T07:00:00.987Z') });
    expect((await bench.client.get(CLIENTS)).date).toBe('2026-11-20T07:00:00Z');
  });

  it('keeps every digit of a number, whatever the compression', async () => {
    const body = '{"amount": 12345678901.123456789, "rate": 0.575, "name": "Zoë"}';
    const zipped: Step = (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(body));
    };
    const brotli: Step = (response) => {
      response.writeHead(200, { 'content-encoding': 'br' });
      response.end(brotliCompressSync(body));
    };
    await using server = await startServer(inTurn(text(body), zipped, brotli));
    await using bench = openBench(server.origin);
    for (let i = 0; i < 3; i++) {
      const { body: parsed } = await bench.client.get(CLIENTS);
      expect(parsed).toEqual({ amount: new Lexeme('12345678901.123456789'), rate: 0.575, name: 'Zoë' });
    }
    expect(server.seen[0]?.headers['accept-encoding']).toContain('gzip');
  });
});

describe('an answer that cannot be helped', () => {
  it.each([
    [400, { message: 'User-Agent missing' }, 'HARVEST_REFUSED', 'User-Agent missing'],
    [
      401,
      { error: 'invalid_token', error_description: 'The token expired' },
      'HARVEST_UNAUTHORIZED',
      'The token expired',
    ],
    [403, {}, 'HARVEST_FORBIDDEN', 'Harvest answered 403 to GET /v2/clients'],
    [404, { status: 404, error: 'Not Found' }, 'HARVEST_NOT_FOUND', 'Not Found'],
    [418, {}, 'HARVEST_REFUSED', '418'],
    [422, { message: 'Invalid per_page parameter' }, 'HARVEST_REFUSED', 'Invalid per_page parameter'],
  ])('%i is said at once with what Harvest says', async (status, body, code, words) => {
    await using server = await startServer(inTurn(json(body, status)));
    await using bench = openBench(server.origin);
    const error = await failureOf(bench.client.get(CLIENTS));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.details['status']).toBe(status);
    expect(server.seen).toHaveLength(1);
  });
});

const halting: Step = (response) => {
  response.writeHead(200);
  response.write('{');
};
const garbledZip: Step = (response) => {
  response.writeHead(200, { 'content-encoding': 'gzip' });
  response.end(gzipSync('{"clients": []}').subarray(0, 20));
};
const cutInBody: Step = (response) => {
  response.writeHead(200, { 'content-length': '5000' });
  response.write('{"clients": [');
  setTimeout(() => response.destroy(), 10);
};
const cutInChunks: Step = (response) => {
  response.writeHead(200);
  response.write('{"clients": []}');
  setTimeout(() => response.destroy(), 10);
};

const PASSING: readonly (readonly [string, Step, string, string])[] = [
  ['500', text('<html><title>Oops</title>', 500), 'HARVEST_UNAVAILABLE', 'Oops'],
  ['502', text('Bad Gateway', 502), 'HARVEST_UNAVAILABLE', '502'],
  ['503 without a body', text('', 503), 'HARVEST_UNAVAILABLE', '503'],
  ['a cut connection', cut, 'HARVEST_UNAVAILABLE', 'cut'],
  ['a cut inside the body', cutInBody, 'HARVEST_UNAVAILABLE', 'cut'],
  ['a cut inside a chunked body that is JSON so far', cutInChunks, 'HARVEST_UNAVAILABLE', 'cut'],
  ['truncated JSON', text('{"clients": [{"id": 1}'), 'HARVEST_BAD_RESPONSE', 'not all of it'],
  ['an empty body', text(''), 'HARVEST_BAD_RESPONSE', 'empty'],
  ['a login page', text('<!DOCTYPE html><title>Sign in</title>'), 'HARVEST_BAD_RESPONSE', 'Sign in'],
  ['a list', json([]), 'HARVEST_BAD_RESPONSE', 'not an object'],
  ['damaged gzip', garbledZip, 'HARVEST_BAD_RESPONSE', 'damaged'],
  ['no content', text('', 204), 'HARVEST_BAD_RESPONSE', '204'],
];

describe('an answer that may be better next time', () => {
  it.each(PASSING)('%s is retried and then works', async (_name, step) => {
    await using server = await startServer(inTurn(step, json({ clients: [] })));
    await using bench = openBench(server.origin);
    expect((await bench.client.get(CLIENTS)).body).toEqual({ clients: [] });
    expect(bench.events.map(({ event }) => event)).toEqual([
      'request.sent',
      'request.retried',
      'request.sent',
    ]);
    expect(bench.events[1]).toMatchObject({ stream: 'clients', attempt: 1 });
  });

  it.each(PASSING)('%s ends after the last attempt', async (_name, step, code, words) => {
    await using server = await startServer(inTurn(step));
    await using bench = openBench(server.origin);
    const error = await failureOf(bench.client.get(CLIENTS));
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.message).toContain('(3 attempts)');
    expect(server.seen).toHaveLength(3);
  });

  it('a slow answer is given up, before and after it has begun', async () => {
    await using server = await startServer(inTurn(silence, halting, json({ ok: true })));
    const timeouts = { connectMs: 200, responseMs: 100, wholeMs: 200 };
    await using bench = openBench(server.origin, {}, { timeouts });
    expect((await bench.client.get(CLIENTS)).body).toEqual({ ok: true });
    expect(server.seen).toHaveLength(3);
  });

  it('a refused connection and an unknown host say what to check', async () => {
    const server = await startServer(inTurn(json({})));
    await server[Symbol.asyncDispose]();
    await using refused = openBench(server.origin);
    expect(await failureOf(refused.client.get(CLIENTS))).toMatchObject({
      code: 'HARVEST_UNAVAILABLE',
      message: expect.stringContaining('nothing accepts the connection (ECONNREFUSED)'),
      hint: expect.stringContaining('harvest.base_url'),
    });
    await using unknown = openBench('http://harvest.invalid', {}, { env: {} });
    expect((await failureOf(unknown.client.get(CLIENTS))).code).toBe('HARVEST_UNAVAILABLE');
  });
});

describe('a redirect', () => {
  it('is not followed, so that the token stays here', async () => {
    await using elsewhere = await startServer(inTurn(json({ clients: [] })));
    await using server = await startServer(
      inTurn(text('', 302, { location: `${elsewhere.origin}/v2/clients` })),
    );
    await using bench = openBench(server.origin);
    const error = await failureOf(bench.client.get(CLIENTS));
    expect(error.code).toBe('HARVEST_BAD_RESPONSE');
    expect(error.message).toContain('redirect');
    expect(elsewhere.seen).toHaveLength(0);
  });
});

describe('an absolute link', () => {
  it('to the same host is sent as given, whatever its path', async () => {
    await using server = await startServer(inTurn(json({})));
    await using bench = openBench(server.origin);
    await bench.client.get({ ...CLIENTS, path: `${server.origin}/api/v2/clients?cursor=eyJh&per_page=2000` });
    expect(server.seen[0]?.url).toBe('/api/v2/clients?cursor=eyJh&per_page=2000');
  });

  it('to another scheme, host or port is refused, and nothing reaches it', async () => {
    await using server = await startServer(inTurn(json({})));
    await using other = await startServer(inTurn(json({})));
    await using bench = openBench(server.origin);
    const links = [
      `${other.origin}/v2/clients?page=2`,
      `//127.0.0.1:${other.port}/v2/clients`,
      `https://127.0.0.1:${server.port}/v2/clients`,
      `http://localhost:${server.port}/v2/clients`,
      `http://user:pass@127.0.0.1:${server.port}/v2/clients`,
      `${server.origin}.example.com/v2/clients`,
      'file:///etc/passwd',
      'http://',
    ];
    for (const path of links) {
      const error = await failureOf(bench.client.get({ ...CLIENTS, path }));
      expect([path, error.code]).toEqual([path, 'PAGES_LOOP']);
    }
    expect([...server.seen, ...other.seen]).toEqual([]);
  });
});
