import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/config/secret.ts';
import { ConnectorError } from '../../src/errors.ts';
import { SecretManager, type SecretManagerOptions } from '../../src/google/secret-manager.ts';
import { startVault, type Vault } from '../support/vault.ts';

const TOKEN = '1234567.pt.Geheim-Geheim';

const reference = (name: string, version = 'latest'): { project: string; name: string; version: string } => ({
  project: 'acme',
  name,
  version,
});

let vault: Vault;

beforeEach(async () => {
  vault = await startVault({ 'acme/harvest-token': [TOKEN, `${TOKEN}-2`] });
});

afterEach(async () => {
  await vault[Symbol.asyncDispose]();
});

function open(options: Partial<SecretManagerOptions> = {}): SecretManager {
  const { signal } = new AbortController();
  return new SecretManager({ endpoint: vault.endpoint, signal, pausesMs: [1, 1], ...options });
}

async function failureOf(work: Promise<unknown>): Promise<ConnectorError> {
  const outcome: unknown = await work.catch((error: unknown) => error);
  if (outcome instanceof ConnectorError) return outcome;
  throw new Error('a failure was expected', { cause: outcome });
}

describe('a secret in Secret Manager', () => {
  it('is fetched with the number of the version that latest stands for', async () => {
    await using secrets = open();
    expect(await secrets.fetch(reference('harvest-token'))).toEqual({ value: `${TOKEN}-2`, version: '2' });
    expect(vault.requests).toEqual(['GET /v1/projects/acme/secrets/harvest-token/versions/latest:access']);
  });

  it('is fetched by the number of its version', async () => {
    await using secrets = open();
    expect(await secrets.fetch(reference('harvest-token', '1'))).toEqual({ value: TOKEN, version: '1' });
  });

  it('is fetched once, however many settings refer to it', async () => {
    await using secrets = open();
    const wanted = ['latest', 'latest', '1', 'latest'].map((version) =>
      secrets.fetch(reference('harvest-token', version)),
    );
    await Promise.all(wanted);
    await secrets.fetch(reference('harvest-token'));
    expect(vault.requests).toHaveLength(2);
  });

  it('is asked for without credentials on this machine, and needs none', async () => {
    await using secrets = open({ endpoint: `http://${vault.endpoint}/` });
    await secrets.fetch(reference('harvest-token'));
    expect(vault.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it('is looked for in the project of the process where the reference names none', async () => {
    process.env['GOOGLE_CLOUD_PROJECT'] = 'acme';
    try {
      await using secrets = open();
      const { version } = await secrets.fetch({ ...reference('harvest-token'), project: null });
      expect(version).toBe('2');
    } finally {
      delete process.env['GOOGLE_CLOUD_PROJECT'];
    }
  });

  it('is asked for again when Google falters', async () => {
    vault.fail({ status: 503, word: 'UNAVAILABLE', message: 'try later' }, 2);
    await using secrets = open();
    expect((await secrets.fetch(reference('harvest-token'))).version).toBe('2');
    expect(vault.requests).toHaveLength(3);
  });
});

describe('what Secret Manager refuses', () => {
  const cases = [
    [
      'a secret that is not there',
      {
        status: 404,
        word: 'NOT_FOUND',
        message: 'Secret [projects/1/secrets/x] not found or has no versions.',
      },
      'SECRET_NOT_FOUND',
      'sm://acme/x#latest cannot be read: Secret [projects/1/secrets/x] not found or has no versions.',
      'gcloud secrets versions list x --project acme',
    ],
    [
      'a version that is disabled',
      { status: 400, word: 'FAILED_PRECONDITION', message: 'Secret Version [2] is in DISABLED state.' },
      'SECRET_NOT_FOUND',
      'sm://acme/x#latest cannot be read: Secret Version [2] is in DISABLED state.',
      'Refer to a version that is enabled',
    ],
    [
      'an account without the role',
      {
        status: 403,
        word: 'PERMISSION_DENIED',
        message: "Permission 'secretmanager.versions.access' denied.",
      },
      'SECRET_FORBIDDEN',
      "sm://acme/x#latest cannot be read: Permission 'secretmanager.versions.access' denied.",
      'roles/secretmanager.secretAccessor',
    ],
    [
      'an API that is off',
      {
        status: 403,
        word: 'PERMISSION_DENIED',
        message: 'Secret Manager API has not been used in project acme before or it is disabled.',
        reason: 'SERVICE_DISABLED',
      },
      'SECRET_NOT_FOUND',
      'Secret Manager is not switched on in acme',
      'gcloud services enable secretmanager.googleapis.com --project acme',
    ],
    [
      'a login that covers something else',
      {
        status: 403,
        word: 'PERMISSION_DENIED',
        message: 'Request had insufficient authentication scopes.',
        reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      },
      'BIGQUERY_CREDENTIALS',
      'The Google login does not cover Secret Manager',
      'cloud-platform',
    ],
    [
      'a login that is none',
      { status: 401, word: 'UNAUTHENTICATED', message: 'Request had invalid authentication credentials.' },
      'BIGQUERY_CREDENTIALS',
      'sm://acme/x#latest cannot be read: Request had invalid authentication credentials.',
      'gcloud auth application-default login',
    ],
    [
      'an outage',
      { status: 503, word: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
      'SECRET_UNAVAILABLE',
      'sm://acme/x#latest cannot be read: The service is currently unavailable.',
      'run again later',
    ],
  ] as const;

  it.each(cases)('tells: %s', async (_what, failure, code, message, hint) => {
    vault.fail(failure);
    await using secrets = open();
    const error = await failureOf(secrets.fetch(reference('x')));
    expect([error.code, error.message]).toEqual([code, message]);
    expect(error.hint).toContain(hint);
  });

  it('says so of an endpoint where nobody answers', async () => {
    await using secrets = open({ endpoint: '127.0.0.1:1', pausesMs: [] });
    const error = await failureOf(secrets.fetch(reference('x')));
    expect([error.code, error.exitCode]).toEqual(['SECRET_UNAVAILABLE', 6]);
    expect(error.message).toBe('sm://acme/x#latest cannot be read: connect ECONNREFUSED 127.0.0.1:1');
  });

  it.each([
    ['http://secrets.example', 'would carry the secrets in clear'],
    ['https://secrets.example/v1', 'is not a host'],
    ['me:geheim@secrets.example', 'is not a host'],
  ])('says so of the endpoint %s, before anybody is asked', async (endpoint, reason) => {
    await using secrets = open({ endpoint });
    const error = await failureOf(secrets.fetch(reference('x')));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(reason);
    expect(inspect(error)).not.toContain('geheim');
  });

  it('ends when the run is stopped', async () => {
    const stop = new AbortController();
    vault.fail({ status: 503, word: 'UNAVAILABLE', message: 'later' });
    await using secrets = open({ signal: stop.signal, pausesMs: [60_000] });
    const work = failureOf(
      secrets.fetch(reference('x')).catch((error: Error) => Promise.reject(error.cause)),
    );
    setTimeout(() => stop.abort(new ConnectorError('RUN_INTERRUPTED', 'Stopped.')), 300);
    expect((await work).code).toBe('RUN_INTERRUPTED');
  });
});

describe('a new secret', () => {
  it('is made without a version, and kept where Google likes', async () => {
    await using secrets = open();
    expect(await secrets.create(reference('new'))).toBe(true);
    expect(vault.valuesOf('acme/new')).toEqual([]);
    expect(vault.requests).toEqual(['POST /v1/projects/acme/secrets']);
    expect(vault.bodies.map((body) => JSON.parse(body) as unknown)).toMatchObject([
      { replication: { automatic: {} } },
    ]);
  });

  it('is not made where there is one', async () => {
    await using secrets = open();
    expect(await secrets.create(reference('harvest-token'))).toBe(false);
    expect(vault.valuesOf('acme/harvest-token')).toHaveLength(2);
  });

  it.each([
    [403, 'PERMISSION_DENIED', 'SECRET_FORBIDDEN', 'roles/secretmanager.admin'],
    [404, 'NOT_FOUND', 'SECRET_NOT_FOUND', 'gcloud projects list'],
  ])('that is refused with %i %s is told with the step that mends it', async (status, word, code, hint) => {
    vault.fail({ status, word, message: 'no' });
    await using secrets = open();
    const error = await failureOf(secrets.create(reference('new')));
    expect([error.code, error.message]).toEqual([code, 'sm://acme/new cannot be made: no']);
    expect(error.hint).toContain(hint);
  });
});

describe('a new version of a secret', () => {
  it('is added, and named by its number', async () => {
    await using secrets = open();
    const added = await secrets.add(reference('harvest-token'), new Secret('renewed', 'test'));
    expect(added).toEqual({ reference: 'sm://acme/harvest-token#3', version: '3' });
    expect(vault.valuesOf('acme/harvest-token')).toEqual([TOKEN, `${TOKEN}-2`, 'renewed']);
  });

  it('that may not be added is told with the role, and never with its value', async () => {
    vault.fail({
      status: 403,
      word: 'PERMISSION_DENIED',
      message: "Permission 'secretmanager.versions.add' denied.",
    });
    await using secrets = open();
    const error = await failureOf(secrets.add(reference('harvest-token'), new Secret(TOKEN, 'test')));
    expect(error.code).toBe('SECRET_FORBIDDEN');
    expect(error.message).toBe(
      "sm://acme/harvest-token#latest did not take a new version: Permission 'secretmanager.versions.add' denied.",
    );
    expect(error.hint).toContain('--role roles/secretmanager.secretVersionAdder');
    const shown =
      inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + String(error.stack);
    expect(shown).not.toContain('Geheim');
    expect(shown).not.toContain(Buffer.from(TOKEN).toString('base64'));
  });
});
