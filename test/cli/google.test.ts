import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { json, startServer, type ScriptedServer, type SeenRequest } from '../support/http-server.ts';
import { startVault, type Vault } from '../support/vault.ts';
import { documentOf, runCli, temporaryFolder, type CliRun } from './support/run-cli.ts';

let sandbox: Sandbox;
let vault: Vault;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3, oauth: { rotate: true } });
});

afterAll(async () => {
  await sandbox.close();
});

beforeEach(async () => {
  const { administrator } = sandbox.tokens;
  vault = await startVault({ 'acme/harvest-token': ['an-old-one', administrator] });
});

afterEach(async () => {
  await vault[Symbol.asyncDispose]();
});

/** Runs in a folder of its own with this file; Google's own machines are not looked for. */
async function run(
  args: readonly string[],
  config: string,
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'harvest-bq.yaml'), config);
  const own = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint, METADATA_SERVER_DETECTION: 'none' };
  return await runCli(args, { cwd: folder.path, env: { HOME: folder.path, ...own, ...env } });
}

function configOf(login: string, rest = ''): string {
  return `version: 1
connector: acme
harvest:
  account_id: ${sandbox.accountId}
  ${login}
  base_url: ${sandbox.baseUrl}
  identity_url: ${sandbox.identityUrl}
  limits: { general: off, reports: off }
${rest}`;
}

const withToken = (reference: string, rest = ''): string => configOf(`access_token: "${reference}"`, rest);

describe('secrets in Secret Manager', () => {
  it('are shown by check with their versions, and fetched once each', async () => {
    const config = withToken(
      'sm://acme/harvest-token#latest',
      'sync: { hash_key: sm://acme/harvest-token }\n',
    );
    const checked = await run(['check'], config);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain(
      '✓ references   access token ← sm://acme/harvest-token#latest (version 2) · hash key ← sm://acme/harvest-token (version 2)\n',
    );
    expect(vault.requests).toEqual(['GET /v1/projects/acme/secrets/harvest-token/versions/latest:access']);
  });

  it('are not told twice where the reference says the version', async () => {
    const checked = await run(['check'], withToken('sm://acme/harvest-token#2'));
    expect(checked.stdout).toContain('access token ← sm://acme/harvest-token#2\n');
  });

  it('are left alone by check --offline and by discover', async () => {
    const config = withToken('sm://acme/harvest-token');
    const checked = await run(['check', '--offline'], config);
    expect([checked.code, checked.stdout.includes('access token ← sm://acme/harvest-token\n')]).toEqual([
      0,
      true,
    ]);
    expect((await run(['discover'], config)).code).toBe(0);
    expect(vault.requests).toEqual([]);
  });

  it('that do not exist end a run before it begins, with the place that names them', async () => {
    const synced = await run(['sync', '-o', 'json'], withToken('sm://acme/other'));
    expect(synced.code).toBe(3);
    const { error } = documentOf(synced);
    expect(error?.code).toBe('SECRET_NOT_FOUND');
    expect(error?.message).toContain(
      'harvest-bq.yaml:5:17 harvest.access_token: sm://acme/other#latest cannot be read',
    );
    expect(error?.hint).toContain('gcloud secrets versions list other --project acme');
  });

  it('that may not be read are an error of the references, with the role that is missing', async () => {
    vault.fail({ status: 403, word: 'PERMISSION_DENIED', message: 'Permission denied.' });
    const checked = await run(['check'], withToken('sm://acme/harvest-token'));
    expect(checked.code).toBe(4);
    expect(checked.stdout).toContain('✓ config       can be read\n  ✗ references   ');
    expect(checked.stderr).toContain('roles/secretmanager.secretAccessor');
  });

  it('need a Google login where Google is asked', async () => {
    const env = { HARVEST_BQ_SECRET_MANAGER_ENDPOINT: '', HOME: '/nonexistent' };
    const checked = await run(['check', '-o', 'json'], withToken('sm://acme/harvest-token'), env);
    expect(checked.code).toBe(4);
    expect(documentOf(checked).error).toMatchObject({ code: 'BIGQUERY_CREDENTIALS' });
  });
});

