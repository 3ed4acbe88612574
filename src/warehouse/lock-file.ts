/**
 * The lock beside a DuckDB file. Enters: the path of the database and who wants it. Leaves: a lock that exactly one
 * run holds, or RUN_LOCKED. The file is only ever created where there is none, or put in the place of one that was
 * read as stale by the single run that holds the claim on that very lock. Its time is renewed while it is held.
 */
import { codeOf, syscallOf } from '../classify/error-like.ts';
import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { resolve } from 'node:path';
import { classify } from '../classify/classify.ts';
import { ConnectorError } from '../errors.ts';
import { isAlive } from './process-alive.ts';
import type { Lock, LockOwner } from './door.ts';

/** How often the owner renews the lock file's time, in milliseconds. */
const HEARTBEAT_MS = 15_000;

/** A lock of another machine that was not renewed for this long is abandoned, in milliseconds: eight heartbeats. */
const ABANDONED_AFTER_MS = 120_000;

/** A claim is held for the time of three file operations; one that is older than this is a dead run's. */
const CLAIM_MS = 10_000;

/** Attempts against runs that start or end in the same moment. */
const ATTEMPTS = 20;

/** Locks that this process holds: a container's processes all have the same pid, so the pid alone says nothing. */
const held = new Set<string>();

interface Found {
  readonly text: string;
  readonly owner: LockOwner | null;
  readonly renewedMs: number;
}

/** The lock file that belongs to a database file. */
export function lockPathOf(databasePath: string): string {
  return `${resolve(databasePath)}.lock`;
}

/** Who holds the lock of a database file, by its lock file; null where there is none or it cannot be read. */
export async function readLockFile(databasePath: string): Promise<LockOwner | null> {
  return (await find(lockPathOf(databasePath)).catch(() => null))?.owner ?? null;
}

/**
 * Takes the lock of a database file, which need not exist yet, and keeps it fresh until it is released.
 * A lock whose process is gone is taken over; its owner stands in `abandoned`.
 * @throws ConnectorError RUN_LOCKED with the holder in `details`; WAREHOUSE_UNWRITABLE, DISK_FULL
 */
export async function takeLockFile(databasePath: string, owner: LockOwner): Promise<Lock> {
  const path = lockPathOf(databasePath);
  const text = `${JSON.stringify(owner)}\n`;
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await create(path, text)) return hold(path, text, null);
      const found = await find(path);
      if (found === null) continue;
      if (!isStale(path, found)) throw lockedBy(databasePath, found.owner);
      if (await takeOver(path, text, found)) return hold(path, text, found.owner);
    }
  } catch (error) {
    throw classify(error, { warehousePath: path });
  }
  throw lockedBy(databasePath, null);
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o644 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (syscallOf(error) === 'write') await rm(path, { force: true });
    throw error;
  }
}

async function find(path: string): Promise<Found | null> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, owner: parse(text), renewedMs: mtimeMs };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): LockOwner | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { owner, host, pid, started, run_id, command } = value as Record<string, unknown>;
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return null;
    return { owner: String(owner), host, pid, started, run_id: String(run_id), command: String(command) };
  } catch {
    return null;
  }
}

function isStale(path: string, { owner, renewedMs }: Found): boolean {
  if (held.has(path)) return false;
  const silent = Date.now() - renewedMs > ABANDONED_AFTER_MS;
  if (owner === null || owner.host !== os.hostname()) return silent;
  const beforeBoot = renewedMs < Date.now() - os.uptime() * 1000;
  return owner.pid === process.pid || beforeBoot || !isAlive(owner.pid);
}

/**
 * Puts our lock in the place of a stale one. The claim is a file named after the stale lock's content, so only one
 * run can hold it; whoever gets it looks again whether the lock is still that one. A claim whose own process died
 * is passed over by the next number, never removed by a rival.
 */
async function takeOver(path: string, text: string, stale: Found): Promise<boolean> {
  const digest = createHash('sha256').update(stale.text).digest('hex').slice(0, 16);
  const claims: string[] = [];
  const claim = JSON.stringify({ host: os.hostname(), pid: process.pid, claim: randomUUID() });
  for (;;) {
    const next = `${path}.${digest}.${claims.length}`;
    claims.push(next);
    if (await create(next, claim)) break;
    if (!(await isDeadClaim(next))) return false;
  }
  try {
    if ((await find(path))?.text !== stale.text) return false;
    const replacement = `${path}.${randomUUID()}`;
    await writeFile(replacement, text, { flag: 'wx', mode: 0o644 });
    await rename(replacement, path);
    return true;
  } finally {
    await Promise.all(claims.map((file) => rm(file, { force: true })));
  }
}

async function isDeadClaim(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - mtimeMs > CLAIM_MS) return true;
    const { host, pid } = JSON.parse(text) as { host?: unknown; pid?: unknown };
    return host === os.hostname() && typeof pid === 'number' && !isAlive(pid);
  } catch {
    return false;
  }
}

function hold(path: string, text: string, abandoned: LockOwner | null): Lock {
  held.add(path);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => clearInterval(heartbeat));
  }, HEARTBEAT_MS);
  heartbeat.unref();
  const release = async (): Promise<void> => {
    clearInterval(heartbeat);
    if (!held.delete(path)) return;
    const found = await find(path).catch(() => null);
    if (found?.text === text) await rm(path, { force: true });
  };
  return { abandoned, release };
}

function lockedBy(databasePath: string, owner: LockOwner | null): ConnectorError {
  if (owner === null) return new ConnectorError('RUN_LOCKED', `Another run is starting on ${databasePath}`);
  const { owner: who, host, pid, started } = owner;
  return new ConnectorError(
    'RUN_LOCKED',
    `Another run holds the lock: ${who}, process ${pid} on ${host}, since ${started}`,
    { details: { ...owner } },
  );
}
