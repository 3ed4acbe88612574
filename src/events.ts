/**
 * Everything that a run can tell. Reporters render these, pino records them; nobody else prints.
 * Every process that starts a run emits exactly one `run.finished`, and it is the last.
 */
import type { ErrorCode } from './error-codes.ts';
import type { ErrorKind } from './error-kinds.ts';
import type { ConnectorError } from './errors.ts';
import type { LimitClass } from './catalog/stream.ts';
import type { Verification } from './verification.ts';
import type { WorkEvent } from './work-events.ts';

export type RunOutcome = 'ok' | 'partial' | 'failed' | 'interrupted';
export type StreamOutcome = 'ok' | 'failed' | 'skipped';

/** fetched = loaded + rejected + skipped; loaded = inserted + updated + unchanged. */
export interface Counts {
  readonly fetched: number;
  readonly loaded: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Before `start_date`, or a second copy in the same run. */
  readonly skipped: number;
  /** Rows that went. */
  readonly deleted: number;
  readonly requests: number;
}

/** A failure as events, reports and JSON documents carry it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint: string;
  readonly exit_code: number;
}

/** An error as events and documents carry it. */
export function failureOf({ code, kind, message, hint, exitCode }: ConnectorError): Failure {
  return { code, kind, message, hint, exit_code: exitCode };
}

/** How one stream ended. */
export interface StreamResult extends Counts {
  readonly stream: string;
  readonly outcome: StreamOutcome;
  readonly seconds: number;
  /** The checkpoint after the run: ISO instant or null. */
  readonly cursor: string | null;
  readonly failure: Failure | null;
  /** Why a stream was skipped, in words. */
  readonly reason: string | null;
  readonly bytes_billed: number;
}

/** How a run ended. */
export interface RunResult {
  readonly run_id: string;
  readonly command: string;
  readonly outcome: RunOutcome;
  readonly exit_code: number;
  /** `Acme GmbH (123456)`, or just the id before Harvest has answered. */
  readonly account: string;
  readonly warehouse: string;
  readonly started_at: string;
  readonly finished_at: string;
  readonly seconds: number;
  readonly totals: Counts;
  readonly retried: number;
  readonly renamed: number;
  readonly streams: readonly StreamResult[];
  /** What the comparison with Harvest found, where one was made. */
  readonly verification?: Verification;
  /** A failure of the run as a whole (login, lock, signal), beside those of its streams. */
  readonly failure: Failure | null;
}

export type SyncEvent =
  | {
      readonly event: 'run.started';
      readonly command: string;
      readonly account: string;
      readonly warehouse: string;
      readonly streams: number;
      readonly version: string;
      /** Requests that Harvest's windows of 15 s (general) and 15 min (reports) hold; null: no limit. */
      readonly limits?: Readonly<Record<LimitClass, number | null>>;
    }
  | {
      readonly event: 'login.rotated';
      /** Where the replaced refresh token came from: `${HARVEST_REFRESH_TOKEN}`, `file:///run/token`. */
      readonly origin: string;
      /** Where the new one was put, such as `sm://acme-data/harvest-refresh#8`; null: nowhere. */
      readonly stored: string | null;
      /** What has to be done by hand, in words; null where it was stored, or could not be. */
      readonly problem: string | null;
    }
  | {
      readonly event: 'lock.taken_over';
      /** The run that is gone. */
      readonly gone_run_id: string;
      readonly host: string;
      readonly pid: number;
    }
  | {
      readonly event: 'schema.changed';
      readonly table: string;
      readonly change: string;
      readonly column?: string;
      readonly type?: string;
    }
  | {
      readonly event: 'columns.changed';
      readonly stream: string;
      /** What became of their choice: wanted, not wanted, hashed, in plain, hashed with another key. */
      readonly change: 'on' | 'off' | 'hashed' | 'plain' | 'rekeyed';
      readonly columns: readonly string[];
    }
  | {
      readonly event: 'deletions.off';
      /** Why rows that are missing are not taken for deleted in this run, in words. */
      readonly reason: string;
    }
  | {
      readonly event: 'start_date.moved';
      /** null: everything is stored. */
      readonly before: string | null;
      readonly after: string | null;
    }
  | WorkEvent
  | ({ readonly event: 'stream.finished' } & StreamResult)
  | ({ readonly event: 'stream.failed' } & StreamResult)
  | ({ readonly event: 'stream.skipped' } & StreamResult)
  | ({ readonly event: 'run.finished' } & RunResult);

/** Takes events; must not throw and must not wait. */
export type Emit = (event: SyncEvent) => void;
