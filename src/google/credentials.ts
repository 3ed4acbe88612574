/** The Google login of this machine, as Google's own library finds it; nothing of it is kept here. */
import { readFile } from 'node:fs/promises';
import type { AuthClient } from 'google-auth-library';
import { codeOf } from '../classify/error-like.ts';
import { classifyGoogleLogin } from '../classify/google.ts';
import { isLoopback } from '../config/loopback.ts';
import { ConnectorError } from '../errors.ts';

/** For whom a login is. */
export interface GoogleAuthOptions {
  /** E-mail address of the service account to act as; null: as whoever is logged in. */
  readonly impersonate: string | null;
  /** Address of the API that is going to be called; null: Google's own. */
  readonly apiEndpoint: string | null;
  /** What is going to be called: decides what the login may do. */
  readonly purpose?: 'bigquery' | 'secrets' | 'setup';
  /** The project that is worked in; spares the library to look for one, which can take seconds. */
  readonly project?: string | null;
}

/** @see Google Cloud, BigQuery API and Secret Manager API, "Authorization scopes" (checked 2026-11-20) */
const SCOPES = {
  bigquery: 'https://www.googleapis.com/auth/bigquery',
  secrets: 'https://www.googleapis.com/auth/cloud-platform',
  setup: 'https://www.googleapis.com/auth/cloud-platform',
} as const;

/** What acting as another account takes. @see IAM Service Account Credentials API, generateAccessToken (checked 2026-11-20) */
const IMPERSONATION_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * Logs in with Application Default Credentials, as a service account where one is named, and proves it by getting the
 * first token. An API on this machine gets a client without credentials, whoever is named.
 * @see Google Cloud, "How Application Default Credentials works" (checked 2026-11-20)
 * @throws ConnectorError BIGQUERY_CREDENTIALS; BIGQUERY_UNAVAILABLE or SECRET_UNAVAILABLE without an answer
 */
export async function openGoogleAuth(options: GoogleAuthOptions): Promise<AuthClient> {
  const { impersonate, apiEndpoint, purpose = 'bigquery', project = null } = options;
  const { GoogleAuth, Impersonated, PassThroughClient } = await import('google-auth-library');
  if (isOnThisMachine(apiEndpoint)) return new PassThroughClient();
  await assertCredentialsFile();
  try {
    const scopes = [impersonate === null ? SCOPES[purpose] : IMPERSONATION_SCOPE];
    const source = await new GoogleAuth({
      scopes,
      ...(project === null ? {} : { projectId: project }),
    }).getClient();
    const client =
      impersonate === null
        ? source
        : withoutWarning(
            () =>
              new Impersonated({
                sourceClient: source,
                targetPrincipal: impersonate,
                targetScopes: [SCOPES[purpose]],
              }),
          );
    await client.getAccessToken();
    return client;
  } catch (error) {
    const unavailable = purpose === 'secrets' ? 'SECRET_UNAVAILABLE' : 'BIGQUERY_UNAVAILABLE';
    throw classifyGoogleLogin(error, { impersonate, unavailable });
  }
}

/** Whether an address leads to this machine, so that it is called without credentials. */
export function isOnThisMachine(address: string | null): boolean {
  const url = address === null ? null : URL.parse(address);
  return url !== null && isLoopback(url.hostname);
}

/** Who is logged in, in words: an e-mail address where the login or the machine knows it. */
export async function describeLogin(client: AuthClient): Promise<string> {
  const { email, targetPrincipal } = client as { email?: unknown; targetPrincipal?: unknown };
  if (typeof targetPrincipal === 'string' && targetPrincipal !== '')
    return `as ${targetPrincipal}, impersonated`;
  if (typeof email === 'string' && email !== '') return `as ${email}`;
  if (client.constructor.name === 'Compute') return `as ${await accountOfMachine()}`;
  const kinds: Readonly<Record<string, string>> = {
    PassThroughClient: 'without credentials: an address of this machine',
    UserRefreshClient: 'as the person of gcloud auth application-default login',
  };
  return kinds[client.constructor.name] ?? 'with the login of another provider';
}

/** @see Compute Engine, "Predefined metadata keys": service-accounts/default/email (checked 2026-11-20) */
async function accountOfMachine(): Promise<string> {
  const { gcpMetadata } = await import('google-auth-library');
  try {
    return String(await gcpMetadata.instance('service-accounts/default/email'));
  } catch {
    return 'the service account of this machine';
  }
}

/** Says what is wrong with a key file that is named; the library would quote it. */
async function assertCredentialsFile(): Promise<void> {
  const path = process.env['GOOGLE_APPLICATION_CREDENTIALS'] ?? '';
  if (path === '') return;
  const refuse = (problem: string): ConnectorError =>
    new ConnectorError(
      'BIGQUERY_CREDENTIALS',
      `GOOGLE_APPLICATION_CREDENTIALS names ${path}, which ${problem}`,
      {
        hint: 'Name a credentials file that exists, or unset the variable to use: gcloud auth application-default login',
      },
    );
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw refuse(codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse('is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || !('type' in parsed)) {
    throw refuse('is no credentials file of Google: it has no "type"');
  }
}

/**
 * Makes an `Impersonated` without the line that its constructor prints about credentials from strangers: here the
 * source is the machine's own login, and stderr belongs to the log. Synchronous, so nobody else's warning is lost.
 */
function withoutWarning<Result>(make: () => Result): Result {
  /* oxlint-disable no-console */
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return make();
  } finally {
    console.warn = warn;
  }
  /* oxlint-enable no-console */
}
