import type { Sandbox } from '../../../src/sandbox/server.ts';

/** Variables that are a whole configuration: this sandbox, into the default file of the working directory. */
export function environmentOf(
  sandbox: Sandbox,
  token: string = sandbox.tokens.administrator,
): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: sandbox.accountId,
    HARVEST_ACCESS_TOKEN: token,
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
    HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
    HARVEST_BQ_HARVEST_LIMITS_REPORTS: 'off',
  };
}

/** The objects of a text with one JSON document a line; fails on a line that is none. */
export function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
