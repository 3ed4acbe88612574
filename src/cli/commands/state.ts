import { suggest } from '../../catalog/suggest.ts';
import { ConnectorError } from '../../errors.ts';
import { openCatalog, openConfig, type CliContext } from '../context.ts';
import type { Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import type { StateWork } from '../state/work.ts';
import { placeOf } from '../warehouse-door.ts';

const ACTIONS: Readonly<Record<string, () => Promise<(work: StateWork) => Promise<Outcome>>>> = {
  show: async () => (await import('../state/show.ts')).showStates,
  set: async () => (await import('../state/change.ts')).setCursor,
  reset: async () => (await import('../state/change.ts')).resetStreams,
  export: async () => (await import('../state/show.ts')).exportStates,
  import: async () => (await import('../state/import.ts')).importStates,
  unlock: async () => (await import('../state/unlock.ts')).unlock,
  prune: async () => (await import('../state/prune.ts')).prune,
};

/** What can be done with checkpoints. */
export const STATE_ACTIONS: readonly string[] = Object.keys(ACTIONS);

/** `state <action>`: checkpoints by hand. Whatever writes asks before, leaves a file to go back with, and says how. */
export async function runState({ args, flags }: Invocation, context: CliContext): Promise<Outcome> {
  const [action = '', ...words] = args;
  const load = ACTIONS[action];
  if (load === undefined) throw unknown(action);
  const config = await openConfig(context);
  const catalog = await openCatalog();
  const { cwd, signal } = context;
  const place = placeOf(config, { cwd, signal, emit: () => undefined });
  const run = await load();
  return run({ words, flags, config, catalog, place, context });
}

function unknown(action: string): ConnectorError {
  const near = suggest(action, Object.keys(ACTIONS));
  const hint = near === null ? '' : `Did you mean ${near}? `;
  return new ConnectorError('USAGE_INVALID', `There is no action ${action} of state.`, {
    hint: `${hint}All of them: harvest-bq state --help`,
    details: { command: 'state' },
  });
}
