/**
 * Stands between a client and the emulator: forwards, keeps a log, and lets go wrong what a test planned. What the
 * emulator cannot judge (locations, permissions) it answers as Google documents. It understands requests, not SQL.
 *
 *     await using proxy = await startFaultProxy({ upstream: emulator.url });
 *     proxy.plan({ kind: 'job.insert.query', role: 'commit' }, dropAfter());
 *     proxy.on('effective', { role: 'load' }, () => child.kill('SIGKILL'), { nth: 2 });
 */
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  Exchange,
  jsonAnswer,
  type Answer,
  type LoggedRequest,
  type OpenRequest,
  type Upstream,
} from './exchange.ts';
import { InventedJobs } from './failed-jobs.ts';
import type { Fault } from './faults.ts';
import { Locations } from './locations.ts';
import { refusalOf, type Permission } from './permissions.ts';
import {
  describeRequest,
  type Described,
  type JobFacts,
  type RawRequest,
  type RequestKind,
} from './requests.ts';

/** Which requests are meant; every part that is given has to fit. */
export interface Match {
  readonly kind?: RequestKind | readonly RequestKind[];
  readonly role?: string;
  readonly jobId?: RegExp;
  readonly where?: (request: LoggedRequest) => boolean;
}

/** Which of the matching requests: the nth (from 1, the default) and as many after it as to make `times` (default 1). */
export interface Count {
  readonly nth?: number;
  readonly times?: number;
}

/** Something planned; tells how often it has matched, and how often it has happened. */
export interface Planned {
  readonly matched: number;
  readonly happened: number;
  /** It does not happen any more. */
  cancel(): void;
}

/**
 * A moment in the life of a request: it has come in · it has taken effect (a job is done) and is not answered yet · it
 * is answered, and no other request is looked at until the hook is done. The last two come only where no fault has
 * answered the request or cut its connection.
 */
export type Moment = 'received' | 'effective' | 'answered';

/** What a test does at a moment. */
export type Hook = (request: LoggedRequest) => unknown;

/** What a test makes of an answer's JSON. */
export type Change = (body: Readonly<Record<string, unknown>>) => unknown;

/** How a proxy is set up. */
export interface ProxyOptions {
  /** The emulator's address. */
  readonly upstream: string;
  /** Tells a job's role from its id and labels, such as `load` or `commit`. */
  readonly roleOf?: (job: JobFacts) => string | null;
}

/** A proxy that runs. */
export interface FaultProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, oldest first. */
  readonly log: readonly LoggedRequest[];
  /** What went wrong in hooks, and on the way to the emulator; those requests ended with a connection that broke. */
  readonly problems: readonly unknown[];
  /** Plans a fault. Of several that fit a request the one planned first strikes; a delay or a hold lets the next one strike too. */
  plan(match: Match, fault: Fault, count?: Count): Planned;
  /** Plans what a test does at a moment. */
  on(moment: Moment, match: Match, hook: Hook, count?: Count): Planned;
  /** Changes the JSON of the emulator's answers, from the nth on; all of them unless told otherwise. */
  rewrite(match: Match, change: Change, count?: Count): Planned;
  /** Denies permissions from now on, instead of those that were denied before. */
  deny(...permissions: readonly Permission[]): void;
  /** Says where a dataset is that was not made through this proxy. */
  place(dataset: string, location: string): void;
  /** Forgets the log, and everything that was planned or denied. */
  reset(): void;
}

/** Starts a proxy on a free loopback port. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const proxy = new RunningProxy(options);
  await proxy.listen();
  return proxy;
}

class Plan<T> implements Planned {
  readonly match: Match;
  readonly what: T;
  matched = 0;
  happened = 0;
  #from: number;
  #until: number;

  constructor(match: Match, what: T, { nth = 1, times = 1 }: Count) {
    this.match = match;
    this.what = what;
    this.#from = nth;
    this.#until = nth + times;
  }

  /** Counts a request, and tells whether it is its turn. */
  takes(request: LoggedRequest): boolean {
    if (!fits(request, this.match)) return false;
    this.matched += 1;
    const isTurn = this.matched >= this.#from && this.matched < this.#until;
    if (isTurn) this.happened += 1;
    return isTurn;
  }

  cancel(): void {
    this.#until = 0;
  }
}

