/** A plan in this process, and the run that follows it, compared. */
import { existsSync } from 'node:fs';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { createHarvestClient } from '../../src/harvest/client.ts';
import { planSync, type PlanDeps } from '../../src/sync/plan/plan.ts';
import type { SyncPlan } from '../../src/sync/plan/sync-plan.ts';
import { absentWarehouse } from '../../src/warehouse/absent.ts';
import { DUCKDB_CAPABILITIES, planNewTables } from '../../src/warehouse/duckdb/plan-tables.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { configFor, type EngineOptions, type EngineRun, type Target } from './engine.ts';
import type { Office } from './office.ts';

const catalog = loadCatalog();

/** Plans what `runEngine` with the same options would do. */
export async function planEngine(
  target: Target,
  path: string,
  options: EngineOptions & { readonly openStored?: PlanDeps['openStored'] } = {},
): Promise<SyncPlan> {
  const config = configFor(target, path, options);
  const { streams = [], exclude = [], fullRefresh = false, allowShrink = false } = options;
  const { allowDeletes = false, signal = new AbortController().signal } = options;
  return planSync(
    { streams, exclude, fullRefresh, allowShrink, allowDeletes, withStatements: true },
    {
      config,
      catalog,
      openClient: (emit, of) => createHarvestClient(config.harvest, { emit, signal: of }),
      openStored: options.openStored ?? (() => openFile(path)),
      emit: () => undefined,
      signal,
      now: options.now ?? (() => new Date()),
      version: '0.0.0-test',
    },
  );
}

async function openFile(path: string): ReturnType<PlanDeps['openStored']> {
  if (existsSync(path)) {
    return { warehouse: await openDuckDb({ path, mode: 'readonly', create: false }), isThere: true };
  }
  const missing = { label: 'test.duckdb', capabilities: DUCKDB_CAPABILITIES, planTables: planNewTables };
  return { warehouse: absentWarehouse(missing), isThere: false };
}

/** Requests of a run, by what they count against. */
export function requestsOf({ events }: EngineRun): { general: number; reports: number } {
  const requests = { general: 0, reports: 0 };
  for (const event of events) if (event.event === 'request.sent') requests[event.bucket] += 1;
  return requests;
}

/** A plan beside the run that followed it. */
export interface Predicted {
  readonly plan: SyncPlan;
  readonly run: EngineRun;
  /** Requests that were planned and made, general and for reports. */
  readonly planned: { readonly general: number; readonly reports: number };
  readonly made: { readonly general: number; readonly reports: number };
  /** The streams whose requests differ: name, planned, made. */
  readonly off: readonly string[];
}

/** Plans, syncs, and compares. */
export async function predict(office: Office, options: EngineOptions = {}): Promise<Predicted> {
  const plan = await planEngine(office.target, office.path, options);
  const run = await office.sync(options);
  const { general, reports } = plan.requests;
  const off = run.result.streams.flatMap(({ stream, requests }) => {
    const of = plan.streams.find((each) => each.stream === stream)?.requests;
    const planned = (of?.general ?? 0) + (of?.reports ?? 0);
    return planned === requests ? [] : [`${stream} ${planned} for ${requests}`];
  });
  return { plan, run, planned: { general, reports }, made: requestsOf(run), off };
}

/** How far a plan was off, as a share of what was made: 0.1 for ten per cent; the larger of both kinds of request. */
export function missedBy({ planned, made }: Pick<Predicted, 'planned' | 'made'>): number {
  const of = (kind: 'general' | 'reports'): number =>
    made[kind] === planned[kind] ? 0 : Math.abs(planned[kind] - made[kind]) / Math.max(1, made[kind]);
  return Math.max(of('general'), of('reports'));
}
