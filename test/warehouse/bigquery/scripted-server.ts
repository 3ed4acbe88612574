/**
 * A BigQuery without SQL: datasets, tables, jobs and uploads by Google's REST interface on a free loopback port. What a
 * query answers and what goes wrong is the test's to say. It remembers every request.
 *
 *     await using server = await startBigQuery();
 *     server.world.scriptOf = ({ sql }) => ({ fields: [ID], rows: [['1']], looks: 2 });
 *     server.plan('job.insert.query', answers(BACKEND_ERROR));
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusalOf, type Permission } from '../../bigquery/support/permissions.ts';
import { describeRequest, type RequestKind } from '../../bigquery/support/requests.ts';
import type { Fault } from './scripted-faults.ts';
import type { Answer, SeenRequest } from './scripted-types.ts';
import { World } from './scripted-world.ts';

/** Which requests are meant. */
export type Match =
  | RequestKind
  | {
      readonly kind?: RequestKind | readonly RequestKind[];
      readonly where?: (request: SeenRequest) => boolean;
    };

/** Which of them: the nth (from 1) and as many after it as to make `times`. */
export interface Count {
  readonly nth?: number;
  readonly times?: number;
}

/** A server that runs. */
export interface ScriptedBigQuery extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly world: World;
  /** Every request so far, oldest first. */
  readonly log: readonly SeenRequest[];
  /** Plans a fault. Of several that fit a request the one planned first strikes. */
  plan(match: Match, fault: Fault, count?: Count): void;
  /** Denies permissions from now on. */
  deny(...permissions: readonly Permission[]): void;
  /** The requests so far of a kind. */
  of(...kinds: readonly RequestKind[]): readonly SeenRequest[];
  /** The requests so far that would write something. */
  writes(): readonly SeenRequest[];
  /** Ids of the jobs that were asked to be made, in order, each time it was asked. */
  inserted(): readonly (string | null)[];
}

interface Plan {
  readonly match: Match;
  readonly fault: Fault;
  readonly from: number;
  readonly until: number;
  matched: number;
}

/** Starts a server that knows the project `test`. */
export async function startBigQuery(): Promise<ScriptedBigQuery> {
  const running = new Running();
  await new Promise<void>((resolve) => {
    running.server.listen(0, '127.0.0.1', resolve);
  });
  running.world.origin = running.url;
  return running;
}

class Running implements ScriptedBigQuery {
  readonly world = new World();
  readonly log: SeenRequest[] = [];
  readonly server = createServer((message, response) => {
    void this.#receive(message, response);
  });
  readonly #sockets = new Set<{ destroy: () => void }>();
  readonly #plans: Plan[] = [];
  #denied: ReadonlySet<Permission> = new Set();

  constructor() {
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  plan(match: Match, fault: Fault, { nth = 1, times = 1 }: Count = {}): void {
    this.#plans.push({ match, fault, from: nth, until: nth + times, matched: 0 });
  }

  deny(...permissions: readonly Permission[]): void {
    this.#denied = new Set(permissions);
  }

  of(...kinds: readonly RequestKind[]): readonly SeenRequest[] {
    return this.log.filter(({ kind }) => kinds.includes(kind));
  }

  writes(): readonly SeenRequest[] {
    return this.log.filter(({ method }) => method !== 'GET');
  }

  inserted(): readonly (string | null)[] {
    return this.of('job.insert.query', 'job.insert.load', 'upload.start').map(({ jobId }) => jobId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of message) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks);
    const url = new URL(message.url ?? '/', this.url);
    const { method = 'GET', headers } = message;
    const request: SeenRequest = {
      ...describeRequest({ method, url, headers, body }),
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      search: url.search,
      headers,
      body,
      json: message.headers['content-type']?.startsWith('application/json') === true ? objectIn(body) : {},
      status: null,
    };
    this.log.push(request);
    const answer = await this.#answer(request);
    if (answer === null) {
      response.destroy();
      return;
    }
    request.status = answer.status;
    send(response, answer);
  }

  async #answer(request: SeenRequest): Promise<Answer | null> {
    const effect = (): Answer => refusalOf(request, this.#denied) ?? this.world.answer(request);
    const due = this.#plans.filter((plan) => takes(plan, request));
    return due[0] === undefined ? effect() : due[0].fault(effect, request, this.world);
  }
}

/** Counts a request, and tells whether it is its turn. */
function takes(plan: Plan, request: SeenRequest): boolean {
  const match = typeof plan.match === 'string' ? { kind: plan.match } : plan.match;
  const { kind, where } = match as { kind?: RequestKind | readonly RequestKind[]; where?: Fits };
  if (kind !== undefined && ![kind].flat().includes(request.kind)) return false;
  if (where !== undefined && !where(request)) return false;
  plan.matched += 1;
  return plan.matched >= plan.from && plan.matched < plan.until;
}

type Fits = (request: SeenRequest) => boolean;

function send(response: ServerResponse, { status, body, headers = {}, part = 1 }: Answer): void {
  const isText = typeof body === 'string';
  const bytes = Buffer.from(isText ? body : JSON.stringify(body ?? {}));
  response.writeHead(status, {
    'content-type': isText ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8',
    'content-length': String(status === 204 ? 0 : bytes.length),
    ...headers,
  });
  if (part === 1) {
    response.end(status === 204 ? '' : bytes);
    return;
  }
  response.write(bytes.subarray(0, Math.floor(bytes.length * part)), () => response.destroy());
}

function objectIn(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const found = JSON.parse(body.toString('utf8')) as unknown;
    return typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
