import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { classify } from '../classify/classify.ts';
import { ConnectorError } from '../errors.ts';
import { isAlive } from './process-alive.ts';
import { Spool, type RowSpool } from './spool.ts';

/** A private temporary folder of this run; it goes with everything in it when it is disposed of. */
export interface SpoolFolder extends AsyncDisposable {
  readonly path: string;
  /** Opens a new, empty file of rows. `_seq` goes on counting from file to file. */
  open(): Promise<RowSpool>;
}

/** The folders that this process uses, so that they are not taken for a dead namesake's. */
const ours = new Set<string>();

/** Host and pid are in the name, so that whoever comes later knows whose it was. */
const prefixOf = (pid: number): string => `harvest-bq-${safeHost()}-${pid}-`;

/**
 * Makes a folder that only this user can read, under the system's temporary folder, and removes those that
 * processes of this machine left behind when they were killed.
 * @throws ConnectorError DISK_FULL, WAREHOUSE_UNWRITABLE
 */
export async function createSpoolFolder(): Promise<SpoolFolder> {
  const root = os.tmpdir();
  await removeStale(root);
  const path = await mkdtemp(join(root, prefixOf(process.pid))).catch((error: unknown) => {
    throw temporaryFolderError(error, root);
  });
  ours.add(path);
  const sequence = { next: 1 };
  let files = 0;
  return {
    path,
    open: () => Spool.create(join(path, `${++files}.ndjson`), sequence),
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      ours.delete(path);
    },
  };
}

async function removeStale(root: string): Promise<void> {
  const prefix = `harvest-bq-${safeHost()}-`;
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(prefix)
      ? /^(\d+)-[A-Za-z0-9]+$/.exec(name.slice(prefix.length))?.[1]
      : undefined;
    const path = join(root, name);
    if (pid === undefined || ours.has(path)) continue;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

function safeHost(): string {
  return os.hostname().replaceAll(/[^A-Za-z0-9.]/g, '_');
}

function temporaryFolderError(error: unknown, root: string): ConnectorError {
  const cause = classify(error, { warehousePath: root });
  return new ConnectorError(cause.code, `The temporary folder: ${cause.message}`, {
    hint: 'Set TMPDIR to a folder that can be written and has room.',
    cause: error,
  });
}
