import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds on the local clock. */
  readonly at: number;
}

/** One answer of the script; sends what it likes, or cuts the socket. */
export type Step = (response: ServerResponse, request: SeenRequest) => void;

/** A server on a free loopback port that answers from a script and remembers what it was asked. */
export interface ScriptedServer extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
}

/** Starts a server whose answer to each request is chosen by the request and its number, from 0. */
export async function startServer(
  choose: (request: SeenRequest, index: number) => Step,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const request: SeenRequest = {
        method: message.method ?? '',
        url: message.url ?? '',
        headers: message.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        at: Date.now(),
      };
      seen.push(request);
      choose(request, seen.length - 1)(response, request);
    });
  });
  const sockets = new Set<{ destroy: () => void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Answers each request with the next step; the last one stays. */
export function inTurn(...steps: readonly [Step, ...Step[]]): (request: SeenRequest, index: number) => Step {
  return (_request, index) => steps[Math.min(index, steps.length - 1)] ?? steps[0];
}

/** A JSON answer. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Step {
  return text(JSON.stringify(body), status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
  });
}

/** Any other answer. */
export function text(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Step {
  return (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Closes the connection before anything was answered. */
export const cut: Step = (response) => {
  response.destroy();
};

/** Never answers. */
export const silence: Step = () => undefined;
