import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { ConnectorError } from '../../src/errors.ts';
import type { HarvestRequest } from '../../src/harvest/types.ts';
import { cut, inTurn, json, silence, startServer, text, type Step } from '../support/http-server.ts';
import { failureOf, openBench, TOKEN } from './setup.ts';

const CLIENTS: HarvestRequest = { path: 'clients', bucket: 'general', stream: 'clients' };

const echo: Step = (response, request) => {
  response.writeHead(422);
  response.end(
    JSON.stringify({
      message: `bad header ${request.headers.authorization} ${encodeURIComponent(TOKEN)}`,
    }),
  );
};

describe('secrets', () => {
  it('never show in an error, even where the answer repeats them', async () => {
    await using server = await startServer(inTurn(echo, cut));
    await using bench = openBench(server.origin);
    const path = `${server.origin}/v2/clients?access_token=${encodeURIComponent(TOKEN)}&account_id=1`;
    const errors = [
      await failureOf(bench.client.get({ ...CLIENTS, path })),
      await failureOf(bench.client.get(CLIENTS)),
    ];
    for (const error of errors) {
      const everything = inspect([error, error.cause, error.details, bench.events], {
        depth: 20,
        showHidden: true,
      });
      expect(everything).not.toContain(TOKEN);
      expect(everything).not.toContain(encodeURIComponent(TOKEN));
    }
    expect(errors[0]?.message).toContain('bad header Bearer [secret]');
  });

  it('that cannot stand in a header are said to be the cause', async () => {
    await using server = await startServer(inTurn(json({})));
    await using bench = openBench(server.origin, { accountId: '12\n34' });
    expect((await failureOf(bench.client.get(CLIENTS))).code).toBe('CONFIG_INVALID');
  });
});

describe('a stop', () => {
  it('ends a request that waits for its answer, with the reason that was given', async () => {
    await using server = await startServer(inTurn(silence));
    const stopping = new AbortController();
    await using bench = openBench(server.origin, {}, { signal: stopping.signal });
    const failure = failureOf(bench.client.get(CLIENTS));
    setTimeout(() => stopping.abort(new ConnectorError('RUN_TIMEOUT', 'Time is up')), 50);
    expect((await failure).code).toBe('RUN_TIMEOUT');
  });

  it('ends a wait between two attempts, and a wait for the limit', async () => {
    await using server = await startServer(inTurn(text('', 503), text('', 429, { 'retry-after': '4' })));
    const stopping = new AbortController();
    const retry = {
      attempts: 5,
      throttledAttempts: 5,
      baseMs: 60_000,
      longestMs: 60_000,
      longestThrottleMs: 60_000,
    };
    await using bench = openBench(server.origin, {}, { signal: stopping.signal, retry, random: () => 1 });
    const backingOff = failureOf(bench.client.get(CLIENTS));
    while (server.seen.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const held = failureOf(bench.client.get(CLIENTS));
    const startedAt = Date.now();
    setTimeout(() => stopping.abort(), 100);
    expect([(await backingOff).code, (await held).code]).toEqual(['RUN_INTERRUPTED', 'RUN_INTERRUPTED']);
    expect(Date.now() - startedAt).toBeLessThan(1000);
    expect((await failureOf(bench.client.get(CLIENTS))).code).toBe('RUN_INTERRUPTED');
    expect(server.seen).toHaveLength(2);
  });

  it('during a second attempt is told in the words of the interruption, without a number of attempts', async () => {
    await using server = await startServer(inTurn(text('', 503), silence));
    const stopping = new AbortController();
    await using bench = openBench(server.origin, {}, { signal: stopping.signal });
    const failure = failureOf(bench.client.get(CLIENTS));
    while (server.seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort(new ConnectorError('RUN_INTERRUPTED', 'Stopped by SIGINT.'));
    expect((await failure).message).toBe('Stopped by SIGINT.');
  });

  it('of the one request leaves the others alone', async () => {
    await using server = await startServer((request) =>
      request.url.includes('slow') ? silence : json({ ok: 1 }),
    );
    await using bench = openBench(server.origin);
    const stopping = new AbortController();
    const failure = failureOf(bench.client.get({ ...CLIENTS, path: 'slow', signal: stopping.signal }));
    setTimeout(() => stopping.abort(), 30);
    expect((await failure).code).toBe('RUN_INTERRUPTED');
    expect((await bench.client.get(CLIENTS)).body).toEqual({ ok: 1 });
  });

  it('by closing the client ends what is in the air', async () => {
    await using server = await startServer(inTurn(silence));
    const bench = openBench(server.origin);
    const failure = failureOf(bench.client.get(CLIENTS));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await bench[Symbol.asyncDispose]();
    expect((await failure).code).toBe('RUN_INTERRUPTED');
  });
});

describe('a proxy', () => {
  it('named in HTTP_PROXY is used, but not for what NO_PROXY or a loopback address names', async () => {
    await using proxy = await startServer(inTurn(json({ by: 'proxy' })));
    await using server = await startServer(inTurn(json({ by: 'server' })));
    const env = { HTTP_PROXY: proxy.origin, NO_PROXY: 'direct.invalid' };
    await using through = openBench('http://harvest.invalid', {}, { env });
    expect((await through.client.get(CLIENTS)).body).toEqual({ by: 'proxy' });
    expect(proxy.seen[0]?.url).toBe('http://harvest.invalid/v2/clients');
    await using around = openBench('http://direct.invalid', {}, { env });
    expect((await failureOf(around.client.get(CLIENTS))).code).toBe('HARVEST_UNAVAILABLE');
    await using local = openBench(server.origin, {}, { env });
    expect((await local.client.get(CLIENTS)).body).toEqual({ by: 'server' });
    expect(proxy.seen).toHaveLength(1);
  });

  it('that lets no tunnel through is named as the cause', async () => {
    await using proxy = await startServer(inTurn(json({})));
    await using bench = openBench('https://harvest.invalid', {}, { env: { HTTPS_PROXY: proxy.origin } });
    const error = await failureOf(bench.client.get(CLIENTS));
    expect(error.code).toBe('HARVEST_UNAVAILABLE');
    expect(error.hint).toContain('HTTPS_PROXY');
  });
});
