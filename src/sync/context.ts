import type PQueue from 'p-queue';
import type { Catalog } from '../catalog/catalog.ts';
import type { Column } from '../catalog/column.ts';
import type { LimitClass, Stream } from '../catalog/stream.ts';
import type { Config } from '../config/config.ts';
import type { Account } from '../harvest/account.ts';
import type { ReadAhead } from '../harvest/read-ahead.ts';
import type { HarvestClient } from '../harvest/types.ts';
import type { SpoolFolder } from '../warehouse/spool-folder.ts';
import type { Table } from '../warehouse/table.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Emit } from '../events.ts';
import type { BackfillOrder } from './backfill/order.ts';
import type { Locks } from '../locks.ts';
import type { RecordCopier } from './copy-record.ts';
import type { LoadBell } from './load-progress.ts';
import type { Eraser, Shaper } from './row.ts';
import type { StateBook } from './state.ts';
import type { Tally } from './tally.ts';

/** A stream with what the configuration chose of it. */
export interface ChosenStream {
  readonly stream: Stream;
  readonly columns: readonly Column[];
  readonly table: Table;
  readonly shape: Shaper;
  /** Copies records whose rows hold what was sent, which most do; null: rows of this stream are made, not copied. */
  readonly copier: RecordCopier | null;
  /** What the shaper leaves out of rows; absent: nothing was erased. */
  readonly erase?: Eraser;
}

/** What one run shares: built in `run.ts`, handed down, never changed. */
export interface RunContext {
  readonly runId: string;
  readonly config: Config;
  readonly catalog: Catalog;
  readonly account: Account;
  /** Harvest's clock at the start of the run: ISO instant. */
  readonly startedAt: string;
  /** Streams that are read again whatever their checkpoints say: all of them, or those whose columns changed. */
  readonly refreshed: ReadonlySet<string>;
  /** A range of dates that is read again in place of what is due; null: an ordinary run. */
  readonly backfill: BackfillOrder | null;
  readonly allowShrink: boolean;
  readonly allowDeletes: boolean;
  /** How many rows of each table this run has let go, and how many it had before. */
  readonly deletions: Map<string, { readonly rows: number; readonly live: number }>;
  /**
   * Why rows that are missing from Harvest's answers are not to be taken for deleted in this run, in words: the
   * token does not see everything, or sees something else than in the run before. Null: deletions are looked for.
   */
  readonly deletionsOff: string | null;
  readonly client: HarvestClient;
  /** The allowance for pages that are read before it is their turn, which all lists share. */
  readonly ahead: ReadAhead;
  readonly warehouse: Warehouse;
  readonly spools: SpoolFolder;
  /** The streams of this run, by name. */
  readonly chosen: ReadonlyMap<string, ChosenStream>;
  /** All streams that the configuration selects, whether they run now or not. */
  readonly configured: ReadonlyMap<string, ChosenStream>;
  /** Names of the streams whose rows have a history. */
  readonly histories: ReadonlySet<string>;
  /** Ids of records whose names were erased, by stream. */
  readonly erased: ReadonlyMap<string, ReadonlySet<string>>;
  readonly states: StateBook;
  /** Rings whenever a part of a first load was stored. */
  readonly loads: LoadBell;
  /**
   * By name-giving stream, the instant since which rows that embed its names may have been stored without its own
   * records beside them; the empty text: ever since.
   */
  readonly namesSince: ReadonlyMap<string, string>;
  /** When facts that were committed in this run changed, by stream and month; grows while the run goes on. */
  readonly changedMonths: Map<string, Map<string, string>>;
  /** What invoices that were staged in this run say was paid, by id; in billionths, see `payments.ts`. */
  readonly invoicesPaid: Map<string, bigint>;
  /** Invoices of which a payment was found otherwise than it was stored, by id. */
  readonly paymentsMoved: Set<string>;
  readonly tally: Tally;
  /** Serialises commits that touch the checkpoint of the same stream. */
  readonly locks: Locks;
  /** Windows that are read at the same time, by the limit they wait for. */
  readonly pools: Readonly<Record<LimitClass, PQueue>>;
  /** Loads that are staged and committed at the same time, as many as the warehouse likes. */
  readonly loading: PQueue;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly now: () => Date;
}
