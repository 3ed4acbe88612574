/**
 * Google Secret Manager: reads the secrets that `sm://` refers to, each once, makes secrets and takes new versions of them. Google's
 * client is loaded by the first call. It speaks REST here (one request, no channel to keep open), and its payload is
 * not checked by CRC32C, for which neither it nor Node.js has a function: TLS carries it, and a damaged token is refused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import type { AuthClient } from 'google-auth-library';
import { classifySecretManager, type SecretContext } from '../classify/google.ts';
import { isErrorLike } from '../classify/error-like.ts';
import { isLoopback } from '../config/loopback.ts';
import type { FetchedSecret, SecretManagerReference } from '../config/reference.ts';
import type { Secret } from '../config/secret.ts';
import { ConnectorError } from '../errors.ts';
import { openGoogleAuth } from './credentials.ts';

/** What Secret Manager is used with. */
export interface SecretManagerOptions {
  /** Host (and port) of a private endpoint, with or without `https://`; null: Google's own. */
  readonly endpoint: string | null;
  readonly signal: AbortSignal;
  /** Pauses between attempts, in milliseconds; one attempt more than these. */
  readonly pausesMs?: readonly number[];
}

/** A version that was added to a secret. */
export interface AddedVersion {
  /** `sm://acme/harvest-refresh#8` */
  readonly reference: string;
  readonly version: string;
}

/** An address, taken apart. */
interface Endpoint {
  readonly address: string | null;
  readonly options: { readonly apiEndpoint?: string; readonly port?: number; readonly protocol?: string };
}

/** What a call needs: the client, and the login that tells the project of a reference without one. */
interface Opened {
  readonly client: SecretManagerServiceClient;
  readonly authClient: AuthClient;
}

/** No answer by then counts as none. In milliseconds. */
const ANSWER_WITHIN_MS = 20_000;

const PAUSES_MS = [500, 1_000, 2_000];

export class SecretManager implements AsyncDisposable {
  readonly #options: SecretManagerOptions;
  readonly #fetched = new Map<string, Promise<FetchedSecret>>();
  #opened: Promise<Opened> | null = null;

  constructor(options: SecretManagerOptions) {
    this.#options = options;
  }

  /**
   * The secret that a reference leads to; the same reference is fetched once.
   * @see Secret Manager REST API, projects.secrets.versions.access (checked 2026-11-20)
   * @throws ConnectorError SECRET_NOT_FOUND, SECRET_FORBIDDEN, SECRET_UNAVAILABLE, BIGQUERY_CREDENTIALS
   */
  fetch(reference: SecretManagerReference): Promise<FetchedSecret> {
    const shown = shownReference(reference);
    const known = this.#fetched.get(shown) ?? this.#fetch(reference);
    this.#fetched.set(shown, known);
    return known;
  }

  /**
   * Adds a version with a new value. The old ones stay as they are.
   * @see Secret Manager REST API, projects.secrets.addVersion (checked 2026-11-20)
   * @throws ConnectorError SECRET_NOT_FOUND, SECRET_FORBIDDEN, SECRET_UNAVAILABLE, BIGQUERY_CREDENTIALS
   */
  async add(reference: SecretManagerReference, secret: Secret): Promise<AddedVersion> {
    const { client, authClient } = await this.#open(reference.project);
    const project = reference.project ?? (await projectOf(authClient, reference));
    const context = {
      doing: 'add',
      shown: shownReference(reference),
      project,
      name: reference.name,
    } as const;
    const parent = `projects/${project}/secrets/${reference.name}`;
    const payload = { data: Buffer.from(secret.reveal(), 'utf8') };
    const [added] = await this.#call(context, () =>
      client.addSecretVersion({ parent, payload }, callOptions()),
    );
    const version = versionIn(added.name) ?? 'latest';
    return { reference: `sm://${project}/${reference.name}#${version}`, version };
  }

  /**
   * Makes a secret without a version, which Google keeps where it likes. Answers false where it is there already.
   * @see Secret Manager REST API, projects.secrets.create, replication.automatic (checked 2026-11-29)
   * @throws ConnectorError SECRET_NOT_FOUND, SECRET_FORBIDDEN, SECRET_UNAVAILABLE, BIGQUERY_CREDENTIALS
   */
  async create(reference: SecretManagerReference): Promise<boolean> {
    const { client, authClient } = await this.#open(reference.project);
    const project = reference.project ?? (await projectOf(authClient, reference));
    const { name } = reference;
    const context = { doing: 'create', shown: `sm://${project}/${name}`, project, name } as const;
    const parent = `projects/${project}`;
    const secret = { replication: { automatic: {} } };
    return this.#call(context, async () => {
      try {
        await client.createSecret({ parent, secretId: name, secret }, callOptions());
        return true;
      } catch (cause) {
        if (isThereAlready(cause)) return false;
        throw cause;
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.client.close();
  }

  async #fetch(reference: SecretManagerReference): Promise<FetchedSecret> {
    const { client, authClient } = await this.#open(reference.project);
    const project = reference.project ?? (await projectOf(authClient, reference));
    const shown = shownReference(reference);
    const context = { doing: 'read', shown, project, name: reference.name } as const;
    const name = `projects/${project}/secrets/${reference.name}/versions/${reference.version}`;
    const [answer] = await this.#call(context, () => client.accessSecretVersion({ name }, callOptions()));
    const data = answer.payload?.data ?? '';
    const value = typeof data === 'string' ? data : new TextDecoder().decode(data);
    return { value, version: versionIn(answer.name) };
  }

  #open(project: string | null): Promise<Opened> {
    this.#opened ??= openClient(this.#options.endpoint, project);
    return this.#opened;
  }

  /** Repeats what an outage ended; an added version that is added twice does no harm. */
  async #call<Result>(context: SecretContext, send: () => Promise<Result>): Promise<Result> {
    const { signal, pausesMs = PAUSES_MS } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      signal.throwIfAborted();
      try {
        return await send();
      } catch (cause) {
        const error = classifySecretManager(cause, context);
        const pauseMs = pausesMs[attempt];
        if (error.kind !== 'transient' || pauseMs === undefined) throw error;
        await pause(pauseMs, undefined, { signal });
      }
    }
  }
}

