/**
 * What a report is made of, as `report -o json` gives it. Times are ISO instants (UTC), counts whole numbers. A field
 * that the run was too old to note, or that does not apply, is null.
 */
import type { LimitClass } from '../../catalog/stream.ts';

/** Counts of a run, or of one of its streams. */
export interface ReportCounts {
  readonly rows_fetched: number;
  readonly rows_loaded: number;
  readonly rows_inserted: number | null;
  readonly rows_updated: number | null;
  readonly rows_rejected: number;
  readonly rows_skipped: number;
  readonly rows_deleted: number;
  readonly requests: number;
}

/** How something failed, as the history has it; all null where it did not. */
export interface NotedFailure {
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly next_step: string | null;
}

/** One run. */
export interface ReportedRun extends ReportCounts, NotedFailure {
  readonly run_id: string;
  readonly command: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly seconds: number | null;
  /** ok, partial, failed, interrupted or crashed. */
  readonly outcome: string;
  readonly exit_code: number | null;
  readonly requests_retried: number | null;
  readonly account: string | null;
  readonly role: string | null;
  readonly visibility: string | null;
  readonly deletions_off: string | null;
  readonly verified: string | null;
  readonly differences: number | null;
  readonly version: string | null;
  readonly execution: string | null;
}

/** One stream of the run. */
export interface ReportedStream extends ReportCounts, NotedFailure {
  readonly stream: string;
  /** ok, failed or skipped. */
  readonly outcome: string;
  /** The limit that its requests count against. */
  readonly limit_class: LimitClass;
  readonly seconds: number | null;
  readonly bytes_billed: number;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Why it was skipped. */
  readonly reason: string | null;
}

/** A stretch of time in which requests waited for one of Harvest's limits. */
export interface ReportedWait {
  readonly bucket: LimitClass;
  readonly started_at: string;
  readonly seconds: number;
}

/** A failure with what to do about it; the same failure of several streams is one. */
export interface ReportedFailure {
  readonly code: string;
  /** Empty: the run as a whole. */
  readonly streams: readonly string[];
  readonly message: string;
  readonly cause: string | null;
  readonly next_step: string;
}

/** What the newest comparison with Harvest found. */
export interface ReportedVerification {
  readonly run_id: string;
  readonly finished_at: string | null;
  /** equal or differs. */
  readonly outcome: string;
  readonly differences: number | null;
  /** quick or full. */
  readonly form: string | null;
  readonly compared: number | null;
  readonly tables: Readonly<Record<string, number>>;
  readonly left_out: readonly { readonly table: string; readonly reason: string }[];
}

/** Records of the run that were rejected for one reason. */
export interface ReportedReject {
  readonly stream: string;
  readonly path: string | null;
  readonly reason: string | null;
  readonly records: number;
  /** The key of one of them. */
  readonly example_key: string | null;
}

/** Rows that the run found to be gone. */
export interface ReportedDeletion {
  readonly stream: string;
  readonly how: string;
  readonly rows: number;
}

/** Values of a closed month that the run found changed. */
export interface ReportedRestatement {
  readonly stream: string;
  readonly period_start: string;
  readonly values: number;
}

/** A property that Harvest sends and no column holds. */
export interface ReportedDrift {
  readonly stream: string;
  readonly path: string;
  readonly types: readonly string[];
  readonly occurrences: number;
  readonly first_seen_at: string | null;
  readonly last_seen_at: string | null;
}

/** How fresh a table is, when the report was made. */
export interface ReportedFreshness {
  readonly stream: string;
  readonly fresh_to: string | null;
  readonly age_seconds: number | null;
  readonly last_outcome: string | null;
  readonly last_error: string | null;
  readonly failures: number;
  readonly rows: number | null;
  readonly rejects_7d: number;
}

/** Everything that a report shows. */
export interface ReportFacts {
  readonly generated_at: string;
  readonly version: string;
  readonly warehouse: string;
  /** The run that it is about; null where there was none yet. */
  readonly run: ReportedRun | null;
  readonly streams: readonly ReportedStream[];
  readonly waits: readonly ReportedWait[];
  readonly failures: readonly ReportedFailure[];
  /** Null where nothing was ever compared. */
  readonly verification: ReportedVerification | null;
  /** The most frequent ones. */
  readonly rejects: readonly ReportedReject[];
  readonly deletions: readonly ReportedDeletion[];
  readonly restatements: readonly ReportedRestatement[];
  readonly drift: readonly ReportedDrift[];
  /** Worst first. */
  readonly freshness: readonly ReportedFreshness[];
  /** The last runs, newest first, those by hand included. */
  readonly runs: readonly ReportedRun[];
}
