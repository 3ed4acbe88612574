/** Jobs that were taken and failed, without the emulator: what is answered to those who ask about them. */
import { duplicate, type ErrorProto } from './documented-errors.ts';
import { asAnswer, jsonAnswer, type Answer, type Exchange, type LoggedRequest } from './exchange.ts';
import { errorOfJob, type FailedJobs } from './faults.ts';

interface InventedJob {
  readonly inserted: LoggedRequest;
  readonly error: ErrorProto;
}

/** Remembers the jobs that were made to fail. */
export class InventedJobs implements FailedJobs {
  readonly #jobs = new Map<string, InventedJob>();

  /** Takes a job, as if it were under way. */
  async add(exchange: Exchange, error: ErrorProto): Promise<void> {
    const inserted = exchange.request;
    if (inserted.jobId === null) throw new Error('a job that is to fail needs an id of its own');
    this.#jobs.set(inserted.jobId, { inserted, error });
    await exchange.answer(jsonAnswer(resourceOf({ inserted, error }, 'RUNNING')));
  }

  /** The answer to a request about one of the jobs; null: it is about none. */
  answerTo(request: LoggedRequest): Answer | null {
    const job = request.jobId === null ? undefined : this.#jobs.get(request.jobId);
    if (job === undefined) return null;
    if (request.kind === 'job.getQueryResults') return asAnswer(errorOfJob(job.error));
    if (request.kind === 'job.cancel') return jsonAnswer({ job: resourceOf(job, 'DONE') });
    if (request.kind.startsWith('job.insert') || request.kind === 'upload.start') {
      return asAnswer(duplicate(`Job ${request.project}:${locationOf(job)}.${request.jobId}`));
    }
    return jsonAnswer(resourceOf(job, 'DONE'));
  }
}

function locationOf({ inserted }: InventedJob): string {
  return inserted.location ?? 'US';
}

/** A job as `jobs.get` tells of it. */
function resourceOf(job: InventedJob, state: 'RUNNING' | 'DONE'): unknown {
  const { inserted, error } = job;
  const location = locationOf(job);
  const failed = state === 'DONE' ? { errorResult: error, errors: [error] } : {};
  const ended = state === 'DONE' ? { endTime: String(inserted.at + 1) } : {};
  const kind = 'load' in (inserted.job?.configuration ?? {}) ? 'load' : 'query';
  return {
    kind: 'bigquery#job',
    id: `${inserted.project}:${location}.${inserted.jobId}`,
    jobReference: { projectId: inserted.project, jobId: inserted.jobId, location },
    configuration: { ...inserted.job?.configuration, jobType: kind.toUpperCase() },
    status: { state, ...failed },
    statistics: { creationTime: String(inserted.at), startTime: String(inserted.at), ...ended, [kind]: {} },
  };
}
