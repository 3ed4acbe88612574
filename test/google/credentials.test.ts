import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Impersonated, OAuth2Client, PassThroughClient } from 'google-auth-library';
import { classifyGoogleLogin } from '../../src/classify/google.ts';
import { ConnectorError } from '../../src/errors.ts';
import { describeLogin, openGoogleAuth } from '../../src/google/credentials.ts';
import { json, startServer } from '../support/http-server.ts';

const NOBODY = { impersonate: null, apiEndpoint: null, project: 'acme' };
const TOUCHED = [
  'HOME',
  'CLOUDSDK_CONFIG',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'METADATA_SERVER_DETECTION',
  'HTTPS_PROXY',
];

let folder: string;
/** Where the library says that it does not know a credential's source. */
const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);

let before: (readonly [string, string | undefined])[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvest-bq-google-'));
  before = TOUCHED.map((name) => [name, process.env[name]]);
  warn.mockClear();
  for (const name of TOUCHED) delete process.env[name];
  process.env['HOME'] = folder;
  process.env['CLOUDSDK_CONFIG'] = folder;
  // what Google documents for machines outside of its cloud
  process.env['METADATA_SERVER_DETECTION'] = 'none';
});

afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(folder, { recursive: true, force: true });
});

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (outcome instanceof ConnectorError) return outcome;
  throw new Error('a failure was expected', { cause: outcome });
}

async function useKeyFile(content: string): Promise<string> {
  const path = join(folder, 'key.json');
  await writeFile(path, content);
  process.env['GOOGLE_APPLICATION_CREDENTIALS'] = path;
  return path;
}

const USER = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: '1//Geheim' };

