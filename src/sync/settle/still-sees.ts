import { readRoles } from '../../harvest/account.ts';
import type { RunContext } from '../context.ts';
import { refuseLost } from '../visibility.ts';

/**
 * Looks once more at the role before rows go: one that was lowered while the lists were read makes records vanish
 * as a deletion does. One request, and only where something is about to go.
 * @throws ConnectorError VISIBILITY_REDUCED
 */
export async function assertStillSees(context: RunContext): Promise<void> {
  const { account, client, signal } = context;
  refuseLost(account, await readRoles(client, signal), [...context.configured.keys()]);
}
