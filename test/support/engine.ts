/** Runs the real engine in this process: real client, real warehouse, a sandbox or any other server as Harvest. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { DEFAULT_HISTORY } from '../../src/catalog/history.ts';
import type { Config } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { createHarvestClient, type ClientDeps } from '../../src/harvest/client.ts';
import type { RunResult, SyncEvent } from '../../src/events.ts';
import { runSync } from '../../src/sync/run.ts';
import type { RunDeps, RunOptions } from '../../src/sync/run-progress.ts';
import { verifyQuickly } from '../../src/verify/quick.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { takeLockFile } from '../../src/warehouse/lock-file.ts';
import type { WarehouseDoor } from '../../src/warehouse/door.ts';

/** A temporary folder that goes with the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'harvest-bq-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The server that stands in for Harvest. */
export interface Target {
  readonly baseUrl: string;
  readonly identityUrl: string;
  readonly accountId: string | number;
  readonly token: string;
}

/** Settings of a test run beside the defaults. */
export interface EngineOptions extends Partial<Omit<RunOptions, 'runId' | 'command'>> {
  readonly config?: Partial<Omit<Config, 'sync' | 'harvest' | 'streams'>> & {
    readonly sync?: Partial<Config['sync']>;
    readonly harvest?: Partial<Config['harvest']>;
    readonly streams?: Partial<Config['streams']>;
  };
  readonly signal?: AbortSignal;
  /** Lengths of the limits' windows; absent: Harvest's. */
  readonly windows?: ClientDeps['windows'];
  /** The clock of this machine; absent: the real one. */
  readonly now?: () => Date;
  /** Answers the questions of a run. */
  readonly ask?: RunDeps['ask'];
  readonly onEvent?: (event: SyncEvent) => void;
  /** Another comparison with Harvest than the quick one. */
  readonly verifier?: RunDeps['verify'];
  /** Another warehouse than the DuckDB file. */
  readonly door?: WarehouseDoor;
  /** Puts something between the engine and the warehouse. */
  readonly wrapDoor?: (door: WarehouseDoor) => WarehouseDoor;
}

/** A finished run with everything that it told. */
export interface EngineRun {
  readonly result: RunResult;
  readonly events: readonly SyncEvent[];
  /** `GET` targets, path and query, in the order of sending. */
  readonly requests: readonly string[];
}

const catalog = loadCatalog();

/** One sync into the DuckDB file at `path`, or to where another door leads. */
export async function runEngine(
  target: Target,
  path: string,
  options: EngineOptions = {},
): Promise<EngineRun> {
  const events: SyncEvent[] = [];
  const config = configFor(target, path, options);
  const door: WarehouseDoor = options.door ?? {
    label: 'test.duckdb',
    lock: (owner) => takeLockFile(path, owner),
    exists: async () => existsSync(path),
    open: () => openDuckDb({ path, mode: 'readwrite', create: true }),
  };
  const result = await runSync(
    {
      command: 'sync',
      streams: [],
      exclude: [],
      fullRefresh: false,
      allowShrink: false,
      allowDeletes: false,
      verify: false,
      onlyVerify: false,
      failFast: false,
      timeoutMs: null,
      ...options,
      runId: randomUUID(),
    },
    {
      config,
      catalog,
      door: options.wrapDoor?.(door) ?? door,
      verify: options.verifier ?? verifyQuickly,
      openClient: (emit, signal) =>
        createHarvestClient(config.harvest, {
          emit,
          signal,
          ...(options.windows === undefined ? {} : { windows: options.windows }),
          retry: { attempts: 3, throttledAttempts: 5, baseMs: 5, longestMs: 20, longestThrottleMs: 60_000 },
        }),
      emit: (event) => {
        events.push(event);
        options.onEvent?.(event);
      },
      signal: options.signal ?? new AbortController().signal,
      ...(options.ask === undefined ? {} : { ask: options.ask }),
      now: options.now ?? (() => new Date()),
      version: '0.0.0-test',
      execution: null,
    },
  );
  const requests = events.flatMap((event) => (event.event === 'request.sent' ? [event.url] : []));
  return { result, events, requests };
}

/** The configuration of a test run. */
export function configFor(target: Target, path: string, { config = {} }: EngineOptions): Config {
  const { sync, harvest, streams, ...rest } = config;
  return {
    connector: 'test',
    startDate: null,
    destination: { type: 'duckdb', path },
    file: null,
    origins: new Map(),
    ...rest,
    harvest: {
      accountId: String(target.accountId),
      login: { kind: 'token', accessToken: new Secret(target.token, 'test') },
      baseUrl: target.baseUrl,
      identityUrl: target.identityUrl,
      userAgent: 'harvest-bq tests (tests@example.com)',
      limits: { general: null, reports: null },
      visibility: 'full',
      ...harvest,
    },
    sync: {
      concurrency: 8,
      overlapMs: 600_000,
      restateMonths: 3,
      deletes: 'remove',
      onInvalid: 'reject',
      history: DEFAULT_HISTORY,
      timeoutMs: null,
      hashKey: null,
      sweepEveryMs: 604_800_000,
      sweepChildrenEveryMs: 2_592_000_000,
      maxDeleteShare: 0.1,
      verify: false,
      ...sync,
    },
    streams: { include: ['*'], exclude: [], overrides: new Map(), ...streams },
  };
}