describe('a Google login', () => {
  it('is not needed, nor looked for, where the API is on this machine', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = '/nowhere/key.json';
    const client = await openGoogleAuth({
      impersonate: 'sync@acme.iam.gserviceaccount.com',
      apiEndpoint: 'http://127.0.0.1:9050',
    });
    expect([await client.getAccessToken(), await describeLogin(client)]).toEqual([
      {},
      'without credentials: an address of this machine',
    ]);
  });

  it('that is missing is told with the command that makes one', async () => {
    const error = await failureOf(openGoogleAuth(NOBODY));
    expect([error.code, error.exitCode, error.message]).toEqual([
      'BIGQUERY_CREDENTIALS',
      4,
      'There is no Google login on this machine',
    ]);
    expect(error.hint).toContain('gcloud auth application-default login');
  });

  it('whose file does not exist is told by its name', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = '/nowhere/key.json';
    const error = await failureOf(openGoogleAuth(NOBODY));
    expect([error.code, error.message]).toEqual([
      'BIGQUERY_CREDENTIALS',
      'GOOGLE_APPLICATION_CREDENTIALS names /nowhere/key.json, which does not exist',
    ]);
  });

  it.each([
    ['is not JSON', 'Geheim{'],
    ['is no credentials file of Google: it has no "type"', '{"key":"Geheim"}'],
    ['cannot be read (EISDIR)', null],
  ])('whose file %s is told so, without its content', async (problem, content) => {
    const path = await useKeyFile(content ?? '');
    if (content === null) process.env['GOOGLE_APPLICATION_CREDENTIALS'] = folder;
    const error = await failureOf(openGoogleAuth(NOBODY));
    const shown = content === null ? folder : path;
    expect(error.message).toBe(`GOOGLE_APPLICATION_CREDENTIALS names ${shown}, which ${problem}`);
    expect(inspect(error, { depth: 10 })).not.toContain('Geheim');
  });

  it.each([
    ['lacks its key', { type: 'service_account', client_email: 'a@b.example' }],
    [
      'holds a key that is none',
      { type: 'service_account', client_email: 'a@b.example', private_key: 'Geheim' },
    ],
  ])('whose file %s is told without the key', async (_what, content) => {
    await useKeyFile(JSON.stringify(content));
    const error = await failureOf(openGoogleAuth(NOBODY));
    expect(error.code).toBe('BIGQUERY_CREDENTIALS');
    expect(error.message).toMatch(/^Google did not log in: /);
    expect(inspect(error, { depth: 10 })).not.toContain('Geheim');
  });

  it('of gcloud that cannot be read is told so', async () => {
    await writeFile(join(folder, 'application_default_credentials.json'), '"Geheim');
    const error = await failureOf(openGoogleAuth(NOBODY));
    expect([error.code, error.message]).toEqual([
      'BIGQUERY_CREDENTIALS',
      'Google did not log in: the credentials cannot be read',
    ]);
  });

  it.each([
    ['bigquery', 'BIGQUERY_UNAVAILABLE'],
    ['secrets', 'SECRET_UNAVAILABLE'],
  ] as const)('that Google does not answer to can be tried again, for %s', async (purpose, code) => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    await useKeyFile(JSON.stringify(USER));
    const error = await failureOf(openGoogleAuth({ ...NOBODY, purpose }));
    expect([error.code, error.exitCode]).toEqual([code, 6]);
    expect(error.message).toBe('No answer from Google to the login (ECONNREFUSED)');
  });

  it('as another account says nothing on stderr by itself', async () => {
    process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1';
    await useKeyFile(JSON.stringify(USER));
    const impersonate = 'sync@acme.iam.gserviceaccount.com';
    const error = await failureOf(openGoogleAuth({ ...NOBODY, impersonate }));
    expect(error.code).toBe('BIGQUERY_UNAVAILABLE');
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('what Google says to a login', () => {
  const grants = [
    [
      'one that has expired',
      { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      'Google refused the login, which has expired or was revoked (invalid_grant: Token has been expired or revoked.)',
    ],
    [
      'one that the organisation ends',
      {
        error: 'invalid_grant',
        error_description: 'reauth related error (invalid_rapt)',
        error_subtype: 'invalid_rapt',
      },
      'Google wants a new login (invalid_rapt): the organisation limits how long one lasts',
    ],
    ['a client that is gone', { error: 'deleted_client' }, 'Google refused the login (deleted_client)'],
  ] as const;

  it.each(grants)('is told: %s', async (_what, body, message) => {
    await using server = await startServer(() => json(body, 400));
    const client = new OAuth2Client({
      clientId: 'c',
      clientSecret: 's',
      endpoints: { oauth2TokenUrl: `${server.origin}/token` },
    });
    client.setCredentials({ refresh_token: '1//Geheim' });
    const thrown: unknown = await client.getAccessToken().catch((error: unknown) => error);
    const error = classifyGoogleLogin(thrown, { impersonate: null, unavailable: 'BIGQUERY_UNAVAILABLE' });
    expect([error.code, error.message]).toEqual(['BIGQUERY_CREDENTIALS', message]);
    expect(error.hint).toContain('gcloud auth application-default login');
    expect(inspect(error, { depth: 10 })).not.toContain('Geheim');
  });

  const account = 'sync@acme.iam.gserviceaccount.com';
  const refusals = [
    [
      403,
      'PERMISSION_DENIED',
      "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
      `${account} may not be impersonated: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).`,
      'roles/iam.serviceAccountTokenCreator',
    ],
    [
      403,
      'PERMISSION_DENIED',
      'IAM Service Account Credentials API has not been used in project 1 before or it is disabled.',
      `${account} cannot be impersonated: the IAM Service Account Credentials API is off`,
      'gcloud services enable iamcredentials.googleapis.com',
    ],
    [
      404,
      'NOT_FOUND',
      'Not found; Gaia id not found for email',
      `There is no service account ${account}: Not found; Gaia id not found for email`,
      'destination.impersonate_service_account',
    ],
  ] as const;

  it.each(refusals)(
    'is told of acting as another account: %i %s %s',
    async (code, status, said, message, hint) => {
      await using server = await startServer(() => json({ error: { code, status, message: said } }, code));
      const impersonated = new Impersonated({
        sourceClient: new PassThroughClient(),
        targetPrincipal: account,
        targetScopes: ['https://www.googleapis.com/auth/bigquery'],
        endpoint: server.origin,
      });
      const thrown: unknown = await impersonated.getAccessToken().catch((error: unknown) => error);
      const error = classifyGoogleLogin(thrown, {
        impersonate: account,
        unavailable: 'BIGQUERY_UNAVAILABLE',
      });
      expect([error.code, error.message]).toEqual(['BIGQUERY_CREDENTIALS', message]);
      expect(error.hint).toContain(hint);
    },
  );

  it('names the account that is logged in, where the login knows it', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const { JWT } = await import('google-auth-library');
    expect(await describeLogin(new JWT({ email: account, key: String(pem) }))).toBe(`as ${account}`);
    const { UserRefreshClient } = await import('google-auth-library');
    expect(await describeLogin(new UserRefreshClient('c', 's', 'r'))).toContain('as the person');
  });
});
