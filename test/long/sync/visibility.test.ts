import { describe, expect, it } from '@jest/globals';
import type { EngineOptions, EngineRun } from '../../support/engine.ts';
import { openOffice, resultOf, type Office } from '../../support/office.ts';
import { numberOf, recordsOf } from '../../support/pick.ts';

const PARTIAL = { config: { harvest: { visibility: 'partial' } } } satisfies EngineOptions;

/** What the newest row of `_sync_runs` says of the token. */
async function lastRun(office: Office): Promise<readonly (string | null)[] | undefined> {
  const rows = await office.query(
    'SELECT role, grants, modules, visibility, deletions_off, error_code FROM _sync_runs ORDER BY started_at DESC LIMIT 1',
  );
  return rows[0];
}

/** What is stored of the account, newest first. */
function stored(office: Office): ReturnType<Office['query']> {
  return office.query(
    "SELECT state->'roles' FROM _sync_state WHERE stream = '_account' ORDER BY version DESC",
  );
}

function reasonOf({ events }: EngineRun): readonly string[] {
  return events.flatMap((event) => (event.event === 'deletions.off' ? [event.reason] : []));
}

/** Rows of every table of Harvest's, as one text. */
async function countsOf(office: Office, streams: readonly string[]): Promise<string> {
  const tables = streams.map((name) => `SELECT '${name}' AS name, count(*) FROM ${name}`);
  return JSON.stringify(await office.query(`${tables.join(' UNION ALL ')} ORDER BY name`));
}

describe('the role of the token', () => {
  it('lowered under visibility: full stops the run with 4, and names the tables', async () => {
    await using office = await openOffice();
    const streams = ['time_entries', 'clients', 'invoice_item_categories'];
    const config = { streams: { include: streams } };
    await office.sync({ config });
    expect(await lastRun(office)).toEqual([
      'administrator',
      'administrator',
      'expense, invoice, estimate',
      'full',
      null,
      null,
    ]);
    const before = await countsOf(office, streams);
    office.sandbox.account.setRole('administrator', ['manager', 'estimates_manager']);
    const refused = await office.sync({ config });
    expect(refused.result).toMatchObject({
      outcome: 'failed',
      exit_code: 4,
      failure: { code: 'HARVEST_PARTIAL_VISIBILITY' },
    });
    expect(refused.result.failure?.message).toMatch(
      /\(roles: manager, estimates_manager\).*\nRows or values would be missing in: clients, time_entries$/,
    );
    expect(refused.result.streams).toEqual([]);
    expect(await countsOf(office, streams)).toBe(before);
    expect(await lastRun(office)).toEqual([
      'manager',
      'estimates_manager, manager',
      null,
      'partial',
      null,
      'HARVEST_PARTIAL_VISIBILITY',
    ]);
    expect(await stored(office)).toEqual([['["administrator"]']]);

    // given back, nothing has changed since the last run that was let through
    office.sandbox.account.setRole('administrator', ['administrator']);
    const gone = recordsOf(office, 'time_entries').find((entry) => entry['is_locked'] !== true);
    office.sandbox.account.remove('time_entries', Number(gone?.id));
    const again = await office.sync({ config });
    expect(again.result.outcome).toBe('ok');
    expect(reasonOf(again)).toEqual([]);
    expect(await office.differences({ streams })).toEqual([]);
  });

  it('lowered under visibility: partial stops the run, until that is allowed', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    await office.sync(PARTIAL);
    const facts = ['time_entries', 'expenses', 'invoices', 'invoice_payments', 'clients', 'users', 'roles'];
    const before = await countsOf(office, facts);
    account.setRole('administrator', ['manager', 'client_and_task_manager']);
    const refused = await office.sync(PARTIAL);
    expect(refused.result).toMatchObject({
      outcome: 'failed',
      exit_code: 4,
      streams: [],
      failure: { code: 'VISIBILITY_REDUCED' },
    });
    const [said = '', tables = ''] = refused.result.failure?.message.split('\n') ?? [];
    expect(said).toMatch(
      / may see less than in the run before: lost administrator; has client_and_task_manager, manager\.$/,
    );
    expect(tables).toMatch(/^Rows or values would be missing in: .*\btime_entries\b.*\busers\b/);
    expect(tables).not.toMatch(/\bclients\b/);
    expect(await stored(office)).toEqual([['["administrator"]']]);
    // refused a second time as well: the refused run has stored nothing
    expect((await office.sync(PARTIAL)).result.failure?.code).toBe('VISIBILITY_REDUCED');
    expect((await office.sync({ ...PARTIAL, fullRefresh: true })).result.failure?.code).toBe(
      'VISIBILITY_REDUCED',
    );

    const allowed = await office.sync({ ...PARTIAL, allowDeletes: true, fullRefresh: true });
    expect(allowed.result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    const reason = 'the token sees only what a manager may see (visibility: partial)';
    expect(reasonOf(allowed)).toEqual([reason]);
    expect(await countsOf(office, facts)).toBe(before);
    expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(0);
    expect(await stored(office)).toEqual([['["client_and_task_manager","manager"]'], ['["administrator"]']]);
    expect(await lastRun(office)).toEqual([
      'manager',
      'client_and_task_manager, manager',
      null,
      'partial',
      reason,
      null,
    ]);
    const next = await office.sync(PARTIAL);
    expect(next.result.outcome).toBe('ok');
    expect(reasonOf(next)).toEqual([reason]);
    expect(resultOf(next, 'roles')).toMatchObject({
      outcome: 'skipped',
      reason: 'not visible to this token (visibility: partial)',
    });
    expect(await stored(office)).toHaveLength(2);
  }, 60_000);

  it('given back finds what went meanwhile, in the run after the next', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const options = { config: { ...PARTIAL.config, streams: { include: ['time_entries', 'tasks'] } } };
    account.setRole('administrator', ['member']);
    await office.sync(options);
    account.setRole('administrator', ['administrator']);
    const first = await office.sync(options);
    expect(reasonOf(first)[0]).toMatch(
      /^changed since the run before: the token's owner was given administrator;/,
    );
    const gone = recordsOf(office, 'time_entries').find((entry) => entry['is_locked'] !== true);
    account.remove('time_entries', Number(gone?.id));
    const second = await office.sync({ ...options, fullRefresh: true });
    expect(reasonOf(second)).toEqual([]);
    expect(await office.differences({ streams: ['time_entries', 'tasks'] })).toEqual([]);
  });
});

