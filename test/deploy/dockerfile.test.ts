/** What can be told of the image without building it. `npm run test:deploy` replays its steps. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parseDockerfile, parseDockerignore, type Instruction, type Stage } from './support/dockerfile.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(await read('package.json')) as Manifest;
const stages = parseDockerfile(await read('Dockerfile'));
const isSent = parseDockerignore(await read('.dockerignore'));
const image = stages.at(-1) as Stage;

type Of<Kind extends Instruction['kind']> = Extract<Instruction, { readonly kind: Kind }>;

function only<Kind extends Instruction['kind']>(stage: Stage, kind: Kind): readonly Of<Kind>[] {
  return stage.instructions.filter((instruction): instruction is Of<Kind> => instruction.kind === kind);
}

describe('the stages', () => {
  it('stand on one pinned Node.js, the one that all tests run on', () => {
    const { node } = manifest.devDependencies;
    expect([...new Set(stages.map((stage) => stage.image))]).toEqual([`node:${node}-slim`]);
  });

  it('install what the lock file says, and run no install script', () => {
    const installs = stages
      .flatMap((stage) => only(stage, 'run'))
      .filter(({ command }) => command.includes('npm'));
    expect(installs.map(({ command }) => command)).toEqual([
      'npm ci --ignore-scripts',
      'npm run build',
      'npm ci --omit=dev --ignore-scripts',
    ]);
    expect(manifest.scripts['build']).not.toContain('jest');
  });

  it('use nothing but relative paths where they run commands, so that they can be replayed', () => {
    for (const { command } of stages.flatMap((stage) => only(stage, 'run'))) {
      expect(command).not.toMatch(/(^|\s)\//);
    }
  });
});

describe('the image', () => {
  it('takes its packages from the stage without dev dependencies', () => {
    const [copy, ...more] = only(image, 'copy').filter(({ target }) => target.includes('node_modules'));
    expect(more).toEqual([]);
    const packages = stages.find(({ name }) => name === copy?.from);
    expect(packages === undefined ? [] : only(packages, 'run').map(({ command }) => command)).toEqual([
      'npm ci --omit=dev --ignore-scripts',
    ]);
  });

  it('takes nothing straight from the folder it is built in, and runs nothing', () => {
    expect(only(image, 'copy').filter(({ from }) => from === null)).toEqual([]);
    expect(only(image, 'run')).toEqual([]);
  });

  it('holds every file that the program looks for beside itself', async () => {
    const below = await readdir(new URL('src', ROOT), { recursive: true });
    const texts = await Promise.all(
      below.filter((path) => path.endsWith('.ts')).map((path) => read(`src/${path}`)),
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/new URL\('(?:\.\.\/){2,}([\w.-]+)/g)].map(([, name]) => name ?? ''),
    );
    const copied = only(image, 'copy').flatMap(({ sources }) =>
      sources.map((path) => path.split('/').at(-1)),
    );
    expect(copied).toEqual(expect.arrayContaining([...named, 'dist', 'streams', 'schemas']));
    expect(named).toEqual(expect.arrayContaining(['config', 'package.json']));
  });

  it('runs as a user without rights, who owns none of it', () => {
    expect(only(image, 'user')).toEqual([{ kind: 'user', name: 'node' }]);
    const order = image.instructions.map(({ kind }) => kind);
    expect(order.lastIndexOf('copy')).toBeLessThan(order.indexOf('user'));
  });

  it('starts the program itself, so that signals reach it', () => {
    expect(only(image, 'entrypoint')).toEqual([
      { kind: 'entrypoint', words: ['node', '/app/dist/cli/bin.js'] },
    ]);
    expect(only(image, 'cmd')).toEqual([{ kind: 'cmd', words: ['sync'] }]);
  });

  it('writes to TMPDIR and begins where its user may write', () => {
    const env = Object.assign({}, ...only(image, 'env').map(({ pairs }) => pairs)) as Record<string, string>;
    expect(env).toEqual({ NODE_ENV: 'production', TMPDIR: '/tmp' });
    expect(only(image, 'workdir').at(-1)?.path).toBe('/home/node');
  });

  it('says what it is', () => {
    const labels = Object.assign({}, ...only(image, 'label').map(({ pairs }) => pairs)) as Record<
      string,
      string
    >;
    const args = new Map(only(image, 'arg').map(({ name, value }) => [name, value]));
    expect(labels).toMatchObject({
      'org.opencontainers.image.title': 'harvest-bq',
      'org.opencontainers.image.licenses': manifest.license,
      'org.opencontainers.image.version': '${VERSION}',
      'org.opencontainers.image.revision': '${REVISION}',
      'org.opencontainers.image.base.name': `docker.io/library/${image.image}`,
    });
    expect(args.get('VERSION')).toBe(manifest.version);
  });
});

describe('what is sent to the builder', () => {
  it('is everything that is copied', async () => {
    const copies = stages.flatMap((stage) => only(stage, 'copy')).filter(({ from }) => from === null);
    const sources = copies.flatMap((copy) => copy.sources);
    expect(sources.filter((path) => !isSent(path))).toEqual([]);
    await expect(Promise.all(sources.map((path) => stat(new URL(path, ROOT))))).resolves.toBeDefined();
  });

  it('is nothing else of this folder', async () => {
    const top = await readdir(fileURLToPath(ROOT));
    expect(top.filter((path) => isSent(path) && path !== '.npmrc').toSorted()).toEqual([
      'LICENSE',
      'package-lock.json',
      'package.json',
      'schemas',
      'src',
      'streams',
      'tsconfig.json',
    ]);
  });

  it.each([
    '.env',
    '.git/config',
    'config/harvest-bq.yaml',
    'harvest-bq.yaml',
    'harvest_acme.duckdb',
    'node_modules/got/package.json',
    'dist/cli/bin.js',
    'test/e2e/pack.test.ts',
    'key.json',
    'src/.DS_Store',
  ])('is never %s', (path) => {
    expect(isSent(path)).toBe(false);
  });
});

describe('the reader of .dockerignore', () => {
  it.each([
    ['a\n!a/b', 'a/b', true],
    ['a\n!a/b', 'a/c', false],
    ['!a\na', 'a', false],
    ['**/*.log', 'x/y/z.log', false],
    ['*.log', 'x/z.log', true],
    ['/a/', 'a/b', false],
    ['a?c', 'abc', false],
    ['# a', 'a', true],
  ])('under %j takes %s: %s', (text, path, expected) => {
    expect(parseDockerignore(text)(path)).toBe(expected);
  });
});
