import { ConnectorError } from '../errors.ts';
import type { CliContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import type { Invocation } from './program.ts';

/** A command: what it does with its arguments and flags. */
export type RunCommand = (invocation: Invocation, context: CliContext) => Promise<Outcome>;

/** Loaders of the commands, so that one does not pay for the others. */
const COMMANDS: Readonly<Record<string, () => Promise<RunCommand>>> = {
  backfill: async () => (await import('./commands/backfill.ts')).runBackfill,
  check: async () => (await import('./commands/check.ts')).runCheck,
  completion: async () => (await import('./commands/completion.ts')).runCompletion,
  demo: async () => (await import('./commands/demo.ts')).runDemo,
  destroy: async () => (await import('./commands/destroy.ts')).runDestroy,
  discover: async () => (await import('./commands/discover.ts')).runDiscover,
  erase: async () => (await import('./commands/erase.ts')).runErase,
  help: async () => (await import('./commands/help.ts')).runHelp,
  init: async () => (await import('./commands/init.ts')).runInit,
  report: async () => (await import('./commands/report.ts')).runReport,
  plan: async () => (await import('./commands/plan.ts')).runPlan,
  sandbox: async () => (await import('./commands/sandbox.ts')).runSandbox,
  state: async () => (await import('./commands/state.ts')).runState,
  status: async () => (await import('./commands/status.ts')).runStatus,
  sync: async () => (await import('./commands/sync.ts')).runSyncCommand,
  verify: async () => (await import('./commands/verify.ts')).runVerifyCommand,
};

/** Loads a command and runs it. */
export async function dispatch(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const load = COMMANDS[invocation.command];
  if (load === undefined) throw new ConnectorError('INTERNAL', `There is no code for ${invocation.command}.`);
  const run = await load();
  return run(invocation, context);
}
