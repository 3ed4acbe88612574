/** A small client of the sandbox for its own tests: plain fetch, nothing of the product's client. */
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';

export type Body = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** The instant at which the tests' sandboxes start. */
export const NOW = '2026-03-10T09:30:00Z';

export function start(options: SandboxOptions = {}): Promise<Sandbox> {
  return startSandbox({ seed: 7, size: 'tiny', now: NOW, ...options });
}

export function headersOf(sandbox: Sandbox, token = sandbox.tokens.administrator): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'harvest-account-id': sandbox.accountId,
    'user-agent': 'Test (test@example.com)',
  };
}

/** One request below /v2, or to an absolute link. */
export async function ask(
  sandbox: Sandbox,
  path: string,
  init: { method?: string; body?: unknown; token?: string } = {},
): Promise<Reply> {
  const response = await fetch(path.startsWith('http') ? path : `${sandbox.baseUrl}/${path}`, {
    method: init.method ?? 'GET',
    headers: { ...headersOf(sandbox, init.token), 'content-type': 'application/json' },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(await response.text()) as Body,
  };
}

export function post(sandbox: Sandbox, path: string, body: unknown, token?: string): Promise<Reply> {
  return ask(sandbox, path, { method: 'POST', body, ...(token === undefined ? {} : { token }) });
}

export function patch(sandbox: Sandbox, path: string, body: unknown): Promise<Reply> {
  return ask(sandbox, path, { method: 'PATCH', body });
}

export function remove(sandbox: Sandbox, path: string): Promise<Reply> {
  return ask(sandbox, path, { method: 'DELETE' });
}

/** A request to /sandbox. */
export async function control(
  sandbox: Sandbox,
  path: string,
  body: unknown = {},
  method = 'POST',
): Promise<Body> {
  const init = method === 'GET' ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${sandbox.url}/sandbox/${path}`, init);
  return (await response.json()) as Body;
}

/** The records of an envelope. */
export function recordsOf(body: Body): Body[] {
  const list = Object.values(body).find((value) => Array.isArray(value));
  return list as Body[];
}

/** The link of a page. */
export function link(body: Body, name: 'first' | 'next' | 'previous' | 'last'): string | null {
  return (body['links'] as Record<string, string | null>)[name] ?? null;
}

/** All pages of a list, by `links.next`. */
export async function walk(sandbox: Sandbox, path: string, token?: string): Promise<Body[]> {
  const pages: Body[] = [];
  for (let next: string | null = path; next !== null;) {
    const reply: Reply = await ask(sandbox, next, token === undefined ? {} : { token });
    if (reply.status !== 200) throw new Error(`${next} answered ${reply.status}`);
    pages.push(reply.body);
    next = link(reply.body, 'next');
  }
  return pages;
}

/** All records of a list. */
export async function readAll(sandbox: Sandbox, path: string, token?: string): Promise<Body[]> {
  return (await walk(sandbox, path, token)).flatMap(recordsOf);
}

export function ids(records: Iterable<Body>): number[] {
  return Array.from(records, (record) => Number(record['id']));
}
