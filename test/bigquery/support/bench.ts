/** An emulator behind a fault proxy, and Google's own client for both. */
import { BigQuery } from '@google-cloud/bigquery';
import { PassThroughClient } from 'google-auth-library';
import { startEmulator, type Emulator } from './emulator.ts';
import { startFaultProxy, type FaultProxy, type ProxyOptions } from './fault-proxy.ts';

/** The project that tests work in; the emulator makes it on first use. */
export const PROJECT = 'bench';

/** Both, and what reaches them. */
export interface Bench extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly proxy: FaultProxy;
  /** Google's client, through the proxy; it does not try again by itself. */
  readonly client: BigQuery;
  /** Google's client, past the proxy: to look at what is there. */
  readonly direct: BigQuery;
}

/** Starts an emulator and a proxy before it. */
export async function startBench(options: Omit<ProxyOptions, 'upstream'> = {}): Promise<Bench> {
  const emulator = await startEmulator();
  const proxy = await startFaultProxy({ ...options, upstream: emulator.url });
  return {
    emulator,
    proxy,
    client: clientFor(proxy.url),
    direct: clientFor(emulator.url),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await emulator[Symbol.asyncDispose]();
    },
  };
}

/** Google's client for an address. */
export function clientFor(apiEndpoint: string): BigQuery {
  return new BigQuery({
    projectId: PROJECT,
    apiEndpoint,
    authClient: new PassThroughClient(),
    retryOptions: { autoRetry: false, maxRetries: 0 },
  });
}

/** A request as a script sends it; the answer with its status, whatever that is. */
export async function ask(
  origin: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const answer = await fetch(`${origin}/bigquery/v2/projects/${PROJECT}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as never };
}

/** A query job as `jobs.insert` takes it. */
export function queryJob(jobId: string, query: string, more: object = {}): object {
  return {
    jobReference: { projectId: PROJECT, jobId, location: 'EU' },
    configuration: { query: { query, useLegacySql: false, ...more }, labels: { step: 'commit' } },
  };
}

/** Sends a load job with its rows in one request; the answer with its status. */
export async function load(
  origin: string,
  jobId: string,
  table: string,
  rows: readonly object[],
  more: object = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const [datasetId, tableId] = table.split('.');
  const job = {
    jobReference: { projectId: PROJECT, jobId, location: 'EU' },
    configuration: {
      labels: { step: 'load' },
      load: {
        destinationTable: { projectId: PROJECT, datasetId, tableId },
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        writeDisposition: 'WRITE_APPEND',
        ...more,
      },
    },
  };
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const parts = [
    `Content-Type: application/json\r\n\r\n${JSON.stringify(job)}`,
    `Content-Type: application/octet-stream\r\n\r\n${lines}\n`,
  ];
  const answer = await fetch(`${origin}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=multipart`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/related; boundary=bench' },
    body: `${parts.map((part) => `--bench\r\n${part}\r\n`).join('')}--bench--\r\n`,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
