/** Makes sure that a job is there, however often its answer is lost. */
import type { BigQueryFailure } from '../../classify/bigquery.ts';
import { backoff, backoffMs, pause } from './backoff.ts';
import { RequestFailure } from './client.ts';
import { named, type JobDeps, type JobOrder } from './job.ts';
import { NEVER } from './never.ts';
import { uploadJob } from './upload.ts';

/** A job that is there, as it was described last. */
export interface Submitted {
  readonly job: unknown;
  /** Whether it was there before anything was sent. */
  readonly isOld: boolean;
}

/** Waits before a repetition, and tells of it. */
export async function pauseNoted(
  attempt: number,
  { reason }: BigQueryFailure,
  signal: AbortSignal,
  { stream, kind }: JobOrder,
  { client, session }: JobDeps,
): Promise<void> {
  const ms = backoffMs(attempt, client.patience);
  if (!signal.aborted) session.onRetry({ stream, kind, attempt, reason, seconds: ms / 1000 });
  await pause(ms, signal);
}

/** Waits before a look at a job that may not be there. What was refused for the moment is told to people. */
async function rest(
  attempt: number,
  failure: BigQueryFailure,
  mayBeTaken: boolean,
  order: JobOrder,
  deps: JobDeps,
): Promise<void> {
  const { client, session } = deps;
  const signal = order.isAbortable ? session.signal : NEVER;
  if (failure.remedy === 'ask again') await backoff(attempt, client.patience, signal);
  if (failure.remedy !== 'new job' || attempt >= client.patience.attempts) return;
  // while nothing can have been taken, a commit can be given up too
  await pauseNoted(attempt, failure, mayBeTaken ? signal : session.signal, order, deps);
}

/**
 * Sends a job until BigQuery has it, and answers it as it was described last.
 * @throws ConnectorError BIGQUERY_* when it was refused for good; RUN_INTERRUPTED if it is abortable
 */
export async function submit(id: string, order: JobOrder, deps: JobDeps): Promise<Submitted> {
  const { client, location, session } = deps;
  const signal = order.isAbortable ? session.signal : NEVER;
  const job = {
    jobReference: { projectId: client.project, jobId: id, location },
    configuration: order.configuration,
  };
  const what = `${order.kind} job ${id}`;
  const send = async (): Promise<unknown> =>
    order.file === undefined
      ? client.once({ method: 'POST', path: '/jobs', body: job, what })
      : uploadJob(client, job, order.file, what, signal);
  let mayBeTaken = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { job: await send(), isOld: false };
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      const { failure } = error;
      const isThere = failure.status === 409;
      if (failure.remedy === 'none' && !isThere) throw named(failure.error, id);
      const isOld = isThere && !mayBeTaken;
      mayBeTaken ||= failure.remedy === 'ask again';
      await rest(attempt, failure, mayBeTaken, order, deps);
      const found = await lookAt(id, what, deps, signal);
      if (found !== null) return { job: found, isOld };
      if (attempt >= client.patience.attempts) throw named(failure.error, id);
      if (isThere) await backoff(attempt, client.patience, signal);
    }
  }
}

/** A job as BigQuery describes it; null where there is none. */
export async function lookAt(
  id: string,
  what: string,
  { client, location }: JobDeps,
  signal: AbortSignal,
): Promise<unknown> {
  return client.ask({ method: 'GET', path: `/jobs/${id}`, query: { location }, what }, signal, [404]);
}
