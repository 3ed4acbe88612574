/** Tells what a request to BigQuery's REST API is: its kind, its ids, and of an inserted job what it was asked to do. */
import { gunzipSync } from 'node:zlib';

/** What a request is. Uploads have the kinds `job.insert.load` (with the data in it), `upload.start` and `upload.chunk`. */
export type RequestKind =
  | 'dataset.get'
  | 'dataset.list'
  | 'dataset.insert'
  | 'dataset.patch'
  | 'dataset.delete'
  | 'table.get'
  | 'table.list'
  | 'table.insert'
  | 'table.patch'
  | 'table.delete'
  | 'tabledata.list'
  | 'tabledata.insertAll'
  | 'job.insert.query'
  | 'job.insert.load'
  | 'job.insert.other'
  | 'upload.start'
  | 'upload.chunk'
  | 'upload.status'
  | 'job.get'
  | 'job.list'
  | 'job.cancel'
  | 'job.delete'
  | 'job.getQueryResults'
  | 'queries'
  | 'token'
  | 'other';

/** What an inserted job was asked to do. */
export interface JobFacts {
  readonly jobId: string | null;
  /** As asked for; null: none was. */
  readonly location: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly sql: string | null;
  readonly maximumBytesBilled: string | null;
  readonly jobTimeoutMs: string | null;
  readonly dryRun: boolean;
  /** `dataset.table` */
  readonly destination: string | null;
  readonly writeDisposition: string | null;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** What can be said of a request by looking at it. */
export interface Described {
  readonly kind: RequestKind;
  readonly project: string | null;
  readonly dataset: string | null;
  readonly table: string | null;
  readonly jobId: string | null;
  /** Of jobs: the location in the reference or the query. */
  readonly location: string | null;
  readonly uploadId: string | null;
  /** Of a chunk: whether it is the last one. */
  readonly isLastChunk: boolean;
  /** Of an inserted job, also of one whose upload starts. */
  readonly job: JobFacts | null;
  /** Of a table or dataset that is made or changed: what was sent. */
  readonly resource: Readonly<Record<string, unknown>> | null;
}

/** A request as it came in. */
export interface RawRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly kind: (request: RawRequest, job: JobFacts | null) => RequestKind;
}

const PROJECT = '^/bigquery/v2/projects/(?<project>[^/]+)';
const DATASET = `${PROJECT}/datasets/(?<dataset>[^/]+)`;
const TABLE = `${DATASET}/tables/(?<table>[^/]+)`;

function route(method: string, path: string, kind: RequestKind | Route['kind']): Route {
  return {
    method,
    path: new RegExp(`${path}$`),
    kind: typeof kind === 'string' ? (): RequestKind => kind : kind,
  };
}

const ROUTES: readonly Route[] = [
  route('POST', '^(?:/.*)?/token', 'token'),
  route('POST', '^/upload/bigquery/v2/projects/(?<project>[^/]+)/jobs', ({ url }) =>
    url.searchParams.get('uploadType') === 'resumable' ? 'upload.start' : 'job.insert.load',
  ),
  route('PUT', '^/upload/bigquery/v2/projects/(?<project>[^/]+)/jobs', ({ headers }) =>
    String(headers['content-range']).startsWith('bytes */') ? 'upload.status' : 'upload.chunk',
  ),
  route('GET', `${PROJECT}/datasets`, 'dataset.list'),
  route('POST', `${PROJECT}/datasets`, 'dataset.insert'),
  route('GET', DATASET, 'dataset.get'),
  route('PATCH', DATASET, 'dataset.patch'),
  route('PUT', DATASET, 'dataset.patch'),
  route('DELETE', DATASET, 'dataset.delete'),
  route('GET', `${DATASET}/tables`, 'table.list'),
  route('POST', `${DATASET}/tables`, 'table.insert'),
  route('GET', TABLE, 'table.get'),
  route('PATCH', TABLE, 'table.patch'),
  route('PUT', TABLE, 'table.patch'),
  route('DELETE', TABLE, 'table.delete'),
  route('GET', `${TABLE}/data`, 'tabledata.list'),
  route('POST', `${TABLE}/insertAll`, 'tabledata.insertAll'),
  route('POST', `${PROJECT}/queries`, 'queries'),
  route('GET', `${PROJECT}/queries/(?<job>[^/]+)`, 'job.getQueryResults'),
  route('GET', `${PROJECT}/jobs`, 'job.list'),
  route('POST', `${PROJECT}/jobs`, (_request, job) => kindOfJob(job)),
  route('GET', `${PROJECT}/jobs/(?<job>[^/]+)`, 'job.get'),
  route('POST', `${PROJECT}/jobs/(?<job>[^/]+)/cancel`, 'job.cancel'),
  route('DELETE', `${PROJECT}/jobs/(?<job>[^/]+)/delete`, 'job.delete'),
];

