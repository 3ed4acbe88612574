/**
 * Brings a file of rows to BigQuery as a load job: small ones with the job in one request, large ones in chunks that
 * are sent again from where they broke off. Google's client can do neither again.
 * @see Google Cloud, BigQuery, "Load data with the API": multipart and resumable uploads (checked 2026-11-24)
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import got from 'got';
import { classifyBigQueryAnswer, classifyBigQueryThrown, unreadableAnswer } from '../../classify/bigquery.ts';
import { classify } from '../../classify/classify.ts';
import { ConnectorError } from '../../errors.ts';
import { backoff } from './backoff.ts';
import { RequestFailure, type BigQueryClient } from './client.ts';

/** A file to be loaded. */
export interface UploadFile {
  readonly path: string;
  readonly bytes: number;
}

/** From this size on a file goes in chunks, in bytes. */
export const RESUMABLE_FROM_BYTES = 8 * 1024 * 1024;

/** One chunk, in bytes; has to be a multiple of 256 KiB. */
const CHUNK_BYTES = 8 * 1024 * 1024;

/** What is read of a file at a time, in bytes. */
const PIECE_BYTES = 256 * 1024;

/** A chunk that has not been answered by then broke off. In milliseconds. */
const CHUNK_WITHIN_MS = 120_000;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Submits a load job with its file, once; answers the job as BigQuery describes it.
 * @throws RequestFailure when the job was refused, or nobody knows whether it was taken
 */
export async function uploadJob(
  client: BigQueryClient,
  job: object,
  file: UploadFile,
  what: string,
  signal: AbortSignal,
): Promise<unknown> {
  await using handle = await open(file.path, 'r');
  const upload = { client, job, file, handle, what, signal };
  // awaited here: the file is closed when this function ends
  return await (file.bytes < RESUMABLE_FROM_BYTES ? inOneRequest(upload) : inChunks(upload));
}

interface Upload {
  readonly client: BigQueryClient;
  readonly job: object;
  readonly file: UploadFile;
  readonly handle: FileHandle;
  readonly what: string;
  readonly signal: AbortSignal;
}

