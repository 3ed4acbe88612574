/**
 * The engine of this checkout in a process of its own, for what the command line cannot be told: limits whose windows are
 * shorter than Harvest's. `node engine-child.ts '<json>'` runs once and tells on stdout what it took.
 */
import { runEngine, type EngineOptions, type Target } from '../../support/engine.ts';
import { requestsOf, type RunRequests } from '../../support/requests-of.ts';

/** What is to be run. */
export interface EngineOrder {
  readonly target: Target;
  /** The DuckDB file, which may be there already. */
  readonly path: string;
  /** How many times faster than Harvest's the limits' windows pass; null: no limits. */
  readonly timeLapse: number | null;
}

/** How it went. */
export interface EngineAnswer {
  readonly failures: readonly string[];
  /** From the first line of the run to its end, without the start of Node.js. */
  readonly seconds: number;
  readonly rows: number;
  readonly requests: RunRequests;
}

const order = JSON.parse(process.argv[2] ?? '{}') as EngineOrder;
const { timeLapse } = order;
const startedAt = performance.now();
const lapsed = (factor: number): EngineOptions => ({
  config: { harvest: { limits: { general: 90, reports: 90 } } },
  windows: { generalMs: 15_250 / factor, reportsMs: 900_250 / factor },
});
const run = await runEngine(order.target, order.path, timeLapse === null ? {} : lapsed(timeLapse));
const { result } = run;
const failures = [result.failure, ...result.streams.map(({ failure }) => failure)];
const answer: EngineAnswer = {
  failures: failures.flatMap((failure) => (failure === null ? [] : [`${failure.code}: ${failure.message}`])),
  seconds: (performance.now() - startedAt) / 1000,
  rows: result.totals.fetched,
  requests: requestsOf(run),
};
process.stdout.write(`${JSON.stringify(answer)}\n`);
