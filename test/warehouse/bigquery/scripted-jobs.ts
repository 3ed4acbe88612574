/** Jobs and uploads of a scripted BigQuery. */
import {
  datasetNotInLocation,
  duplicate,
  errorAnswer,
  JOB_ERRORS,
  notFound,
} from '../../bigquery/support/documented-errors.ts';
import type { JobFacts } from '../../bigquery/support/requests.ts';
import type { Field } from '../../../src/warehouse/bigquery/columns.ts';
import {
  ok,
  PROJECT,
  type Answer,
  type Holdings,
  type JobScript,
  type SeenRequest,
} from './scripted-types.ts';

interface StoredJob {
  readonly id: string;
  readonly location: string;
  readonly facts: JobFacts;
  script: JobScript;
  looksLeft: number;
}

interface Session {
  readonly facts: JobFacts;
  readonly bytes: number;
  received: Buffer;
  done: Answer | null;
}

/** BigQuery wants chunks in multiples of this size. @see Google Cloud, BigQuery, resumable uploads (checked 2026-11-24) */
const QUANTUM = 256 * 1024;

/** The jobs that are there, and what is on its way. */
export class ScriptedJobs {
  readonly known = new Map<string, StoredJob>();
  /** What was loaded, by the job's id. */
  readonly files = new Map<string, Buffer>();
  readonly #sessions = new Map<string, Session>();
  readonly #world: Holdings;

  constructor(world: Holdings) {
    this.#world = world;
  }

  /** The answer to a request about jobs or uploads. */
  answer(request: SeenRequest): Answer {
    const { kind, job, body } = request;
    if (kind === 'job.insert.query') return this.insert(job, null);
    if (kind === 'job.insert.load') return this.insert(job, contentOf(body));
    if (kind === 'job.list') return this.#list(request);
    if (kind === 'upload.start') return this.#start(request);
    return kind.startsWith('upload.') ? this.#receive(request) : this.#ask(request);
  }

  /** Forgets every upload that is under way. */
  loseSessions(): void {
    this.#sessions.clear();
  }

  /** Takes a job. */
  insert(facts: JobFacts | null, content: Buffer | null): Answer {
    if (facts === null) return errorAnswer(400, { reason: 'invalid', message: 'No job' });
    const script = { ...this.#world.scriptOf(facts), ...this.#world.nextJob };
    this.#world.nextJob = null;
    if (facts.dryRun) {
      return ok({
        configuration: facts.configuration,
        jobReference: { projectId: PROJECT, location: facts.location },
        status: { state: 'DONE' },
        statistics: { query: { statementType: 'SELECT', ...script.statistics } },
      });
    }
    const id = facts.jobId ?? '';
    const location = facts.location ?? 'US';
    if (this.known.has(id)) return duplicate(`Job ${PROJECT}:${location}.${id}`);
    const elsewhere = [...this.#world.datasets].find(
      ([name, dataset]) =>
        dataset['location'] !== location &&
        new RegExp(`(?<!\\w)${name}(?!\\w)`).test(JSON.stringify(facts.configuration)),
    );
    if (elsewhere !== undefined) return datasetNotInLocation(PROJECT, elsewhere[0], location);
    const job = { id, location, facts, script, looksLeft: script.looks ?? 0 };
    this.known.set(id, job);
    if (script.error === undefined) this.#takeEffect(job, content);
    return ok(resourceOf(job, job.looksLeft > 0 ? 'PENDING' : 'DONE'));
  }

  #takeEffect({ id, facts, script }: StoredJob, content: Buffer | null): void {
    if (content !== null) this.files.set(id, content);
    const { destination, configuration, writeDisposition } = facts;
    if (destination === null) return;
    const { schema } = (configuration['load'] ?? {}) as { schema?: object };
    const before = writeDisposition === 'WRITE_APPEND' ? this.#world.tables.get(destination) : undefined;
    const added = content === null ? (script.rows?.length ?? 0) : lines(content);
    const numRows = String(Number(before?.['numRows'] ?? 0) + added);
    const fields = script.fields === undefined ? {} : { schema: { fields: script.fields } };
    this.#world.addTable(destination, { ...before, ...fields, ...(schema && { schema }), numRows });
    if (script.rows !== undefined) this.#world.rows.set(destination, script.rows);
  }

