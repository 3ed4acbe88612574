import { describe, expect, it } from '@jest/globals';
import type { ColumnChoice } from '../../../src/config/config.ts';
import type { Account } from '../../../src/harvest/account.ts';
import { shownAccount } from '../../../src/sync/shown-account.ts';

const ACCOUNT: Account = {
  userId: 7,
  userName: 'Ada Example',
  roles: ['administrator'],
  isAdministrator: true,
  name: 'Acme GmbH',
  modules: { expense: true, invoice: true, estimate: true },
  weekStartDay: 'Monday',
  date: '2026-11-29T00:00:00Z',
  companyRecord: { name: 'Acme GmbH' },
};

const shown = (stream: string, choice: Partial<ColumnChoice>): readonly (string | null)[] => {
  const overrides = new Map([[stream, { include: null, exclude: [], hash: [], ...choice }]]);
  const { name, userName } = shownAccount(ACCOUNT, {
    streams: { include: ['*'], exclude: [], overrides },
  });
  return [name, userName];
};

describe('what is told of an account', () => {
  it('is its name and that of the token’s owner, as long as they are chosen in plain', () => {
    expect(shown('clients', { exclude: ['name'] })).toEqual(['Acme GmbH', 'Ada Example']);
    expect(shown('company', { include: ['*'] })).toEqual(['Acme GmbH', 'Ada Example']);
    expect(shown('company', { include: ['name'] })).toEqual(['Acme GmbH', 'Ada Example']);
  });

  it.each<Partial<ColumnChoice>>([{ exclude: ['name'] }, { hash: ['name'] }, { include: ['currency'] }])(
    'leaves out the name of the company under %j',
    (choice) => {
      expect(shown('company', choice)).toEqual([null, 'Ada Example']);
    },
  );

  it.each<Partial<ColumnChoice>>([
    { exclude: ['last_name'] },
    { hash: ['first_name'] },
    { include: ['last_name'] },
  ])('leaves out the name of the token’s owner under %j', (choice) => {
    expect(shown('users', choice)).toEqual(['Acme GmbH', 'User 7']);
  });
});
