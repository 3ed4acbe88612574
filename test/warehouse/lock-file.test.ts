import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readLockFile, takeLockFile } from '../../src/warehouse/lock-file.ts';
import type { LockOwner } from '../../src/warehouse/door.ts';

const LOCK_FILE = new URL('../../src/warehouse/lock-file.ts', import.meta.url).href;

const owner = (over: Partial<LockOwner> = {}): LockOwner => ({
  owner: 'acme sync',
  host: os.hostname(),
  pid: process.pid,
  started: '2026-11-20T06:00:00Z',
  run_id: 'run-1',
  command: 'sync',
  ...over,
});

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'lock-file-'));
  path = join(folder, 'a.duckdb');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Leaves a lock as another process would have, renewed so many seconds ago. */
function leave(left: LockOwner | string, secondsAgo = 0): void {
  writeFileSync(`${path}.lock`, typeof left === 'string' ? left : JSON.stringify(left));
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(`${path}.lock`, time, time);
}

/** The pid of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('the lock beside a DuckDB file', () => {
  it('is a file that says who holds it, until it is released', async () => {
    const lock = await takeLockFile(path, owner());
    expect(lock.abandoned).toBeNull();
    expect(JSON.parse(readFileSync(`${path}.lock`, 'utf8'))).toEqual(owner());
    expect(await readLockFile(path)).toEqual(owner());
    await lock.release();
    await lock.release();
    expect(await readLockFile(path)).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is refused to a second run, in this process and in others, with its holder named', async () => {
    const lock = await takeLockFile(path, owner());
    const refused = { code: 'RUN_LOCKED', details: { pid: process.pid, run_id: 'run-1' } };
    await expect(takeLockFile(path, owner({ run_id: 'run-2' }))).rejects.toMatchObject(refused);
    await lock.release();
    leave(owner({ pid: process.ppid }));
    const message = `Another run holds the lock: acme sync, process ${process.ppid} on ${os.hostname()}, since 2026-11-20T06:00:00Z`;
    await expect(takeLockFile(path, owner())).rejects.toMatchObject({ code: 'RUN_LOCKED', message });
  });

  it('is taken over from a process of this machine that is gone, or that had our own pid', async () => {
    for (const pid of [deadPid(), process.pid]) {
      leave(owner({ pid, run_id: 'old' }));
      const lock = await takeLockFile(path, owner());
      expect(lock.abandoned).toEqual(owner({ pid, run_id: 'old' }));
      expect(await readLockFile(path)).toEqual(owner());
      await lock.release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process from before the machine was started', async () => {
    leave(owner({ pid: process.ppid }), os.uptime() + 60);
    const lock = await takeLockFile(path, owner());
    expect(lock.abandoned?.pid).toBe(process.ppid);
    await lock.release();
  });

  it('is taken over from another machine after two silent minutes, not before', async () => {
    const other = owner({ host: 'elsewhere', pid: 1 });
    leave(other, 110);
    await expect(takeLockFile(path, owner())).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    leave(other, 130);
    const lock = await takeLockFile(path, owner());
    expect(lock.abandoned).toEqual(other);
    await lock.release();
  });

  it('is respected while it is still being written, and taken over when it stays unreadable', async () => {
    leave('');
    await expect(takeLockFile(path, owner())).rejects.toMatchObject({ code: 'RUN_LOCKED' });
    expect(await readLockFile(path)).toBeNull();
    leave('{"half": ', 130);
    const lock = await takeLockFile(path, owner());
    expect(lock.abandoned).toBeNull();
    await lock.release();
  });

  it('does not remove the lock of whoever took it over', async () => {
    const lock = await takeLockFile(path, owner());
    leave(owner({ run_id: 'thief' }));
    await lock.release();
    expect((await readLockFile(path))?.run_id).toBe('thief');
  });

  it('goes over exactly one of several runs that find it abandoned, dead claims or not', async () => {
    leave(owner({ pid: deadPid() }));
    const script = `
      import { takeLockFile } from '${LOCK_FILE}';
      const owner = { ...${JSON.stringify(owner())}, pid: process.pid, run_id: String(process.pid) };
      process.stdin.once('data', async () => {
        try { await takeLockFile('${path}', owner); console.log('held'); } catch (error) { console.log(error.code); }
      });
      process.stdin.once('end', () => process.exit());
      console.log('ready');
    `;
    const runs = Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
    for (const { lines } of runs) expect((await lines.next()).value).toBe('ready');
    for (const { child } of runs) child.stdin.write('go\n');
    const said = await Promise.all(runs.map(async ({ lines }) => String((await lines.next()).value)));
    for (const { child } of runs) {
      child.stdin.end();
      await once(child, 'exit');
    }
    expect(said.toSorted()).toEqual([
      'RUN_LOCKED',
      'RUN_LOCKED',
      'RUN_LOCKED',
      'RUN_LOCKED',
      'RUN_LOCKED',
      'held',
    ]);
    expect(readdirSync(folder)).toEqual(['a.duckdb.lock']);
  });

  it('cannot be taken where no file can be', async () => {
    writeFileSync(join(folder, 'file'), '');
    for (const place of [join(folder, 'no', 'a.duckdb'), join(folder, 'file', 'a.duckdb')]) {
      await expect(takeLockFile(place, owner())).rejects.toMatchObject({ code: 'WAREHOUSE_UNWRITABLE' });
    }
  });

  it('is renewed by its holder without keeping the process alive', () => {
    const script = `
      import { takeLockFile } from '${LOCK_FILE}';
      await takeLockFile('${path}', ${JSON.stringify(owner())});
    `;
    const started = Date.now();
    spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(existsSync(`${path}.lock`)).toBe(true);
    expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o644);
  });
});
