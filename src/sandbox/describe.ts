/** What a client needs to know of a running sandbox. */
import type { Sandbox } from './server.ts';

export interface SandboxDescription {
  readonly base_url: string;
  readonly identity_url: string;
  readonly account_id: string;
  readonly tokens: { readonly administrator: string; readonly manager: string; readonly member: string };
  /** A configuration that reads the sandbox into a DuckDB file, ready to be saved. */
  readonly config_yaml: string;
}

/** Addresses, tokens and a ready configuration. */
export function describeSandbox(sandbox: Sandbox): SandboxDescription {
  const { baseUrl, identityUrl, accountId, tokens } = sandbox;
  // A reference with a default: tokens in clear text are refused in configurations, and this one opens nothing real.
  const token = `\${SANDBOX_ACCESS_TOKEN:-${tokens.administrator}}`;
  const limits = sandbox.limited ? '{ general: 90, reports: 90 }' : '{ general: off, reports: off }';
  const config_yaml = [
    'version: 1',
    'connector: sandbox',
    'harvest:',
    `  account_id: "${accountId}"`,
    `  access_token: ${token}`,
    `  base_url: ${baseUrl}`,
    `  identity_url: ${identityUrl}`,
    '  user_agent: harvest-bq sandbox (sandbox@example.com)',
    `  limits: ${limits}`,
    'destination:',
    '  type: duckdb',
    '  path: harvest_sandbox.duckdb',
    '',
  ].join('\n');
  return { base_url: baseUrl, identity_url: identityUrl, account_id: accountId, tokens, config_yaml };
}
