/** Failures of the command line and of files that it is given. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { runCli } from '../../cli/support/run-cli.ts';
import type { Provoke } from './scene.ts';

/** A file of checkpoints of this scene, after a first sync, with some of it replaced. */
async function importing(
  change: (file: Record<string, unknown>) => string,
  scene: Parameters<Provoke>[0],
): ReturnType<Provoke> {
  await scene.configure(await scene.sandbox());
  await scene.run(['sync', 'roles']);
  const exported = await scene.run(['state', 'export', '--file', 'state.json']);
  if (exported.code !== 0) throw new Error(exported.stdout);
  const { readFile } = await import('node:fs/promises');
  const file = JSON.parse(await readFile(`${scene.folder}/state.json`, 'utf8')) as Record<string, unknown>;
  await scene.write('other.json', change(file));
  return scene.run(['state', 'import', '--file', 'other.json', '--yes']);
}

/** One for each code. */
export const USAGE = {
  USAGE_INVALID: async (scene) => scene.run(['snyc']),
  USAGE_UNKNOWN_STREAM: async (scene) => {
    await scene.configure(await scene.sandbox());
    return scene.run(['sync', 'clints']);
  },
  USAGE_NODE_TOO_OLD: async (scene) => {
    const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`;
    return runCli(['sync'], { node: ['--import', old], cwd: scene.folder });
  },
  USAGE_PORT_IN_USE: async (scene) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      return await scene.run(['sandbox', '--port', String((taken.address() as AddressInfo).port)]);
    } finally {
      taken.close();
    }
  },
  USAGE_CONFIRMATION: async (scene) => {
    await scene.configure(await scene.sandbox());
    await scene.run(['sync', 'roles']);
    return scene.run(['state', 'reset', 'roles']);
  },
  USAGE_ANSWER_MISSING: async (scene) => scene.run(['init']),
  INIT_EXISTS: async (scene) => {
    await scene.write('config/harvest-bq.yaml', 'version: 1\n');
    return scene.run(['init']);
  },
  INIT_UNWRITABLE: async (scene) => {
    await scene.write('config', 'a file where the folder would be');
    return scene.run(['init']);
  },
  USAGE_RANGE: async (scene) => {
    await scene.configure(await scene.sandbox());
    await scene.run(['sync', 'clients', 'expenses']);
    return scene.run(['backfill', 'expenses', '--from', '2026-02-01', '--to', '2026-01-01', '--yes']);
  },
  STREAM_NOT_LOADED: async (scene) => {
    await scene.configure(await scene.sandbox());
    await scene.run(['sync', 'roles']);
    return scene.run(['backfill', 'expenses', '--from', '2026-01-01', '--to', '2026-02-01', '--yes']);
  },
  STATE_FILE_INVALID: async (scene) => importing(() => '{"format": "harvest-bq state"', scene),
  STATE_FILE_FOREIGN: async (scene) =>
    importing((file) => JSON.stringify({ ...file, account_id: '999' }), scene),
  STATE_FILE_NEWER: async (scene) =>
    importing((file) => JSON.stringify({ ...file, format_version: 99 }), scene),
} as const satisfies Record<string, Provoke>;
