/** Drives the account and the connector from a seed, and tells how to see a failure again. */
import { diceOf } from './dice.ts';
import type { SyncEvent } from '../../src/events.ts';
import { settingsOf } from './settings.ts';
import { finish, kindsOf } from './steps.ts';
import type { Store } from './store.ts';
import { openWorld, type World } from './world.ts';

/** One run of the model. */
export interface Drive {
  readonly seed: number;
  readonly steps: number;
  readonly setup: string;
  /** Numbers of steps that are left out, counted from 1. */
  readonly without?: ReadonlySet<number>;
  readonly warehouse?: 'duckdb' | 'bigquery';
  /** Hears of each step as it ends. */
  readonly hear?: (line: string) => void;
}

/** How a run went. */
export interface Driven {
  readonly steps: readonly string[];
  readonly counts: World['counts'];
  /** null: everything held. */
  readonly failure: { readonly step: number; readonly message: string } | null;
  /** What the last run in this process told. */
  readonly events: readonly SyncEvent[];
}

/** Carries out the steps; a failure of the property is a result, not an error. */
export async function drive(plan: Drive, store: Store): Promise<Driven> {
  const steps: string[] = [];
  const say = (line: string): void => {
    steps.push(line);
    plan.hear?.(line);
  };
  await using world = await openWorld(settingsOf(plan.setup), plan.seed, store, say);
  world.memory.note();
  let step = 0;
  let doing = '';
  try {
    for (step = 1; step <= plan.steps; step += 1) {
      if (plan.without?.has(step) === true) continue;
      const dice = diceOf(plan.seed, step);
      const { name, act } = dice.weighed(kindsOf(world.settings));
      doing = name;
      say(`${String(step).padStart(4)} ${name}: ${await act(world, dice)}`);
    }
    doing = 'the end';
    say(`     end: ${await finish(world)}`);
    return { steps, counts: world.counts, failure: null, events: world.lastRun?.events ?? [] };
  } catch (error) {
    const message =
      error instanceof Error
        ? error.name === 'ModelFailure'
          ? error.message
          : String(error.stack)
        : String(error);
    say(`${String(step).padStart(4)} ${doing}: FAILED`);
    return { steps, counts: world.counts, failure: { step, message }, events: world.lastRun?.events ?? [] };
  }
}

/** The command that replays a run. */
export function commandOf({ seed, steps, setup, without, warehouse }: Drive): string {
  const left = without === undefined || without.size === 0 ? '' : ` --without ${[...without].join(',')}`;
  const where = warehouse === 'bigquery' ? ' --warehouse bigquery' : '';
  return `npm run model -- --setup ${setup} --seed ${seed} --steps ${steps}${left}${where}`;
}

/** A failure with everything that is needed to see it again. */
export function reportOf(plan: Drive, { steps, failure }: Driven): string {
  if (failure === null) return '';
  const shown = { ...plan, steps: Math.min(plan.steps, failure.step) };
  return [
    `seed ${plan.seed}, set-up ${plan.setup}, step ${failure.step}: ${failure.message}`,
    'what was done:',
    ...steps,
    `again: ${commandOf(shown)}`,
    `smaller: ${commandOf(shown)} --shrink`,
  ].join('\n');
}
