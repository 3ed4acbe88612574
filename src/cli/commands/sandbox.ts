import { once } from 'node:events';
import { describeSandbox, startSandbox, type SandboxDescription } from '../../sandbox/server.ts';
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

/** What a person needs to read the sandbox: addresses, tokens, a file to save, and how a day goes by. */
function sandboxScreen(facts: SandboxDescription): string {
  const { tokens } = facts;
  const lines = [
    `A simulated Harvest account is served at ${facts.base_url}`,
    '',
    `  account id     ${facts.account_id}`,
    `  identity url   ${facts.identity_url}`,
    `  administrator  ${tokens.administrator}`,
    `  manager        ${tokens.manager}`,
    `  member         ${tokens.member}`,
    '',
    'Save this as harvest-bq.yaml in another terminal, then: harvest-bq sync',
    '',
    ...facts.config_yaml
      .trimEnd()
      .split('\n')
      .map((line) => `  ${line}`),
    '',
    `Let a day pass: curl -X POST ${facts.identity_url}/sandbox/day        Stop: Ctrl-C`,
  ];
  return lines.join('\n');
}
