/**
 * Pages in, staged rows out: every record of a window is shaped, counted and spooled, or rejected, or skipped.
 * Nothing is counted for good before the window is committed, so that a window can be thrown away and read again.
 */
import type { JsonObject } from '../harvest/json.ts';
import type { RowSpool } from '../warehouse/spool.ts';
import type { Row } from '../warehouse/table.ts';
import type { DriftNote } from '../warehouse/warehouse.ts';
import { plainText } from './cast.ts';
import { copierOf, type PageCopier } from './copy-page.ts';
import type { SeenDrift } from './digest.ts';
import { childrenOf } from './follow-ups.ts';
import { KeySet } from './key-set.ts';
import { monthOf } from './month.ts';
import type { ChosenStream, RunContext } from './context.ts';
import type { Part, PartOptions } from './part.ts';
import { Parts } from './parts.ts';
import { notePaid } from './payments.ts';
import type { RecentRows } from './recent.ts';
import { fulfils } from './hidden.ts';
import { rejectRow } from './reject-row.ts';
import type { Reject } from './row.ts';

/** The name of the part that is everything a window asks for. */
export const WHOLE = '';

/** Rows that exist at a time: few, so that they are garbage before it is collected, which only costs time for what lives. */
const ROWS_AT_ONCE = 20;

/** The rows of one window on their way to the warehouse. */
export class Intake implements AsyncDisposable {
  fetched = 0;
  /** Harvest's clock when the newest page came; the start of the run before the first one. */
  seenAt: string;
  /** Records before `start_date`. */
  skipped = 0;
  readonly rejects: Row[] = [];
  /** Keys of records that lie before `start_date` now; their rows have to go. */
  readonly removals: string[][] = [];
  /** The month of `start_date`, where one of these records lies in it: its reports count the whole month. */
  readonly monthsOutside = new Set<string>();
  /** Keys of records that are gone from Harvest, as an earlier look has found; their rows have to go. */
  readonly gone: (readonly string[])[] = [];
  /** Distinct keys that were seen; tells whether a list moved while it was read. */
  readonly keys = new KeySet();
  /**
   * Keys of records that changed in or after the second in which their children were last read: more may have
   * happened in that second without a newer `updated_at`.
   */
  readonly fresh: string[] = [];
  readonly #freshSince: string | null;
  /** Records that fulfil the stream's `hidden_by` filter. */
  #matching = 0;
  /** Keys of rejected records; what is stored of them stays. */
  readonly spared: string[][] = [];
  readonly #parts: Parts;
  /** The part of a window that is not divided: lists of several parents are taken at the same time. */
  #only: Promise<Part> | null = null;
  #recent: RecentRows | null = null;
  readonly #chosen: ChosenStream;
  readonly #context: RunContext;
  #snapshot: { readonly spool: RowSpool; readonly date: string } | null = null;

  constructor(chosen: ChosenStream, context: RunContext) {
    this.#chosen = chosen;
    this.#context = context;
    this.seenAt = context.startedAt;
    this.#parts = new Parts(chosen.stream.name, context.spools);
    const read = childrenOf(chosen.stream, context.catalog).map(({ name }) => context.states.cursor(name));
    this.#freshSince = read.filter((cursor) => cursor !== null).toSorted()[0] ?? null;
  }

  /** Begins a part of the window, which ends the one before. Without it everything is one part without a digest. */
  begin(options: PartOptions): Promise<Part> {
    return this.#parts.begin(options);
  }

  /** From now on rows that are stored as they come are left out. */
  leaveOut(recent: RecentRows): void {
    this.#recent = recent;
  }

  /** From now on every row is also written for the day's snapshot table. */
  async alsoSnapshot(date: string): Promise<void> {
    this.#snapshot = { spool: await this.#context.spools.open(), date };
  }

  /**
   * Takes the records of a page, with the values that come from the request (parent id, period).
   * @throws ConnectorError RECORD_INVALID under `on_invalid: fail`
   */
  async take(records: Iterable<JsonObject>, injected: Row = {}): Promise<void> {
    const part = this.#parts.last ?? (await (this.#only ??= this.begin({ name: WHOLE, digest: null })));
    const page = this.#copied(records, part);
    if (page !== null) return this.#copy(page, injected, part);
    let rows: Row[] = [];
    for (const record of records) {
      const row = this.#shape(record, injected, part);
      if (row !== null) rows.push(row);
      if (rows.length < ROWS_AT_ONCE) continue;
      await this.#write(rows, part);
      rows = [];
    }
    await this.#write(rows, part);
  }

  /** A page whose records can be copied as they were sent; null: something has to be known of each of them. */
  #copied(records: Iterable<JsonObject>, part: Part): PageCopier | null {
    const isPlain = this.#freshSince === null && this.#recent === null && this.#snapshot === null;
    return isPlain ? copierOf(records, part.lines, this.#chosen, this.#context) : null;
  }

