/** Starts and ends the servers of a measurement, and talks to the sandbox's own routes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ServeOrder, Served } from './serve.ts';
import type { Taken } from './taking-bigquery.ts';

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url));

/** Servers that answer. */
export interface BenchServer extends Served, AsyncDisposable {
  /** Requests since the last call, by route and status. */
  requests(): Promise<RouteCounts>;
  /** What the BigQuery has taken. */
  taken(): Promise<Taken>;
  /** Changes something in the account, as a person would. @throws Error when it is refused */
  write(method: 'POST' | 'PATCH' | 'DELETE', path: string, body: object): Promise<unknown>;
  /** Reads a page of the account. */
  read(path: string): Promise<Readonly<Record<string, unknown>>>;
  /** The same by a link that the account gave. */
  readLink(url: string): Promise<Readonly<Record<string, unknown>>>;
  /** Lets a request go wrong. */
  fault(fault: object): Promise<void>;
  /** Puts the account's clock forward. */
  advance(seconds: number): Promise<void>;
}

/** `{ 'GET /v2/clients': { '200': 3 } }` */
export type RouteCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Starts a sandbox, and a BigQuery where the order asks for it, in another process. */
export async function startServer(order: ServeOrder): Promise<BenchServer> {
  // room for what a large account is, and for its prepared entries, which lie beside the heap
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--max-old-space-size=8000', SERVE, JSON.stringify(order)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const onExit = (): boolean => child.kill('SIGKILL');
  process.prependListener('exit', onExit);
  const ended = once(child, 'exit').then(() => null);
  const lines = createInterface({ input: child.stdout });
  const first = (await Promise.race([once(lines, 'line'), ended])) as [string] | null;
  if (first === null) throw new Error('The servers of the benchmark did not start');
  const served = JSON.parse(first[0]) as Served;
  const headers = {
    authorization: `Bearer ${served.token}`,
    'harvest-account-id': served.accountId,
    'user-agent': 'harvest-bq bench (bench@example.com)',
    'content-type': 'application/json',
  };
  const ask = async (url: string, init: RequestInit = {}): Promise<unknown> => {
    const answer = await fetch(url, { headers, ...init });
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    ...served,
    requests: async () => {
      const { routes } = (await ask(`${served.url}/sandbox/requests`)) as { routes: RouteCounts };
      await ask(`${served.url}/sandbox/requests`, { method: 'DELETE' });
      return routes;
    },
    taken: async () => (await ask(`${served.bigQueryUrl}/taken`)) as Taken,
    write: (method, path, body) => ask(`${served.baseUrl}/${path}`, { method, body: JSON.stringify(body) }),
    read: async (path) => (await ask(`${served.baseUrl}/${path}`)) as Readonly<Record<string, unknown>>,
    readLink: async (url) => (await ask(url)) as Readonly<Record<string, unknown>>,
    fault: async (fault) => {
      await ask(`${served.url}/sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
    },
    advance: async (seconds) => {
      const body = JSON.stringify({ advance_seconds: seconds });
      await ask(`${served.url}/sandbox/clock`, { method: 'POST', body });
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
      process.off('exit', onExit);
    },
  };
}
