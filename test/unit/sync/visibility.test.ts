import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import type { Config } from '../../../src/config/config.ts';
import { ConnectorError } from '../../../src/errors.ts';
import type { Account } from '../../../src/harvest/account.ts';
import { hasKnownPermissions, seenLess } from '../../../src/harvest/permissions.ts';
import {
  assertWhole,
  deletionsOff,
  modulesText,
  storedVisibility,
  visibilityOf,
  type Visibility,
} from '../../../src/sync/visibility.ts';

const STREAMS = [...loadCatalog().streams.keys()];
const ADMINISTRATOR = ['administrator'];
const MODULES = { expense: true, invoice: true, estimate: true };
const HIDDEN = { expense: null, invoice: null, estimate: null };

const account = (roles: readonly string[], modules: Account['modules'] = MODULES): Account => ({
  userId: 1,
  userName: 'Ada Lovelace',
  roles,
  isAdministrator: roles.includes('administrator'),
  name: 'Acme',
  weekStartDay: null,
  modules,
  date: '2026-11-20T06:00:00.000Z',
  companyRecord: null,
});

const sees = (roles: readonly string[], modules: Account['modules'] = MODULES): Visibility =>
  visibilityOf({ roles, modules });

/** What the gate says of a token under `visibility`. */
function gate(
  before: Visibility | null,
  now: Account,
  options: { visibility?: 'full' | 'partial'; allowDeletes?: boolean; streams?: readonly string[] } = {},
): string | null {
  const { visibility = 'partial', allowDeletes = false, streams = STREAMS } = options;
  const config = { harvest: { visibility, accountId: '7' } } as unknown as Config;
  const configured = new Map(streams.map((name) => [name, {} as never]));
  return deletionsOff(before, { account: now, config, configured, allowDeletes });
}

function refusal(run: () => unknown): ConnectorError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
  throw new Error('It was let through');
}

describe('what access roles open', () => {
  it('is known of every stream, and an administrator sees all', () => {
    expect(STREAMS.filter((name) => !hasKnownPermissions(name))).toEqual([]);
    expect(seenLess([], ADMINISTRATOR, STREAMS)).toEqual([]);
    expect(seenLess(ADMINISTRATOR, ADMINISTRATOR, STREAMS)).toEqual([]);
    expect(seenLess(ADMINISTRATOR, [], STREAMS)).toEqual(STREAMS);
  });

  const GRANTS = ['client_and_task_manager', 'estimates_manager', 'billable_rates_manager'];

  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['estimates', ['manager', 'estimates_manager'], ['manager'], ['estimate_messages', 'estimates']],
    [
      'clients and tasks',
      ['member', 'client_and_task_manager'],
      ['member'],
      ['clients', 'contacts', 'tasks'],
    ],
    [
      'invoices',
      ['manager', 'managed_projects_invoice_drafter'],
      ['manager'],
      ['invoice_messages', 'invoice_payments', 'invoices', 'uninvoiced'],
    ],
    [
      'invoices, but can still draft them',
      ['manager', 'managed_projects_invoice_manager', 'managed_projects_invoice_drafter'],
      ['manager', 'managed_projects_invoice_drafter'],
      [],
    ],
    ['projects', ['manager', 'project_creator'], ['manager'], []],
  ])('a person loses that of %s', (_what, before, after, touched) => {
    expect(seenLess(before, after, STREAMS).toSorted()).toEqual(touched);
  });

  it('rates are left empty without their grant, so tables that have any are touched', () => {
    const touched = seenLess(['manager', ...GRANTS], ['manager', 'client_and_task_manager'], STREAMS);
    expect(touched).toEqual(
      expect.arrayContaining(['billable_rates', 'time_entries', 'time_team', 'users', 'projects', 'tasks']),
    );
    for (const name of ['clients', 'expenses', 'expenses_team', 'invoices', 'cost_rates']) {
      expect(touched).not.toContain(name);
    }
  });

  it('a manager who becomes a member sees less work, not fewer clients', () => {
    const touched = seenLess(['manager', ...GRANTS], ['member', ...GRANTS], STREAMS);
    expect(touched).toEqual(expect.arrayContaining(['time_entries', 'expenses', 'time_team', 'projects']));
    expect(touched).not.toContain('clients');
    expect(touched).not.toContain('estimates');
  });

  it('an administrator who keeps grants loses all that these do not open whole', () => {
    const touched = seenLess(ADMINISTRATOR, ['manager', ...GRANTS], STREAMS);
    expect(STREAMS.filter((name) => !touched.includes(name)).toSorted()).toEqual([
      'clients',
      'contacts',
      'estimate_messages',
      'estimates',
      'invoice_item_categories',
      'tasks',
    ]);
  });
});