describe('grants of the token', () => {
  it('that are taken away stop the run where they concern a chosen stream', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    account.setRole('administrator', ['manager', 'estimates_manager', 'client_and_task_manager']);
    const with_ = (include: readonly string[]): EngineOptions => ({
      config: { ...PARTIAL.config, streams: { include } },
    });
    await office.sync(with_(['estimates', 'clients']));
    account.setRole('administrator', ['manager', 'client_and_task_manager']);
    const refused = await office.sync(with_(['estimates', 'clients']));
    expect(refused.result).toMatchObject({ exit_code: 4, failure: { code: 'VISIBILITY_REDUCED' } });
    expect(refused.result.failure?.message).toMatch(
      /lost estimates_manager; .*\nRows or values would be missing in: estimates$/,
    );
    const other = await office.sync(with_(['clients']));
    expect(other.result).toMatchObject({ outcome: 'ok' });
  });
});

describe('children under partial visibility', () => {
  it('come for the parents that may be seen, and those of others stay', async () => {
    await using office = await openOffice();
    const streams = ['users', 'project_assignments', 'cost_rates'];
    const config = { ...PARTIAL.config, streams: { include: streams } };
    await office.sync({ config });
    const before = await countsOf(office, streams);
    office.sandbox.account.setRole('administrator', ['manager']);
    const { account } = office.sandbox;
    account.clock.advance(3_600_000);
    account.touchAll('users');
    account.touchAll('user_assignments');
    const run = await office.sync({ config, allowDeletes: true, fullRefresh: true });
    expect(run.result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    expect(resultOf(run, 'project_assignments').outcome).toBe('ok');
    expect(resultOf(run, 'project_assignments').fetched).toBeGreaterThan(0);
    expect(resultOf(run, 'cost_rates')).toMatchObject({
      outcome: 'skipped',
      reason: 'not visible to this token (visibility: partial)',
    });
    expect(await countsOf(office, streams)).toBe(before);
  });
});

describe('a module that is switched off', () => {
  it('leaves its tables alone, by name, and no deletions are looked for when it goes and when it comes', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const streams = ['expenses', 'expense_categories', 'expenses_team', 'time_entries', 'invoices'];
    const config = { streams: { include: streams } };
    await office.sync({ config });
    const [first, second] = recordsOf(office, 'time_entries').filter((entry) => entry['is_locked'] !== true);
    const before = await countsOf(office, streams);

    account.setModules({ expense: false });
    account.remove('time_entries', first?.id ?? 0);
    const off = await office.sync({ config });
    expect(off.result).toMatchObject({ outcome: 'ok', exit_code: 0 });
    for (const stream of ['expenses', 'expense_categories', 'expenses_team']) {
      expect(resultOf(off, stream)).toMatchObject({
        outcome: 'skipped',
        reason: 'expenses are switched off in Harvest',
        requests: 0,
      });
    }
    expect(reasonOf(off)).toEqual(['changed since the run before: the expense module is off now']);
    expect(await countsOf(office, streams)).toBe(before);
    expect(await lastRun(office)).toEqual([
      'administrator',
      'administrator',
      'invoice, estimate',
      'full',
      'changed since the run before: the expense module is off now',
      null,
    ]);

    const quiet = await office.sync({ config });
    expect(reasonOf(quiet)).toEqual([]);
    expect(await office.differences({ streams: ['time_entries'] })).toEqual([]);

    account.setModules({ expense: true });
    account.remove('time_entries', second?.id ?? 0);
    const on = await office.sync({ config });
    expect(reasonOf(on)).toEqual(['changed since the run before: the expense module is on now']);
    expect(resultOf(on, 'expenses').outcome).toBe('ok');
    expect(await numberOf(office, `SELECT count(*) FROM time_entries WHERE id = ${second?.id}`)).toBe(1);
    await office.sync({ config });
    expect(await office.differences({ streams })).toEqual([]);
  }, 60_000);
});

