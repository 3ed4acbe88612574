/** What a run tells while it is at work: of requests, jobs and rows, mostly of one stream. */
import type { LimitClass } from './catalog/stream.ts';

/** A step of the work. */
export type WorkEvent =
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
  | { readonly event: 'names.renamed'; readonly stream: string; readonly rows: number };
