import type { HarvestConfig } from '../config/config.ts';
import type { Module } from '../catalog/stream.ts';
import { ConnectorError } from '../errors.ts';
import { createHarvestClient, type ClientDeps } from './client.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import type { HarvestClient, HarvestResponse } from './types.ts';

/** Who the token belongs to and what the account can do. */
export interface Account {
  readonly userId: number;
  readonly userName: string;
  /** As Harvest names them: `administrator`, `manager`, `member`, finer grants. */
  readonly roles: readonly string[];
  readonly isAdministrator: boolean;
  /** Name of the company; null where the token may not read it. */
  readonly name: string | null;
  /** Whether each module is switched on; null: not known. */
  readonly modules: Readonly<Record<Module, boolean | null>>;
  /** `Monday`, `Saturday` or `Sunday`; null: not known. */
  readonly weekStartDay: string | null;
  /** Harvest's clock, ISO instant. */
  readonly date: string;
  /** What /company sent; null where the token may not read it. */
  readonly companyRecord: JsonObject | null;
}

/** An account that a token can be used for. */
export interface AccountChoice {
  readonly id: string;
  readonly name: string;
}

/**
 * Reads the token's owner and the company's settings, with two requests.
 * @throws ConnectorError HARVEST_ACCOUNT_UNKNOWN for a wrong account id, and what HarvestClient.get throws
 * @see Harvest API v2 docs, pages "Users" (/users/me, any role) and "Company" (administrators) (checked 2026-11-20)
 */
export async function readAccount(client: HarvestClient, signal?: AbortSignal): Promise<Account> {
  const request = { bucket: 'general', stream: null, ...(signal && { signal }) } as const;
  // One after the other: a wrong account id fails both, and the first failure is the one that explains it.
  const me = await readMe(client.get({ ...request, path: 'users/me' }));
  const company = await readCompany(client.get({ ...request, path: 'company' }));
  const user = me.body;
  const roles = rolesOf(user);
  return {
    userId: Number(user['id']),
    userName: [user['first_name'], user['last_name']].filter((part) => typeof part === 'string').join(' '),
    roles,
    isAdministrator: roles.includes('administrator'),
    name: textOrNull(company?.['name']),
    modules: {
      expense: flagOrNull(company?.['expense_feature']),
      invoice: flagOrNull(company?.['invoice_feature']),
      estimate: flagOrNull(company?.['estimate_feature']),
    },
    weekStartDay: textOrNull(company?.['week_start_day']),
    date: me.date,
    companyRecord: company,
  };
}

/** The roles and grants of the token's owner as they are now, with one request. */
export async function readRoles(client: HarvestClient, signal: AbortSignal): Promise<readonly string[]> {
  const me = await client.get({ path: 'users/me', bucket: 'general', stream: null, signal });
  return rolesOf(me.body);
}

/**
 * The Harvest accounts that the login can be used for; its Forecast accounts are left out.
 * @throws ConnectorError HARVEST_UNAUTHORIZED and what else HarvestClient.get throws
 * @see Harvest API v2 docs, page "Authentication", GET https://id.getharvest.com/api/v2/accounts (checked 2026-11-20)
 */
export async function listAccounts(
  config: Pick<HarvestConfig, 'login' | 'identityUrl' | 'userAgent'>,
  deps: ClientDeps,
): Promise<readonly AccountChoice[]> {
  await using client = createHarvestClient(
    {
      ...config,
      accountId: '',
      baseUrl: `${config.identityUrl}/api/v2`,
      limits: { general: null, reports: null },
      visibility: 'partial',
    },
    deps,
  );
  const { body } = await client.get({ path: 'accounts', bucket: 'general', stream: null });
  const accounts = body['accounts'];
  if (!Array.isArray(accounts)) {
    throw new ConnectorError('HARVEST_BAD_RESPONSE', 'The list of accounts came without "accounts"');
  }
  return (accounts as readonly JsonValue[]).filter(isObject).flatMap(({ id, name, product }) => {
    const usable = product === 'harvest' && typeof id === 'number';
    return usable ? [{ id: id.toString(), name: textOrNull(name) ?? '' }] : [];
  });
}

async function readMe(answer: Promise<HarvestResponse>): Promise<HarvestResponse> {
  let me: HarvestResponse;
  try {
    me = await answer;
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'HARVEST_NOT_FOUND') throw error;
    throw new ConnectorError(
      'HARVEST_ACCOUNT_UNKNOWN',
      'Harvest does not know this account id for this token (404)',
      {
        details: error.details,
        cause: error,
      },
    );
  }
  if (typeof me.body['id'] === 'number') return me;
  throw new ConnectorError('HARVEST_BAD_RESPONSE', 'The answer to GET /users/me is not a user: it has no id');
}

/** Only administrators may read the company; for others its settings are not known. */
async function readCompany(answer: Promise<HarvestResponse>): Promise<JsonObject | null> {
  try {
    return (await answer).body;
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'HARVEST_FORBIDDEN') return null;
    throw error;
  }
}

/** Accounts from before March 2022 may still send `is_admin` and `is_project_manager` in place of access_roles. */
function rolesOf(user: JsonObject): readonly string[] {
  const roles = user['access_roles'];
  if (Array.isArray(roles)) return (roles as readonly JsonValue[]).filter((role) => typeof role === 'string');
  if (user['is_admin'] === true) return ['administrator'];
  return [user['is_project_manager'] === true ? 'manager' : 'member'];
}

function textOrNull(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function flagOrNull(value: JsonValue | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
