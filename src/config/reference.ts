import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ConnectorError } from '../errors.ts';
import { hideTokens } from './problem.ts';
import { Secret } from './secret.ts';

/** A secret in Google Secret Manager, as `sm://project/name#version` names it. */
export interface SecretManagerReference {
  /** Null: the project that the process runs in. */
  readonly project: string | null;
  readonly name: string;
  /** A number, an alias, or `latest`. */
  readonly version: string;
}

/** A secret that was fetched. */
export interface FetchedSecret {
  readonly value: string;
  /** The number of the version, which `latest` or an alias stood for; null: unknown. */
  readonly version: string | null;
}

/** Where a secret is kept. */
export type Reference =
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'secret-manager' } & SecretManagerReference)
  | { readonly kind: 'malformed' };

/** What it takes to follow a reference. */
export interface ReferenceContext {
  readonly variables: ReadonlyMap<string, string>;
  /** Fetches a secret; absent where Google is not to be asked. */
  readonly secretManager?: ((reference: SecretManagerReference) => Promise<FetchedSecret>) | undefined;
  /** Secret Manager is not asked: such a secret is empty. */
  readonly offline: boolean;
}

/** A secret as it was given, before it is resolved. */
export interface SecretSource {
  /** A reference, or the secret itself. */
  readonly text: string;
  /** Says in messages where it was given, such as `config/harvest-bq.yaml:4:17 harvest.access_token`. */
  readonly where: string;
  /** Origin of a secret that is no reference: `${HARVEST_ACCESS_TOKEN}`, `environment HARVEST_ACCESS_TOKEN`. */
  readonly origin: string;
  /** The secret goes into a header, so it may hold visible ASCII only. */
  readonly isToken: boolean;
}

/** What is said of a text that begins like a reference and goes on otherwise; never repeats it. */
export const MALFORMED_REFERENCE =
  'is not a reference of the form env://NAME, file:///path or sm://project/name#version';

/** Reads a reference; null where the text is none, so that it must be the secret itself. */
export function parseReference(text: string): Reference | null {
  const [scheme] = /^(?:env|file|sm):\/\//.exec(text) ?? [];
  if (scheme === undefined) return null;
  if (scheme === 'env://') {
    const name = /^env:\/\/([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)?.[1];
    return name === undefined ? { kind: 'malformed' } : { kind: 'env', name };
  }
  if (scheme === 'file://') {
    if (!/^file:\/\/\/[^?#]+$/.test(text)) return { kind: 'malformed' };
    try {
      return { kind: 'file', path: fileURLToPath(text) };
    } catch {
      return { kind: 'malformed' };
    }
  }
  const match = /^sm:\/\/(?:([a-z0-9:.-]+)\/)?([A-Za-z0-9_-]{1,255})(?:#([A-Za-z0-9_-]+))?$/.exec(text);
  const [, project = null, name, version = 'latest'] = match ?? [];
  return name === undefined ? { kind: 'malformed' } : { kind: 'secret-manager', project, name, version };
}

/**
 * Follows a reference to the secret; a text that is no reference is the secret. One line break at the end of a file
 * or a variable is not part of it.
 *
 * @throws ConnectorError SECRET_NOT_FOUND where it leads nowhere, to nothing, or to what cannot be a token; and what
 * Secret Manager throws
 */
export async function resolveSecret(source: SecretSource, context: ReferenceContext): Promise<Secret> {
  const reference = parseReference(source.text);
  const origin = reference === null ? source.origin : source.text;
  if (context.offline && reference?.kind === 'secret-manager') return new Secret('', origin);
  const found =
    reference === null ? { value: source.text, version: null } : await follow(reference, source, context);
  const value = found.value.replace(/\r?\n$/, '');
  if (value === '') throw notFound(source, `${hideTokens(origin)} is empty`);
  if (source.isToken && !/^[!-~]+$/.test(value)) {
    throw notFound(source, `${hideTokens(origin)} holds blanks, line breaks or letters that no token has`);
  }
  return new Secret(value, origin, found.version);
}

async function follow(
  reference: Reference,
  source: SecretSource,
  context: ReferenceContext,
): Promise<FetchedSecret> {
  if (reference.kind === 'file')
    return { value: await readSecretFile(reference.path, source), version: null };
  if (reference.kind === 'secret-manager') return fetchSecret(reference, source, context);
  if (reference.kind === 'malformed') throw notFound(source, MALFORMED_REFERENCE);
  const value = context.variables.get(reference.name);
  if (value === undefined) throw notFound(source, `the variable ${reference.name} is not set`);
  return { value, version: null };
}

async function readSecretFile(path: string, source: SecretSource): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    // The cause itself names the path, into which a token may have been pasted; its code says as much.
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw notFound(source, `the file ${path} ${reason}`);
  }
}

async function fetchSecret(
  { project, name, version }: SecretManagerReference,
  source: SecretSource,
  context: ReferenceContext,
): Promise<FetchedSecret> {
  if (context.secretManager === undefined) {
    const hint = 'Google Secret Manager is not asked here. Use ${NAME}, env://NAME or file:///path.';
    throw notFound(source, `${source.text} cannot be fetched`, { hint });
  }
  try {
    return await context.secretManager({ project, name, version });
  } catch (cause) {
    if (cause instanceof ConnectorError) throw at(source, cause);
    throw notFound(source, `${source.text} cannot be fetched`, { cause });
  }
}

/** The same failure, said of the place that refers to the secret. */
function at(source: SecretSource, { code, message, hint, details, cause }: ConnectorError): ConnectorError {
  return new ConnectorError(code, hideTokens(`${source.where}: ${message}`), { hint, details, cause });
}

function notFound(
  source: SecretSource,
  reason: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): ConnectorError {
  return new ConnectorError('SECRET_NOT_FOUND', hideTokens(`${source.where}: ${reason}`), options);
}
