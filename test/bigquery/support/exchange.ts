/** One request on its way through the proxy, and what a fault can do with it. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { request as httpRequest, type Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { ErrorAnswer } from './documented-errors.ts';
import type { Described, RawRequest } from './requests.ts';

/** An answer, of the emulator or made up. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request as the proxy's log has it. */
export interface LoggedRequest extends Described {
  /** Counts from 1. */
  readonly number: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Which step of the connector's a job is, by the function that the test gave; of uploads and of looks at a job too. */
  readonly role: string | null;
  /** Of the body. */
  readonly bytes: number;
  readonly at: number;
  /** What was answered; null: nothing, the connection was cut (or nothing yet). */
  readonly status: number | null;
  /** The faults that struck. */
  readonly faults: readonly string[];
  /** Whether the emulator has seen it. */
  readonly wasForwarded: boolean;
}

/** The same while it is under way. */
export type OpenRequest = { -readonly [Name in keyof LoggedRequest]: LoggedRequest[Name] };

/** Where requests are forwarded to. */
export interface Upstream {
  readonly origin: string;
  readonly agent: Agent;
}

/** A job that is not done by then was forgotten. In milliseconds. */
const DONE_WITHIN_MS = 300_000;

/** One request with its way to the emulator and its answer. */
export class Exchange {
  readonly request: OpenRequest;
  readonly #raw: RawRequest;
  readonly #response: ServerResponse;
  readonly #upstream: Upstream;
  readonly #rewrite: (answer: Answer, request: LoggedRequest) => Answer;

  constructor(
    request: OpenRequest,
    raw: RawRequest,
    response: ServerResponse,
    upstream: Upstream,
    rewrite: (answer: Answer, request: LoggedRequest) => Answer,
  ) {
    this.request = request;
    this.#raw = raw;
    this.#response = response;
    this.#upstream = upstream;
    this.#rewrite = rewrite;
  }

  /** Lets the emulator do it. */
  async forward(): Promise<Answer> {
    this.request.wasForwarded = true;
    const { url, method, headers, body } = this.#raw;
    const answer = await send(this.#upstream, method, `${url.pathname}${url.search}`, headers, body);
    return this.#rewrite(answer, this.request);
  }

  /** Lets the emulator do it, and waits until it is done: of a job not only that it was taken. */
  async takeEffect(): Promise<Answer> {
    const answer = await this.forward();
    const { kind, jobId, project, job, isLastChunk } = this.request;
    const inserts = kind.startsWith('job.insert') || (kind === 'upload.chunk' && isLastChunk);
    if (answer.status === 200 && inserts && jobId !== null && job?.dryRun !== true) {
      await untilDone(this.#upstream, `${project}`, jobId);
    }
    return answer;
  }

  /** Gives an answer. */
  async answer({ status, headers, body }: Answer): Promise<void> {
    if (this.#response.destroyed) return;
    this.request.status = status;
    this.#response.writeHead(status, { ...endToEnd(headers), 'content-length': String(body.length) });
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve);
      this.#response.end(body, resolve);
    });
  }

  /** Answers as BigQuery refuses. */
  async refuse(error: ErrorAnswer): Promise<void> {
    await this.answer(asAnswer(error));
  }

  /** Gives a part of an answer, and cuts the connection. */
  async answerInPart({ status, headers, body }: Answer, bytes: number): Promise<void> {
    if (this.#response.destroyed) return;
    this.#response.writeHead(status, { ...endToEnd(headers), 'content-length': String(body.length) });
    await new Promise<void>((resolve) => {
      this.#response.once('close', resolve);
      this.#response.write(body.subarray(0, bytes), () => resolve());
    });
    await wait(20);
    this.drop();
  }

  /** Cuts the connection. */
  drop(): void {
    this.request.status = null;
    this.#response.destroy();
  }

  /** Whether the client has an answer, or will never have one. */
  get isOver(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }
}

/** An error as an answer. */
export function asAnswer({ status, body }: ErrorAnswer): Answer {
  return typeof body === 'string'
    ? { status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: Buffer.from(body) }
    : jsonAnswer(body, status);
}

/** A JSON answer. */
export function jsonAnswer(body: unknown, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Asks the emulator until a job is done. */
async function untilDone(upstream: Upstream, project: string, jobId: string): Promise<void> {
  const path = `/bigquery/v2/projects/${project}/jobs/${encodeURIComponent(jobId)}`;
  const giveUpAt = Date.now() + DONE_WITHIN_MS;
  for (;;) {
    const { body } = await send(upstream, 'GET', path, {}, Buffer.alloc(0));
    const job = JSON.parse(body.toString('utf8')) as { readonly status?: { readonly state?: string } };
    if (job.status?.state === 'DONE') return;
    if (Date.now() > giveUpAt) throw new Error(`job ${jobId} is not done: ${body.toString('utf8')}`);
    await wait(25);
  }
}

async function send(
  { origin, agent }: Upstream,
  method: string,
  path: string,
  headers: RawRequest['headers'],
  body: Buffer,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const own = { ...endToEnd(headers), 'content-length': String(body.length) };
  const outgoing = httpRequest(`${origin}${path}`, { method, agent, headers: own }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('error', reject);
    incoming.once('end', () =>
      resolve({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        body: Buffer.concat(chunks),
      }),
    );
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'expect',
  'accept-encoding',
  'upgrade',
  'te',
]);

/** The headers that are for the other end, and not for this connection. The host stays: it is in an upload's Location. */
function endToEnd(headers: RawRequest['headers']): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(
    ([name, value]) => !HOP_BY_HOP.has(name) && value !== undefined,
  );
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}