class RunningProxy implements FaultProxy {
  readonly log: OpenRequest[] = [];
  readonly problems: unknown[] = [];
  readonly #options: ProxyOptions;
  readonly #upstream: Upstream;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #uploads = new Map<string, Described>();
  readonly #roles = new Map<string, string | null>();
  readonly #failedJobs = new InventedJobs();
  readonly #locations = new Locations();
  #faults: Plan<Fault>[] = [];
  #hooks: Plan<{ readonly moment: Moment; readonly hook: Hook }>[] = [];
  #changes: Plan<Change>[] = [];
  #denied: ReadonlySet<Permission> = new Set();
  #gate: Promise<unknown> = Promise.resolve();
  #numbers = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#upstream = { origin: options.upstream, agent: new Agent({ keepAlive: true }) };
    this.#server = createServer((message, response) => {
      void this.#receive(message, response);
    });
    this.#server.keepAliveTimeout = 3_600_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  plan(match: Match, fault: Fault, count: Count = {}): Planned {
    const plan = new Plan(match, fault, count);
    this.#faults.push(plan);
    return plan;
  }

  on(moment: Moment, match: Match, hook: Hook, count: Count = {}): Planned {
    const plan = new Plan(match, { moment, hook }, count);
    this.#hooks.push(plan);
    return plan;
  }

  rewrite(match: Match, change: Change, count: Count = { times: Infinity }): Planned {
    const plan = new Plan(match, change, count);
    this.#changes.push(plan);
    return plan;
  }

  deny(...permissions: readonly Permission[]): void {
    this.#denied = new Set(permissions);
  }

  place(dataset: string, location: string): void {
    this.#locations.place(dataset, location);
  }

  reset(): void {
    this.log.length = 0;
    this.problems.length = 0;
    this.#faults = [];
    this.#hooks = [];
    this.#changes = [];
    this.#denied = new Set();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#upstream.agent.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const raw = await readRequest(message, this.url);
      await this.#gate;
      const request = this.#describe(raw);
      this.log.push(request);
      const rewrite = (answer: Answer, of: LoggedRequest): Answer => this.#rewrite(answer, of);
      const exchange = new Exchange(request, raw, response, this.#upstream, rewrite);
      await this.#handle(exchange);
    } catch (error) {
      if (!message.destroyed || message.complete) this.problems.push(error);
      response.destroy();
    }
  }

  #describe(raw: RawRequest): OpenRequest {
    const seen = describeRequest(raw);
    const upload = seen.uploadId === null ? undefined : this.#uploads.get(seen.uploadId);
    const jobId = seen.jobId ?? upload?.jobId ?? null;
    const job = seen.job ?? upload?.job ?? null;
    if (jobId !== null && job !== null) this.#roles.set(jobId, this.#options.roleOf?.(job) ?? null);
    this.#numbers += 1;
    return {
      ...seen,
      jobId,
      job,
      location: seen.location ?? upload?.location ?? null,
      number: this.#numbers,
      method: raw.method,
      path: raw.url.pathname,
      query: Object.fromEntries(raw.url.searchParams),
      role: jobId === null ? null : (this.#roles.get(jobId) ?? null),
      bytes: raw.body.length,
      at: Date.now(),
      status: null,
      faults: [],
      wasForwarded: false,
    };
  }

  /** Keeps which job an upload is for, and puts right where the emulator is wrong about locations. */
  #rewrite(answer: Answer, request: LoggedRequest): Answer {
    const session = request.kind === 'upload.start' ? answer.headers['location'] : undefined;
    if (session === undefined) return this.#changed(this.#locations.rewrite(answer, request), request);
    const url = new URL(session);
    this.#uploads.set(url.searchParams.get('upload_id') ?? '', request);
    const location = `${this.url}${url.pathname}${url.search}`;
    return { ...answer, headers: { ...answer.headers, location } };
  }

  #changed(answer: Answer, request: LoggedRequest): Answer {
    if (answer.status !== 200 || answer.body.length === 0) return answer;
    const changes = this.#changes.filter((plan) => plan.takes(request));
    return changes.reduce((seen, { what }) => {
      const body = JSON.parse(seen.body.toString('utf8')) as Readonly<Record<string, unknown>>;
      return { ...jsonAnswer(what(body)), headers: seen.headers };
    }, answer);
  }

  async #handle(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const hooks = this.#hooks.filter((plan) => plan.takes(request)).map(({ what }) => what);
    const faults = this.#faults.filter((plan) => plan.takes(request)).map(({ what }) => what);
    const at = async (moment: Moment): Promise<void> => {
      for (const due of hooks) if (due.moment === moment) await due.hook(request);
    };
    await at('received');
    for (const fault of faults) {
      request.faults = [...request.faults, fault.name];
      await fault.strike(exchange, this.#failedJobs);
      if (exchange.isOver) return;
    }
    const answer = await this.#answer(
      exchange,
      hooks.some(({ moment }) => moment !== 'received'),
    );
    await at('effective');
    const { promise, resolve } = Promise.withResolvers<void>();
    if (hooks.some(({ moment }) => moment === 'answered')) this.#gate = promise;
    try {
      await exchange.answer(answer);
      await at('answered');
    } finally {
      resolve();
    }
  }

  /** What is answered to a request that nothing befell. */
  async #answer(exchange: Exchange, waits: boolean): Promise<Answer> {
    const { request } = exchange;
    if (request.kind === 'token')
      return jsonAnswer({ access_token: 'token', expires_in: 3600, token_type: 'Bearer' });
    const invented = this.#failedJobs.answerTo(request);
    if (invented !== null) return invented;
    const refusal = refusalOf(request, this.#denied) ?? this.#locations.refusalOf(request);
    if (refusal !== null) return jsonAnswer(refusal.body, refusal.status);
    return waits ? exchange.takeEffect() : exchange.forward();
  }
}

function fits(request: LoggedRequest, { kind, role, jobId, where }: Match): boolean {
  if (kind !== undefined && !(typeof kind === 'string' ? [kind] : kind).includes(request.kind)) return false;
  if (role !== undefined && request.role !== role) return false;
  if (jobId !== undefined && !jobId.test(request.jobId ?? '')) return false;
  return where === undefined || where(request);
}

async function readRequest(message: IncomingMessage, origin: string): Promise<RawRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return {
    method: message.method ?? 'GET',
    url: new URL(message.url ?? '/', origin),
    headers: message.headers,
    body: Buffer.concat(chunks),
  };
}
