/** What a failed exchange with Harvest means: statuses and the codes of got, Node.js, TLS and zlib, as two tables. */
import type { ErrorCode } from '../error-codes.ts';
import { ConnectorError } from '../errors.ts';
import { codeOf, isErrorLike } from './error-like.ts';

/** What was asked, for messages. */
export interface HttpContext {
  /** `GET /v2/clients?per_page=2000`: method, path and query, without the host. */
  readonly what: string;
  /** Host and port that were asked. */
  readonly host?: string;
  /** Takes secrets out of a text that came from outside. */
  readonly redact?: (text: string) => string;
  /** What a Retry-After header asked for, in milliseconds. */
  readonly retryAfterMs?: number | null;
}

/** Longest piece of an error body that goes into a message. */
const LONGEST_REASON = 200;

/** @see Harvest API v2 docs, page "Overview: general", status codes (checked 2026-11-20); the others are HTTP's own. */
const STATUSES: Readonly<Record<number, ErrorCode>> = {
  400: 'HARVEST_REFUSED',
  401: 'HARVEST_UNAUTHORIZED',
  402: 'HARVEST_FORBIDDEN',
  403: 'HARVEST_FORBIDDEN',
  404: 'HARVEST_NOT_FOUND',
  407: 'HARVEST_UNAVAILABLE',
  408: 'HARVEST_UNAVAILABLE',
  410: 'HARVEST_NOT_FOUND',
  422: 'HARVEST_REFUSED',
  425: 'HARVEST_UNAVAILABLE',
  429: 'HARVEST_THROTTLED',
};

const STATUS_HINTS: Readonly<Record<number, string>> = {
  400: 'Check harvest.user_agent (Harvest refuses requests without one) and read the reason it gave.',
  407: 'Give the proxy in HTTPS_PROXY the name and password that it asks for.',
};

/** A code of the network, what to call it, and what it means. */
interface NetworkCause {
  readonly code: ErrorCode;
  readonly words: string;
  readonly hint?: string;
}

const unavailable = (words: string, hint?: string): NetworkCause => ({
  code: 'HARVEST_UNAVAILABLE',
  words,
  ...(hint !== undefined && { hint }),
});
const garbled = (words: string): NetworkCause => ({ code: 'HARVEST_BAD_RESPONSE', words });

const CHECK_NETWORK = 'Check harvest.base_url and the network (HTTPS_PROXY is obeyed), then run again.';
const CHECK_TRUST =
  'Something between here and Harvest shows a certificate of its own: name its authority in NODE_EXTRA_CA_CERTS.';

const NETWORK: Readonly<Record<string, NetworkCause>> = {
  ENOTFOUND: unavailable('the name of the host is not known', CHECK_NETWORK),
  EAI_AGAIN: unavailable('the name service does not answer', CHECK_NETWORK),
  ECONNREFUSED: unavailable('nothing accepts the connection', CHECK_NETWORK),
  EHOSTUNREACH: unavailable('the host cannot be reached', CHECK_NETWORK),
  ENETUNREACH: unavailable('the network cannot be reached', CHECK_NETWORK),
  ECONNRESET: unavailable('the connection was cut'),
  ECONNABORTED: unavailable('the connection was cut'),
  EPIPE: unavailable('the connection was cut'),
  ERR_STREAM_PREMATURE_CLOSE: unavailable('the answer was cut'),
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: unavailable('the answer was cut'),
  ERR_READING_RESPONSE_STREAM: unavailable('the answer could not be read to its end'),
  ERR_SOCKET_CONNECTION_TIMEOUT: unavailable('no connection in time', CHECK_NETWORK),
  ETIMEDOUT: unavailable('no answer in time'),
  ERR_PROXY_TUNNEL: unavailable('the proxy lets nothing through', 'Check HTTPS_PROXY and NO_PROXY.'),
  ERR_INVALID_CHAR: {
    code: 'CONFIG_INVALID',
    words: 'a character that cannot be sent in a header',
    hint: 'Look for line breaks and the like in the access token, harvest.account_id and harvest.user_agent.',
  },
};

/** Names of got's errors whose code is unknown here; its AbortError is not among them. */
const GOT_ERRORS: ReadonlySet<string> = new Set(['RequestError', 'ReadError', 'TimeoutError', 'UploadError']);

