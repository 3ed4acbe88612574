import type { LimitClass } from '../catalog/stream.ts';
import type { JsonObject } from './json.ts';
import type { Records } from './record-list.ts';
import type { ReadAhead } from './read-ahead.ts';

/**
 * Harvest's largest page. Always sent, since the default differs between its lists.
 * @see Harvest API v2 docs, page "Overview: pagination" (2000), page "Invoices" (default 100) (checked 2026-11-20)
 */
export const LARGEST_PAGE = 2000;

/** A GET below the base URL. */
export interface HarvestRequest {
  /** `clients`, `users/7/cost_rates`; or an absolute URL that a `links.next` gave. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  /** Key of the list whose records are handed over apart from the body; absent: all is in the body. */
  readonly records?: string;
  readonly bucket: LimitClass;
  /** Stream the request is made for; only for events. */
  readonly stream: string | null;
  readonly signal?: AbortSignal;
  /** What it is for, where that is told apart; only for events. */
  readonly purpose?: 'sweep';
  /** Whether others go first: one of a great many small requests. */
  readonly yields?: boolean;
}

/** A JSON answer with status 200. */
export interface HarvestResponse {
  readonly body: JsonObject;
  /** The records that were asked for, which the body then has an empty list in place of; absent: the body is whole. */
  readonly records?: Records;
  /** Harvest's clock when it answered (`Date` header, 1 s resolution), as ISO instant; the local clock where it sent none. */
  readonly date: string;
  readonly ms: number;
  /** Length of the answer. */
  readonly bytes: number;
}

/** The client: GET, and POST to the token endpoint inside; nothing else is representable. */
export interface HarvestClient {
  /**
   * Sends one GET, waiting for its rate limit and retrying what can be retried.
   * @throws ConnectorError HARVEST_UNAUTHORIZED, HARVEST_FORBIDDEN, HARVEST_NOT_FOUND, HARVEST_REFUSED,
   * HARVEST_THROTTLED, HARVEST_UNAVAILABLE, HARVEST_BAD_RESPONSE, RUN_INTERRUPTED
   */
  get(request: HarvestRequest): Promise<HarvestResponse>;
}

/** One page of a list. */
export interface Page {
  readonly records: Records;
  /** Counted from 1 within this read. */
  readonly number: number;
  /** As Harvest says on this page; null where it does not. */
  readonly totalEntries: number | null;
  readonly totalPages: number | null;
  /** Absolute URLs, null where there is none. */
  readonly next: string | null;
  readonly last: string | null;
  /** Harvest's clock, ISO instant. */
  readonly date: string;
  readonly ms: number;
}

/** A list to read from its first page, or to go on with from a link. */
export interface ListRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number>>;
  /** Key that holds the records; absent: the body itself is the only record. */
  readonly records?: string;
  readonly bucket: LimitClass;
  readonly stream: string;
  readonly signal?: AbortSignal;
  /** A `links.next` of an earlier run to go on from. */
  readonly from?: string;
  /** What it is for, where that is told apart: a sweep lets others go first. */
  readonly purpose?: 'sweep';
  /** Whether others go first: one of a great many small requests. */
  readonly yields?: boolean;
  /** The allowance for pages that are asked for before it is their turn; absent: one page ahead. */
  readonly ahead?: ReadAhead;
  /** Called once nothing more of the list is to be asked for, or that can only be told page by page: others may read beside it. */
  readonly onAllAsked?: () => void;
}
