import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { outlastJobs } from '../../../src/warehouse/bigquery/left-jobs.ts';
import { readLock, takeLockTable } from '../../../src/warehouse/bigquery/lock-table.ts';
import { bigQueryDoor, readLockTable } from '../../../src/warehouse/bigquery/warehouse.ts';
import type { Lock, LockOwner } from '../../../src/warehouse/door.ts';
import { accessDenied, BACKEND_ERROR } from '../../bigquery/support/documented-errors.ts';
import { openOffice, optionsOf, quietSession, thrownBy, type Office } from './office.ts';
import { after, answerIsLost, answers } from './scripted-faults.ts';
import { startBigQuery } from './scripted-server.ts';

const LOCK = 'd._sync_lock';
const MINUTE = 60_000;

function owner(run: string, over: Partial<LockOwner> = {}): LockOwner {
  return {
    owner: `acme sync ${run}`,
    host: os.hostname(),
    pid: process.pid,
    started: '2026-02-01T00:00:00.000Z',
    run_id: run,
    command: 'sync',
    ...over,
  };
}

function take(office: Office, of: LockOwner): Promise<Lock> {
  return takeLockTable(office.client, office.place.table('_sync_lock'), of);
}

interface Content {
  readonly etag?: string;
  readonly description?: string;
  readonly expirationTime?: string;
}

function content(office: Office): Content {
  return office.server.world.tables.get(LOCK) ?? {};
}

/** Changes who holds the lock, as it stands there. */
function rewrite(office: Office, over: object): void {
  const held = content(office);
  const holder = { ...(JSON.parse(held.description ?? '{}') as object), ...over };
  office.server.world.addTable(LOCK, { ...held, description: JSON.stringify(holder) });
}

/** The pid of a process that is gone. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

/** Leaves a lock behind, as a process does that is killed: this process must not think that it holds it. */
async function abandon(office: Office, over: object): Promise<void> {
  const lock = await take(office, owner('gone'));
  const left = content(office);
  await lock.release();
  office.server.world.addTable(LOCK, left);
  rewrite(office, over);
}

afterEach(() => {
  jest.useRealTimers();
});

describe('the lock', () => {
  it('is a table that says who holds it, and that goes by itself', async () => {
    await using office = await openOffice();
    const before = Date.now();
    const lock = await take(office, owner('run-1'));
    expect(lock.abandoned).toBeNull();
    expect(await readLock(office.client, office.place.table('_sync_lock'))).toEqual(owner('run-1'));
    const expires = Number(content(office).expirationTime) - before;
    expect(expires).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(expires).toBeLessThan(11 * MINUTE);
    await lock.release();
    expect(office.server.world.tables.has(LOCK)).toBe(false);
    expect(await readLockTable(optionsOf(office.server))).toBeNull();
  });

  it('is refused to a second run, with the owner in the details', async () => {
    await using office = await openOffice();
    const lock = await take(office, owner('run-1'));
    const error = await thrownBy(take(office, owner('run-2')));
    expect(error).toMatchObject({
      code: 'RUN_LOCKED',
      message: expect.stringContaining(
        `acme sync run-1, process ${process.pid} on ${os.hostname()}`,
      ) as unknown,
      hint: expect.stringContaining('10 minutes') as unknown,
    });
    expect((error as { details: unknown }).details).toEqual(owner('run-1'));
    await lock.release();
    await (await take(office, owner('run-2'))).release();
  });

  it('goes to one of two that come at once', async () => {
    await using office = await openOffice();
    const all = await Promise.allSettled(['run-1', 'run-2', 'run-3'].map((run) => take(office, owner(run))));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of all)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'RUN_LOCKED' });
    for (const each of all) if (each.status === 'fulfilled') await each.value.release();
  });

  it.each([
    ['the connection broke', answerIsLost, 1],
    ['503 before it was made', answers(BACKEND_ERROR), 2],
  ])('is ours when the answer to our own request was lost: %s', async (_what, fault, times) => {
    await using office = await openOffice();
    office.server.plan('table.insert', fault, { times });
    const lock = await take(office, owner('run-1'));
    expect(lock.abandoned).toBeNull();
    await lock.release();
    expect(office.server.world.tables.has(LOCK)).toBe(false);
  });

  it('is taken when its holder releases it in the same moment', async () => {
    await using office = await openOffice();
    const first = await take(office, owner('run-1'));
    office.server.plan(
      'table.get',
      after(() => office.server.world.tables.delete(LOCK)),
    );
    const second = await take(office, owner('run-2'));
    expect(await readLock(office.client, office.place.table('_sync_lock'))).toMatchObject({
      run_id: 'run-2',
    });
    await first.release();
    await second.release();
  });

  it('with a description that nobody can read is not taken over', async () => {
    await using office = await openOffice();
    office.server.world.addTable(LOCK, { description: 'mine' });
    expect(await thrownBy(take(office, owner('run-1')))).toMatchObject({ code: 'RUN_LOCKED' });
    expect(await readLock(office.client, office.place.table('_sync_lock'))).toBeNull();
  });
});

