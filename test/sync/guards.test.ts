import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { takeLockFile } from '../../src/warehouse/lock-file.ts';
import { interpose } from '../support/interpose.ts';
import { openOffice, resultOf } from '../support/office.ts';
import { numberOf, recordsOf } from '../support/pick.ts';

const CHILD = fileURLToPath(new URL('../support/crash-child.ts', import.meta.url));

describe('a full refresh that would shrink a table', () => {
  it('by more than half and more than 100 rows is refused, and done with --allow-shrink', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['time_entries'] });
    const before = await numberOf(office, 'SELECT count(*) FROM time_entries');
    const entries = recordsOf(office, 'time_entries');
    for (const { id } of entries.slice(0, Math.ceil(entries.length * 0.6)))
      office.sandbox.account.remove('time_entries', id);
    const refused = await office.sync({ streams: ['time_entries'], fullRefresh: true });
    expect(refused.result).toMatchObject({ outcome: 'failed', exit_code: 8 });
    expect(resultOf(refused, 'time_entries').failure).toMatchObject({ code: 'REFRESH_SHRINKS' });
    expect(await numberOf(office, 'SELECT count(*) FROM time_entries')).toBe(before);
    expect(await numberOf(office, 'SELECT count(*) FROM _deletions')).toBe(0);
    const forced = await office.sync({ streams: ['time_entries'], fullRefresh: true, allowShrink: true });
    expect(forced.result.outcome).toBe('ok');
    expect(await office.differences({ streams: ['time_entries'] })).toEqual([]);
  });

  it('by fewer rows than that is done', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['contacts'] });
    for (const { id } of recordsOf(office, 'contacts')) office.sandbox.account.remove('contacts', id);
    const { result } = await office.sync({ streams: ['contacts'], fullRefresh: true });
    expect(result.outcome).toBe('ok');
    expect(await numberOf(office, 'SELECT count(*) FROM contacts')).toBe(0);
  });
});

describe('a second run', () => {
  it('while one holds the lock ends with 7 and names the owner', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['tasks'] });
    const owner = {
      owner: 'harvest-bq sync (acme)',
      host: hostname(),
      pid: process.pid,
      started: '2026-03-10T09:00:00.000Z',
      run_id: 'first',
      command: 'sync',
    };
    const lock = await takeLockFile(office.path, owner);
    const { result, requests } = await office.sync({ streams: ['tasks'] });
    expect(result).toMatchObject({ outcome: 'failed', exit_code: 7, failure: { code: 'RUN_LOCKED' } });
    expect(result.failure?.message).toContain('harvest-bq sync (acme)');
    expect(result.failure?.message).toContain(String(process.pid));
    expect(requests).toEqual([]);
    await lock.release();
    expect((await office.sync({ streams: ['tasks'] })).result.outcome).toBe('ok');
    expect(existsSync(`${office.path}.lock`)).toBe(false);
  });

  it('takes over the lock of a process that was killed, and notes that run as crashed', async () => {
    await using office = await openOffice();
    const config = { streams: { include: ['clients', 'tasks'] } };
    const order = { target: office.target, path: office.path, event: 'page.fetched', nth: 1, config };
    const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(order)], {
      stdio: 'ignore',
    });
    await once(child, 'exit');
    expect(existsSync(`${office.path}.lock`)).toBe(true);
    const run = await office.sync({ config });
    expect(run.result.outcome).toBe('ok');
    expect(run.events.some((event) => event.event === 'lock.taken_over' && event.pid === child.pid)).toBe(
      true,
    );
    const runs = await office.query('SELECT outcome, exit_code FROM _sync_runs ORDER BY started_at');
    expect(runs).toEqual([
      ['crashed', null],
      ['ok', '0'],
    ]);
    expect(await office.differences({ streams: ['clients', 'tasks'] })).toEqual([]);
  });

  it('that slipped past the lock makes the slower one step back with STATE_CONFLICT', async () => {
    await using office = await openOffice();
    await office.sync({ streams: ['tasks'] });
    office.sandbox.account.create('tasks', { name: 'Brand new' });
    const before = await numberOf(office, 'SELECT count(*) FROM tasks');
    let hasSlipped = false;
    const run = await office.sync({
      streams: ['tasks'],
      wrapDoor: (door) => ({
        ...door,
        open: async (session) =>
          interpose(await door.open(session), {
            commit: async (warehouse) => {
              if (hasSlipped) return;
              hasSlipped = true;
              // what the faster run would have committed meanwhile
              const states = [
                { stream: 'tasks', expectedVersion: 1, cursor: '2026-03-10T09:00:00Z', state: {} },
              ];
              const rest = { stream: null, loads: [], renames: [], rejects: [], drift: [] };
              await warehouse.commit({
                ...rest,
                states,
                runId: 'faster',
                committedAt: new Date().toISOString(),
              });
            },
          }),
      }),
    });
    expect(run.result).toMatchObject({
      outcome: 'failed',
      exit_code: 7,
      failure: { code: 'STATE_CONFLICT' },
    });
    expect(await numberOf(office, 'SELECT count(*) FROM tasks')).toBe(before);
    expect(
      await office.query("SELECT run_id, version FROM _sync_state WHERE stream = 'tasks' AND version > 1"),
    ).toEqual([['faster', '2']]);
    const next = await office.sync({ streams: ['tasks'], fullRefresh: true });
    expect(next.result.outcome).toBe('ok');
    expect(await office.differences({ streams: ['tasks'] })).toEqual([]);
  });
});

describe('the history of project budgets', () => {
  it('has one snapshot for each UTC day, of the last run of that day', async () => {
    await using office = await openOffice({ now: '2026-03-10T09:00:00Z' });
    const { account } = office.sandbox;
    const streams = ['project_budget'];
    const days = `SELECT CAST(snapshot_date AS VARCHAR), count(*), sum(budget_spent) FROM project_budget_history
      GROUP BY 1 ORDER BY 1`;
    await office.sync({ streams });
    const first = await office.query(days);
    const projects = recordsOf(office, 'project_budget').length;
    expect(first.map(([day, count]) => [day, count])).toEqual([['2026-03-10', String(projects)]]);

    account.clock.set('2026-03-10T22:00:00Z');
    account.passDay();
    account.clock.set('2026-03-10T23:00:00Z');
    await office.sync({ streams });
    const second = await office.query(days);
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(first);

    account.clock.set('2026-03-11T01:00:00Z');
    await office.sync({ streams });
    const third = await office.query(days);
    expect(third.map(([day]) => day)).toEqual(['2026-03-10', '2026-03-11']);
    expect(third[0]).toEqual(second[0]);
    const run = await office.sync({ streams });
    expect(resultOf(run, 'project_budget')).toMatchObject({
      fetched: projects,
      unchanged: projects,
      deleted: 0,
    });
    expect(await office.query(days)).toEqual(third);
  });
});
