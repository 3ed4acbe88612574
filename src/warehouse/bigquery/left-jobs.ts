import { ConnectorError } from '../../errors.ts';
import { pause } from './backoff.ts';
import { asObject, type BigQueryClient } from './client.ts';
import { NEVER } from './never.ts';
import { label } from './orders.ts';

/** Nobody waits longer than this for jobs of another run, in milliseconds: what they may still do is refused or fenced. */
const WITHIN_MS = 2 * 60_000;

/**
 * Waits until the jobs of a run that was killed have ended. BigQuery carries on with what it has taken, and a commit that
 * lands later would move checkpoints under the run that has taken over. Bills nothing. Where the jobs cannot be
 * listed, nothing is waited for.
 * @see Google Cloud, BigQuery REST API, jobs.list (checked 2026-11-29): one's own jobs, without a permission
 */
export async function outlastJobs(
  runId: string,
  client: BigQueryClient,
  withinMs = WITHIN_MS,
): Promise<void> {
  const { pollMs, longestPollMs } = client.patience;
  const giveUpAt = performance.now() + withinMs;
  for (let wait = pollMs; performance.now() < giveUpAt; wait = Math.min(longestPollMs, wait * 1.5)) {
    if (!(await hasJobs(runId, client))) return;
    await pause(wait, NEVER);
  }
}

/** Whether jobs of a run are under way. */
async function hasJobs(runId: string, client: BigQueryClient): Promise<boolean> {
  const what = `listing the jobs of run ${runId}`;
  let pageToken: string | undefined;
  try {
    do {
      const query = { projection: 'full', stateFilter: ['pending', 'running'], pageToken };
      const page = asObject(await client.ask({ method: 'GET', path: '/jobs', query, what }, NEVER), what) as {
        jobs?: readonly ListedJob[];
        nextPageToken?: string | null;
      };
      if (page.jobs?.some(({ configuration }) => isOf(runId, configuration?.labels)) === true) return true;
      // an emulator says null where there is no further page
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
  } catch (error) {
    // every commit is refused whose checkpoint has moved, so that the wait only spares a run that failure
    if (!(error instanceof ConnectorError)) throw error;
  }
  return false;
}

interface ListedJob {
  readonly configuration?: { readonly labels?: Readonly<Record<string, string>> };
}

function isOf(runId: string, labels: Readonly<Record<string, string>> | undefined): boolean {
  return labels?.['app'] === 'harvest-bq' && labels['run'] === label(runId);
}
