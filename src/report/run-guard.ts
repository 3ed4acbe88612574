import type { ConnectorError } from '../errors.ts';
import { failureOf, type Emit, type RunResult, type SyncEvent } from '../events.ts';

/** What is known of a run from outside, for the case that it cannot tell its own end. */
export interface RunFacts {
  readonly runId: string;
  readonly command: string;
  readonly startedAt: Date;
}

/** Sees to it that a run that started is finished exactly once, whatever ends the process. */
export interface RunGuard {
  readonly emit: Emit;
  /** Whether the run has told its beginning. */
  hasStarted(): boolean;
  /** Tells the end of a run that started and has not told its own; else does nothing. */
  finish(error: ConnectorError): void;
}

/** Wraps a sink: the first `run.finished` passes, later ones do not. */
export function guardRun(facts: RunFacts, sink: Emit, now: () => Date): RunGuard {
  let started: Extract<SyncEvent, { event: 'run.started' }> | null = null;
  let isFinished = false;
  return {
    emit: (event) => {
      if (isFinished) return;
      if (event.event === 'run.started') started = event;
      if (event.event === 'run.finished') isFinished = true;
      sink(event);
    },
    hasStarted: () => started !== null,
    finish: (error) => {
      if (started === null || isFinished) return;
      isFinished = true;
      const result = abandoned(facts, started, error, now());
      sink({ event: 'run.finished', ...result });
    },
  };
}

function abandoned(
  facts: RunFacts,
  started: { readonly account: string; readonly warehouse: string },
  error: ConnectorError,
  finishedAt: Date,
): RunResult {
  const none = { fetched: 0, loaded: 0, inserted: 0, updated: 0, unchanged: 0, rejected: 0 };
  return {
    run_id: facts.runId,
    command: facts.command,
    outcome: error.kind === 'interrupted' ? 'interrupted' : 'failed',
    exit_code: error.exitCode,
    account: started.account,
    warehouse: started.warehouse,
    started_at: facts.startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    seconds: (finishedAt.getTime() - facts.startedAt.getTime()) / 1000,
    totals: { ...none, skipped: 0, deleted: 0, requests: 0 },
    retried: 0,
    renamed: 0,
    streams: [],
    failure: failureOf(error),
  };
}
