import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import type { LimitClass } from '../../src/catalog/stream.ts';
import { ConnectorError } from '../../src/errors.ts';
import { RateLimiter, type RateLimiterOptions, type Turn } from '../../src/harvest/rate-limit.ts';
import type { SyncEvent } from '../../src/events.ts';
import { inTurn, json, startServer, text } from '../support/http-server.ts';
import { failureOf, openBench } from './setup.ts';

const NEVER = new AbortController().signal;

interface Start {
  readonly bucket: LimitClass;
  readonly at: number;
}

/** A limiter, what it has started, and what it told. */
function open(options: Partial<RateLimiterOptions>): {
  limiter: RateLimiter;
  starts: Start[];
  events: SyncEvent[];
  ask: (bucket: LimitClass, lastsMs?: number) => Promise<void>;
} {
  const events: SyncEvent[] = [];
  const starts: Start[] = [];
  const limiter = new RateLimiter({
    general: null,
    reports: null,
    windows: { generalMs: 1000, reportsMs: 10_000 },
    emit: (event) => events.push(event),
    ...options,
  });
  const ask = (bucket: LimitClass, lastsMs = 0): Promise<void> =>
    limiter.run(
      bucket,
      async () => {
        starts.push({ bucket, at: Date.now() });
        if (lastsMs > 0) await new Promise((resolve) => setTimeout(resolve, lastsMs));
      },
      NEVER,
    );
  return { limiter, starts, events, ask };
}

function nothing(): Promise<void> {
  return Promise.resolve();
}

/** The most starts that any stretch of this length holds; a stretch includes its beginning and not its end. */
function mostWithin(times: readonly number[], windowMs: number): number {
  const counts = times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length);
  return Math.max(0, ...counts);
}

