import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);

async function read(path: string): Promise<string> {
  return readFile(new URL(path, ROOT), 'utf8');
}

describe('the README', () => {
  it('opens with the demo and the tests, one line each', async () => {
    const blocks = [...(await read('README.md')).matchAll(/^```sh\n([\s\S]*?)^```$/gm)];
    expect(blocks.slice(0, 2).map(([, text]) => text)).toEqual([
      'npm ci && npm run demo\n',
      'npm ci && npm test\n',
    ]);
  });

  it('shows files and folders that are there', async () => {
    const text = await read('README.md');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path ?? '');
    const missing = await Promise.all(
      links.map(
        async (path) => (await read(path).catch((error: NodeJS.ErrnoException) => error)) instanceof Error,
      ),
    );
    expect(links.filter((_, index) => missing[index])).toEqual([]);
  });

  it('names commands that the package has', async () => {
    const { scripts, bin, engines } = JSON.parse(await read('package.json')) as {
      scripts: Record<string, string>;
      bin: Record<string, string>;
      engines: Record<string, string>;
    };
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(['demo', 'test', 'prepare']));
    expect(bin).toEqual({ 'harvest-bq': 'dist/cli/bin.js' });
    expect(engines['node']).toBe('>=24');
  });
});

describe('continuous integration', () => {
  it('runs the test command of the README and every longer lane', async () => {
    const script = await read('.ci/run');
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    expect(script).toMatch(/npm ci( --prefer-offline)? && npm test/);
    for (const lane of Object.keys(scripts).filter((name) => name.startsWith('test:'))) {
      expect(script).toContain(`npm run ${lane}`);
    }
  });
});