describe('the descriptions of the tables', () => {
  it('say what a token may see that does not see everything, until one does', async () => {
    await using office = await openOffice();
    const comments = `SELECT table_name, comment FROM duckdb_tables()
      WHERE table_name IN ('clients', 'project_budget_history', '_sync_runs') ORDER BY 1`;
    const config = {
      ...PARTIAL.config,
      streams: { include: ['clients', 'project_budget'] },
    };
    await office.sync({ config });
    const whole = await office.query(comments);
    expect(JSON.stringify(whole)).not.toContain('may see');
    office.sandbox.account.setRole('administrator', ['manager', 'client_and_task_manager']);
    await office.sync({ config, allowDeletes: true });
    const [runs, clients, history] = whole;
    const sentence = 'Kept up to date only as far as a manager may see.';
    expect(await office.query(comments)).toEqual([
      runs,
      [clients?.[0], `${clients?.[1]} ${sentence}`],
      [history?.[0], `${history?.[1]} ${sentence}`],
    ]);
    office.sandbox.account.setRole('administrator', ['administrator']);
    await office.sync({ config });
    expect(await office.query(comments)).toEqual(whole);
  });
});

describe('a warehouse that an older version made', () => {
  it('takes note of a run that is refused, with the columns that it lacked', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['tasks'] });
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(office.path);
    const connection = await instance.connect();
    for (const column of ['grants', 'modules', 'visibility', 'deletions_off']) {
      await connection.run(`ALTER TABLE _sync_runs DROP COLUMN ${column}`);
    }
    await connection.run("DELETE FROM _sync_state WHERE stream = '_account'");
    connection.closeSync();
    instance.closeSync();
    office.sandbox.account.setRole('administrator', ['member']);
    const refused = await office.sync({ streams: ['tasks'] });
    expect(refused.result.failure?.code).toBe('HARVEST_PARTIAL_VISIBILITY');
    expect((await lastRun(office))?.slice(3)).toEqual(['partial', null, 'HARVEST_PARTIAL_VISIBILITY']);
    office.sandbox.account.setRole('administrator', ['administrator']);
    const next = await office.sync({ streams: ['tasks'] });
    expect(next.result.outcome).toBe('ok');
    expect(reasonOf(next)).toEqual([]);
  });
});

describe('a role that is given back', () => {
  it('has everything read again that the lesser one may have missed', async () => {
    await using office = await openOffice();
    const { account } = office.sandbox;
    const streams = ['time_entries', 'invoices', 'time_clients', 'users', 'billable_rates'];
    const config = { ...PARTIAL.config, streams: { include: streams } };
    await office.sync({ config });
    account.setRole('administrator', ['member']);
    await office.sync({ config, allowDeletes: true });
    account.clock.advance(3_600_000);
    for (const { id } of recordsOf(office, 'time_entries').slice(-3)) {
      account.update('time_entries', id, { hours: 7.25 });
    }
    await office.sync({ config });
    account.clock.advance(3_600_000);
    account.setRole('administrator', ['administrator']);
    await office.sync({ config });
    await office.sync({ config });
    expect(await office.differences({ streams, lags: true })).toEqual([]);
  });
});
