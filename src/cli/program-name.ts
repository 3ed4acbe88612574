import type { CliContext } from './context.ts';

/** How the program is called here: from a checkout it is not on the path, and npm puts it there. */
export function programName({ env }: Pick<CliContext, 'env'>): string {
  return env['npm_execpath'] === undefined ? 'harvest-bq' : 'npx harvest-bq';
}
