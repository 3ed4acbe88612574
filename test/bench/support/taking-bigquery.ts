/**
 * A BigQuery that takes every upload and job and keeps nothing of them but the checkpoints and the ids of rows: the scripted
 * server of the tests without its memory of what came in. Staged rows count as rows of their table, each id once, and
 * comparisons find nothing, so that what is measured ends with the uploaded bytes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeySet } from '../../../src/sync/key-set.ts';
import { describeRequest, type JobFacts } from '../../bigquery/support/requests.ts';
import type { Answer, SeenRequest } from '../../warehouse/bigquery/scripted-types.ts';
import { fieldsOf, World } from '../../warehouse/bigquery/scripted-world.ts';

/** What came in since the start. */
export interface Taken {
  uploadedBytes: number;
  requests: number;
  jobs: number;
}

interface Upload {
  readonly job: JobFacts;
  readonly bytes: number;
  received: number;
  /** The beginning of a line whose end has not come yet. */
  rest: Buffer;
}

/** Starts it on a free loopback port. `GET /taken` tells what came in. */
export async function startTakingBigQuery(): Promise<{ readonly url: string }> {
  const world = new World();
  world.addDataset('bench');
  world.addDataset('_harvest_staging', 'EU', { defaultTableExpirationMs: '86400000' });
  const taken: Taken = { uploadedBytes: 0, requests: 0, jobs: 0 };
  const uploads = new Map<string, Upload>();
  const server = createServer((message, response) => {
    void receive(message).then((request) => {
      if (request === null) return response.destroy();
      if (request.path === '/taken') return send(response, { status: 200, body: { ...taken } });
      taken.requests += 1;
      if (request.job !== null) taken.jobs += 1;
      if (request.job !== null) keepCheckpoints(request.job, world);
      return send(
        response,
        uploadAnswer(request, uploads, taken, world) ?? plainAnswer(request, taken, world),
      );
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  world.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: world.origin };
}

/** The answer to a part of an upload; null: it is none. */
function uploadAnswer(
  request: SeenRequest,
  uploads: Map<string, Upload>,
  taken: Taken,
  world: World,
): Answer | null {
  if (request.kind === 'upload.start' && request.job !== null) {
    const id = String(uploads.size + 1);
    const bytes = Number(request.headers['x-upload-content-length']);
    uploads.set(id, { job: request.job, bytes, received: 0, rest: NOTHING });
    const location = `${world.origin}/upload/bigquery/v2/projects/test/jobs?uploadType=resumable&upload_id=${id}`;
    return { status: 200, body: '', headers: { location } };
  }
  const upload = request.kind === 'upload.chunk' ? uploads.get(request.uploadId ?? '') : undefined;
  if (upload === undefined) return null;
  upload.received += request.body.length;
  upload.rest = countStaged(upload.job, Buffer.concat([upload.rest, request.body]), world);
  taken.uploadedBytes += request.body.length;
  if (upload.received < upload.bytes)
    return { status: 308, body: '', headers: { range: `bytes=0-${upload.received - 1}` } };
  return world.jobs.insert(upload.job, NOTHING);
}

/** Any other answer; a load whose rows came with its request counts as an upload too. */
function plainAnswer(request: SeenRequest, taken: Taken, world: World): Answer {
  const answer = world.answer(request);
  if (request.kind === 'job.insert.load' && request.job !== null) {
    taken.uploadedBytes += request.body.length;
    countStaged(request.job, request.body, world);
    world.jobs.files.clear();
  }
  return answer;
}

/**
 * Adds rows that were staged to the count of their table: `bench_0a1b2c3d__clients__…` stages for `clients`. Answers what stands
 * after the last line feed.
 */
function countStaged({ destination }: JobFacts, lines: Buffer, world: World): Buffer {
  const name = `bench.${/__(\w+?)__[0-9a-f]{16}$/.exec(destination ?? '')?.[1]}`;
  const found = world.tables.get(name);
  const known = ids.get(name) ?? new KeySet();
  ids.set(name, known);
  let from = 0;
  for (let end = lines.indexOf(10); end >= 0; end = lines.indexOf(10, from)) {
    const id = ID.exec(lines.toString('latin1', from, Math.min(end, from + MOST_BYTES_TO_ID)))?.[1];
    if (id !== undefined) known.add(id);
    from = end + 1;
  }
  if (found !== undefined) world.addTable(name, { ...found, numRows: String(known.size) });
  return lines.subarray(from);
}

/** Ids of the rows of each table. */
const ids = new Map<string, KeySet>();

/** Where a staged row has its id: at its beginning. */
const ID = /^\{"_change":"\w+","id":(\d+)/;
const MOST_BYTES_TO_ID = 80;

const NOTHING = Buffer.alloc(0);

const STATES = 'bench._sync_state';

/** A query parameter as the REST API writes it. */
interface Parameter {
  readonly name?: string;
  readonly parameterValue?: Value;
}

interface Value {
  readonly value?: string;
  readonly arrayValues?: readonly { readonly structValues?: Readonly<Record<string, Value>> }[];
}

/** Remembers the checkpoints that a statement writes, in both of the connector's ways to write them. */
function keepCheckpoints({ configuration }: JobFacts, world: World): void {
  const { queryParameters = [] } = (configuration['query'] ?? {}) as {
    queryParameters?: readonly Parameter[];
  };
  const values = new Map(queryParameters.map(({ name, parameterValue }) => [name, parameterValue]));
  for (const { structValues } of values.get('states')?.arrayValues ?? []) {
    keep(world, structValues?.['stream']?.value, Number(structValues?.['expected']?.value) + 1);
  }
  for (let at = 0; values.has(`stream_${at}`) && values.has(`version_${at}`); at += 1) {
    keep(world, values.get(`stream_${at}`)?.value, Number(values.get(`version_${at}`)?.value));
  }
}

/** Adds a checkpoint, as far as the connector looks at it within a run: its stream and its version. */
function keep(world: World, stream: string | undefined, version: number): void {
  const fields = fieldsOf(world.tables.get(STATES) ?? {}).map(({ name }) => name);
  const row = fields.map((name) =>
    name === 'stream' ? stream : name === 'version' ? String(version) : null,
  );
  const others = (world.rows.get(STATES) ?? []).filter((each) => each[fields.indexOf('stream')] !== stream);
  world.rows.set(STATES, [...others, row]);
}

async function receive(message: IncomingMessage): Promise<SeenRequest | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  const body = Buffer.concat(chunks);
  const url = new URL(message.url ?? '/', 'http://127.0.0.1');
  const { method = 'GET', headers } = message;
  const isJson = headers['content-type']?.startsWith('application/json') === true && body.length > 0;
  return {
    ...describeRequest({ method, url, headers, body }),
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    search: url.search,
    headers,
    body,
    json: isJson ? (JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>) : {},
    status: null,
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = status === 204 || body === '' ? '' : JSON.stringify(body ?? {});
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(text);
}