describe('under visibility: full', () => {
  const config = { harvest: { visibility: 'full', accountId: '7' } } as unknown as Config;

  it('a token that is not an administrator’s is refused, with what it would leave out', () => {
    expect(() => assertWhole(account(ADMINISTRATOR), config, STREAMS)).not.toThrow();
    const error = refusal(() =>
      assertWhole(account(['manager']), config, ['clients', 'roles', 'invoice_item_categories']),
    );
    expect(error).toMatchObject({ code: 'HARVEST_PARTIAL_VISIBILITY', exitCode: 4 });
    expect(error.message).toBe(
      'Ada Lovelace is not an administrator of account 7 (roles: manager), so Harvest would send only what they may see, without saying so.\n' +
        'Rows or values would be missing in: clients, roles',
    );
    expect(error.details).toEqual({ roles: ['manager'], streams: ['clients', 'roles'] });
  });

  it('deletions are looked for on the first run, and as long as nothing changes', () => {
    expect(gate(null, account(ADMINISTRATOR), { visibility: 'full' })).toBeNull();
    expect(gate(sees(ADMINISTRATOR), account(ADMINISTRATOR), { visibility: 'full' })).toBeNull();
  });

  it.each<[string, Visibility, Account, string]>([
    [
      'a module is switched off',
      sees(ADMINISTRATOR),
      account(ADMINISTRATOR, { ...MODULES, invoice: false }),
      'changed since the run before: the invoice module is off now',
    ],
    [
      'a module is switched on again',
      sees(ADMINISTRATOR, { expense: false, invoice: true, estimate: false }),
      account(ADMINISTRATOR),
      'changed since the run before: the expense module is on now; the estimate module is on now',
    ],
    [
      'the role is given back',
      sees(['manager'], HIDDEN),
      account(ADMINISTRATOR),
      "changed since the run before: the token's owner was given administrator; the token's owner lost manager; the expense module is on now; the invoice module is on now; the estimate module is on now",
    ],
    [
      'a grant comes that opens nothing more',
      sees(ADMINISTRATOR),
      account(['administrator', 'project_creator']),
      "changed since the run before: the token's owner was given project_creator",
    ],
  ])('none are looked for in the run in which %s', (_what, before, now, reason) => {
    expect(gate(before, now, { visibility: 'full' })).toBe(reason);
  });
});

describe('under visibility: partial', () => {
  const PARTIAL = 'the token sees only what a manager may see (visibility: partial)';

  it('no deletions are looked for with a token that is not an administrator’s', () => {
    expect(gate(null, account(['manager'], HIDDEN))).toBe(PARTIAL);
    expect(gate(sees(['manager'], HIDDEN), account(['manager'], HIDDEN))).toBe(PARTIAL);
    expect(gate(null, account(ADMINISTRATOR))).toBeNull();
  });

  it('less than in the run before stops the run, with the tables that it concerns', () => {
    const error = refusal(() =>
      gate(sees(['manager', 'estimates_manager'], HIDDEN), account(['manager'], HIDDEN)),
    );
    expect(error).toMatchObject({ code: 'VISIBILITY_REDUCED', exitCode: 4 });
    expect(error.message).toBe(
      'Ada Lovelace may see less than in the run before: lost estimates_manager; has manager.\n' +
        'Rows or values would be missing in: estimates, estimate_messages',
    );
    expect(error.details).toEqual({
      roles: ['manager'],
      roles_before: ['estimates_manager', 'manager'],
      streams: ['estimates', 'estimate_messages'],
    });
  });

  it('goes on where that is allowed, or where no chosen table is concerned', () => {
    const before = sees(['manager', 'estimates_manager'], HIDDEN);
    const now = account(['manager'], HIDDEN);
    expect(gate(before, now, { allowDeletes: true })).toBe(PARTIAL);
    expect(gate(before, now, { streams: ['time_entries', 'invoice_item_categories'] })).toBe(PARTIAL);
  });
});

describe('what is stored of the account', () => {
  it('is read as it was written, whatever the order of the roles', () => {
    const seen = visibilityOf({ roles: ['manager', 'estimates_manager', 'manager'], modules: HIDDEN });
    expect(seen.roles).toEqual(['estimates_manager', 'manager']);
    expect(storedVisibility(JSON.parse(JSON.stringify(seen)))).toEqual(seen);
  });

  it.each([[undefined], [null], ['text'], [{}], [{ roles: 'manager', modules: {} }], [{ roles: [] }]])(
    '%j counts as nothing',
    (state) => {
      expect(storedVisibility(state)).toBeNull();
    },
  );

  it('takes a module that a newer version may leave out for one that is not known', () => {
    expect(storedVisibility({ roles: [7, 'member'], modules: { expense: 'yes' } })).toEqual({
      roles: ['member'],
      modules: HIDDEN,
    });
  });

  it.each<[Account['modules'], string | null]>([
    [MODULES, 'expense, invoice, estimate'],
    [{ expense: false, invoice: true, estimate: false }, 'invoice'],
    [{ expense: false, invoice: false, estimate: false }, ''],
    [HIDDEN, null],
  ])('the modules %j read %j', (modules, text) => {
    expect(modulesText({ modules })).toBe(text);
  });
});