async function inOneRequest(upload: Upload): Promise<unknown> {
  const boundary = 'harvest-bq-part';
  const head = `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(upload.job)}\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  // as a whole: an answer that comes before a body was read is lost where the body is still being piped
  const parts: Buffer[] = [Buffer.from(head)];
  for await (const piece of piecesOf(upload, 0, upload.file.bytes)) parts.push(piece);
  parts.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  const headers = { 'content-type': `multipart/related; boundary=${boundary}` };
  const answer = await send(upload, 'POST', addressOf(upload, 'multipart'), Buffer.concat(parts), headers);
  return ended(answer, upload);
}

async function inChunks(upload: Upload): Promise<unknown> {
  const session = await openSession(upload);
  let from = 0;
  let arrived = 0;
  let failures = 0;
  for (;;) {
    const answer = await chunk(upload, session, from).catch((error: unknown) => asFailure(error));
    const isBroken = answer instanceof RequestFailure || answer.status >= 500 || answer.status === 429;
    if (!isBroken && answer.status !== 308) return ended(answer, upload);
    const stored = isBroken ? -1 : storedBytes(answer.headers);
    if (stored > arrived) failures = 0;
    const goesOn = stored > arrived || (from < 0 && stored >= 0);
    if (goesOn && stored < upload.file.bytes) {
      from = stored;
      arrived = Math.max(arrived, stored);
      continue;
    }
    // it broke off, or nothing more has arrived: how much is there is asked after a pause
    failures += 1;
    if (failures >= upload.client.patience.attempts) {
      if (answer instanceof RequestFailure) throw answer;
      throw answer.status === 308 ? broken('the upload does not go on', upload) : refused(answer, upload);
    }
    await backoff(failures, upload.client.patience, upload.signal);
    from = -1;
  }
}

/** The job that an upload has made. */
function ended(answer: Answer, upload: Upload): unknown {
  const { status, body } = answer;
  // a session that is forgotten can be begun again under the same job id
  if (status === 410 || (status === 404 && typeof body !== 'object'))
    throw broken('the upload is no longer known', upload);
  if (status !== 200 && status !== 201) throw refused(answer, upload);
  if (typeof body !== 'object' || body === null) throw new RequestFailure(unreadableAnswer(upload.what));
  return body;
}

async function openSession(upload: Upload): Promise<string> {
  const headers = {
    'content-type': 'application/json; charset=UTF-8',
    'x-upload-content-type': 'application/octet-stream',
    'x-upload-content-length': String(upload.file.bytes),
  };
  const body = Buffer.from(JSON.stringify(upload.job));
  const answer = await send(upload, 'POST', addressOf(upload, 'resumable'), body, headers);
  if (answer.status !== 200) throw refused(answer, upload);
  const session = answer.headers.location ?? null;
  if (session === null) throw broken('the answer does not say where the upload goes', upload);
  return sameHost(session, upload);
}

/** The token must not leave for a host that nobody has named. */
function sameHost(session: string, upload: Upload): string {
  const url = URL.parse(session);
  const own = new URL(upload.client.address);
  const isGoogle = url?.protocol === 'https:' && url.host.endsWith('.googleapis.com');
  if (isGoogle || (url?.host === own.host && url.protocol === own.protocol)) return session;
  throw broken(`the upload leads to another host: ${url?.host}`, upload);
}

/** Sends a chunk, or (from −1) asks how much has arrived. */
async function chunk(upload: Upload, session: string, from: number): Promise<Answer> {
  const { bytes } = upload.file;
  if (from < 0) return send(upload, 'PUT', session, Buffer.alloc(0), { 'content-range': `bytes */${bytes}` });
  const length = Math.min(CHUNK_BYTES, bytes - from);
  return send(upload, 'PUT', session, Readable.from(piecesOf(upload, from, length)), {
    'content-range': `bytes ${from}-${from + length - 1}/${bytes}`,
    'content-length': String(length),
  });
}

/** What has arrived, from a header such as `bytes=0-8388607`. */
function storedBytes(headers: IncomingHttpHeaders): number {
  const last = /-(\d+)$/.exec(headers['range'] ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/**
 * A part of the file, piece by piece: got keeps a second copy of a body that it is given as a whole.
 * @throws ConnectorError INTERNAL where the file ends before
 */
async function* piecesOf({ handle, file }: Upload, from: number, bytes: number): AsyncGenerator<Buffer> {
  for (let at = from; at < from + bytes; at += PIECE_BYTES) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, from + bytes - at));
    const { bytesRead } = await handle.read(piece, 0, piece.length, at);
    if (bytesRead !== piece.length)
      throw new ConnectorError('INTERNAL', `${file.path} is shorter than it was when it was written`);
    yield piece;
  }
}

function addressOf({ client }: Upload, uploadType: string): string {
  return `${client.address}/upload/bigquery/v2/projects/${client.project}/jobs?uploadType=${uploadType}`;
}

async function send(
  { client, what, signal }: Upload,
  method: 'POST' | 'PUT',
  url: string,
  body: Buffer | Readable,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const login = await client.authClient.getRequestHeaders(url);
    const answer = await got(url, {
      method,
      headers: { ...Object.fromEntries(login), ...headers },
      body,
      agent: client.agents,
      throwHttpErrors: false,
      followRedirect: false,
      retry: { limit: 0 },
      timeout: { request: CHUNK_WITHIN_MS },
      signal,
    });
    return { status: answer.statusCode, body: parsed(answer.body), headers: answer.headers };
  } catch (error) {
    if (signal.aborted) throw classify(signal.reason);
    // what reading the file has thrown
    if (error instanceof Error && error.cause instanceof ConnectorError) throw error.cause;
    throw new RequestFailure(classifyBigQueryThrown(error, what));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function asFailure(error: unknown): RequestFailure {
  if (error instanceof RequestFailure) return error;
  throw error;
}

/** An upload that did not come to its end; whether the job was taken has to be asked. */
function broken(reason: string, { what }: Upload): RequestFailure {
  return new RequestFailure(classifyBigQueryAnswer(502, reason, what));
}

function refused({ status, body }: Answer, { what }: Upload): RequestFailure {
  return new RequestFailure(classifyBigQueryAnswer(status, body, what));
}