describe('a refresh token that Harvest replaces', () => {
  const refresh = (version: string): string => {
    const { clientId, clientSecret } = sandbox.oauth;
    vault.put('acme/client-secret', clientSecret);
    return configOf(
      `oauth: { client_id: "${clientId}", client_secret: "sm://acme/client-secret", refresh_token: "sm://acme/refresh#${version}" }`,
    );
  };

  it('is written back as a new version, and used from there by the next run', async () => {
    vault.put('acme/refresh', sandbox.oauth.refreshToken);
    const config = refresh('latest');
    const first = await run(['check', '--log-format', 'json'], config);
    expect(first.code).toBe(0);
    const lines = first.stderr.split('\n').filter((line) => line.includes('login.rotated'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        severity: 'INFO',
        origin: 'sm://acme/refresh#latest',
        stored: 'sm://acme/refresh#2',
        problem: null,
        message: 'Harvest replaced the OAuth refresh token; the new one is in sm://acme/refresh#2',
      }),
    ]);
    expect((await run(['check'], config)).code).toBe(0);
    const values = vault.valuesOf('acme/refresh');
    expect(new Set(values).size).toBe(3);
    for (const value of values) expect(first.stdout + first.stderr).not.toContain(value);

    // one that is pinned is stored too, and has to be named anew
    const pinned = await run(['check'], refresh('3'));
    expect(pinned.stderr).toContain(
      'the new one is in sm://acme/refresh#4, but sm://acme/refresh#3 is an older one: refer to #4 or #latest',
    );

    // a plan has to store it too, and says that it did; nothing else is written
    const planned = await run(['plan', 'roles', '-o', 'json'], config);
    expect(planned.code).toBe(0);
    expect((JSON.parse(planned.stdout) as { warnings: readonly string[] }).warnings).toContain(
      'Harvest replaced the OAuth refresh token at the login: the new one was stored in sm://acme/refresh#5, which is all that was written',
    );
    expect(vault.valuesOf('acme/refresh')).toHaveLength(5);

    // a refusal is told, and no run fails of it
    vault.refuseWrites({ status: 403, word: 'PERMISSION_DENIED', message: "Permission 'add' denied." });
    const refused = await run(['sync', 'roles', '--log-format', 'json'], refresh('latest'));
    expect(refused.code).toBe(0);
    expect(refused.stderr).toContain('"severity":"WARNING"');
    expect(refused.stderr).toContain("did not take a new version: Permission 'add' denied.");
    expect(refused.stderr).toContain('--role roles/secretmanager.secretVersionAdder');
    expect(refused.stderr).toContain('authorise the application again');
    expect(refused.stderr.trimEnd().split('\n').at(-1)).toContain('run.finished');
  });
});

describe('a BigQuery destination', () => {
  const destination = (api: ScriptedServer): string =>
    `destination: { type: bigquery, project: acme-data, location: EU, api_endpoint: "${api.origin}" }\n`;
  const token = (rest: string): string => withToken('sm://acme/harvest-token', rest);

  /** Where everything is refused, as Google refuses it. */
  const refusing = (request: SeenRequest): ReturnType<typeof json> => {
    const message = `Access Denied: Dataset acme-data:harvest_acme: Permission bigquery.datasets.get denied (${request.method})`;
    return json({ error: { code: 403, message, errors: [{ reason: 'accessDenied', message }] } }, 403);
  };
  const empty = (): ReturnType<typeof json> => {
    const message = 'Not found: Dataset acme-data:harvest_acme';
    return json({ error: { code: 404, message, errors: [{ reason: 'notFound', message }] } }, 404);
  };

  it('lacks its project: told with line and column, exit 3', async () => {
    const synced = await run(['sync'], token('destination:\n  type: bigquery\n'));
    expect(synced.code).toBe(3);
    expect(synced.stderr).toContain('9:1   destination.project   is missing: BigQuery needs it');
    expect(vault.requests).toEqual([]);
  });

  it('without a Google login ends a run with 4 before Harvest is asked', async () => {
    const config = token('destination: { type: bigquery, project: acme-data }\n');
    const synced = await run(['sync', '-o', 'json'], config, { HOME: '/nonexistent' });
    expect(synced.code).toBe(4);
    expect(documentOf(synced).error).toMatchObject({
      code: 'BIGQUERY_CREDENTIALS',
      message: 'There is no Google login on this machine',
    });
  });

  it('is checked in lines of its own', async () => {
    await using api = await startServer(refusing);
    const checked = await run(['check'], token(destination(api)));
    expect(checked.code).toBe(4);
    expect(checked.stdout).toContain(
      '  ✓ bigquery     acme-data without credentials: an address of this machine\n',
    );
    expect(checked.stdout).toMatch(/ {2}✗ dataset {6}.*bigquery\.datasets\.get/);
    expect(checked.stdout).not.toContain('warehouse ');
    expect(checked.stderr).toContain('BIGQUERY_PERMISSION');
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual(api.seen.map(() => undefined));
  });

  it('that is not there yet is missing to status, by its name', async () => {
    await using api = await startServer(empty);
    const status = await run(['status', '-o', 'json'], token(destination(api)));
    expect(status.code).toBe(3);
    expect(documentOf(status).error).toMatchObject({
      code: 'WAREHOUSE_MISSING',
      message: 'acme-data.harvest_acme does not exist yet',
    });
  });
});
