/**
 * A Harvest account in a box: an HTTP server that behaves as Harvest's API v2 is documented to, with an account that is
 * generated from a seed, can be edited, and can be told to misbehave. API and identity host share one port.
 *
 * The way of a request: User-Agent (400) → token (401) → account id (404) → rate limit (429) → route (404) → module
 * and role (403) → parameters (422) → answer.
 * @see Harvest API v2 docs, pages Introduction, Authentication, Pagination (checked 2026-11-20)
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectorError } from '../errors.ts';
import { type Answer, notFound, Refusal } from './answer.ts';
import { answerControl } from './control.ts';
import { EntryLists } from './entry-list.ts';
import { Faults } from './faults.ts';
import { generateAccount } from './generate.ts';
import { accountOf, bodyOf, tokenOf, urlOf } from './incoming.ts';
import { Limiter } from './limits.ts';
import { accountsOf, type OAuthClient, type TokenName, Tokens } from './oauth.ts';
import { REAL_LIMITS, type SandboxOptions } from './options.ts';
import { send } from './outgoing.ts';
import { withSmallPages } from './pages.ts';
import { RequestLog } from './request-log.ts';
import { viewerOf } from './roles.ts';
import { findRoute, shapeOf } from './router.ts';
import { SandboxAccount } from './sandbox-account.ts';
import { shiftEntries } from './shift.ts';

export type { SandboxLimits, SandboxOptions } from './options.ts';
export { describeSandbox, type SandboxDescription } from './describe.ts';

/** A running sandbox. */
export interface Sandbox extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What `harvest.base_url` wants: `http://127.0.0.1:PORT/v2` */
  readonly baseUrl: string;
  /** What `harvest.identity_url` wants. */
  readonly identityUrl: string;
  readonly accountId: string;
  readonly tokens: Readonly<Record<TokenName, string>>;
  readonly oauth: OAuthClient;
  /** The account: its truth, and edits. */
  readonly account: SandboxAccount;
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** Whether Harvest's rate limits are applied. */
  readonly limited: boolean;
  /** Ends at once, with whatever is under way. */
  close(): Promise<void>;
}

/**
 * Generates the account and listens.
 * @throws ConnectorError USAGE_PORT_IN_USE, USAGE_INVALID
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  if (options.now !== undefined && Number.isNaN(Date.parse(options.now)))
    throw new ConnectorError(
      'USAGE_INVALID',
      `"${options.now}" is not an instant such as 2026-03-01T09:00:00Z.`,
    );
  const account = new SandboxAccount(await generateAccount(options));
  const limits = options.limits === 'real' ? REAL_LIMITS : options.limits;
  const house: House = {
    account,
    lists: new EntryLists(account.data),
    tokens: new Tokens(account.data, options.oauth),
    faults: new Faults(),
    requests: new RequestLog(),
    limiter: limits === undefined || limits === 'off' ? null : new Limiter(limits),
    latencyMs: options.latencyMs ?? 0,
    largestPage: options.largestPage ?? null,
    closing: new AbortController(),
  };
  if (options.preparedEntries === true) await house.lists.prepare();
  const server = createServer((request, response) => {
    serve(house, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // Longer than any client keeps an idle connection: none is to be cut in its hands.
  server.keepAliveTimeout = 120_000;
  const url = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const close = (): Promise<void> => {
    house.closing.abort();
    return stopListening(server);
  };
  return {
    url,
    baseUrl: `${url}/v2`,
    identityUrl: url,
    accountId: String(account.data.id),
    tokens: house.tokens.fixed,
    oauth: house.tokens.client,
    account,
    requests: house.requests,
    faults: house.faults,
    limited: house.limiter !== null,
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface House {
  readonly account: SandboxAccount;
  readonly lists: EntryLists;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly limiter: Limiter | null;
  readonly latencyMs: number;
  readonly largestPage: number | null;
  readonly closing: AbortController;
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new ConnectorError(
          taken ? 'USAGE_PORT_IN_USE' : 'USAGE_INVALID',
          taken ? `Port ${port} is in use.` : `Cannot listen on ${host}:${port}: ${error.message}`,
          { cause: error, details: { port, host } },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request, '127.0.0.1');
  const method = request.method ?? 'GET';
  const shown = new URL(url);
  shown.searchParams.delete('access_token');
  const asked = `${shown.pathname}${shown.search}`;
  const control = url.pathname.startsWith('/sandbox/');
  const faults = control ? [] : house.faults.of(`${method} ${asked}`);
  for (const fault of faults) {
    if (fault.do === 'shift') shiftEntries(house.account, fault.value === 'insert');
    if (fault.do === 'edit') fault.act?.();
  }
  let answer: Answer;
  try {
    answer = await answerTo(house, request, url, method);
  } catch (error) {
    // A defect of the sandbox itself: said aloud, so that a test does not take it for an outage.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    answer = error instanceof Refusal ? error : { status: 500, body: { message } };
  }
  const nowMs = house.account.clock.nowMs();
  const latencyMs = control ? 0 : house.latencyMs;
  const closing = house.closing.signal;
  const status = await send(response, { answer, faults, url, nowMs, latencyMs, closing });
  if (!control)
    house.requests.add({ method, url: asked, route: `${method} /${shapeOf(url.pathname)}`, status });
}

async function answerTo(house: House, request: IncomingMessage, url: URL, method: string): Promise<Answer> {
  const body = method === 'GET' ? {} : await bodyOf(request);
  if (url.pathname.startsWith('/sandbox/')) return answerControl(method, url.pathname, body, house);
  if ((request.headers['user-agent'] ?? '').trim() === '')
    throw new Refusal(400, { message: 'A User-Agent header is required' });
  const account = house.account.data;
  if (url.pathname === '/api/v2/oauth2/token' && method === 'POST') return house.tokens.issue(body);
  const user = house.tokens.userOf(tokenOf(request, url));
  if (url.pathname === '/api/v2/accounts' && method === 'GET')
    return { status: 200, body: accountsOf(account, user) };
  if (accountOf(request, url) !== String(account.id)) throw notFound();
  house.limiter?.admit(url.pathname.includes('/v2/reports/'));
  const found = findRoute(method, url.pathname);
  if (found === null) throw notFound();
  const viewer = viewerOf(account, user);
  const asked = house.largestPage === null ? url : withSmallPages(url, house.largestPage);
  return await found.route.handle({ account, lists: house.lists, viewer, url: asked, ids: found.ids, body });
}
