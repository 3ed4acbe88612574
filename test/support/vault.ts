/** A local server that speaks the part of Secret Manager's REST API that is used here. */
import type { IncomingMessage } from 'node:http';
import { json, startServer } from './http-server.ts';

/** A refusal in Google's form. */
export interface Refusal {
  readonly status: number;
  /** `NOT_FOUND` */
  readonly word: string;
  readonly message: string;
  /** The reason of an ErrorInfo. */
  readonly reason?: string;
}

/** Secrets with their versions, and what was asked of them. */
export interface Vault extends AsyncDisposable {
  /** `127.0.0.1:40123` */
  readonly endpoint: string;
  /** Method and path of every request, without its query. */
  readonly requests: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  /** What was sent along. */
  readonly bodies: readonly string[];
  /** Refuses the next `times` requests; for good where no number is given. */
  fail(refusal: Refusal, times?: number): void;
  /** Refuses new secrets and versions from here on: all, or those of `project/name`. */
  refuseWrites(refusal: Refusal, secret?: string): void;
  /** Called with `project/name` when a version was added. */
  whenAdded(hear: (secret: string) => void): void;
  /** Adds a version, and the secret where there is none. */
  put(secret: string, value: string): void;
  valuesOf(secret: string): readonly string[];
}

/**
 * Starts it with secrets by `project/name`, each with the values of its versions from 1.
 * @see Secret Manager REST API, projects.secrets.create, addVersion, versions.access (checked 2026-11-29)
 */
export async function startVault(secrets: Readonly<Record<string, readonly string[]>>): Promise<Vault> {
  const versions = new Map(Object.entries(secrets).map(([secret, values]) => [secret, [...values]]));
  const requests: string[] = [];
  let refusal: Refusal | null = null;
  let refusals = 0;
  let writeRefusal: Refusal | null = null;
  let refused: string | null = null;
  let hearAdded: (secret: string) => void = () => undefined;
  const refusalOf = (secret: string): Refusal | null =>
    refused === null || refused === secret ? writeRefusal : null;
  const server = await startServer(({ method, url, body }) => {
    const { pathname } = new URL(url, 'http://vault');
    requests.push(`${method} ${pathname}`);
    if (refusal !== null && refusals > 0) {
      refusals -= 1;
      return json(refusalBody(refusal), refusal.status);
    }
    const home = /^\/v1\/projects\/([^/]+)\/secrets$/.exec(pathname)?.[1];
    if (method === 'POST' && home !== undefined) {
      const wanted = `${home}/${new URL(url, 'http://vault').searchParams.get('secretId') ?? ''}`;
      const no = refusalOf(wanted);
      if (no !== null) return json(refusalBody(no), no.status);
      if (versions.has(wanted)) return json(refusalBody(TAKEN), 409);
      versions.set(wanted, []);
      return json({ name: `projects/123/secrets/${wanted.split('/')[1]}`, ...(JSON.parse(body) as object) });
    }
    const [, project, name, rest] = /^\/v1\/projects\/([^/]+)\/secrets\/([^/:]+)(.*)$/.exec(pathname) ?? [];
    const values = versions.get(`${project}/${name}`);
    if (values === undefined) return json(refusalBody(NOT_FOUND), 404);
    if (method === 'POST' && rest === ':addVersion') {
      const no = refusalOf(`${project}/${name}`);
      if (no !== null) return json(refusalBody(no), no.status);
      const { payload } = JSON.parse(body) as { payload: { data: string } };
      values.push(Buffer.from(payload.data, 'base64').toString('utf8'));
      hearAdded(`${project}/${name}`);
      return json({ name: versionName(name, values.length), state: 'ENABLED' });
    }
    const wanted = /^\/versions\/([^:]+):access$/.exec(rest ?? '')?.[1] ?? '';
    const number = wanted === 'latest' ? values.length : Number(wanted);
    const value = values[number - 1];
    if (method !== 'GET' || value === undefined) return json(refusalBody(NOT_FOUND), 404);
    return json({
      name: versionName(name, number),
      payload: { data: Buffer.from(value, 'utf8').toString('base64'), dataCrc32c: '1' },
    });
  });
  return {
    endpoint: `127.0.0.1:${server.port}`,
    requests,
    get headers() {
      return server.seen.map(({ headers }) => headers);
    },
    get bodies() {
      return server.seen.map(({ body }) => body);
    },
    fail: (wanted, times = Number.MAX_SAFE_INTEGER) => {
      refusal = wanted;
      refusals = times;
    },
    refuseWrites: (wanted, secret) => {
      writeRefusal = wanted;
      refused = secret ?? null;
    },
    whenAdded: (hear) => {
      hearAdded = hear;
    },
    put: (secret, value) => {
      versions.set(secret, [...(versions.get(secret) ?? []), value]);
    },
    valuesOf: (secret) => versions.get(secret) ?? [],
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const NOT_FOUND: Refusal = {
  status: 404,
  word: 'NOT_FOUND',
  message: 'Secret [projects/123/secrets/x] not found or has no versions.',
};

const TAKEN: Refusal = {
  status: 409,
  word: 'ALREADY_EXISTS',
  message: 'Secret [projects/123/secrets/x] already exists.',
};

/** Google names the project by its number in its answers. */
function versionName(secret: string | undefined, version: number): string {
  return `projects/123/secrets/${secret}/versions/${version}`;
}

function refusalBody({ status, word, message, reason }: Refusal): unknown {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' };
  return {
    error: { code: status, message, status: word, ...(reason === undefined ? {} : { details: [info] }) },
  };
}
