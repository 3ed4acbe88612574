import { describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { listAccounts, readAccount } from '../../src/harvest/account.ts';
import { inTurn, json, startServer, text, type Step } from '../support/http-server.ts';
import { failureOf, FAST_RETRY, openBench, TOKEN } from './setup.ts';

const ME = { id: 42, first_name: 'Ada', last_name: 'Byron', access_roles: ['administrator'] };
const COMPANY = {
  name: 'Acme GmbH',
  week_start_day: 'Monday',
  expense_feature: true,
  invoice_feature: false,
};

function answering(me: Step, company: Step): Parameters<typeof startServer>[0] {
  return (request) => (request.url.endsWith('/users/me') ? me : company);
}

describe('the account', () => {
  it('is read from /users/me and /company', async () => {
    const date = { date: 'Fri, 20 Nov 2026 06:00:02 GMT' };
    await using server = await startServer(answering(json(ME, 200, date), json(COMPANY)));
    await using bench = openBench(server.origin);
    expect(await readAccount(bench.client)).toEqual({
      userId: 42,
      userName: 'Ada Byron',
      roles: ['administrator'],
      isAdministrator: true,
      name: 'Acme GmbH',
      modules: { expense: true, invoice: false, estimate: null },
      weekStartDay: 'Monday',
      date: '2026-11-20T06:00:02Z',
      companyRecord: COMPANY,
    });
    expect(server.seen.map(({ url }) => url)).toEqual(['/v2/users/me', '/v2/company']);
  });

  it.each([
    [
      { access_roles: ['manager', 'time_and_expenses_manager'] },
      ['manager', 'time_and_expenses_manager'],
      false,
    ],
    [{ access_roles: undefined, is_admin: true }, ['administrator'], true],
    [{ access_roles: undefined, is_admin: false, is_project_manager: true }, ['manager'], false],
    [{ access_roles: undefined }, ['member'], false],
  ])('knows the roles of %j', async (change, roles, isAdministrator) => {
    await using server = await startServer(answering(json({ ...ME, ...change }), text('', 403)));
    await using bench = openBench(server.origin);
    expect(await readAccount(bench.client)).toMatchObject({
      roles,
      isAdministrator,
      name: null,
      modules: { expense: null, invoice: null, estimate: null },
      companyRecord: null,
    });
  });

  it('is unknown where Harvest has no such user for it', async () => {
    await using server = await startServer(inTurn(json({ message: 'Not found' }, 404)));
    await using bench = openBench(server.origin);
    expect(await failureOf(readAccount(bench.client))).toMatchObject({
      code: 'HARVEST_ACCOUNT_UNKNOWN',
      kind: 'auth',
      hint: expect.stringContaining('harvest.account_id'),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('is not made up from another JSON document', async () => {
    await using server = await startServer(inTurn(json({ status: 'ok' })));
    await using bench = openBench(server.origin);
    expect((await failureOf(readAccount(bench.client))).code).toBe('HARVEST_BAD_RESPONSE');
  });

  it('fails where the company fails for another reason than permission', async () => {
    await using server = await startServer(answering(json(ME), text('', 500)));
    await using bench = openBench(server.origin);
    expect((await failureOf(readAccount(bench.client))).code).toBe('HARVEST_UNAVAILABLE');
  });
});

describe('the accounts of a login', () => {
  it("are Harvest's, without those of Forecast", async () => {
    const accounts = [
      { id: 1, name: 'Forecast Acme', product: 'forecast' },
      { id: 123456, name: 'Acme', product: 'harvest' },
    ];
    await using server = await startServer(inTurn(json({ user: ME, accounts })));
    const login = { kind: 'token', accessToken: new Secret(TOKEN, 'test') } as const;
    const config = { login, identityUrl: server.origin, userAgent: 'tests (tests@example.com)' };
    const deps = { emit: () => undefined, retry: FAST_RETRY };
    expect(await listAccounts(config, deps)).toEqual([{ id: '123456', name: 'Acme' }]);
    expect(server.seen[0]).toMatchObject({
      url: '/api/v2/accounts',
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(server.seen[0]?.headers['harvest-account-id']).toBeUndefined();
  });
});