/** Describes a request; what is unknown has the kind `other`. */
export function describeRequest(request: RawRequest): Described {
  const { url, method } = request;
  const found = ROUTES.find((known) => known.method === method && known.path.test(url.pathname));
  const names = found?.path.exec(url.pathname)?.groups ?? {};
  const job = isInsert(request) ? jobIn(request) : null;
  const body = job === null ? jsonIn(request) : {};
  return {
    kind: found?.kind(request, job) ?? 'other',
    project: names['project'] ?? null,
    dataset: names['dataset'] ?? textIn(body, 'datasetReference', 'datasetId'),
    table: names['table'] ?? textIn(body, 'tableReference', 'tableId'),
    jobId: names['job'] ?? job?.jobId ?? null,
    location: url.searchParams.get('location') ?? job?.location ?? null,
    uploadId: url.searchParams.get('upload_id'),
    isLastChunk: isLastChunk(request),
    job,
    resource: Object.keys(body).length === 0 ? null : body,
  };
}

function kindOfJob(job: JobFacts | null): RequestKind {
  if (job === null) return 'job.insert.other';
  if ('query' in job.configuration) return 'job.insert.query';
  return 'load' in job.configuration ? 'job.insert.load' : 'job.insert.other';
}

function isInsert({ method, url }: RawRequest): boolean {
  return method === 'POST' && /\/projects\/[^/]+\/jobs$/.test(url.pathname);
}

/** `bytes 0-99/100` ends an upload, `bytes 0-99/*` does not. */
function isLastChunk({ headers }: RawRequest): boolean {
  const [, last, total] = /^bytes \d+-(\d+)\/(\d+)$/.exec(String(headers['content-range'])) ?? [];
  return last !== undefined && Number(last) + 1 === Number(total);
}

function jobIn(request: RawRequest): JobFacts | null {
  const body = jsonIn(request);
  const configuration = objectIn(body, 'configuration');
  const query = objectIn(configuration, 'query');
  const load = objectIn(configuration, 'load');
  const target = objectIn('load' in configuration ? load : query, 'destinationTable');
  const text = (from: Readonly<Record<string, unknown>>, name: string): string | null =>
    from[name] === undefined || from[name] === null ? null : String(from[name]);
  return {
    jobId: textIn(body, 'jobReference', 'jobId'),
    location: textIn(body, 'jobReference', 'location'),
    labels: objectIn(configuration, 'labels') as Readonly<Record<string, string>>,
    sql: text(query, 'query'),
    maximumBytesBilled: text(query, 'maximumBytesBilled'),
    jobTimeoutMs: text(configuration, 'jobTimeoutMs'),
    dryRun: configuration['dryRun'] === true,
    destination: 'tableId' in target ? `${text(target, 'datasetId')}.${text(target, 'tableId')}` : null,
    writeDisposition: text('load' in configuration ? load : query, 'writeDisposition'),
    configuration,
  };
}

/** The JSON of a body: all of it, or the first part of a multipart upload. */
function jsonIn({ headers, body }: RawRequest): Readonly<Record<string, unknown>> {
  const isMultipart = String(headers['content-type']).startsWith('multipart/');
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  try {
    return asObject(JSON.parse(isMultipart ? firstPart(plain) : plain.toString('utf8')));
  } catch {
    return {};
  }
}

function firstPart(body: Buffer): string {
  const boundary = body.subarray(0, body.indexOf('\r\n'));
  const from = body.indexOf('\r\n\r\n') + 4;
  return body.subarray(from, body.indexOf(boundary, from)).toString('utf8');
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function objectIn(from: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return asObject(from[name]);
}

function textIn(from: Readonly<Record<string, unknown>>, name: string, inner: string): string | null {
  const value = objectIn(from, name)[inner];
  return typeof value === 'string' ? value : null;
}