  #copy(page: PageCopier, injected: Row, part: Part): Promise<void> {
    return page.take({
      copied: (key, drift) => {
        this.fetched += 1;
        this.keys.addNumber(key);
        if (drift.length > 0) part.noteDrift(drift);
      },
      other: async (record) => {
        const row = this.#shape(record, injected, part);
        if (row !== null) await this.#write([row], part);
      },
    });
  }

  async #write(rows: readonly Row[], part: Part): Promise<void> {
    await part.write(rows);
    if (this.#snapshot === null) return;
    const { date, spool } = this.#snapshot;
    await spool.write(rows.map((row) => ({ ...row, snapshot_date: date })));
  }

  #shape(record: JsonObject, injected: Row, part: Part): Row | null {
    const { stream, shape } = this.#chosen;
    this.fetched += 1;
    if (stream.hidden_by !== undefined && fulfils(record, stream.hidden_by)) this.#matching += 1;
    const drift: SeenDrift[] = [];
    const shaped = shape(record, injected, (path, typeSeen) => drift.push({ path, typeSeen }));
    if (shaped.kind === 'reject') {
      part.noteDrift(drift);
      part.distrust();
      this.#reject(shaped);
      return null;
    }
    const { row } = shaped;
    const parts = stream.primary_key.map((name) => plainText(row[name]));
    const key = parts.join('|');
    const isFirst = this.keys.add(key);
    const date = stream.dated === undefined ? null : row[stream.dated];
    if (typeof date === 'string' && date < (this.#context.config.startDate ?? '')) {
      part.noteDrift(drift);
      part.distrust();
      this.#leaveOutside(parts, date);
      return null;
    }
    const changedAt = row[stream.cursor ?? ''];
    const isFresh =
      this.#freshSince !== null && typeof changedAt === 'string' && changedAt >= this.#freshSince;
    if (isFresh) this.fresh.push(...parts);
    if (this.#recent?.isStored({ key, row, drift, changedAt, isFirst }) === true) return null;
    notePaid(stream.name, key, row, this.#context);
    part.see(key, row, drift);
    return row;
  }

  /** A record that lies before `start_date`: its row has to go. */
  #leaveOutside(parts: string[], date: string): void {
    this.#recent?.forget(parts.join('|'));
    this.skipped += 1;
    this.removals.push(parts);
    if (monthOf(date) === monthOf(this.#context.config.startDate ?? '')) {
      this.monthsOutside.add(monthOf(date));
    }
  }

  #reject(reject: Reject): void {
    const { stream } = this.#chosen;
    const parts = stream.primary_key.map((name) => plainText(reject.record[name]));
    const key = parts.join('|');
    const row = rejectRow(reject, { stream: stream.name, parts }, this.#context);
    this.keys.add(key);
    this.#recent?.forget(key);
    this.spared.push(parts);
    this.rejects.push(row);
  }

  /** How many of the records that came fulfil the stream's `hidden_by` filter. */
  get matching(): number {
    return this.#matching;
  }

  /** Ends writing. The files can be staged afterwards. */
  async close(): Promise<void> {
    await this.#parts.close();
    await this.#snapshot?.spool.close();
  }

  /** Unknown properties of what is to be stored; those of the rest were noted when it was stored. */
  get drift(): readonly DriftNote[] {
    return this.#parts.drift;
  }

  /** Rows to stage. */
  get rows(): number {
    return this.#parts.rows;
  }

  /** NDJSON files of the rows to stage; none where nothing arrived that is not stored as it is. */
  get files(): readonly string[] {
    return this.#parts.files;
  }

  /** Values of the scope's column whose rows are the same as when they were last stored. */
  get same(): ReadonlySet<string> {
    return this.#parts.same;
  }

  /** Digests of the parts, by name, as they have to be remembered. */
  get digests(): ReadonlyMap<string, string> {
    return this.#parts.digests;
  }

  /** Digests of the newest rows, as they have to be remembered. */
  get recent(): Readonly<Record<string, string>> | undefined {
    return this.#recent?.notes;
  }

  /** How many rows were left out since they are stored as they came, and second copies of them. */
  get known(): { readonly unchanged: number; readonly duplicates: number } {
    const { unchanged, duplicates } = this.#parts.known;
    return {
      unchanged: unchanged + (this.#recent?.unchanged ?? 0),
      duplicates: duplicates + (this.#recent?.duplicates ?? 0),
    };
  }

  /** The day's snapshot, where one was asked for. */
  get snapshot(): { readonly files: readonly string[]; readonly date: string } | null {
    if (this.#snapshot === null) return null;
    const { spool, date } = this.#snapshot;
    return { files: spool.rows > 0 ? [spool.path] : [], date };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts[Symbol.asyncDispose]();
    await this.#snapshot?.spool[Symbol.asyncDispose]();
  }
}