  #ask({ kind, jobId, location, query }: SeenRequest): Answer {
    const job = this.known.get(jobId ?? '');
    if (job === undefined || (location ?? 'US') !== job.location)
      return notFound(`Job ${PROJECT}:${location ?? 'US'}.${jobId}`);
    if (kind === 'job.cancel') {
      if (job.looksLeft > 0) job.script = { ...job.script, error: JOB_ERRORS.stopped };
      job.looksLeft = 0;
      return ok({ job: resourceOf(job, 'DONE') });
    }
    if (kind === 'job.getQueryResults') {
      const { error, fields = [], rows = [] } = job.script;
      if (error !== undefined) return errorAnswer(400, error);
      const page = this.#world.page(rows, { query }, (row) => row);
      return ok({ jobComplete: true, schema: { fields }, ...page });
    }
    job.looksLeft -= 1;
    return ok(resourceOf(job, job.looksLeft > 0 ? 'RUNNING' : 'DONE'));
  }

  /** The jobs that are under way, two a page; each list counts as a look at them. */
  #list({ query }: SeenRequest): Answer {
    const rows = [...this.known.values()].filter(({ looksLeft }) => looksLeft > 0);
    const from = Number(query['pageToken'] ?? 0);
    const page = rows.slice(from, from + 2);
    for (const job of page) job.looksLeft -= 1;
    const jobs = page.map((job) => ({ ...resourceOf(job, 'RUNNING'), state: 'RUNNING' }));
    const until = from + page.length;
    return ok({ jobs, nextPageToken: until < rows.length ? String(until) : null });
  }

  #start({ job, jobId, headers }: SeenRequest): Answer {
    if (job === null) return errorAnswer(400, { reason: 'invalid', message: 'No job' });
    if (this.known.has(jobId ?? '')) return duplicate(`Job ${PROJECT}:${job.location}.${jobId}`);
    const id = String(this.#sessions.size + 1);
    const bytes = Number(headers['x-upload-content-length']);
    this.#sessions.set(id, { facts: job, bytes, received: Buffer.alloc(0), done: null });
    const location = `${this.#world.origin}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable&upload_id=${id}`;
    return { status: 200, body: '', headers: { location } };
  }

  #receive({ uploadId, headers, body, isLastChunk }: SeenRequest): Answer {
    const session = this.#sessions.get(uploadId ?? '');
    if (session === undefined) return { status: 404, body: 'Not Found' };
    if (session.done !== null) return session.done;
    const [, from, last] = /^bytes (\d+)-(\d+)\//.exec(String(headers['content-range'])) ?? [];
    if (from !== undefined) {
      const isWhole = Number(last) - Number(from) + 1 === body.length;
      const isRound = isLastChunk || body.length % QUANTUM === 0;
      if (!isWhole || !isRound || Number(from) > session.received.length)
        return { status: 400, body: 'Invalid range' };
      const kept = body.subarray(0, this.#world.keepBytes ?? body.length);
      this.#world.keepBytes = null;
      session.received = Buffer.concat([session.received.subarray(0, Number(from)), kept]);
    }
    const { length } = session.received;
    if (length < session.bytes)
      return { status: 308, body: '', headers: length === 0 ? {} : { range: `bytes=0-${length - 1}` } };
    session.done = this.insert(session.facts, session.received);
    return session.done;
  }
}

function resourceOf({ id, location, facts, script }: StoredJob, state: string): object {
  const { error, statistics } = script;
  const failed = state === 'DONE' && error !== undefined ? { errorResult: error, errors: [error] } : {};
  const kind = 'load' in facts.configuration ? 'load' : 'query';
  return {
    kind: 'bigquery#job',
    id: `${PROJECT}:${location}.${id}`,
    jobReference: { projectId: PROJECT, jobId: id, location },
    configuration: facts.configuration,
    status: { state, ...failed },
    statistics: { creationTime: '1764000000000', [kind]: { totalBytesBilled: '0', ...statistics } },
  };
}

/** The rows in a multipart upload. */
function contentOf(body: Buffer): Buffer {
  const boundary = body.subarray(0, body.indexOf('\r\n'));
  const second = body.indexOf(boundary, boundary.length);
  const from = body.indexOf('\r\n\r\n', second) + 4;
  return body.subarray(from, body.lastIndexOf(boundary) - 2);
}

function lines(content: Buffer): number {
  let found = 0;
  for (let at = content.indexOf('\n'); at >= 0; at = content.indexOf('\n', at + 1)) found += 1;
  return found;
}

/** A field of a result. */
export function field(name: string, type = 'STRING', over: Partial<Field> = {}): Field {
  return { name, type, mode: 'NULLABLE', ...over };
}
