import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runCli, temporaryFolder } from '../cli/support/run-cli.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let packed: Packed;

/** Path of a program of the package that was installed from the tarball. */
function installed(path: string): string {
  return join(folder.path, 'home', 'node_modules', 'harvest-bq', path);
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const home = join(folder.path, 'home');
  await mkdir(home);
  await writeFile(join(home, 'package.json'), '{"private":true}');
  // the build that is tested is the one that is there: building again would pull it away under other tests
  const pack = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder.path], {
    cwd: ROOT,
  });
  const [first] = Object.values(JSON.parse(pack.stdout) as Record<string, Packed>);
  if (first === undefined) throw new Error('npm pack made nothing');
  packed = first;
  const flags = ['--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...flags, join(folder.path, packed.filename)], { cwd: home });
}, 180_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('the packed package', () => {
  it('holds what runs, and neither sources nor tests nor maps', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'dist/cli/bin.js',
      'streams/clients.yaml',
      'schemas/clients.json',
      'README.md',
      'LICENSE',
    ]) {
      expect(paths).toContain(path);
    }
    const top = [...new Set(paths.map((path) => path.split('/')[0]))];
    expect(top.filter((name) => ['src', 'test', 'node_modules', '.ci', '.git'].includes(name ?? ''))).toEqual(
      [],
    );
    expect(paths.filter((path) => /\.(ts|map|tgz|duckdb)$/.test(path) || path.includes('.test.'))).toEqual(
      [],
    );
  });

  it('runs the demo where it was installed', async () => {
    const home = join(folder.path, 'home');
    const bin = installed('dist/cli/bin.js');
    const demo = await run(process.execPath, [bin, 'demo'], { cwd: home });
    expect(demo.stdout).toMatch(/32 tables with [\d ]+ rows in harvest_demo\.duckdb/);
    await access(join(home, 'harvest_demo.duckdb'));
    await access(join(home, 'node_modules', '.bin', 'harvest-bq'));
  }, 90_000);

  it('takes along what its package.json promises', async () => {
    const { version } = JSON.parse(await readFile(installed('package.json'), 'utf8')) as { version: string };
    const told = await run(process.execPath, [installed('dist/cli/bin.js'), '--version']);
    expect(told.stdout).toBe(`${version}\n`);
  });
});

/** One line that names what is needed, and 2. */
const REFUSAL = /^USAGE_NODE_TOO_OLD {2}[^\n]*24[^\n]*\n$/;

describe('an older Node.js', () => {
  it('is refused when it says so itself', async () => {
    const preload = join(folder.path, 'older.cjs');
    await writeFile(
      preload,
      "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.0.0'}});",
    );
    const refused = await runCli(['demo'], { node: ['--require', preload] });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(REFUSAL);
  });

  it('is refused where this machine has one', async () => {
    const old = await olderNode();
    if (old === null) {
      process.stderr.write('No Node.js below 24 on this machine: only the simulated one was tried.\n');
      return;
    }
    const outcome = await run(old, [installed('dist/cli/bin.js'), 'demo']).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect((outcome as { stderr: string }).stderr).toMatch(REFUSAL);
  });
});

/** The first `node` below 24 on the path. */
async function olderNode(): Promise<string | null> {
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    if (place === '' || place.includes('node_modules')) continue;
    const path = join(place, 'node');
    const told = await run(path, ['--version']).catch(() => null);
    if (told !== null && Number(/^v(\d+)/.exec(told.stdout)?.[1]) < 24) return path;
  }
  return null;
}
