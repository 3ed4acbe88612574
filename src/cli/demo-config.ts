import { DEFAULT_HISTORY } from '../catalog/history.ts';
import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import type { Sandbox } from '../sandbox/server.ts';

const DAY_MS = 86_400_000;

/** The configuration that a demo would have in a file: all streams of the sandbox into one DuckDB file. */
export function demoConfig(sandbox: Sandbox, path: string): Config {
  return {
    connector: 'demo',
    harvest: {
      accountId: sandbox.accountId,
      login: { kind: 'token', accessToken: new Secret(sandbox.tokens.administrator, 'the sandbox') },
      baseUrl: sandbox.baseUrl,
      identityUrl: sandbox.identityUrl,
      userAgent: 'harvest-bq demo',
      limits: { general: null, reports: null },
      visibility: 'full',
    },
    startDate: null,
    destination: { type: 'duckdb', path },
    sync: {
      concurrency: 8,
      overlapMs: 600_000,
      restateMonths: 3,
      deletes: 'remove',
      onInvalid: 'reject',
      history: DEFAULT_HISTORY,
      timeoutMs: null,
      hashKey: null,
      sweepEveryMs: 7 * DAY_MS,
      sweepChildrenEveryMs: 30 * DAY_MS,
      maxDeleteShare: 0.1,
      verify: false,
    },
    streams: { include: ['*'], exclude: [], overrides: new Map() },
    file: null,
    origins: new Map(),
  };
}