function onFakeTime(): void {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1_000_000, doNotFake: ['queueMicrotask', 'nextTick'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

describe('the limiter', () => {
  onFakeTime();

  it('never starts more than the limit in any stretch of a window, across borders too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1500 })),
            bucket: fc.constantFrom<LimitClass>('general', 'general', 'reports'),
            lastsMs: fc.constantFrom(0, 40, 700),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async (general, reports, plan) => {
          const { starts, ask } = open({ general, reports, inFlight: 4 });
          const done: Promise<void>[] = [];
          for (const { pauseMs, bucket, lastsMs } of plan) {
            await jest.advanceTimersByTimeAsync(pauseMs);
            done.push(ask(bucket, lastsMs));
          }
          await jest.advanceTimersByTimeAsync(500_000);
          await Promise.all(done);
          expect(starts).toHaveLength(plan.length);
          const reportTimes = starts.filter(({ bucket }) => bucket === 'reports').map(({ at }) => at);
          expect(
            mostWithin(
              starts.map(({ at }) => at),
              1000,
            ),
          ).toBeLessThanOrEqual(general);
          expect(mostWithin(reportTimes, 10_000)).toBeLessThanOrEqual(reports);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('uses the whole limit at once and goes on as soon as the oldest start is a window old', async () => {
    const { starts, events, ask } = open({ general: 3 });
    const done = Array.from({ length: 5 }, () => ask('general'));
    await jest.advanceTimersByTimeAsync(400);
    expect(starts).toHaveLength(3);
    await jest.advanceTimersByTimeAsync(700);
    await Promise.all(done);
    expect(starts.map(({ at }) => at - 1_000_000)).toEqual([0, 0, 0, 1000, 1000]);
    expect(events).toEqual([
      { event: 'rate.waited', bucket: 'general', seconds: 1 },
      { event: 'rate.waited', bucket: 'general', seconds: 1 },
    ]);
  });

  it('names the limit that a report waited for', async () => {
    const { events, ask } = open({ general: 1 });
    const done = [ask('general'), ask('reports')];
    await jest.advanceTimersByTimeAsync(2000);
    await Promise.all(done);
    expect(events).toEqual([{ event: 'rate.waited', bucket: 'general', seconds: 1 }]);
  });

  it('counts reports against both limits, and lets them pass others that wait', async () => {
    const { starts, ask } = open({ general: 2, reports: 10 });
    const done = [ask('reports'), ask('general'), ask('general'), ask('general'), ask('reports')];
    await jest.advanceTimersByTimeAsync(5000);
    await Promise.all(done);
    expect(starts.map(({ bucket, at }) => [bucket, at - 1_000_000])).toEqual([
      ['reports', 0],
      ['general', 0],
      ['reports', 1000],
      ['general', 1000],
      ['general', 2000],
    ]);
  });
});

describe('the order', () => {
  onFakeTime();

  it('is that of rank, and a repetition goes before those that came after its first attempt', async () => {
    const { limiter } = open({ general: 1 });
    const order: string[] = [];
    const ask = (name: string, turn: Turn): Promise<void> =>
      limiter.run('general', async () => void order.push(name), NEVER, turn);
    const first = performance.now();
    const done = [
      ask('first', { rank: 1 }),
      ask('child', { rank: 2, sinceMs: first + 2 }),
      ask('list', { rank: 1, sinceMs: first + 1 }),
      ask('repetition', { rank: 1, sinceMs: first }),
    ];
    await jest.advanceTimersByTimeAsync(5000);
    await Promise.all(done);
    expect(order).toEqual(['first', 'repetition', 'list', 'child']);
  });

  it('counts a request from when it has left, not from its turn', async () => {
    const { limiter, starts, ask } = open({ general: 1 });
    const slow = limiter.run(
      'general',
      async (left) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        left();
      },
      NEVER,
    );
    const next = ask('general');
    await jest.advanceTimersByTimeAsync(5000);
    await Promise.all([slow, next]);
    expect(starts.map(({ at }) => at - 1_000_000)).toEqual([1300]);
  });
});

describe('the two limits', () => {
  onFakeTime();

  it('does not keep general requests waiting for the reports limit', async () => {
    const { starts, events, ask } = open({ general: 100, reports: 1 });
    const done = [ask('reports'), ask('reports'), ask('general')];
    await jest.advanceTimersByTimeAsync(0);
    expect(starts.map(({ bucket }) => bucket).toSorted()).toEqual(['general', 'reports']);
    await jest.advanceTimersByTimeAsync(20_000);
    await Promise.all(done);
    expect(events).toEqual([{ event: 'rate.waited', bucket: 'reports', seconds: 10 }]);
  });

  it('without limits delays nothing, but keeps few in the air and tells of no waits', async () => {
    const { starts, events, ask } = open({ inFlight: 4 });
    const done = Array.from({ length: 8 }, () => ask('general', 3000));
    await jest.advanceTimersByTimeAsync(0);
    expect(starts).toHaveLength(4);
    await jest.advanceTimersByTimeAsync(7000);
    await Promise.all(done);
    expect(events).toEqual([]);
  });

  it('holds one bucket back and not the other, until the latest time that was asked for', async () => {
    const { limiter, starts, events, ask } = open({});
    limiter.hold('general', 3000);
    limiter.hold('general', 1000);
    const done = [ask('general')];
    await jest.advanceTimersByTimeAsync(2900);
    expect(starts).toHaveLength(0);
    await jest.advanceTimersByTimeAsync(200);
    await Promise.all(done);
    expect(events).toEqual([{ event: 'rate.waited', bucket: 'general', seconds: 3 }]);
    limiter.hold('reports', 3000);
    await ask('general');
    expect(starts).toHaveLength(2);
    limiter[Symbol.dispose]();
  });

  it('lets go at once of what was stopped while it waited, which uses up nothing', async () => {
    const { limiter, starts, ask } = open({ general: 1, reports: 1 });
    await ask('general');
    const stopping = new AbortController();
    const waiting = (['general', 'reports', 'reports'] as const).map((bucket) =>
      failureOf(limiter.run(bucket, nothing, stopping.signal)),
    );
    await jest.advanceTimersByTimeAsync(100);
    stopping.abort(new ConnectorError('RUN_TIMEOUT', 'Time is up'));
    const failures = await Promise.all(waiting);
    expect(failures.map(({ code }) => code)).toEqual(['RUN_TIMEOUT', 'RUN_TIMEOUT', 'RUN_TIMEOUT']);
    const next = ask('general');
    await jest.advanceTimersByTimeAsync(901);
    await next;
    expect(starts).toHaveLength(2);
  });
});

describe('a 429', () => {
  const request = { path: 'clients', bucket: 'general', stream: 'clients' } as const;

  it('holds the whole bucket back for the seconds of Retry-After, no longer, and no other bucket', async () => {
    await using server = await startServer((seen, index) =>
      index === 0 ? text('', 429, { 'retry-after': '1' }) : json({ url: seen.url }),
    );
    await using bench = openBench(server.origin);
    const first = bench.client.get(request);
    while (!bench.events.some(({ event }) => event === 'request.retried')) await tick();
    const others = [1, 2, 3].map((id) => bench.client.get({ ...request, path: `users/${id}/cost_rates` }));
    await bench.client.get({ ...request, path: 'reports/uninvoiced', bucket: 'general' });
    await Promise.all([first, ...others]);
    const waits = server.seen.slice(1).map(({ at }) => at - (server.seen[0]?.at ?? 0));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(990);
    // and no time is lost beyond: generous, since the tests share a machine
    expect(Math.max(...waits)).toBeLessThan(1500);
    expect(bench.events).toContainEqual({
      event: 'request.retried',
      stream: 'clients',
      attempt: 1,
      status: 429,
      code: 'HARVEST_THROTTLED',
      seconds: 1,
    });
    expect(bench.events.filter(({ event }) => event === 'rate.waited').length).toBeGreaterThanOrEqual(1);
  });

  it('for a report lets general requests go on', async () => {
    await using server = await startServer((seen) =>
      seen.url.includes('report') ? text('', 429, { 'retry-after': '3' }) : json({}),
    );
    const stopping = new AbortController();
    await using bench = openBench(server.origin, {}, { signal: stopping.signal });
    const report = failureOf(
      bench.client.get({ path: 'reports/uninvoiced', bucket: 'reports', stream: null }),
    );
    while (!bench.events.some(({ event }) => event === 'request.retried')) await tick();
    const startedAt = Date.now();
    await bench.client.get(request);
    expect(Date.now() - startedAt).toBeLessThan(500);
    stopping.abort();
    expect((await report).code).toBe('RUN_INTERRUPTED');
  });

  it("takes Retry-After as a date too, by Harvest's clock and not by ours", async () => {
    const headers = { date: 'Fri, 20 Nov 2026 06:00:02 GMT', 'retry-after': 'Fri, 20 Nov 2026 06:00:03 GMT' };
    await using server = await startServer(inTurn(text('', 429, headers), json({})));
    await using bench = openBench(server.origin);
    await bench.client.get(request);
    const [first, second] = server.seen.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(2000);
  });

  it('without Retry-After is waited out with growing pauses, and ends as throttled', async () => {
    await using server = await startServer(inTurn(json({ message: 'Too many requests' }, 429)));
    await using bench = openBench(server.origin);
    const error = await failureOf(bench.client.get(request));
    expect(error).toMatchObject({ code: 'HARVEST_THROTTLED', kind: 'transient' });
    expect(error.message).toContain('Too many requests (3 attempts)');
  });

  it('that asks for hours ends the request at once', async () => {
    await using server = await startServer(inTurn(text('', 429, { 'retry-after': '86400' })));
    await using bench = openBench(server.origin);
    const error = await failureOf(bench.client.get(request));
    expect(error).toMatchObject({ code: 'HARVEST_THROTTLED', details: { retry_after_ms: 86_400_000 } });
    expect(server.seen).toHaveLength(1);
  });
});

describe('retries', () => {
  it('take a place in the window like any other request', async () => {
    await using server = await startServer(inTurn(text('', 500), text('', 500), json({})));
    const windows = { generalMs: 300, reportsMs: 900 };
    await using bench = openBench(server.origin, { limits: { general: 1, reports: null } }, { windows });
    await bench.client.get({ path: 'clients', bucket: 'general', stream: null });
    const [first = 0, second = 0, third = 0] = server.seen.map(({ at }) => at);
    expect(Math.min(second - first, third - second)).toBeGreaterThanOrEqual(280);
  });
});

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
