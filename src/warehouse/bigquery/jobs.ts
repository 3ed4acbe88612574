/**
 * Jobs, each carried out exactly once. A job's id is made from its content, so that sending it again after a lost
 * answer cannot do the work twice: BigQuery answers 409 and tells of the job that is there.
 *
 *     insert → answered: look at it until it is DONE
 *            → 409: it is there already: look at it
 *            → lost, 5xx: ask for it; not there: insert again with the SAME id
 *            → refused for the moment: insert again with the SAME id, after a pause
 *     DONE with an error that a repetition can help, or that ended an earlier run's attempt: a NEW id
 *
 * A new id is only ever used when the job of the id before is known to have failed, so that two runs that carry out one
 * order, each from the first id on, come to the same job.
 *
 * @see Google Cloud, BigQuery, "Managing jobs", generating a job ID; "Error messages" (checked 2026-11-24)
 */
import { classifyJobError, type BigQueryFailure } from '../../classify/bigquery.ts';
import { ConnectorError } from '../../errors.ts';
import type { JobNote, WarehouseSession } from '../warehouse.ts';
import { backoff, backoffMs, pause } from './backoff.ts';
import { asObject, RequestFailure, type BigQueryClient } from './client.ts';
import { uploadJob, type UploadFile } from './upload.ts';
import { NEVER } from './never.ts';

/** A job to be carried out. */
export interface JobOrder {
  /** Its id without the number of the attempt. */
  readonly id: string;
  readonly kind: JobNote['kind'];
  /** The stream on whose account it runs; null: the run's. */
  readonly stream: string | null;
  /** `configuration` of the REST API, with labels. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The rows of a load job. */
  readonly file?: UploadFile;
  /** Whether it is given up when the run has to end. */
  readonly isAbortable: boolean;
}

/** A job that is DONE and went well. */
export interface FinishedJob {
  readonly id: string;
  readonly statistics: Readonly<Record<string, unknown>>;
  /** Whether it was there before this process had sent anything. */
  readonly isOld: boolean;
}

/** Where jobs run, and who is told of them. */
export interface JobDeps {
  readonly client: BigQueryClient;
  readonly location: string;
  readonly session: WarehouseSession;
}

/** A job that is over, without success, and may be sent again under a new id. */
class TryAnew extends Error {
  readonly failure: BigQueryFailure;
  /** Whether it was over before it was asked for now: its failure says nothing of today. */
  readonly isOld: boolean;
  readonly bytesBilled: number;
  constructor(failure: BigQueryFailure, isOld: boolean, bytesBilled: number) {
    super(failure.error.message);
    this.failure = failure;
    this.isOld = isOld;
    this.bytesBilled = bytesBilled;
  }
}

/** A job that is there, as it was described last. */
interface Submitted {
  readonly job: unknown;
  /** Whether it was there before anything was sent. */
  readonly isOld: boolean;
}

/**
 * Carries out a job.
 * @throws ConnectorError BIGQUERY_* with the job's id in `details.job_id`; RUN_INTERRUPTED if it is abortable
 */
export async function runJob(order: JobOrder, deps: JobDeps): Promise<FinishedJob> {
  const { session, client } = deps;
  const startedAt = performance.now();
  let failures = 0;
  for (let number = 0; ; number += 1) {
    const id = `${order.id}_${number}`;
    try {
      const job = await untilDone(id, await submit(id, order, deps), order, deps);
      // what another run had done was billed to it
      const bytesBilled = job.isOld || isDryRun(order) ? 0 : bytesBilledOf(job.statistics);
      tell(order, bytesBilled, startedAt, session);
      return job;
    } catch (error) {
      if (!(error instanceof TryAnew)) throw error;
      if (error.isOld) continue;
      const { failure } = error;
      failures += 1;
      if (error.bytesBilled > 0) tell(order, error.bytesBilled, startedAt, session);
      if (failures >= client.patience.attempts) throw named(failure.error, id);
      await pauseNoted(failures, failure, session.signal, order, deps);
    }
  }
}

/** Waits before a repetition, and tells of it. */
async function pauseNoted(
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

/** Makes sure that the job is there, and answers it as it was described last. */
async function submit(id: string, order: JobOrder, deps: JobDeps): Promise<Submitted> {
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

/** Looks at a job until it is done. */
async function untilDone(
  id: string,
  submitted: Submitted,
  order: JobOrder,
  deps: JobDeps,
): Promise<FinishedJob> {
  const { client, session } = deps;
  const { pollMs, longestPollMs, jobWithinMs } = client.patience;
  const what = `${order.kind} job ${id}`;
  const giveUpAt = performance.now() + jobWithinMs;
  let { job, isOld } = submitted;
  for (let wait = pollMs; ; wait = Math.min(longestPollMs, wait * 1.5)) {
    const { status, statistics } = asObject(job, what);
    const { state, errorResult } = asObject(status, what);
    if (state === 'DONE' && (errorResult === undefined || errorResult === null)) {
      return { id, statistics: asObject(statistics ?? {}, what), isOld: submitted.isOld };
    }
    if (state === 'DONE') {
      const failure = classifyJobError(errorResult, what);
      throw failure.remedy === 'new job' || isOld
        ? new TryAnew(failure, isOld, bytesBilledOf(statistics))
        : named(failure.error, id);
    }
    if (performance.now() > giveUpAt) {
      throw new ConnectorError(
        'BIGQUERY_UNAVAILABLE',
        `BigQuery, ${what}: not done after ${jobWithinMs / 60_000} minutes`,
      );
    }
    await waitFor(id, wait, order, deps);
    isOld = false;
    job = await lookAt(id, what, deps, order.isAbortable ? session.signal : NEVER);
    if (job === null) throw new ConnectorError('BIGQUERY_UNAVAILABLE', `BigQuery, ${what}: it is gone`);
  }
}

/** Waits before the next look; when the run has to end, a job that may be given up is cancelled. */
async function waitFor(
  id: string,
  ms: number,
  order: JobOrder,
  { client, location, session }: JobDeps,
): Promise<void> {
  if (!order.isAbortable) return pause(ms, NEVER);
  try {
    await pause(ms, session.signal);
  } catch (error) {
    const call = {
      method: 'POST',
      path: `/jobs/${id}/cancel`,
      query: { location },
      what: `cancelling ${id}`,
    } as const;
    // nothing depends on it: what it would have written is thrown away
    await client.once(call).catch(() => undefined);
    throw error;
  }
}

async function lookAt(
  id: string,
  what: string,
  { client, location }: JobDeps,
  signal: AbortSignal,
): Promise<unknown> {
  return client.ask({ method: 'GET', path: `/jobs/${id}`, query: { location }, what }, signal, [404]);
}

function tell(
  { stream, kind }: JobOrder,
  bytesBilled: number,
  since: number,
  { onJob }: WarehouseSession,
): void {
  onJob({ stream, kind, bytesBilled, ms: performance.now() - since });
}

function isDryRun({ configuration }: JobOrder): boolean {
  return configuration['dryRun'] === true;
}

function bytesBilledOf(statistics: unknown): number {
  const { query } = (statistics ?? {}) as { query?: { totalBytesBilled?: unknown } };
  return Number(query?.totalBytesBilled ?? 0);
}

function named(error: ConnectorError, id: string): ConnectorError {
  return new ConnectorError(error.code, error.message, {
    hint: error.hint,
    details: { ...error.details, job_id: id },
    cause: error.cause,
  });
}
