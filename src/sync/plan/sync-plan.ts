/** What a sync would do, as documents carry it: names in snake_case, with units. */
import type { Failure, SyncEvent } from '../../events.ts';
import type { SchemaChange, Emptied } from '../../warehouse/warehouse.ts';

/** How a stream would be read. */
export type PlannedMode = Extract<SyncEvent, { event: 'window.chosen' }>['mode'];

/** Requests by what they count against. */
export interface PlannedRequests {
  readonly general: number;
  readonly reports: number;
  /** Of both, those of the rolling sweep: quiet children and old months, whose turn it is. */
  readonly sweep: number;
}

/** One stream of a plan. */
export interface PlannedStream {
  readonly stream: string;
  /** `refused`: a guard, or Harvest, would make it fail. */
  readonly outcome: 'planned' | 'skipped' | 'refused';
  /** Why it is skipped, in words. */
  readonly reason: string | null;
  readonly failure: Failure | null;
  /** How it begins; null where it is skipped. */
  readonly mode: PlannedMode | null;
  /** What changed since this instant is asked for; null: it is not asked for changes. */
  readonly since: string | null;
  /** What is asked for, in words, each thing once; the first few. */
  readonly windows: readonly string[];
  readonly requests: PlannedRequests;
  /** As Harvest counts them; null where it is not asked. */
  readonly rows_in_harvest: number | null;
  readonly rows_stored: number | null;
  /** Rows that are new or changed; null where that shows only in reading them. */
  readonly rows_changed: number | null;
  /** Rows that would leave the table, as far as counts and lists tell. */
  readonly rows_deleted: number;
  /** Report months that are read; null where the stream has none. */
  readonly months: number | null;
}

/** Columns whose choice changed. */
export interface PlannedColumns {
  readonly stream: string;
  readonly change: Extract<SyncEvent, { event: 'columns.changed' }>['change'];
  readonly columns: readonly string[];
}

/** Names that rows embed, and that changed. */
export interface PlannedRename {
  /** Whose names: `clients`, `projects`. */
  readonly stream: string;
  readonly records: number;
  /** Tables whose rows embed them. */
  readonly tables: readonly string[];
  /** At most so many bytes would be billed for it, beside everything else; null: nothing is billed for a file. */
  readonly bytes_billed_at_most: number | null;
}

/** What a sync would do now. */
export interface SyncPlan {
  readonly account: string;
  readonly warehouse: string;
  /** Whether there is a file or dataset yet. */
  readonly warehouse_exists: boolean;
  /** Harvest's clock: ISO instant. */
  readonly planned_at: string;
  readonly streams: readonly PlannedStream[];
  /** Of the whole run, those that belong to no stream included. */
  readonly requests: PlannedRequests & { readonly total: number };
  /** Requests that the configuration allows in Harvest's 15 seconds, of reports in 15 minutes; null: any number. */
  readonly limits: { readonly general: number | null; readonly reports: number | null };
  /** What Harvest's limits as configured make of it at least; 0 where there are none. */
  readonly seconds: number;
  readonly tables: readonly SchemaChange[];
  /** The statements for tables and columns, where they were asked for. */
  readonly statements?: readonly string[];
  readonly columns: readonly PlannedColumns[];
  /** Columns whose stored values would be taken out. */
  readonly emptied: readonly Emptied[];
  /** Histories that would be brought to their tables. */
  readonly histories: readonly string[];
  readonly renames: readonly PlannedRename[];
  readonly start_date_moved: { readonly before: string | null; readonly after: string | null } | null;
  /** Why rows that are missing would not be taken for deleted, in words. */
  readonly deletions_off: string | null;
  /** What would stop the run or has to be confirmed: questions and refusals, in words. */
  readonly questions: readonly string[];
  /** At most so many bytes would be billed, with tables as large as they are now; null: nothing is billed for a file. */
  readonly bytes_billed_at_most: number | null;
  /** What this plan has asked of Harvest itself. */
  readonly asked: { readonly requests: number };
  readonly notes: readonly string[];
}
