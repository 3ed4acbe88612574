/** Questions about Harvest: the token, the account, and whether less than everything is enough. */
import { parseReference } from '../../config/reference.ts';
import { Secret } from '../../config/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { Account } from '../../harvest/account.ts';
import { refusedStreams } from '../../harvest/permissions.ts';
import { assertWhole } from '../../sync/visibility.ts';
import type { Given, Visibility } from './answers.ts';
import { interrupted, type Asker, type Asking } from './asker.ts';
import { problemOf, referenceProblem, TOKEN_VARIABLE } from './given.ts';
import type { World } from './world.ts';

/** A login that Harvest let in. */
export interface SignedIn {
  readonly token: Secret;
  /** How the file would name it; null: it was typed, so nothing leads to it yet. */
  readonly written: string | null;
  readonly accountId: string;
  readonly account: Account;
}

/** Codes after which another token or account may be given. */
const WORTH_ANOTHER = new Set(['HARVEST_UNAUTHORIZED', 'HARVEST_ACCOUNT_UNKNOWN', 'SECRET_NOT_FOUND']);

const TRIES = 3;

/**
 * Signs in. A person gets three tries; what a flag said gets one.
 * @throws ConnectorError HARVEST_*, SECRET_*, RUN_INTERRUPTED
 */
export async function signIn(given: Given, world: World, ask: Asker | null): Promise<SignedIn> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      const { token, written } = await askToken({ given, world, ask });
      const accountId = await askAccount(token, { given, world, ask });
      const account = await world.signIn(token, accountId);
      ask?.say(loginText(account, accountId));
      return { token, written, accountId, account };
    } catch (error) {
      const isTyped = ask !== null && (given.tokenReference === null || given.accountId === null);
      if (!(error instanceof ConnectorError) || !WORTH_ANOTHER.has(error.code) || !isTyped || left === 0)
        throw error;
      ask.warn(`${error.message}\n${error.hint}`);
    }
  }
}

/**
 * Whether less than everything is accepted; asked only of a token that does not see everything.
 * @throws ConnectorError HARVEST_PARTIAL_VISIBILITY where nobody accepts it
 */
export async function askVisibility(
  account: Account,
  accountId: string,
  { given, world, ask }: Asking,
): Promise<Visibility> {
  if (account.isAdministrator) return given.visibility ?? 'full';
  if (given.visibility === 'partial') return 'partial';
  const names = [...world.catalog.streams.keys()];
  if (ask === null || given.visibility === 'full') refuse(account, accountId, names);
  const refused = refusedStreams(account.roles, names);
  ask?.warn(
    `${account.userName} is not an administrator (${account.roles.join(', ') || 'no role'}), so Harvest sends only what they may see.\n` +
      `It would refuse: ${refused.join(', ') || 'nothing'}. Of the others there may be fewer rows, and no rates.`,
  );
  const choice = await ask?.choose({
    message: 'Take what this token may see?',
    options: [
      { value: 'stop', label: 'Stop', hint: 'and come back with a token of an administrator' },
      { value: 'partial', label: 'Take it', hint: 'visibility: partial; deletions are not looked for' },
    ],
  });
  if (choice !== 'partial') throw interrupted();
  return 'partial';
}

/** Refuses as every other command does, with the flag that accepts it. */
function refuse(account: Account, accountId: string, names: readonly string[]): void {
  try {
    assertWhole(account, { harvest: { accountId, visibility: 'full' } }, names);
  } catch (cause) {
    if (!(cause instanceof ConnectorError)) throw cause;
    const hint = 'Use a token of an administrator, or accept what it may see: --visibility partial';
    throw new ConnectorError(cause.code, cause.message, { hint, details: cause.details, cause });
  }
}

async function askToken({
  given,
  world,
  ask,
}: Asking): Promise<{ readonly token: Secret; readonly written: string | null }> {
  const follow = async (reference: string) => ({ token: await world.follow(reference), written: reference });
  if (given.tokenReference !== null || ask === null) return follow(given.tokenReference ?? '');
  const variable = `\${${TOKEN_VARIABLE}}`;
  if ((world.variables.get(TOKEN_VARIABLE) ?? '') !== '') {
    const source = await ask.choose({
      message: 'Harvest access token',
      options: [
        { value: 'variable', label: `the one in ${TOKEN_VARIABLE}`, hint: 'which is set' },
        { value: 'another', label: 'another' },
      ],
    });
    if (source === 'variable') return follow(variable);
  }
  ask.say('a token is made at https://id.getharvest.com/developers, best by an administrator');
  const typed = await ask.hidden({
    message: 'Harvest access token, or where it is (env://NAME, file:///path, sm://…)',
    problem: tokenProblem,
  });
  const text = typed.trim();
  if (parseReference(text) !== null) return follow(text);
  return { token: new Secret(text, 'typed'), written: null };
}

function tokenProblem(text: string): string | null {
  if (text === '') return 'Paste the token; it is not shown.';
  if (parseReference(text) !== null) {
    const problem = referenceProblem(text);
    return problem === null ? null : `This ${problem}.`;
  }
  return /^[!-~]+$/.test(text) ? null : 'This holds blanks or letters that no token has.';
}

async function askAccount(token: Secret, { given, world, ask }: Asking): Promise<string> {
  if (given.accountId !== null || ask === null) return given.accountId ?? '';
  const { signal, now } = world.context;
  const accounts = await world.accountsOf(token).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof ConnectorError && error.code === 'HARVEST_UNAUTHORIZED') throw error;
    return [];
  });
  const [first] = accounts;
  if (first !== undefined && accounts.length === 1) return first.id;
  if (first !== undefined) {
    return ask.choose({
      message: 'Harvest account',
      options: accounts.map(({ id, name }) => ({ value: id, label: name, hint: id })),
    });
  }
  const problem = (text: string): string | null => {
    const found = problemOf('harvest.account_id', text, world.schema, now());
    return found === null ? null : `This ${found}.`;
  };
  return (await ask.text({ message: 'Harvest account id', problem })).trim();
}

function loginText({ userName, roles, name }: Account, accountId: string): string {
  const company = name === null ? `account ${accountId}` : `${name} (${accountId})`;
  return `signed in as ${userName} (${roles.join(', ') || 'no role'}) · ${company}`;
}
