import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { ask, control, headersOf, ids, link, readAll, recordsOf, start } from './ask.ts';

describe('a sandbox that is told to misbehave', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await start();
  });
  afterEach(() => control(sandbox, 'faults', {}, 'DELETE'));
  afterAll(() => sandbox.close());

  const raw = (path: string): Promise<Response> =>
    fetch(`${sandbox.baseUrl}/${path}`, { headers: headersOf(sandbox) });

  it('answers a status from the n-th match on, as often as it is told', async () => {
    const fault = { match: '^GET /v2/clients', nth: 2, times: 2, do: 'status', status: 503, retryAfter: 7 };
    await control(sandbox, 'faults', fault);
    const replies = [];
    for (let turn = 0; turn < 4; turn += 1) replies.push(await ask(sandbox, 'clients'));
    expect(replies.map((reply) => reply.status)).toEqual([200, 503, 503, 200]);
    expect(replies[1]?.headers.get('retry-after')).toBe('7');
    expect((await ask(sandbox, 'users')).status).toBe(200);
  });

  it('goes on for ever where times is 0, until the faults are cleared', async () => {
    sandbox.faults.add({ match: 'users', times: 0, do: 'status', status: 500 });
    for (let turn = 0; turn < 3; turn += 1) expect((await ask(sandbox, 'users')).status).toBe(500);
    await control(sandbox, 'faults', {}, 'DELETE');
    expect((await ask(sandbox, 'users')).status).toBe(200);
  });

  it('cuts the connection before an answer or in the middle of it', async () => {
    sandbox.faults.add({ match: 'time_entries', do: 'cut' });
    await expect(raw('time_entries')).rejects.toThrow('fetch failed');
    sandbox.faults.add({ match: 'time_entries', do: 'cut', value: 'middle' });
    const response = await raw('time_entries');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect((await raw('time_entries')).status).toBe(200);
  });

  it('dawdles', async () => {
    sandbox.faults.add({ match: 'roles', do: 'slow', ms: 150 });
    const began = performance.now();
    await ask(sandbox, 'roles');
    expect(performance.now() - began).toBeGreaterThanOrEqual(145);
  });

  it('answers HTML with 200, and JSON that ends too soon', async () => {
    sandbox.faults.add({ match: 'roles', do: 'html' });
    const page = await raw('roles');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    sandbox.faults.add({ match: 'roles', do: 'truncated' });
    const half = await (await raw('roles')).text();
    expect(() => JSON.parse(half) as unknown).toThrow(SyntaxError);
  });

  it('leads in a circle', async () => {
    sandbox.faults.add({ match: 'page=2', do: 'repeat', times: 0 });
    const second = await ask(sandbox, 'time_entries?per_page=50&page=2');
    expect(link(second.body, 'next')).toBe(`${sandbox.baseUrl}/time_entries?per_page=50&page=2`);
  });

  it('puts a wrong value into the first record', async () => {
    sandbox.faults.add({ match: 'invoices', do: 'malformed', field: 'amount', value: 'lots' });
    const [first, second] = recordsOf((await ask(sandbox, 'invoices')).body);
    expect(first?.['amount']).toBe('lots');
    expect(typeof second?.['amount']).toBe('number');
    sandbox.faults.add({ match: 'expenses', do: 'malformed', field: 'user.id', value: null });
    expect(recordsOf((await ask(sandbox, 'expenses')).body)[0]).toMatchObject({ user: { id: null } });
    const [truth] = sandbox.account.truth('expenses');
    expect(truth?.['user']).not.toMatchObject({ id: null });
  });

  it('moves the list of time entries between two pages', async () => {
    await using own = await start();
    const before = ids(own.account.truth('time_entries'));
    own.faults.add({ match: 'time_entries.*page=2', do: 'shift' });
    const seen = ids(await readAll(own, 'time_entries?per_page=150'));
    expect(seen).toEqual([...before.slice(0, 150), ...before.slice(151)]);
    own.faults.add({ match: 'time_entries.*page=2', do: 'shift', value: 'insert' });
    const twice = ids(await readAll(own, 'time_entries?per_page=150'));
    expect(twice.length - new Set(twice).size).toBe(1);
  });

  it('refuses what is no fault', async () => {
    expect(await control(sandbox, 'faults', { match: 'x', do: 'sing' })).toEqual({ message: 'Not a fault' });
    expect(await control(sandbox, 'faults', { match: '(', do: 'cut' })).toEqual({
      message: 'match is not a regular expression',
    });
    expect(await control(sandbox, 'nothing')).toMatchObject({ status: 404 });
  });
});

describe('a control request from curl -d', () => {
  it('is JSON, whatever its content type says', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 3 });
    const answer = await fetch(`${sandbox.url}/sandbox/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '{"match":"/v2/clients","do":"status","status":403}',
    });
    expect(await answer.json()).toEqual({ armed: true });
  });
});
