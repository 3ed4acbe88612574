/**
 * The model from the command line: `npm run model -- --seed 7 --steps 200 --setup plain`. `--seeds 5` goes on with the next
 * seeds, `--setup all` takes one after the other, `--without 3,8` leaves out steps, `--shrink` looks for a smaller run
 * that fails as well (`--minutes 10` at most), `--warehouse bigquery` takes the emulator, `--events tasks` tells what the last run said of a stream,
 * `--quiet` says only how it ended.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../support/engine.ts';
import { drive, type Drive, type Driven, reportOf } from './drive.ts';
import { SETUPS } from './settings.ts';
import { shrink } from './shrink.ts';
import { duckDbStore, type Store } from './store.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
    setup: { type: 'string', default: 'plain' },
    without: { type: 'string', default: '' },
    shrink: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    events: { type: 'string', default: '' },
    warehouse: { type: 'string', default: 'duckdb' },
    quiet: { type: 'boolean', default: false },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await using folder = await temporaryFolder();
const path = join(folder.path, 'model.duckdb');
await using emulator = values.warehouse === 'bigquery' ? await openEmulator() : null;
let datasets = 0;

/** The emulator of BigQuery, as `npm run test:bigquery` has it. */
async function openEmulator(): Promise<AsyncDisposable & { readonly next: () => Store }> {
  const { startBench } = await import('../bigquery/support/bench.ts');
  const { bigQueryStore } = await import('../bigquery/support/model-store.ts');
  const bench = await startBench();
  return {
    next: () => bigQueryStore(bench, `model_${(datasets += 1)}`),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

async function run(plan: Drive): Promise<Driven> {
  if (emulator !== null) return drive(plan, emulator.next());
  for (const name of [path, `${path}.wal`, `${path}.lock`]) await rm(name, { force: true });
  return drive(plan, duckDbStore(path));
}

const setups = values.setup === 'all' ? SETUPS : values.setup.split(',');
const without = new Set(values.without === '' ? [] : values.without.split(',').map(Number));
const last = Number(values.seed) + Number(values.seeds);
for (let seed = Number(values.seed); seed < last; seed += 1) {
  for (const setup of setups) {
    const hear = values.quiet ? {} : { hear: say };
    const warehouse = emulator === null ? 'duckdb' : 'bigquery';
    const plan: Drive = { seed, steps: Number(values.steps), setup, without, warehouse };
    const began = performance.now();
    const driven = await run({ ...plan, ...hear });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const { syncs, kills, compared, refusals } = driven.counts;
    const counts = `${syncs} runs, ${kills} kills, ${refusals} refusals, compared ${compared} times`;
    say(
      `${driven.failure === null ? 'held' : 'FAILED'}: set-up ${setup}, seed ${seed}, ${seconds} s: ${counts}`,
    );
    if (driven.failure === null) continue;
    process.exitCode = 1;
    const until = performance.now() + Number(values.minutes) * 60_000;
    const shown = values.shrink ? await shrink({ plan, driven }, run, until) : { plan, driven };
    say(reportOf(shown.plan, shown.driven));
    for (const event of shown.driven.events) {
      if ('stream' in event && values.events.split(',').includes(String(event.stream)))
        say(JSON.stringify(event));
    }
  }
}
