/** The steps of the Dockerfile, replayed in an empty folder, and the program that comes out of them. */
import { spawn } from 'node:child_process';
import { access, chmod, chown, constants, cp, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ended, type CliRun } from '../cli/support/run-cli.ts';
import { parseDockerfile, parseDockerignore } from '../deploy/support/dockerfile.ts';
import { filesBelow, replay, type Image } from '../deploy/support/replay.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The uid and gid of `node` in the base image. */
const NODE_USER = 1000;

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

let folder = '';
let image: Image;
let manifest: Manifest;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvest-bq-image-'));
  const text = async (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');
  manifest = JSON.parse(await text('package.json')) as Manifest;
  image = await replay(parseDockerfile(await text('Dockerfile')), {
    folder,
    context: ROOT,
    isSent: parseDockerignore(await text('.dockerignore')),
  });
  // the folder that the image's user starts in is theirs; all else belongs to whoever built it
  await chmod(folder, 0o755);
  if (process.getuid?.() === 0) await chown(join(image.root, image.workdir), NODE_USER, NODE_USER);
  await mkdir(join(image.root, 'tmp'), { mode: 0o1777 });
  await chmod(join(image.root, 'tmp'), 0o1777);
  // the Node.js of the base image, as far as a file can stand for it
  await cp(process.execPath, join(folder, 'node'));
  await chmod(join(folder, 'node'), 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What `docker run --read-only --tmpfs /tmp` starts: the entry point with these arguments, else with CMD's. */
async function runImage(args: readonly string[] = image.cmd, env = {}, cwd = image.workdir): Promise<CliRun> {
  const [program, ...words] = image.entrypoint;
  expect(program).toBe('node');
  const isRoot = process.getuid?.() === 0;
  const child = spawn(
    join(folder, 'node'),
    [...words.map((word) => (word.startsWith('/') ? join(image.root, word) : word)), ...args],
    {
      cwd: join(image.root, cwd),
      env: { PATH: '/usr/bin:/bin', HOME: join(image.root, 'home/node'), ...imageEnv(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(isRoot ? { uid: NODE_USER, gid: NODE_USER } : {}),
    },
  );
  return ended(child);
}

function imageEnv(): Readonly<Record<string, string>> {
  const { TMPDIR = '' } = image.env;
  return { ...image.env, TMPDIR: join(image.root, TMPDIR) };
}

describe('the image', () => {
  it('holds the program, what it reads, its production packages, and nothing else', async () => {
    const app = await filesBelow(join(image.root, 'app'));
    expect([...new Set(app.map((path) => path.split('/')[1]))].toSorted()).toEqual([
      'LICENSE',
      'config',
      'dist',
      'node_modules',
      'package.json',
      'schemas',
      'streams',
    ]);
    const ours = app.filter((path) => !path.startsWith('/node_modules/'));
    expect(ours.filter((path) => /\.(ts|map|duckdb)$|\.test\.|\/test\/|\.env/.test(path))).toEqual([]);
    expect(ours.filter((path) => path.startsWith('/config/'))).toEqual([
      '/config/config.schema.json',
      '/config/harvest-bq.example.yaml',
    ]);
  });

  it('holds every package of the program and none that only its makers need', async () => {
    const has = async (place: string): Promise<boolean> =>
      access(join(image.root, 'app', place)).then(
        () => true,
        () => false,
      );
    const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
    const tools = Object.keys(lock.packages).filter((place) => lock.packages[place]?.dev === true);
    expect(tools).toContain('node_modules/node');
    const present = await Promise.all(tools.map(has));
    expect(tools.filter((_, index) => present[index])).toEqual([]);
    const needed = Object.keys(manifest.dependencies).map((name) => `node_modules/${name}`);
    expect(await Promise.all(needed.map(has))).toEqual(needed.map(() => true));
  });

  it('can be read by its user, who can write nothing of it', async () => {
    for (const path of ['app', 'app/package.json', 'app/dist/cli/bin.js', 'app/streams/clients.yaml']) {
      const { mode } = await stat(join(image.root, path));
      expect([path, mode & 0o004, mode & 0o022]).toEqual([path, 0o004, 0]);
    }
  });

  it('tells its version and its help', async () => {
    expect(await runImage(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    const help = await runImage(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Usage: harvest-bq');
  });

  it('syncs when nothing else is asked for, and says what is missing', async () => {
    const run = await runImage();
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('CONFIG_NOT_FOUND');
    const task = await runImage(image.cmd, { CLOUD_RUN_JOB: 'harvest' });
    expect(JSON.parse(task.stderr)).toMatchObject({ event: 'command.failed', code: 'CONFIG_NOT_FOUND' });
  });

  it('runs the demo on a file system that is read-only but for /tmp', async () => {
    const before = await filesBelow(image.root);
    const run = await runImage(['demo'], {}, '/tmp');
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    expect(run.stdout).toMatch(/32 tables with [\d ]+ rows in harvest_demo\.duckdb/);
    await access(join(image.root, 'tmp/harvest_demo.duckdb'), constants.R_OK);
    const after = await filesBelow(image.root);
    expect(after.filter((path) => !before.includes(path))).toEqual(['/tmp/harvest_demo.duckdb']);
  });

  it('runs the demo where it starts by default', async () => {
    expect(await runImage(['demo'])).toMatchObject({ code: 0 });
    await access(join(image.root, 'home/node/harvest_demo.duckdb'));
  });
});
