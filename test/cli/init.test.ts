import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../src/config/load.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { startVault } from '../support/vault.ts';
import { say, type Said } from './support/in-process.ts';
import { temporaryFolder } from './support/run-cli.ts';

const FILE = 'config/harvest-bq.yaml';
const now = new Date('2026-11-29T12:00:00Z');
const DENIED = { status: 403, word: 'PERMISSION_DENIED', message: 'secrets.create denied' };

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});

afterAll(async () => {
  await sandbox.close();
});

function environment(token: string): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: sandbox.accountId,
    HARVEST_ACCESS_TOKEN: token,
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
  };
}

async function init(flags: string, cwd: string, more: Readonly<Record<string, string>> = {}): Promise<Said> {
  const env = { ...environment(sandbox.tokens.administrator), ...more };
  return say(`init ${flags}`.trim(), { cwd, env, now });
}

async function read(folder: string, path = FILE): Promise<string> {
  return readFile(join(folder, path), 'utf8');
}

/** Every file below a folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

describe('init without a terminal', () => {
  it('writes a configuration that every other command reads', async () => {
    await using folder = await temporaryFolder();
    const said = await init('--from-env --destination duckdb --exclude cost_rates,tag:reports', folder.path);
    expect([said.code, said.error]).toEqual([0, null]);
    expect(said.text).toContain('✓ config/harvest-bq.yaml');
    expect(said.text).toMatch(/Next {3}harvest-bq check$/);
    const env = environment(sandbox.tokens.administrator);
    const config = await loadConfig({ cwd: folder.path, env, now });
    expect(config.harvest.accountId).toBe(sandbox.accountId);
    expect(config.streams.exclude).toEqual(['cost_rates', 'tag:reports']);
    const check = await say('check', { cwd: folder.path, env });
    expect(check.code).toBe(0);
  });

  it('lays the schema that the first line names beside it, for whoever has only the package', async () => {
    await using folder = await temporaryFolder();
    await init('--from-env --destination duckdb -c own/place.yaml', folder.path);
    expect(await filesIn(folder.path)).toEqual(['config.schema.json', 'place.yaml']);
    const [first] = (await read(folder.path, 'own/place.yaml')).split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./config.schema.json');
    expect(JSON.parse(await read(folder.path, 'own/config.schema.json'))).toMatchObject({
      title: 'harvest-bq configuration',
    });
  });

  it('leaves a schema of somebody else alone, and says so', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'config'));
    await writeFile(join(folder.path, 'config/config.schema.json'), '{"title":"another"}');
    const said = await init('--from-env --destination duckdb', folder.path);
    expect(said.code).toBe(0);
    expect(said.text).not.toContain('config.schema.json');
    expect(await read(folder.path, 'config/config.schema.json')).toBe('{"title":"another"}');
  });

  it('names every flag that is missing, at once, and writes nothing', async () => {
    await using folder = await temporaryFolder();
    const said = await init('--destination bigquery --no-input', folder.path);
    expect([said.code, said.error?.code]).toEqual([2, 'USAGE_ANSWER_MISSING']);
    for (const flag of ['--account-id', '--token-reference', '--project', '--location'])
      expect(said.error?.message).toContain(flag);
    expect(await filesIn(folder.path)).toEqual([]);
  });

  it('never writes over a file, unless it is told to', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'config'));
    await writeFile(join(folder.path, FILE), 'mine');
    const refused = await init('--from-env --destination duckdb', folder.path);
    expect([refused.code, refused.error?.code]).toEqual([2, 'INIT_EXISTS']);
    expect(await read(folder.path)).toBe('mine');
    const forced = await init('--from-env --destination duckdb --force', folder.path);
    expect(forced.code).toBe(0);
    expect(await read(folder.path)).toContain('version: 1');
    expect(await filesIn(folder.path)).toEqual(['config.schema.json', 'harvest-bq.yaml']);
  });

  it('never hides a file that stands in the other usual place', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'harvest-bq.yaml'), 'mine');
    const refused = await init('--from-env --destination duckdb', folder.path);
    expect(refused.error?.message).toBe('harvest-bq.yaml is there already.');
    const forced = await init('--from-env --destination duckdb --force', folder.path);
    expect(forced.text).toContain('✓ harvest-bq.yaml');
    expect(await filesIn(folder.path)).toEqual(['config.schema.json', 'harvest-bq.yaml']);
  });

  it('says so of a place that cannot be written', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'taken'), '');
    const below = await init('--from-env --destination duckdb -c taken/harvest-bq.yaml', folder.path);
    expect([below.code, below.error?.code]).toEqual([2, 'INIT_UNWRITABLE']);
    await mkdir(join(folder.path, 'folder'));
    const itself = await init('--from-env --destination duckdb -c folder --force', folder.path);
    expect(itself.error?.code).toBe('INIT_UNWRITABLE');
  });

  it('refuses a token that is none, and leaves no folder behind', async () => {
    await using folder = await temporaryFolder();
    const said = await init('--from-env --destination duckdb', folder.path, {
      HARVEST_ACCESS_TOKEN: 'wrong',
    });
    expect([said.code, said.error?.code]).toEqual([4, 'HARVEST_UNAUTHORIZED']);
    await expect(stat(join(folder.path, 'config'))).rejects.toThrow('ENOENT');
  });

  it('tells which streams a member does not see, and takes the others when that is accepted', async () => {
    await using folder = await temporaryFolder();
    const member = { HARVEST_ACCESS_TOKEN: sandbox.tokens.member };
    const refused = await init('--from-env --destination duckdb', folder.path, member);
    expect([refused.code, refused.error?.code]).toEqual([4, 'HARVEST_PARTIAL_VISIBILITY']);
    expect(refused.error?.message).toContain('cost_rates');
    expect(refused.error?.hint).toContain('--visibility partial');
    const taken = await init('--from-env --destination duckdb --visibility partial', folder.path, member);
    expect(taken.code).toBe(0);
    const text = await read(folder.path);
    expect(text).toContain('visibility: partial');
    expect(text).toContain('    - time_entries');
    expect(text).not.toContain('    - cost_rates');
  });

  it('suggests the stream that was meant', async () => {
    await using folder = await temporaryFolder();
    const said = await init('--from-env --destination duckdb --streams time_entrys,usres', folder.path);
    expect([said.code, said.error?.code]).toEqual([2, 'USAGE_UNKNOWN_STREAM']);
    expect(said.error?.message).toContain('Did you mean time_entries?');
    expect(said.error?.message).toContain('Did you mean users?');
  });

  it('does not send the token in clear to another machine', async () => {
    await using folder = await temporaryFolder();
    const said = await init('--from-env --destination duckdb', folder.path, {
      HARVEST_BQ_HARVEST_BASE_URL: 'http://harvest.example/v2',
    });
    expect([said.code, said.error?.code]).toEqual([3, 'CONFIG_INVALID']);
  });
});

describe('a token that init puts into Secret Manager', () => {
  const flags =
    '--from-env --destination bigquery --project acme-data --location EU --connector acme --store-token secret-manager';
  const SECRET = 'acme-data/harvest-acme-token';

  it('becomes a new secret, to which the file refers', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const said = await init(`${flags} --personal hash`, folder.path, endpoint);
    expect([said.code, said.error]).toEqual([0, null]);
    expect(vault.valuesOf(SECRET)).toEqual([sandbox.tokens.administrator]);
    expect(vault.valuesOf('acme-data/harvest-acme-hash-key')).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    const text = await read(folder.path);
    expect(text).toContain(`access_token: sm://${SECRET}#latest`);
    expect(text).toContain('hash_key: sm://acme-data/harvest-acme-hash-key#latest');
    expect(said.text).toContain(`token in sm://${SECRET} (made, version 1)`);
    for (const shown of [text, said.text, said.told, JSON.stringify(said.data)])
      expect(shown).not.toContain(sandbox.tokens.administrator);
  });

  it('is not put over another, unless it is told to', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({ [SECRET]: ['of somebody else'] });
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const refused = await init(flags, folder.path, endpoint);
    expect([refused.code, refused.error?.code]).toEqual([2, 'INIT_EXISTS']);
    expect(vault.valuesOf(SECRET)).toEqual(['of somebody else']);
    expect(await filesIn(folder.path)).toEqual([]);
    const forced = await init(`${flags} --force`, folder.path, endpoint);
    expect(forced.text).toContain('(new version, version 2)');
  });

  it('stays where it is there already, and so does a hash key', async () => {
    await using folder = await temporaryFolder();
    const key = 'acme-data/harvest-acme-hash-key';
    await using vault = await startVault({ [SECRET]: [sandbox.tokens.administrator], [key]: ['a key'] });
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const said = await init(`${flags} --personal hash`, folder.path, endpoint);
    expect(said.code).toBe(0);
    expect([vault.valuesOf(SECRET).length, vault.valuesOf(key)]).toEqual([1, ['a key']]);
  });

  it('that may not be made leaves no file', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    vault.refuseWrites({ status: 403, word: 'PERMISSION_DENIED', message: 'secrets.create denied' });
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const said = await init(flags, folder.path, endpoint);
    expect([said.code, said.error?.code]).toEqual([4, 'SECRET_FORBIDDEN']);
    expect(said.error?.hint).toContain('roles/secretmanager.admin');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is named, with what removes it, where the hash key beside it cannot be made', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    vault.refuseWrites(DENIED, 'acme-data/harvest-acme-hash-key');
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const said = await init(`${flags} --personal hash`, folder.path, endpoint);
    expect([said.code, said.error?.code]).toEqual([4, 'SECRET_FORBIDDEN']);
    expect(vault.valuesOf(SECRET)).toHaveLength(1);
    expect(said.error?.message).toContain(
      `the token was stored in sm://${SECRET}, and no configuration refers to it; to remove it: gcloud secrets delete harvest-acme-token --project=acme-data`,
    );
    expect(said.error?.hint).toContain('roles/secretmanager.admin');
  });

  it('is named where the file cannot be published: its secret, or the version that was added', async () => {
    await using folder = await temporaryFolder();
    for (const [versions, removal] of [
      [undefined, 'gcloud secrets delete harvest-acme-token --project=acme-data'],
      [[], 'gcloud secrets versions destroy 1 --secret=harvest-acme-token --project=acme-data'],
    ] as const) {
      await using vault = await startVault(versions === undefined ? {} : { [SECRET]: versions });
      // somebody else writes the file while the token is stored
      vault.whenAdded(() => writeFileSync(join(folder.path, 'taken.yaml'), 'version: 1\n'));
      const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
      const said = await init(`${flags} -c taken.yaml`, folder.path, endpoint);
      expect(said.error?.code).toBe('INIT_EXISTS');
      expect(said.error?.message).toContain(removal);
      expect(said.error?.message).not.toContain(sandbox.tokens.administrator);
      await rm(join(folder.path, 'taken.yaml'));
    }
  });

  it('is not named where nothing was stored', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({ [SECRET]: [sandbox.tokens.administrator] });
    vault.refuseWrites(DENIED, 'acme-data/harvest-acme-hash-key');
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const said = await init(`${flags} --personal hash`, folder.path, endpoint);
    expect(said.error?.message).not.toContain('gcloud');
  });

  it('of Secret Manager needs no second one', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({ 'p/t': [sandbox.tokens.administrator] });
    const endpoint = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint };
    const line = `--account-id ${sandbox.accountId} --token-reference sm://p/t --destination duckdb`;
    const twice = await init(`${line} --store-token secret-manager --secret sm://p/x`, folder.path, endpoint);
    expect(twice.error?.message).toBe('sm://p/t is in Secret Manager already.');
    const once = await init(line, folder.path, endpoint);
    expect(once.code).toBe(0);
    expect(await read(folder.path)).toContain('access_token: sm://p/t\n');
  });
});
