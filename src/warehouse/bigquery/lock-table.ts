/**
 * The lock of a dataset: a table that exists while a run is under way. Making a table that is there is refused, so only
 * one run can make it. Its owner stands in its description, and it expires by itself unless its owner renews it.
 */
import { readFile, readlink } from 'node:fs/promises';
import os from 'node:os';
import { ConnectorError } from '../../errors.ts';
import { isAlive } from '../process-alive.ts';
import type { Lock, LockOwner } from '../door.ts';
import { asObject, type BigQueryClient } from './client.ts';
import { pathOf } from './live.ts';
import { referenceOf } from './orders.ts';
import { place, type TableRef } from './sql.ts';
import { NEVER } from './never.ts';

/** Name of the lock. */
export const LOCK_TABLE = '_sync_lock';

/** A lock that is not renewed goes after this time, in milliseconds. */
const EXPIRES_MS = 10 * 60_000;

/** How often its owner renews it, in milliseconds. */
const RENEW_MS = 3 * 60_000;

/** Attempts against runs that start or end in the same moment. */
const ATTEMPTS = 10;

/** An owner, and what tells whether it is still alive: the machine as it was booted, or the task that ran it. */
interface Holder extends LockOwner {
  readonly machine: string;
}

interface Found {
  readonly etag: string;
  readonly holder: Holder | null;
}

/** Locks that this process holds: a container's processes all have the same pid, so the pid alone says nothing. */
const held = new Set<string>();

/** Who holds the lock; null where nobody does. @throws ConnectorError BIGQUERY_* */
export async function readLock(client: BigQueryClient, ref: TableRef): Promise<LockOwner | null> {
  const found = await find(client, ref);
  if (found?.holder === null || found === null) return null;
  const { machine: _, ...owner } = found.holder;
  return owner;
}

/**
 * Takes the lock and keeps it until it is released. One that was left behind on this machine, or by an earlier attempt
 * of the same task, is taken over; its owner stands in `abandoned`.
 * @throws ConnectorError RUN_LOCKED with the holder in `details`; BIGQUERY_*
 */
export async function takeLockTable(client: BigQueryClient, ref: TableRef, owner: LockOwner): Promise<Lock> {
  const holder: Holder = { ...owner, machine: await machineOf(process.env) };
  let abandoned: LockOwner | null = null;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await make(client, ref, holder)) return hold(client, ref, holder, abandoned);
    const found = await find(client, ref);
    if (found === null) continue;
    // the answer to our own request was lost, and it took effect
    if (found.holder?.run_id === owner.run_id && found.holder.started === owner.started)
      return hold(client, ref, holder, abandoned);
    if (!isAbandoned(found.holder, holder, ref)) throw lockedBy(ref, found.holder);
    abandoned = withoutMachine(found.holder);
    if (await renew(client, ref, holder, found.etag)) return hold(client, ref, holder, abandoned);
  }
  throw lockedBy(ref, null);
}

async function make(client: BigQueryClient, ref: TableRef, holder: Holder): Promise<boolean> {
  const what = `taking the lock ${ref.dataset}.${ref.table}`;
  const body = {
    tableReference: referenceOf(ref),
    schema: { fields: [{ name: 'held', type: 'STRING' }] },
    labels: { app: 'harvest-bq' },
    ...contentOf(holder),
  };
  const made = await client.ask(
    { method: 'POST', path: `/datasets/${ref.dataset}/tables`, body, what },
    NEVER,
    [409],
  );
  return made !== null;
}

function contentOf(holder: Holder): object {
  return { description: JSON.stringify(holder), expirationTime: String(Date.now() + EXPIRES_MS) };
}

async function find(client: BigQueryClient, ref: TableRef): Promise<Found | null> {
  const what = `looking at the lock ${ref.dataset}.${ref.table}`;
  const answer = await client.ask({ method: 'GET', path: pathOf(ref), what }, NEVER, [404]);
  if (answer === null) return null;
  const { etag, description } = asObject(answer, what);
  return { etag: String(etag), holder: holderOf(description) };
}

function holderOf(description: unknown): Holder | null {
  try {
    const { owner, host, pid, started, run_id, command, machine } = JSON.parse(String(description)) as Record<
      string,
      unknown
    >;
    if (typeof host !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return null;
    return {
      owner: String(owner),
      host,
      pid,
      started,
      run_id: String(run_id),
      command: String(command),
      machine: String(machine),
    };
  } catch {
    return null;
  }
}

/** Whether the holder is surely gone. On another machine only the expiry tells. */
function isAbandoned(holder: Holder | null, own: Holder, ref: TableRef): boolean {
  if (holder === null || holder.machine !== own.machine || holder.host !== own.host) return false;
  if (held.has(place(ref))) return false;
  return holder.pid === process.pid || !isAlive(holder.pid);
}

/**
 * What tells one machine, or one task, from another. Containers of a scheduler may all call themselves the same and
 * have one process each: there the task's execution counts, whose attempts come one after the other.
 */
async function machineOf(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const execution = env['CLOUD_RUN_EXECUTION'];
  if (execution !== undefined) return `${execution}/${env['CLOUD_RUN_TASK_INDEX'] ?? '0'}`;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const processes = await readlink('/proc/self/ns/pid').catch(() => '');
  return [os.hostname(), boot.trim(), processes].join(' ').trim();
}

/** Puts our name on the lock, if it still is the one that was seen. */
async function renew(client: BigQueryClient, ref: TableRef, holder: Holder, etag: string): Promise<boolean> {
  const what = `renewing the lock ${ref.dataset}.${ref.table}`;
  const call = {
    method: 'PATCH',
    path: pathOf(ref),
    body: contentOf(holder),
    headers: { 'if-match': etag },
    what,
  } as const;
  return (await client.ask(call, NEVER, [404, 412])) !== null;
}

function hold(client: BigQueryClient, ref: TableRef, holder: Holder, abandoned: LockOwner | null): Lock {
  held.add(place(ref));
  const isOurs = (found: Found | null): found is Found =>
    found?.holder?.run_id === holder.run_id && found.holder.started === holder.started;
  // a lock that is lost all the same does no harm: every commit is refused whose checkpoint has moved meanwhile
  const heartbeat = setInterval(() => {
    void find(client, ref)
      .then((found) => (isOurs(found) ? renew(client, ref, holder, found.etag) : false))
      .catch(() => false);
  }, RENEW_MS);
  heartbeat.unref();
  const release = async (): Promise<void> => {
    clearInterval(heartbeat);
    if (!held.delete(place(ref))) return;
    if (!isOurs(await find(client, ref))) return;
    const what = `releasing the lock ${ref.dataset}.${ref.table}`;
    await client.ask({ method: 'DELETE', path: pathOf(ref), what }, NEVER, [404]);
  };
  return { abandoned, release };
}

function withoutMachine(holder: Holder | null): LockOwner | null {
  if (holder === null) return null;
  const { machine: _, ...owner } = holder;
  return owner;
}

function lockedBy(ref: TableRef, holder: Holder | null): ConnectorError {
  const where = `${ref.project}.${ref.dataset}`;
  if (holder === null) return new ConnectorError('RUN_LOCKED', `Another run is starting on ${where}`);
  const { machine: _, ...owner } = holder;
  const who = `${owner.owner}, process ${owner.pid} on ${owner.host}, since ${owner.started}`;
  const minutes = EXPIRES_MS / 60_000;
  return new ConnectorError('RUN_LOCKED', `Another run holds the lock of ${where}: ${who}`, {
    hint: `Wait for it to end; should it be gone, its lock expires within ${minutes} minutes.`,
    details: { ...owner },
  });
}