describe('a lock that was left behind', () => {
  it('is taken over on this machine when its process is gone', async () => {
    await using office = await openOffice();
    const pid = deadPid();
    await abandon(office, { pid, run_id: 'killed' });
    const lock = await take(office, owner('run-2'));
    expect(lock.abandoned).toEqual(owner('killed', { pid, owner: 'acme sync gone' }));
    expect(await readLock(office.client, office.place.table('_sync_lock'))).toEqual(owner('run-2'));
    expect(Number(content(office).expirationTime)).toBeGreaterThan(Date.now() + 9 * MINUTE);
    await lock.release();
  });

  it.each([
    ['from another machine', { machine: 'other 1234', host: 'other' }],
    ['from another boot of this machine', { machine: `${os.hostname()} another-boot` }],
    ['from another execution of a Cloud Run job', { machine: 'job-xyz/0' }],
  ])('is not taken over %s', async (_where, over) => {
    await using office = await openOffice();
    await abandon(office, { pid: deadPid(), ...over });
    expect(await thrownBy(take(office, owner('run-2')))).toMatchObject({ code: 'RUN_LOCKED' });
  });

  it('is not taken over from a process that lives', async () => {
    await using office = await openOffice();
    await abandon(office, { pid: process.ppid });
    expect(await thrownBy(take(office, owner('run-2')))).toMatchObject({ code: 'RUN_LOCKED' });
  });

  it('by an earlier attempt of the same Cloud Run task is taken over, though both have one pid', async () => {
    await using office = await openOffice();
    process.env['CLOUD_RUN_EXECUTION'] = 'job-abc';
    try {
      await abandon(office, { run_id: 'first-attempt' });
      const lock = await take(office, owner('second-attempt'));
      expect(lock.abandoned).toMatchObject({ run_id: 'first-attempt' });
      await lock.release();
    } finally {
      delete process.env['CLOUD_RUN_EXECUTION'];
    }
  });

  it('goes to one of two that take it over at once', async () => {
    await using office = await openOffice();
    await abandon(office, { pid: deadPid(), run_id: 'killed' });
    office.server.plan(
      'table.patch',
      after(() => rewrite(office, { run_id: 'faster', machine: 'other', host: 'other' })),
    );
    expect(await thrownBy(take(office, owner('run-2')))).toMatchObject({
      code: 'RUN_LOCKED',
      details: { run_id: 'faster' },
    });
  });
});

describe('jobs that a killed run has left under way', () => {
  /** A job that BigQuery has taken, and that is done after so many looks. */
  async function leave(office: Office, nth: number, run: string, looks: number): Promise<void> {
    office.server.world.nextJob = { looks };
    const labels = { app: 'harvest-bq', connector: 'acme', run };
    const body = {
      jobReference: { projectId: 'test', jobId: `left_${nth}`, location: 'EU' },
      configuration: { query: { query: 'SELECT 1' }, labels },
    };
    await office.client.once({ method: 'POST', path: '/jobs', body, what: 'leaving a job' });
  }

  function enter(office: Office): Promise<Lock> {
    return bigQueryDoor(optionsOf(office.server)).lock(owner('run-2'));
  }

  it('are waited for, on whatever page they are listed, by the run that takes over', async () => {
    await using office = await openOffice();
    for (const nth of [1, 2, 3]) await leave(office, nth, 'another', 1_000);
    await leave(office, 4, 'killed_1', 5);
    await abandon(office, { pid: deadPid(), run_id: 'Killed.1' });
    const lock = await enter(office);
    expect(lock.abandoned).toMatchObject({ run_id: 'Killed.1' });
    const lists = office.server.of('job.list');
    expect(lists.length).toBeGreaterThanOrEqual(10);
    expect(lists[0]?.path).toContain('/projects/test/jobs');
    expect(office.server.world.jobs.known.get('left_4')?.looksLeft).toBe(0);
    await lock.release();
  });

  it('are asked for as BigQuery wants it', async () => {
    await using office = await openOffice();
    await abandon(office, { pid: deadPid(), run_id: 'killed' });
    const asked: string[] = [];
    office.server.plan('job.list', (effect, request) => {
      asked.push(request.search);
      return effect();
    });
    await (await enter(office)).release();
    expect(asked).toEqual([
      expect.stringMatching(/^.projection=full&stateFilter=pending&stateFilter=running&/),
    ]);
  });

  it('are not asked for where nothing was left behind', async () => {
    await using office = await openOffice();
    await leave(office, 1, 'run-1', 1_000);
    await (await enter(office)).release();
    expect(office.server.of('job.list')).toEqual([]);
  });

  it('are not waited for for ever, nor where they cannot be listed', async () => {
    await using office = await openOffice();
    await leave(office, 1, 'killed', 1_000_000);
    const since = performance.now();
    await outlastJobs('killed', office.client, 50);
    expect(performance.now() - since).toBeGreaterThanOrEqual(50);
    office.server.plan('job.list', answers(accessDenied('bigquery.jobs.list', 'Project test')));
    const asked = office.server.of('job.list').length;
    await outlastJobs('killed', office.client);
    expect(office.server.of('job.list')).toHaveLength(asked + 1);
  });
});

