import type { Sandbox } from '../../../src/sandbox/server.ts';
import type { Target } from '../../support/engine.ts';

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

/** Variables that are the configuration of a test's engine: its account, and its file. */
export function environmentOfEngine(target: Target, path: string): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: String(target.accountId),
    HARVEST_ACCESS_TOKEN: target.token,
    HARVEST_BQ_CONNECTOR: 'test',
    HARVEST_BQ_HARVEST_BASE_URL: target.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: target.identityUrl,
    HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
    HARVEST_BQ_HARVEST_LIMITS_REPORTS: 'off',
    HARVEST_BQ_DESTINATION_PATH: path,
  };
}

/** The objects of a text with one JSON document a line; fails on a line that is none. */
export function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
