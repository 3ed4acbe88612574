/**
 * Everything that a run can tell. Reporters render these, pino records them; nobody else prints.
 * Every process that starts a run emits exactly one `run.finished`, and it is the last.
 */
import type { ErrorCode } from './error-codes.ts';
import type { ErrorKind } from './error-kinds.ts';
import type { ConnectorError } from './errors.ts';
import type { LimitClass } from './catalog/stream.ts';
import type { Verification } from './verification.ts';

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
  | { readonly event: 'stream.started'; readonly stream: string; readonly bucket?: LimitClass }
  | {
      /** What a stream reads from here on, as far as it is known; several of them add up. */
      readonly event: 'work.planned';
      readonly stream: string;
      /** `lists` and `months` are done as their first page comes, records as they come, slices as they are committed. */
      readonly unit: 'records' | 'lists' | 'months' | 'slices';
      readonly count: number;
      /** What that takes at least. */
      readonly requests: number;
      /** Present where there is more to come, and nobody knows yet how much. */
      readonly more?: true;
    }
  | {
      readonly event: 'slice.finished';
      readonly stream: string;
      /** First and last day. */
      readonly from: string;
      readonly to: string;
    }
  | {
      /** A verification begins to compare something. */
      readonly event: 'check.started';
      readonly check: string;
      readonly number: number;
      readonly of: number;
    }
  | {
      /** A verification has compared all of a stream. */
      readonly event: 'stream.compared';
      readonly stream: string;
    }
  | {
      readonly event: 'window.chosen';
      readonly stream: string;
      readonly mode:
        'first load' | 'incremental' | 'full' | 'report' | 'children' | 'count' | 'sweep' | 'backfill';
      /** What is asked for, in words: `updated since 2026-11-20T06:00:02Z`, `2026-10`, `140 invoices`. */
      readonly window: string;
    }
  | {
      readonly event: 'page.fetched';
      readonly stream: string;
      readonly page: number;
      readonly total_pages: number | null;
      readonly rows: number;
      readonly total_rows: number | null;
      readonly ms: number;
    }
  | { readonly event: 'rate.waited'; readonly bucket: LimitClass; readonly seconds: number }
  | {
      readonly event: 'request.sent';
      readonly stream: string | null;
      readonly bucket: LimitClass;
      /** Path and query without the host. */
      readonly url: string;
      /** Present where it is part of the rolling sweep, which has a budget of its own. */
      readonly purpose?: 'sweep';
    }
  | {
      readonly event: 'request.retried';
      readonly stream: string | null;
      readonly attempt: number;
      readonly status: number | null;
      readonly code: string;
      readonly seconds: number;
    }
  | {
      readonly event: 'job.finished';
      readonly stream: string | null;
      readonly kind: 'load' | 'compare' | 'commit' | 'read' | 'append';
      readonly bytes_billed: number;
      readonly ms: number;
    }
  | {
      readonly event: 'job.retried';
      readonly stream: string | null;
      readonly kind: 'load' | 'compare' | 'commit' | 'read' | 'append';
      readonly attempt: number;
      /** The vendor's word for it, such as `rateLimitExceeded`. */
      readonly reason: string;
      readonly seconds: number;
    }
  | {
      /** Why it is not known, until a later run, whether something is gone. */
      readonly event: 'deletions.unsettled';
      readonly stream: string;
      readonly reason: string;
    }
  | {
      readonly event: 'count.differs';
      readonly stream: string;
      /** Live rows of the table. */
      readonly ours: number;
      /** Records that Harvest counts. */
      readonly theirs: number;
    }
  | { readonly event: 'window.moved'; readonly stream: string; readonly attempt: number }
  | {
      readonly event: 'rows.rejected';
      readonly stream: string;
      readonly count: number;
      readonly reason: string;
    }
  | {
      readonly event: 'schema.drift';
      readonly stream: string;
      readonly path: string;
      readonly type_seen: string;
    }
  | { readonly event: 'rows.staged'; readonly stream: string; readonly rows: number }
  | {
      readonly event: 'rows.committed';
      readonly stream: string;
      readonly inserted: number;
      readonly updated: number;
      readonly unchanged: number;
      readonly deleted: number;
    }
  | { readonly event: 'checkpoint.saved'; readonly stream: string; readonly cursor: string | null }
  | { readonly event: 'names.renamed'; readonly stream: string; readonly rows: number }
  | ({ readonly event: 'stream.finished' } & StreamResult)
  | ({ readonly event: 'stream.failed' } & StreamResult)
  | ({ readonly event: 'stream.skipped' } & StreamResult)
  | ({ readonly event: 'run.finished' } & RunResult);

/** Takes events; must not throw and must not wait. */
export type Emit = (event: SyncEvent) => void;