describe('a lock that is held', () => {
  /** Lets the lock's timer fire, and waits until what it sends is answered. */
  async function beat(office: Office): Promise<void> {
    const asked = office.server.log.length;
    jest.advanceTimersByTime(3 * MINUTE);
    for (let at = 0; at < 40 && office.server.log.length === asked; at += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 60));
  }

  it('is renewed every three minutes, by whoever holds it alone', async () => {
    await using office = await openOffice();
    jest.useFakeTimers({ doNotFake: [...NOT_FAKED] });
    const lock = await take(office, owner('run-1'));
    office.server.world.addTable(LOCK, { ...content(office), expirationTime: '1' });
    await beat(office);
    expect(Number(content(office).expirationTime)).toBeGreaterThan(Date.now() + 9 * MINUTE);
    expect(office.server.of('table.patch')[0]?.headers['if-match']).toBeDefined();
    rewrite(office, { run_id: 'somebody else' });
    await beat(office);
    expect(office.server.of('table.patch')).toHaveLength(1);
    office.server.plan('table.get', answers(BACKEND_ERROR), { times: 4 });
    await beat(office);
    await lock.release();
    expect(office.server.world.tables.has(LOCK)).toBe(true);
    expect(office.server.of('table.delete')).toEqual([]);
    await beat(office);
    expect(office.server.of('table.patch')).toHaveLength(1);
  });

  const NOT_FAKED = [
    'setTimeout',
    'clearTimeout',
    'setImmediate',
    'clearImmediate',
    'nextTick',
    'queueMicrotask',
    'performance',
    'Date',
  ] as const;

  it('is released once', async () => {
    await using office = await openOffice();
    const lock = await take(office, owner('run-1'));
    await lock.release();
    const asked = office.server.log.length;
    await lock.release();
    expect(office.server.log).toHaveLength(asked);
  });
});

describe('a dataset that is missing', () => {
  it('is locked as soon as it is made, before the run begins', async () => {
    await using server = await startBigQuery();
    const door = bigQueryDoor(optionsOf(server));
    const lock = await door.lock(owner('run-1'));
    expect(server.writes()).toEqual([]);
    await using _ = await door.open(quietSession());
    expect(server.world.tables.get(LOCK)).toMatchObject({
      description: expect.stringContaining('run-1') as unknown,
    });
    await lock.release();
    expect(server.world.tables.has(LOCK)).toBe(false);
  });

  it('is refused to the slower of two first runs', async () => {
    await using server = await startBigQuery();
    const [one, other] = [bigQueryDoor(optionsOf(server)), bigQueryDoor(optionsOf(server))];
    const lock = await one.lock(owner('run-1'));
    await other.lock(owner('run-2'));
    await using _ = await one.open(quietSession());
    expect(await thrownBy(other.open(quietSession()))).toMatchObject({ code: 'RUN_LOCKED' });
    await lock.release();
  });

  it('leaves nothing to release where the run never began', async () => {
    await using server = await startBigQuery();
    const lock = await bigQueryDoor(optionsOf(server)).lock(owner('run-1'));
    await lock.release();
    expect(server.writes()).toEqual([]);
  });
});
