import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { startVault } from '../support/vault.ts';
import { runCli, temporaryFolder, type CliRun } from './support/run-cli.ts';

const HOOK = fileURLToPath(new URL('./support/list-packages.mjs', import.meta.url));
const GOOGLE = /^(@google-cloud\/|google-|gaxios$|gcp-metadata$|@grpc\/)/;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});

afterAll(async () => {
  await sandbox.close();
});

/** Runs the program and gives the packages that it has loaded. */
async function packagesOf(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly run: CliRun; readonly packages: readonly string[] }> {
  await using folder = await temporaryFolder();
  const list = join(folder.path, 'packages.txt');
  await writeFile(list, '');
  const node = ['--import', HOOK];
  const run = await runCli(args, { cwd: folder.path, node, env: { PACKAGES_FILE: list, ...env } });
  const text = await readFile(list, 'utf8');
  return { run, packages: text.split('\n').filter((name) => name !== '') };
}

function environment(token: string): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: sandbox.accountId,
    HARVEST_ACCESS_TOKEN: token,
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
  };
}

describe('what a command loads', () => {
  it.each([[['--help']], [['init', '--help']], [['--version']], [['help', 'errors']]])(
    'is next to nothing for %j',
    async (args) => {
      const { run, packages } = await packagesOf(args);
      expect([run.code, packages]).toEqual([0, ['commander']]);
    },
  );

  it.each([
    [['discover']],
    [['check', '--offline']],
    [['check']],
    [['sync', 'roles', '--log-format', 'json']],
  ])('has nothing of Google where no setting needs it: %j', async (args) => {
    const { run, packages } = await packagesOf(args, environment(sandbox.tokens.administrator));
    expect(run.code).toBe(0);
    expect(packages).toContain('commander');
    expect(packages.filter((name) => GOOGLE.test(name))).toEqual([]);
  });

  it('is without prompts where nobody is asked', async () => {
    const flags = ['init', '--from-env', '--destination', 'duckdb'];
    const { run, packages } = await packagesOf(flags, environment(sandbox.tokens.administrator));
    expect(run.code).toBe(0);
    expect(packages.filter((name) => name.startsWith('@clack/') || GOOGLE.test(name))).toEqual([]);
  });

  it('is Secret Manager for a reference to it, and not BigQuery', async () => {
    await using vault = await startVault({ 'acme/harvest': [sandbox.tokens.administrator] });
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const { run, packages } = await packagesOf(['check'], {
      ...environment('sm://acme/harvest'),
      ...endpoint,
    });
    expect(run.code).toBe(0);
    expect(packages).toContain('@google-cloud/secret-manager');
    expect(packages).not.toContain('@google-cloud/bigquery');
  });
});
