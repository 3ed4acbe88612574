/** What may be said of an account where its names are not chosen as columns. Pure. */
import type { ColumnChoice, Config } from '../config/config.ts';
import type { Account } from '../harvest/account.ts';

/**
 * The account without the names that the configuration leaves out or hashes: what is not chosen of `company.name` and of
 * the names of `users` is not told in headlines, messages and `_sync_runs` either.
 */
export function shownAccount(account: Account, { streams }: Pick<Config, 'streams'>): Account {
  const { overrides } = streams;
  const hasName = isPlain(overrides.get('company'), 'name');
  const hasUser = ['first_name', 'last_name'].every((name) => isPlain(overrides.get('users'), name));
  return {
    ...account,
    ...(hasName ? {} : { name: null }),
    ...(hasUser ? {} : { userName: `User ${account.userId}` }),
  };
}

function isPlain(choice: ColumnChoice | undefined, column: string): boolean {
  if (choice === undefined) return true;
  if (choice.exclude.includes(column) || choice.hash.includes(column)) return false;
  return choice.include === null || choice.include.includes('*') || choice.include.includes(column);
}
