import { describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/faults.ts';
import { openOffice, resultOf, type Office } from '../support/office.ts';

/** Content and checkpoints of everything, to see that nothing moved. */
async function snapshot(office: Office, tables: readonly string[]): Promise<unknown> {
  const contents = await Promise.all(
    tables.map((table) => office.query(`SELECT CAST(to_json(t) AS VARCHAR) FROM "${table}" AS t ORDER BY 1`)),
  );
  const states = tables.map((name) => `'${name}'`).join();
  const cursors = `SELECT stream, max(cursor), max(cursor IS NULL) FROM _sync_state WHERE stream IN (${states}) GROUP BY ALL`;
  return [contents, await office.query(cursors)];
}

const ALWAYS: Pick<Fault, 'times'> = { times: 0 };

describe('a page that fails', () => {
  it.each([
    ['clients', 403, 'HARVEST_FORBIDDEN', '/v2/clients'],
    ['tasks', 404, 'HARVEST_NOT_FOUND', '/v2/tasks'],
    ['invoices', 422, 'HARVEST_REFUSED', '/v2/invoices\\?'],
    ['time_entries', 500, 'HARVEST_UNAVAILABLE', '/v2/time_entries'],
    ['time_clients', 503, 'HARVEST_UNAVAILABLE', '/v2/reports/time/clients'],
    ['invoice_payments', 403, 'HARVEST_FORBIDDEN', '/payments'],
    ['project_budget', 502, 'HARVEST_UNAVAILABLE', '/v2/reports/project_budget'],
  ])('leaves %s as it was on a %i, and the others go on', async (stream, status, code, match) => {
    await using office = await openOffice();
    const streams = [
      'clients',
      'projects',
      'users',
      'tasks',
      'invoices',
      'invoice_payments',
      'time_entries',
      'time_clients',
      'project_budget',
    ];
    await office.sync({ streams });
    office.sandbox.account.passDay();
    const before = await snapshot(office, [stream]);
    office.sandbox.faults.add({ match, do: 'status', status, ...ALWAYS });
    const run = await office.sync({ streams });
    expect(run.result).toMatchObject({ outcome: 'partial', exit_code: 5 });
    expect(resultOf(run, stream)).toMatchObject({ outcome: 'failed', failure: { code } });
    expect(run.result.streams.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    expect(await snapshot(office, [stream])).toEqual(before);
    office.sandbox.faults.clear();
    const next = await office.sync({ streams });
    expect(next.result.outcome).toBe('ok');
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('on the first load, beyond the first page, leaves no row and no checkpoint', async () => {
    await using office = await openOffice({ size: 4500 });
    office.sandbox.faults.add({
      match: 'time_entries\\?.*page=2|time_entries.*page=3',
      do: 'status',
      status: 403,
      ...ALWAYS,
    });
    const run = await office.sync({ streams: ['time_entries'] });
    expect(run.result).toMatchObject({ outcome: 'failed', exit_code: 4 });
    expect(await office.query('SELECT count(*) FROM time_entries')).toEqual([['0']]);
    expect(await office.query("SELECT count(*) FROM _sync_state WHERE stream = 'time_entries'")).toEqual([
      ['0'],
    ]);
  });

  it.each(['html', 'truncated', 'cut'] as const)(
    'because its body is %s is asked for again',
    async (kind) => {
      await using office = await openOffice();
      office.sandbox.faults.add({ match: '/v2/clients', do: kind });
      const run = await office.sync({ streams: ['clients'] });
      expect(run.result).toMatchObject({ outcome: 'ok', retried: 1 });
      expect(await office.differences({ streams: ['clients'] })).toEqual([]);
    },
  );

  it('because its links go in a circle fails with PAGES_LOOP', async () => {
    await using office = await openOffice({ size: 4500 });
    office.sandbox.faults.add({ match: '/v2/time_entries\\?.*per_page=2000', do: 'repeat', ...ALWAYS });
    const run = await office.sync({ streams: ['time_entries'] });
    expect(resultOf(run, 'time_entries').failure).toMatchObject({ code: 'PAGES_LOOP', exit_code: 8 });
  });
});

describe('the login', () => {
  it('that is refused in the middle stops the run with 4', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({ match: '/v2/projects', do: 'status', status: 401, ...ALWAYS });
    const run = await office.sync();
    expect(run.result).toMatchObject({
      outcome: 'failed',
      exit_code: 4,
      failure: { code: 'HARVEST_UNAUTHORIZED' },
    });
    expect(run.events.filter(({ event }) => event === 'run.finished')).toHaveLength(1);
    expect(run.events.at(-1)?.event).toBe('run.finished');
  });

  it.each([
    ['a wrong token', { token: 'wrong' }, 'HARVEST_UNAUTHORIZED'],
    ['a wrong account', { accountId: '999' }, 'HARVEST_ACCOUNT_UNKNOWN'],
  ])('with %s ends with 4 before anything is written', async (_name, wrong, code) => {
    await using office = await openOffice();
    const { runEngine } = await import('../support/engine.ts');
    const { result } = await runEngine({ ...office.target, ...wrong }, office.path);
    expect(result).toMatchObject({ exit_code: 4, failure: { code }, streams: [] });
  });

  it.each(['member', 'manager'] as const)('of a %s stops the run, unless that is accepted', async (role) => {
    await using office = await openOffice();
    const { runEngine } = await import('../support/engine.ts');
    const target = { ...office.target, token: office.sandbox.tokens[role] };
    const refused = await runEngine(target, office.path);
    expect(refused.result).toMatchObject({ exit_code: 4, failure: { code: 'HARVEST_PARTIAL_VISIBILITY' } });
    const accepted = await runEngine(target, office.path, { config: { harvest: { visibility: 'partial' } } });
    expect(accepted.result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    const skipped = accepted.result.streams.filter(({ outcome }) => outcome === 'skipped');
    expect(skipped.map(({ stream }) => stream)).toContain('cost_rates');
    expect(skipped.every(({ reason }) => reason?.includes('visibility: partial'))).toBe(true);
  });
});

describe('a module that is off', () => {
  it('skips its streams by name and leaves their rows', async () => {
    await using office = await openOffice();
    await office.sync();
    const before = await office.query('SELECT count(*) FROM invoices');
    office.sandbox.account.setModules({ invoice: false });
    const run = await office.sync();
    const skipped = run.result.streams
      .filter(({ outcome }) => outcome === 'skipped')
      .map(({ stream }) => stream);
    expect(skipped.toSorted()).toEqual([
      'invoice_item_categories',
      'invoice_messages',
      'invoice_payments',
      'invoices',
    ]);
    expect(resultOf(run, 'invoices').reason).toBe('invoices are switched off in Harvest');
    expect(run.result.exit_code).toBe(0);
    expect(await office.query('SELECT count(*) FROM invoices')).toEqual(before);
  });
});

describe('outcomes', () => {
  it('are 5 when all streams fail for different causes', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({ match: '/v2/clients', do: 'status', status: 403, ...ALWAYS });
    office.sandbox.faults.add({ match: '/v2/tasks', do: 'status', status: 422, ...ALWAYS });
    const { result } = await office.sync({ streams: ['clients', 'tasks'] });
    expect(result).toMatchObject({ outcome: 'failed', exit_code: 5 });
  });

  it('stop at the first failure under failFast', async () => {
    await using office = await openOffice();
    office.sandbox.faults.add({ match: '/v2/clients', do: 'status', status: 403, ...ALWAYS });
    office.sandbox.faults.add({ match: '/v2/(?!clients|users/me|company)', do: 'slow', ms: 300, ...ALWAYS });
    const { result } = await office.sync({ failFast: true });
    expect(result.exit_code).not.toBe(0);
    expect(result.streams.filter(({ outcome }) => outcome === 'failed').map(({ stream }) => stream)).toEqual([
      'clients',
    ]);
    expect(result.streams.filter(({ reason }) => reason?.includes('--fail-fast')).length).toBeGreaterThan(10);
  });

  it('of a stop by signal are interrupted, with what was committed kept', async () => {
    await using office = await openOffice();
    const { ConnectorError } = await import('../../src/errors.ts');
    const stop = new AbortController();
    const run = await office.sync({
      signal: stop.signal,
      onEvent: ({ event }) => {
        if (event === 'checkpoint.saved')
          stop.abort(new ConnectorError('RUN_INTERRUPTED', 'stopped by SIGINT'));
      },
    });
    expect(run.result).toMatchObject({ outcome: 'interrupted', exit_code: 130 });
    expect(await office.query('SELECT outcome FROM _sync_runs')).toEqual([['interrupted']]);
    const next = await office.sync();
    expect(next.result.outcome).toBe('ok');
    expect(await office.differences()).toEqual([]);
  });

  it('of a time limit are interrupted too', async () => {
    await using office = await openOffice({ latencyMs: 200 });
    const { result } = await office.sync({ timeoutMs: 700 });
    expect(result).toMatchObject({ outcome: 'interrupted', failure: { code: 'RUN_TIMEOUT' } });
  });
});
