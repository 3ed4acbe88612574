/**
 * A Harvest sandbox, and if asked for a BigQuery that takes everything, in a process of their own, so that they are in no
 * figure: `node serve.ts '<json>'`. Tells its addresses on stdout and ends with its standard input.
 */
import { startSandbox, type SandboxOptions } from '../../../src/sandbox/server.ts';
import { startTakingBigQuery } from './taking-bigquery.ts';

/** What is to be served. */
export interface ServeOrder {
  readonly sandbox: SandboxOptions;
  readonly bigQuery?: boolean;
}

/** Where it is served. */
export interface Served {
  readonly url: string;
  readonly baseUrl: string;
  readonly accountId: string;
  readonly token: string;
  readonly bigQueryUrl: string | null;
}

const order = JSON.parse(process.argv[2] ?? '{}') as ServeOrder;
const sandbox = await startSandbox(order.sandbox);
const bigQuery = order.bigQuery === true ? await startTakingBigQuery() : null;
const served: Served = {
  url: sandbox.url,
  baseUrl: sandbox.baseUrl,
  accountId: sandbox.accountId,
  token: sandbox.tokens.administrator,
  bigQueryUrl: bigQuery?.url ?? null,
};
process.stdout.write(`${JSON.stringify(served)}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
