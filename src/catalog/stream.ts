/**
 * The vocabulary of `streams/<name>.yaml`, and the words of this project:
 *
 * - stream: one of the 32 lists of Harvest, with a table of its name in the warehouse
 * - record: what Harvest sends; row: what the warehouse stores; reject: a record that breaks its schema
 * - page: one answer of Harvest; window: a span of dates or update times that is asked for
 * - checkpoint: what a stream has safely stored up to; run: one invocation
 */
import type { Column } from './column.ts';

/** Which of Harvest's two rate limits a stream's requests count against. */
export type LimitClass = 'general' | 'reports';

/** How a stream is read: by `updated_since`, whole, or per calendar month. */
export type SyncMode = 'incremental' | 'full' | 'report';

/** A part of Harvest that an account can switch off; flags of GET /v2/company. */
export type Module = 'expense' | 'invoice' | 'estimate';

/** One `streams/<name>.yaml`, as written. Every key is described in `streams/stream.schema.json`. */
export interface StreamDefinition {
  /** Name of the stream, its file and its table. */
  readonly name: string;
  /** What one row is; becomes the table's description. */
  readonly description: string;
  /** Harvest's documentation page. */
  readonly docs: string;
  /** Path below the base URL; a child's holds its parent column in braces: `users/{user_id}/cost_rates`. */
  readonly path: string;
  /** Key of the response that holds the records; absent where the response is itself the record. */
  readonly records?: string;
  readonly sync: SyncMode;
  readonly primary_key: readonly string[];
  /** Column that tells when a record last changed. */
  readonly cursor?: 'updated_at';
  /** Date column that `from`, `to` and `start_date` act on. */
  readonly dated?: 'spent_date' | 'issue_date';
  /** Whether the date may be missing; such records are hidden by `from` and `to` and have to be looked for. */
  readonly undated?: boolean;
  /** The stream that has to be listed first, and the column that carries its id. */
  readonly parent?: { readonly stream: string; readonly column: string };
  readonly limit_class: LimitClass;
  /** Filter under which Harvest might hide rows from the plain list; a full listing asks for its count and compares. */
  readonly hidden_by?: Readonly<Record<string, string>>;
  readonly module?: Module;
  /** Words that select streams on the command line as `tag:<word>`. */
  readonly tags: readonly string[];
}

/** A stream with the columns that its schema gives it. */
export interface Stream extends StreamDefinition {
  /** All columns, injected ones (parent id, period, account id) first, in the schema's order. */
  readonly columns: readonly Column[];
}
