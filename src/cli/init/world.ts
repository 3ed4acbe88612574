/** What `init` finds out before it writes: follows references, signs in at Harvest, looks what there is at Google. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { HarvestConfig } from '../../config/config.ts';
import { resolveSecret } from '../../config/reference.ts';
import { loadConfigSchema, nodeAt, type SchemaNode } from '../../config/schema.ts';
import type { Secret } from '../../config/secret.ts';
import { loadVariables } from '../../config/variables.ts';
import { ConnectorError } from '../../errors.ts';
import type { Account, AccountChoice } from '../../harvest/account.ts';
import { openCatalog, openSecretManager, type CliContext } from '../context.ts';
import { problemOf, TOKEN_VARIABLE } from './given.ts';
import { lookAtGoogle, type GoogleSetup } from './google-setup.ts';

/** Somebody waits at the terminal: an outage is told after seconds, not minutes. */
const PATIENCE = {
  attempts: 2,
  throttledAttempts: 3,
  baseMs: 500,
  longestMs: 2_000,
  longestThrottleMs: 30_000,
};

/** The world around the questions. */
export interface World {
  readonly context: CliContext;
  readonly catalog: Catalog;
  readonly schema: SchemaNode;
  /** The environment and `.env`. */
  readonly variables: ReadonlyMap<string, string>;
  /**
   * The secret that a reference or `${HARVEST_ACCESS_TOKEN}` leads to.
   * @throws ConnectorError SECRET_NOT_FOUND, and what Secret Manager throws
   */
  follow(reference: string): Promise<Secret>;
  /** Accounts that a token can be used for. @throws ConnectorError HARVEST_* */
  accountsOf(token: Secret): Promise<readonly AccountChoice[]>;
  /** Who a token belongs to and what the account is. @throws ConnectorError HARVEST_* */
  signIn(token: Secret, accountId: string): Promise<Account>;
  /** The login to Google and what it may see; looked at once. */
  google(): Promise<GoogleSetup>;
}

/** Opens it. @throws ConnectorError CONFIG_INVALID where an address in the environment would carry the token in clear */
export async function openWorld(context: CliContext): Promise<World> {
  const { values: variables } = await loadVariables(context.env, context.cwd);
  const schema = loadConfigSchema();
  const addresses = {
    baseUrl: addressIn('harvest.base_url', variables, schema, context),
    identityUrl: addressIn('harvest.identity_url', variables, schema, context),
  };
  const harvest = (token: Secret, accountId: string): HarvestConfig => ({
    ...addresses,
    accountId,
    login: { kind: 'token', accessToken: token },
    userAgent: `harvest-bq (account ${accountId})`,
    limits: { general: 90, reports: 90 },
    visibility: 'partial',
  });
  const { signal, env } = context;
  const deps = { emit: () => undefined, signal, env, retry: PATIENCE };
  let google: Promise<GoogleSetup> | null = null;
  return {
    context,
    catalog: await openCatalog(),
    schema,
    variables,
    follow: async (reference) => follow(reference, variables, context),
    accountsOf: async (token) => {
      const { listAccounts } = await import('../../harvest/account.ts');
      return listAccounts(harvest(token, ''), deps);
    },
    signIn: async (token, accountId) => {
      const { readAccount } = await import('../../harvest/account.ts');
      const { createHarvestClient } = await import('../../harvest/client.ts');
      await using client = createHarvestClient(harvest(token, accountId), deps);
      // awaited here, since the client closes at the end of this block
      return await readAccount(client, signal);
    },
    google: async () => (google ??= lookAtGoogle(variables, signal)),
  };
}

/** A variable may itself hold a reference, as it may when a run reads it. */
async function follow(
  reference: string,
  variables: ReadonlyMap<string, string>,
  context: CliContext,
): Promise<Secret> {
  const isVariable = reference === `\${${TOKEN_VARIABLE}}`;
  const text = isVariable ? (variables.get(TOKEN_VARIABLE) ?? '') : reference;
  const source = {
    text,
    where: isVariable ? TOKEN_VARIABLE : reference,
    origin: reference,
    isToken: true,
  };
  return resolveSecret(source, {
    variables,
    offline: false,
    secretManager: async (wanted) => (await openSecretManager(context)).fetch(wanted),
  });
}

function addressIn(
  path: string,
  variables: ReadonlyMap<string, string>,
  schema: SchemaNode,
  context: CliContext,
): string {
  const name = `HARVEST_BQ_${path.toUpperCase().replaceAll('.', '_')}`;
  const given = variables.get(name) || String(nodeAt(schema, path.split('.'))?.default);
  const problem = problemOf(path, given, schema, context.now());
  if (problem !== null) throw new ConnectorError('CONFIG_INVALID', `${name} ${problem}`);
  return given.replace(/\/+$/, '');
}
