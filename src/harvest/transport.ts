import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import got, { type Got } from 'got';
import { ConnectorError } from '../errors.ts';
import { Body } from './body.ts';

/** An answer, whatever its status. */
export interface Reply {
  readonly status: number;
  /** First value of each header, by lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Body;
  /** The body as text, without a byte order mark; made when it is asked for. */
  readonly text: string;
}

/** Patience in milliseconds: to be connected, until the answer begins, until it has ended. */
export interface Timeouts {
  readonly connectMs: number;
  readonly responseMs: number;
  readonly wholeMs: number;
}

/** A report over a long account may take the better part of a minute to begin. */
export const DEFAULT_TIMEOUTS: Timeouts = { connectMs: 15_000, responseMs: 90_000, wholeMs: 300_000 };

/** The largest page seen in practice is a few MB; anything near this is not Harvest. */
const LARGEST_BODY_BYTES = 128 * 1024 * 1024;

/** What may be told with a request. */
export interface GetHints {
  /** Called when the request was handed to the network, connection included. */
  readonly onLeft?: () => void;
  /** The size of the answer if it is like the ones before. */
  readonly expectedBytes?: number;
}

/** The two kinds of requests that this program can send. Both give network failures on as got throws them. */
export interface Transport extends AsyncDisposable {
  get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    hints?: GetHints,
  ): Promise<Reply>;
  /** POST to the token endpoint, the only one there is. */
  postToken(form: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Reply>;
}

/** What the transport needs. */
export interface TransportOptions {
  readonly userAgent: string;
  readonly identityUrl: string;
  /** A loopback address is reached without a proxy, whatever the environment says. */
  readonly baseUrl: string;
  readonly timeouts?: Timeouts;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capitals or not. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Opens connections that are kept alive. Statuses are no errors here, redirects are not followed, nothing is retried:
 * the client above decides.
 */
export function createTransport(options: TransportOptions): Transport {
  const proxyEnv = isLoopback(new URL(options.baseUrl).hostname) ? {} : (options.env ?? process.env);
  const agent = {
    http: new HttpAgent({ keepAlive: true, proxyEnv }),
    https: new HttpsAgent({ keepAlive: true, proxyEnv }),
  };
  const { connectMs, responseMs, wholeMs } = options.timeouts ?? DEFAULT_TIMEOUTS;
  const timeout = { connect: connectMs, secureConnect: connectMs, response: responseMs, request: wholeMs };
  const http = got.extend({
    agent,
    timeout,
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    headers: { 'user-agent': options.userAgent, accept: 'application/json' },
  });
  return {
    get: (url, headers, signal, { onLeft, expectedBytes } = {}) => {
      const stream = http.stream(url, { headers, signal });
      if (onLeft !== undefined) stream.once('request', (sent) => sent.once('finish', onLeft));
      return receive(stream, new Body(expectedBytes));
    },
    postToken: async (form, signal) => {
      const url = `${options.identityUrl}/api/v2/oauth2/token`;
      const { statusCode, headers, body } = await http.post(url, {
        form: { ...form },
        signal,
        responseType: 'buffer',
      });
      return replyOf(statusCode, headers, bodyOf(body));
    },
    async [Symbol.asyncDispose]() {
      agent.http.destroy();
      agent.https.destroy();
      // Sockets report their end on the next turn of the loop.
      await delay(0);
    },
  };
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

async function receive(stream: ReturnType<Got['stream']>, body: Body): Promise<Reply> {
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    body.add(chunk);
    if (body.length > LARGEST_BODY_BYTES) {
      throw new ConnectorError(
        'HARVEST_BAD_RESPONSE',
        `The answer is larger than ${LARGEST_BODY_BYTES / 2 ** 20} MB`,
      );
    }
  }
  const { response } = stream;
  if (response === undefined) throw new ConnectorError('INTERNAL', 'An answer ended before it began');
  return replyOf(response.statusCode, response.headers, body);
}

function bodyOf(bytes: Uint8Array): Body {
  const body = new Body();
  body.add(bytes);
  return body;
}

function replyOf(status: number, headers: Headers, body: Body): Reply {
  return {
    status,
    headers: firstValues(headers),
    body,
    get text() {
      return new TextDecoder().decode(body.content);
    },
  };
}

function firstValues(headers: Headers): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) values.set(name.toLowerCase(), first);
  }
  return values;
}
