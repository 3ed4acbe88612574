/** Failures of a DuckDB file, of runs that meet, and of runs that are stopped. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { BIN, ended, type CliRun } from '../../cli/support/run-cli.ts';
import { withFile } from '../../support/tables.ts';
import type { Provoke, Scene } from './scene.ts';

const FILE = 'acme.duckdb';

/** Runs statements in the file, as a person with a query tool would. */
async function byHand(scene: Scene, ...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(join(scene.folder, FILE));
  const connection = await instance.connect();
  try {
    for (const statement of statements) await connection.run(statement);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A file that holds clients. */
async function withClients(scene: Scene, rest = ''): Promise<void> {
  await scene.configure(await scene.sandbox(), rest);
  await scene.run(['sync', 'clients']);
}

/** A sync that takes its time, seen to have begun. */
async function slowSync(scene: Scene): Promise<ReturnType<Scene['start']>> {
  await scene.configure(await scene.sandbox({ latencyMs: 1500 }));
  const child = scene.start(['sync', 'clients', 'users', '--log-format', 'json']);
  let said = '';
  while (!said.includes('run.started')) said += String((await once(child.stderr ?? child, 'data'))[0]);
  return child;
}

/** Stops a run by a signal. */
export async function stoppedBy(signal: NodeJS.Signals, scene: Scene): Promise<CliRun> {
  const child = await slowSync(scene);
  const waiting = ended(child);
  child.kill(signal);
  return waiting;
}

/** Fails inside, as soon as the run has begun. */
const BOMB = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes('run.started'))setImmediate(()=>{throw new TypeError('a defect')});return write.call(this,text,...rest)}`;

/** One for each code. */
export const WAREHOUSE = {
  WAREHOUSE_MISSING: async (scene) => {
    await scene.configure(await scene.sandbox());
    return scene.run(['status']);
  },
  WAREHOUSE_NOT_DUCKDB: async (scene) => {
    await scene.configure(await scene.sandbox());
    await scene.write(FILE, 'the minutes of the last meeting\n'.repeat(500));
    return scene.run(['sync', 'roles']);
  },
  WAREHOUSE_UNWRITABLE: async (scene) => {
    await scene.configure(await scene.sandbox(), '', {
      destination: '{ type: duckdb, path: nowhere/acme.duckdb }',
    });
    return scene.run(['sync', 'roles']);
  },
  WAREHOUSE_BUSY: async (scene) => {
    await withClients(scene);
    return withFile(join(scene.folder, FILE), () => scene.run(['sync', 'clients']));
  },
  WAREHOUSE_FAILED: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox);
    await scene.run(['sync', 'clients']);
    await byHand(
      scene,
      'ALTER TABLE clients ADD COLUMN mine INTEGER',
      'UPDATE clients SET mine = 1',
      'ALTER TABLE clients ALTER COLUMN mine SET NOT NULL',
    );
    sandbox.account.create('clients', { name: 'One more' });
    return scene.run(['sync', 'clients']);
  },
  SCHEMA_INCOMPATIBLE: async (scene) => {
    await scene.configure(await scene.sandbox());
    await scene.run(['sync', 'roles']);
    await byHand(scene, 'CREATE TABLE clients (id VARCHAR PRIMARY KEY, name BOOLEAN)');
    return scene.run(['sync', 'clients']);
  },
  DISK_FULL: async (scene) => {
    await scene.configure(await scene.sandbox());
    await mkdir(join(scene.folder, 'tmp'));
    const words = ['-c', 'ulimit -f 100 && exec "$@"', 'sh', process.execPath, BIN];
    const options = {
      cwd: scene.folder,
      env: { PATH: process.env['PATH'] ?? '', TMPDIR: `${scene.folder}/tmp` },
    };
    const outcome: unknown = await promisify(execFile)(
      'sh',
      [...words, 'sync', 'time_entries', '-o', 'json'],
      options,
    ).catch((error: unknown) => error);
    return outcome as CliRun;
  },
  DESTROY_FOREIGN: async (scene) => {
    await withClients(scene);
    await byHand(scene, 'CREATE TABLE budget_2027 AS SELECT 1 AS amount');
    return scene.run(['destroy', '--yes']);
  },
  VERIFY_DIFFERS: async (scene) => {
    await withClients(scene);
    await byHand(scene, 'DELETE FROM clients WHERE id = (SELECT min(id) FROM clients)');
    return scene.run(['verify', 'clients']);
  },
  STATUS_STALE: async (scene) => {
    await withClients(scene);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    return scene.run(['status', 'clients', '--max-age', '1s']);
  },
  RUN_LOCKED: async (scene) => {
    const child = await slowSync(scene);
    const waiting = ended(child);
    try {
      return await scene.run(['sync', 'clients']);
    } finally {
      child.kill('SIGINT');
      await waiting;
    }
  },
  RUN_TIMEOUT: async (scene) => {
    await scene.configure(await scene.sandbox({ latencyMs: 1500 }));
    return scene.run(['sync', 'clients', 'users', '--timeout', '2s']);
  },
  RUN_INTERRUPTED: async (scene) => stoppedBy('SIGINT', scene),
  INTERNAL: async (scene) => {
    await scene.configure(await scene.sandbox({ latencyMs: 300 }));
    return scene.run(['sync', 'clients', '--log-format', 'json'], {
      NODE_OPTIONS: `--import=${encodeURI(BOMB)}`,
    });
  },
} as const satisfies Record<string, Provoke>;
