/**
 * What a token sees of the account, compared with the run before. Pure. Enters: the account as it is now, and what
 * the last run that was let through saw. Leaves: whether the run may go on, and why it must not take what is missing
 * for deleted.
 */
import type { Module } from '../catalog/stream.ts';
import type { Config } from '../config/config.ts';
import { ConnectorError } from '../errors.ts';
import type { Account } from '../harvest/account.ts';
import { roleOf, seenLess } from '../harvest/permissions.ts';
import type { ChosenStream } from './context.ts';

/** In `_sync_state`, in place of a stream's name: the checkpoint that holds what the token saw. */
export const ACCOUNT = '_account';

/** What the token of a run sees; the state of `_account`. */
export interface Visibility {
  /** Role and grants of its owner, as Harvest names them, sorted. */
  readonly roles: readonly string[];
  /** Whether each module is switched on; null: the token may not know. */
  readonly modules: Readonly<Record<Module, boolean | null>>;
}

/** What decides whether a run may go on. */
export interface Gate {
  readonly account: Account;
  readonly config: Config;
  readonly configured: ReadonlyMap<string, ChosenStream>;
  readonly allowDeletes: boolean;
}

const MODULES: readonly Module[] = ['expense', 'invoice', 'estimate'];

/** What the token sees now. */
export function visibilityOf({ roles, modules }: Pick<Account, 'roles' | 'modules'>): Visibility {
  return { roles: [...new Set(roles)].toSorted(), modules };
}

/** The role of a token that does not see everything; null: an administrator's, or none is known. */
export function limitedRole(account: Pick<Account, 'isAdministrator' | 'roles'> | null): string | null {
  return account === null || account.isAdministrator ? null : roleOf(account.roles);
}

/** What is stored in the state of `_account`; null: nothing that can be read. */
export function storedVisibility(state: unknown): Visibility | null {
  if (!isRecord(state) || !Array.isArray(state['roles']) || !isRecord(state['modules'])) return null;
  const { modules } = state;
  const flag = (module: Module): boolean | null => {
    const value = modules[module];
    return typeof value === 'boolean' ? value : null;
  };
  return {
    roles: (state['roles'] as readonly unknown[]).filter((role) => typeof role === 'string').toSorted(),
    modules: { expense: flag('expense'), invoice: flag('invoice'), estimate: flag('estimate') },
  };
}

/** Whether the token sees something of these streams that the run before did not. */
export function seesMore(before: Visibility, { roles }: Account, streams: readonly string[]): boolean {
  return seenLess(roles, before.roles, streams).length > 0;
}

/** Whether a run sees the same as another. */
export function isSameVisibility(one: Visibility, other: Visibility): boolean {
  return describeChange(one, other) === null;
}

/** Names of the modules that are switched on: `expense, invoice`; null where the token may not know. */
export function modulesText({ modules }: Pick<Visibility, 'modules'>): string | null {
  const known = MODULES.filter((module) => modules[module] !== null);
  return known.length === 0 ? null : known.filter((module) => modules[module] === true).join(', ');
}

/**
 * Refuses a token that does not see everything, unless that was accepted.
 * @throws ConnectorError HARVEST_PARTIAL_VISIBILITY
 */
export function assertWhole(
  account: Account,
  { harvest }: { readonly harvest: Pick<Config['harvest'], 'accountId' | 'visibility'> },
  streams: readonly string[],
): void {
  if (account.isAdministrator || harvest.visibility === 'partial') return;
  const touched = seenLess(['administrator'], account.roles, streams);
  const roles = account.roles.join(', ') || 'none';
  throw new ConnectorError(
    'HARVEST_PARTIAL_VISIBILITY',
    [
      `${account.userName} is not an administrator of account ${harvest.accountId} (roles: ${roles}), so Harvest would send only what they may see, without saying so.`,
      touchedText(touched),
    ].join('\n'),
    { details: { roles: account.roles, streams: touched } },
  );
}

/**
 * Why deletions are not to be looked for in a run, in words; null: they are.
 * @throws ConnectorError VISIBILITY_REDUCED where the token sees less than the last run that was let through
 */
export function deletionsOff(before: Visibility | null, gate: Gate): string | null {
  const { account, config, configured, allowDeletes } = gate;
  const now = visibilityOf(account);
  if (before !== null && !allowDeletes) {
    const touched = seenLess(before.roles, now.roles, [...configured.keys()]);
    if (touched.length > 0) throw reduced(before, now, touched, account.userName);
  }
  if (!account.isAdministrator && config.harvest.visibility === 'partial') {
    return `the token sees only what a ${roleOf(now.roles)} may see (visibility: partial)`;
  }
  return before === null ? null : describeChange(before, now);
}

/**
 * Refuses to go on where the token's owner has lost a role or grant since the run began.
 * @throws ConnectorError VISIBILITY_REDUCED
 */
export function refuseLost(account: Account, roles: readonly string[], streams: readonly string[]): void {
  const touched = seenLess(account.roles, roles, streams);
  if (touched.length === 0) return;
  const { modules, userName } = account;
  throw reduced(visibilityOf(account), visibilityOf({ roles, modules }), touched, userName);
}

/** Whether a refusal is no failure: the role may not see it, and that was accepted. */
export function acceptsHidden(
  { code }: ConnectorError,
  { config, account }: { readonly config: Pick<Config, 'harvest'>; readonly account: Account },
): boolean {
  return code === 'HARVEST_FORBIDDEN' && config.harvest.visibility === 'partial' && !account.isAdministrator;
}

/** What is different, in words; null where nothing is. */
function describeChange(before: Visibility, now: Visibility): string | null {
  const given = now.roles.filter((role) => !before.roles.includes(role));
  const lost = before.roles.filter((role) => !now.roles.includes(role));
  const changes = [
    ...(given.length === 0 ? [] : [`the token's owner was given ${given.join(', ')}`]),
    ...(lost.length === 0 ? [] : [`the token's owner lost ${lost.join(', ')}`]),
    ...MODULES.filter((module) => before.modules[module] !== now.modules[module]).map(
      (module) => `the ${module} module is ${STANDS[String(now.modules[module])] ?? ''} now`,
    ),
  ];
  return changes.length === 0 ? null : `changed since the run before: ${changes.join('; ')}`;
}

const STANDS: Readonly<Record<string, string>> = { true: 'on', false: 'off', null: 'hidden' };

function reduced(
  before: Visibility,
  now: Visibility,
  touched: readonly string[],
  userName: string,
): ConnectorError {
  const lost = before.roles.filter((role) => !now.roles.includes(role));
  return new ConnectorError(
    'VISIBILITY_REDUCED',
    [
      `${userName} may see less than in the run before: lost ${lost.join(', ')}; has ${now.roles.join(', ') || 'no role'}.`,
      touchedText(touched),
    ].join('\n'),
    { details: { roles: now.roles, roles_before: before.roles, streams: touched } },
  );
}

function touchedText(streams: readonly string[]): string {
  return `Rows or values would be missing in: ${streams.join(', ') || 'none of the chosen streams'}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
