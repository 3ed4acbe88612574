/** Makes the plan of what a planned run has told. Pure. */
import type { Stream } from '../../catalog/stream.ts';
import type { StreamResult, SyncEvent } from '../../events.ts';
import type { PlannedMode, PlannedRequests, PlannedStream } from './sync-plan.ts';

/** Windows of a stream that are named. */
const MOST_WINDOWS = 5;

/** What is known of a stream beside its events. */
export interface StreamFacts {
  readonly stream: Stream;
  readonly result: StreamResult;
  readonly since: string | null;
  readonly rowsInHarvest: number | null;
  readonly rowsStored: number | null;
  /** Whether rows were compared one by one, and all of them. */
  readonly isCompared: boolean;
}

/** Requests of some events. */
export function requestsOf(events: readonly SyncEvent[]): PlannedRequests {
  const requests = { general: 0, reports: 0, sweep: 0 };
  for (const event of events) {
    if (event.event !== 'request.sent') continue;
    requests[event.bucket] += 1;
    if (event.purpose === 'sweep') requests.sweep += 1;
  }
  return requests;
}

/** One stream of the plan; `events` are those of its own. */
export function summarise(facts: StreamFacts, events: readonly SyncEvent[]): PlannedStream {
  const { stream, result, since, rowsInHarvest, rowsStored, isCompared } = facts;
  const chosen = events.filter((event) => event.event === 'window.chosen');
  const words = [...new Set(chosen.map(({ window }) => window))];
  const months = words.flatMap((window) => window.split(', ')).filter((word) => /^\d{4}-\d\d$/.test(word));
  const mode = modeOf(chosen.map((each) => each.mode));
  const outcome = { ok: 'planned', skipped: 'skipped', failed: 'refused' } as const;
  return {
    stream: result.stream,
    outcome: outcome[result.outcome],
    reason: result.reason,
    failure: result.failure,
    mode: result.outcome === 'skipped' ? null : mode,
    since: mode === 'incremental' ? since : null,
    windows: words.slice(0, MOST_WINDOWS),
    requests: requestsOf(events),
    rows_in_harvest: rowsInHarvest,
    rows_stored: rowsStored,
    rows_changed: isCompared && mode === 'incremental' ? result.inserted + result.updated : null,
    rows_deleted: result.deleted,
    months: stream.sync === 'report' ? new Set(months).size : null,
  };
}

/** How a stream is read, where several windows follow each other. */
function modeOf(modes: readonly PlannedMode[]): PlannedMode | null {
  return modes.includes('first load') ? 'first load' : (modes[0] ?? null);
}
