/** Failures of the configuration, of what it refers to, and of the program's own files. */
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { ended } from '../../cli/support/run-cli.ts';
import type { Provoke, Scene } from './scene.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs a copy of the program in which a file of a stream was changed. */
async function runCopy(scene: Scene, file: string, text: string): ReturnType<Provoke> {
  const copy = join(scene.folder, 'copy');
  await mkdir(copy);
  for (const part of ['dist', 'streams', 'schemas', 'config', 'package.json'])
    await cp(join(PROJECT, part), join(copy, part), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  await scene.write(join('copy', file), text);
  const args = [join(copy, 'dist/cli/bin.js'), 'discover', '-o', 'json'];
  return ended(spawn(process.execPath, args, { cwd: scene.folder, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Reads the token from a Secret Manager that refuses. */
async function withVault(
  scene: Scene,
  refusal: { readonly status: number; readonly word: string; readonly message: string },
): ReturnType<Provoke> {
  const vault = await scene.vault({ 'acme/harvest': ['secret'] });
  await scene.configure(await scene.sandbox(), '', { token: 'sm://acme/harvest' });
  vault.fail(refusal);
  return scene.run(['sync', 'roles'], { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint });
}

/** One for each code. */
export const CONFIG = {
  CONFIG_NOT_FOUND: async (scene) => scene.run(['sync']),
  CONFIG_FILE_MISSING: async (scene) => scene.run(['sync', '-c', 'nowhere.yaml']),
  CONFIG_INVALID: async (scene) => {
    await scene.configure(await scene.sandbox(), 'sync: { concurency: 2, overlap: two }\n');
    return scene.run(['sync']);
  },
  CONFIG_ENV_MISSING: async (scene) => {
    await scene.configure(await scene.sandbox(), '', { token: '${NOBODY_SET_THIS}' });
    return scene.run(['sync']);
  },
  CONFIG_PLAIN_SECRET: async (scene) => {
    await scene.configure(await scene.sandbox(), '', { token: '1234567.pt.aBcDeFgHiJkLmNoPqRsTuVwXyZ' });
    return scene.run(['sync']);
  },
  SECRET_NOT_FOUND: async (scene) => {
    await scene.configure(await scene.sandbox(), '', { token: 'env://NOBODY_SET_THIS' });
    return scene.run(['sync']);
  },
  SECRET_FORBIDDEN: async (scene) =>
    withVault(scene, { status: 403, word: 'PERMISSION_DENIED', message: 'Permission denied.' }),
  SECRET_UNAVAILABLE: async (scene) =>
    withVault(scene, { status: 503, word: 'UNAVAILABLE', message: 'The service is unavailable.' }),
  ERASURE_KEY: async (scene) => {
    const sandbox = await scene.sandbox();
    await scene.configure(sandbox, 'sync: { hash_key: env://HASH_KEY }\n');
    await scene.run(['sync', 'users']);
    const user = [...sandbox.account.truth('users')][1]?.['id'];
    await scene.run(['erase', '--user', String(user), '--yes']);
    return scene.run(['sync', 'users'], { HASH_KEY: 'another key of thirty-two letters' });
  },
  CATALOG_INVALID: async (scene) => runCopy(scene, 'streams/roles.yaml', 'name: roles\nsync: sometimes\n'),
} as const satisfies Record<string, Provoke>;
