import { once } from 'node:events';
import { describeSandbox, startSandbox } from '../../sandbox/server.ts';
import type { CliContext } from '../context.ts';
import { numberOf, sizeFlag, textOf } from '../flags.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';

/** `sandbox`: serves a simulated account until a signal, which is its ordinary end. */
export async function runSandbox({ flags }: Invocation, context: CliContext): Promise<Outcome> {
  const size = flags['size'];
  const sandbox = await startSandbox({
    port: numberOf(flags, 'port') ?? 0,
    seed: numberOf(flags, 'seed') ?? 1,
    size: typeof size === 'number' ? size : sizeFlag(textOf(flags, 'size') ?? 'studio'),
    limits: flags['limits'] === 'real' ? 'real' : 'off',
    latencyMs: numberOf(flags, 'latency') ?? 0,
  });
  const facts = describeSandbox(sandbox);
  const serve = async (): Promise<number> => {
    if (!context.signal.aborted) await once(context.signal, 'abort');
    await sandbox.close();
    return 0;
  };
  return { ...done(facts, sandboxScreen(facts)), serve };
}
