import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PassThroughClient } from 'google-auth-library';
import { BigQueryClient } from '../../../src/warehouse/bigquery/client.ts';
import { Jobs } from '../../../src/warehouse/bigquery/orders.ts';
import { createSpoolFolder } from '../../../src/warehouse/spool-folder.ts';
import { errorAnswer } from '../../bigquery/support/documented-errors.ts';
import { QUICK, quietSession, thrownBy, writeOrder } from './office.ts';

const MIB = 1024 * 1024;

describe('a refusal that comes before the file was read', () => {
  it.each([
    ['in one request', 7 * MIB],
    ['in chunks', 9 * MIB],
  ])('is told as it is: %s', async (_how, bytes) => {
    await using server = await startHasty();
    await using folder = await createSpoolFolder();
    const order = await writeOrder(join(folder.path, 'refused.ndjson'), Buffer.alloc(bytes, '\n'));
    const client = new BigQueryClient({
      project: 'test',
      apiEndpoint: server.url,
      authClient: new PassThroughClient(),
      patience: QUICK,
    });
    const session = quietSession();
    const jobs = new Jobs(client, { connector: 'acme', location: 'EU', maximumBytesBilled: 1, session });
    expect(await thrownBy(jobs.load(order))).toMatchObject({
      code: 'BIGQUERY_PERMISSION',
      message: expect.stringContaining('not for you') as unknown,
    });
    // what is not seen at once is taken for a broken connection, and tried again
    expect(server.requests()).toBe(1);
  });
});

/** A server that answers 403 to everything, reads no body and hangs up. */
async function startHasty(): Promise<
  AsyncDisposable & { readonly url: string; readonly requests: () => number }
> {
  let requests = 0;
  const { body } = errorAnswer(403, { reason: 'accessDenied', message: 'Access Denied: not for you' });
  const server = createServer((_request, response) => {
    requests += 1;
    response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