/** `{ project: 'acme', name: 'token', version: '3' }` → `sm://acme/token#3` */
export function shownReference({ project, name, version }: SecretManagerReference): string {
  return `sm://${project === null ? '' : `${project}/`}${name}#${version}`;
}

async function openClient(endpoint: string | null, project: string | null): Promise<Opened> {
  const { address, options } = parseEndpoint(endpoint);
  const wanted = { impersonate: null, apiEndpoint: address, purpose: 'secrets', project } as const;
  const authClient = await openGoogleAuth(wanted);
  const { GoogleAuth } = await import('google-auth-library');
  const { SecretManagerServiceClient: Client } = await import('@google-cloud/secret-manager');
  const client = new Client({ ...options, auth: new GoogleAuth({ authClient }), fallback: true });
  return { client, authClient };
}

/**
 * `secretmanager-acme.p.googleapis.com` → https there; `127.0.0.1:8085` → http, which only this machine may have.
 * @throws ConnectorError CONFIG_INVALID
 */
function parseEndpoint(endpoint: string | null): Endpoint {
  if (endpoint === null || endpoint === '') return { address: null, options: {} };
  const bare = endpoint.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const url = URL.parse(`https://${bare}`);
  if (url === null || url.pathname !== '/' || url.username !== '' || url.search !== '') {
    const message =
      'HARVEST_BQ_SECRET_MANAGER_ENDPOINT is not a host such as secretmanager-acme.p.googleapis.com';
    throw new ConnectorError('CONFIG_INVALID', message, { hint: 'Name a host, with a port if need be.' });
  }
  const isOwn = isLoopback(url.hostname);
  if (!isOwn && endpoint.startsWith('http://')) {
    const message = 'HARVEST_BQ_SECRET_MANAGER_ENDPOINT would carry the secrets in clear over http';
    throw new ConnectorError('CONFIG_INVALID', message, {
      hint: 'Use https, or an address of this machine.',
    });
  }
  const port = url.port === '' ? (isOwn ? 80 : 443) : Number(url.port);
  const protocol = isOwn ? 'http' : 'https';
  return { address: `${protocol}://${url.host}`, options: { apiEndpoint: url.hostname, port, protocol } };
}

/** The project that this process runs in. */
async function projectOf(authClient: AuthClient, reference: SecretManagerReference): Promise<string> {
  const { GoogleAuth } = await import('google-auth-library');
  try {
    return await new GoogleAuth({ authClient }).getProjectId();
  } catch {
    const shown = shownReference(reference);
    const hint = `Name it: sm://<project>/${reference.name}, or set GOOGLE_CLOUD_PROJECT.`;
    throw new ConnectorError('SECRET_NOT_FOUND', `${shown} names no project, and this process runs in none`, {
      hint,
    });
  }
}

/** One attempt without the client's own repeats, whose errors hide the reason. */
function callOptions(): { readonly timeout: number; readonly retry: null } {
  return { timeout: ANSWER_WITHIN_MS, retry: null };
}

/** @see google.rpc.Code, ALREADY_EXISTS (checked 2026-11-29) */
function isThereAlready(cause: unknown): boolean {
  return isErrorLike(cause) && cause.code === 6;
}

/** `projects/123/secrets/token/versions/7` → `7` */
function versionIn(name: string | null | undefined): string | null {
  return /\/versions\/([^/]+)$/.exec(name ?? '')?.[1] ?? null;
}
