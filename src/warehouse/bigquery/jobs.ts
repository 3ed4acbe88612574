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
import type { WarehouseSession } from '../door.ts';
import { pause } from './backoff.ts';
import { asObject } from './client.ts';
import { named, type FinishedJob, type JobDeps, type JobOrder } from './job.ts';
import { NEVER } from './never.ts';
import { lookAt, pauseNoted, submit, type Submitted } from './submit.ts';

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