/** Families of codes, for those that the table does not name. */
const NETWORK_FAMILIES: readonly (readonly [RegExp, NetworkCause])[] = [
  [/^HPE_/, garbled('the answer is not HTTP')],
  [/^(Z_|ERR__ERROR_FORMAT|ERR_PADDING|ERR_BROTLI|ZSTD_)/, garbled('the compressed answer is damaged')],
  [
    /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|EPROTO)/,
    unavailable('no trusted connection', CHECK_TRUST),
  ],
];

/**
 * What Harvest (or whoever answered for it) says in an error body: JSON `message`, `error_description` or `error`,
 * or the text without markup; one line of at most 200 characters, empty if there is nothing to read.
 */
export function readReason(body: string): string {
  const text = (jsonReason(body) ?? withoutMarkup(body)).replace(/\s+/g, ' ').trim();
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`;
}

/** Any status that is not 200, as an error. `details` carry `status` and, for 429, `retry_after_ms`. */
export function classifyStatus(status: number, body: string, context: HttpContext): ConnectorError {
  const reason = readReason((context.redact ?? asIs)(body));
  const redirect = status >= 300 && status < 400;
  const said = redirect ? 'a redirect, which is not followed' : reason;
  const hint = redirect ? 'Check harvest.base_url: it leads to another address.' : STATUS_HINTS[status];
  const message = `Harvest answered ${status} to ${context.what}${said === '' ? '' : `: ${said}`}`;
  return new ConnectorError(STATUSES[status] ?? statusFamily(status), message, {
    details: { status, ...(context.retryAfterMs != null && { retry_after_ms: context.retryAfterMs }) },
    ...(hint !== undefined && { hint }),
  });
}

/**
 * A failure of the network or of reading an answer, as an error; null if it is something else. The cause keeps
 * only its text: got's errors carry the request with its headers, and so the token.
 */
export function classifyNetwork(error: unknown, context: HttpContext): ConnectorError | null {
  if (!isErrorLike(error)) return null;
  // got puts a code of its own over that of the stream below, which says more.
  const [code = '', known] = [codeOf(error.cause), codeOf(error)]
    .map((candidate) => [candidate, networkCause(candidate)] as const)
    .find(([, found]) => found !== undefined) ?? [codeOf(error)];
  const cause = known ?? (GOT_ERRORS.has(error.name) ? unavailable('the request failed') : undefined);
  if (cause === undefined) return null;
  const whom = context.host === undefined ? '' : ` from ${context.host}`;
  const plain = new Error((context.redact ?? asIs)(error.message));
  return new ConnectorError(cause.code, `No answer to ${context.what}${whom}: ${cause.words} (${code})`, {
    details: { network_code: code },
    cause: plain,
    ...(cause.hint !== undefined && { hint: cause.hint }),
  });
}

/** An answer with status 200 that is not a JSON object. */
export function classifyBody(body: string, problem: string, context: HttpContext): ConnectorError {
  const start = (context.redact ?? asIs)(body.slice(0, 2000));
  const seen = /^\s*</.test(start) ? `: it begins with "${readReason(start).slice(0, 80)}"` : '';
  return new ConnectorError('HARVEST_BAD_RESPONSE', `The answer to ${context.what} ${problem}${seen}`, {
    details: { status: 200, characters: body.length },
  });
}

function networkCause(code: string): NetworkCause | undefined {
  return NETWORK[code] ?? NETWORK_FAMILIES.find(([family]) => family.test(code))?.[1];
}

function statusFamily(status: number): ErrorCode {
  if (status >= 500) return 'HARVEST_UNAVAILABLE';
  return status >= 400 ? 'HARVEST_REFUSED' : 'HARVEST_BAD_RESPONSE';
}

function jsonReason(body: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return String(parsed);
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const found = ['message', 'error_description', 'error'].map((key) => fields.get(key));
  return found.find((value) => typeof value === 'string') ?? JSON.stringify(parsed);
}

function withoutMarkup(body: string): string {
  if (!/<[a-z!/]/i.test(body)) return body;
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim();
  return title ? title : body.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}

function asIs(text: string): string {
  return text;
}
