/** Stands between a client and the emulator, forwards everything, and keeps what was sent. */
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Recorder extends AsyncDisposable {
  readonly url: string;
  /** Every body that was sent so far, as text, unpacked; line and address of each request before it. */
  readonly sent: readonly string[];
}

/** Starts a recorder before the emulator at an address. */
export async function startRecorder(upstream: string): Promise<Recorder> {
  const sent: string[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const body = Buffer.concat(chunks);
      sent.push(`${message.method ?? ''} ${message.url ?? ''}\n${textOf(body, message.headers)}`);
      const { host: _, ...headers } = message.headers;
      const onward = request(new URL(message.url ?? '', upstream), { method: message.method, headers });
      onward.on('response', (answer) => {
        const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        const { location } = answer.headers;
        response.writeHead(answer.statusCode ?? 502, {
          ...answer.headers,
          ...(location === undefined ? {} : { location: location.replace(upstream, own) }),
        });
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function textOf(body: Buffer, headers: IncomingHttpHeaders): string {
  const isPacked = headers['content-encoding'] === 'gzip' || body.subarray(0, 2).equals(GZIP);
  return (isPacked ? gunzipSync(body) : body).toString('latin1');
}

const GZIP = Buffer.from([0x1f, 0x8b]);
