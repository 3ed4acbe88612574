/**
 * Pages in, staged rows out: every record of a window is shaped, counted and spooled, or rejected, or skipped.
 * Nothing is counted for good before the window is committed, so that a window can be thrown away and read again.
 */
import { ConnectorError } from '../errors.ts';
import type { JsonObject } from '../harvest/json.ts';
import type { Spool } from '../warehouse/spool.ts';
import type { Row } from '../warehouse/table.ts';
import type { DriftNote } from '../warehouse/warehouse.ts';
import { plainText } from './cast.ts';
import { childrenOf } from './follow-ups.ts';
import type { ChosenStream, RunContext } from './context.ts';

/** Rows that exist beside their records at a time: a page's worth of both would double what it takes. */
const ROWS_AT_ONCE = 200;

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
  /** Distinct keys that were seen; tells whether a list moved while it was read. */
  readonly keys = new Set<string>();
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
  readonly #drift = new Map<string, DriftNote>();
  readonly #chosen: ChosenStream;
  readonly #context: RunContext;
  readonly #spool: Spool;
  #snapshot: { readonly spool: Spool; readonly date: string } | null = null;
  #files: readonly string[] = [];

  private constructor(chosen: ChosenStream, context: RunContext, spool: Spool) {
    this.#chosen = chosen;
    this.#context = context;
    this.#spool = spool;
    this.seenAt = context.startedAt;
    const read = childrenOf(chosen.stream, context.catalog).map(({ name }) => context.states.cursor(name));
    this.#freshSince = read.filter((cursor) => cursor !== null).toSorted()[0] ?? null;
  }

  static async open(chosen: ChosenStream, context: RunContext): Promise<Intake> {
    return new Intake(chosen, context, await context.spools.open());
  }

  /** From now on every row is also written for the day's snapshot table. */
  async alsoSnapshot(date: string): Promise<void> {
    this.#snapshot = { spool: await this.#context.spools.open(), date };
  }

  /**
   * Takes the records of a page, with the values that come from the request (parent id, period).
   * @throws ConnectorError RECORD_INVALID under `on_invalid: fail`
   */
  async take(records: readonly JsonObject[], injected: Row = {}): Promise<void> {
    for (let from = 0; from < records.length; from += ROWS_AT_ONCE) {
      const rows: Row[] = [];
      for (const record of records.slice(from, from + ROWS_AT_ONCE)) {
        const row = this.#shape(record, injected);
        if (row !== null) rows.push(row);
      }
      await this.#spool.write(rows);
      if (this.#snapshot === null) continue;
      const { date, spool } = this.#snapshot;
      await spool.write(rows.map((row) => ({ ...row, snapshot_date: date })));
    }
  }

  #shape(record: JsonObject, injected: Row): Row | null {
    const { stream, shape } = this.#chosen;
    this.fetched += 1;
    if (stream.hidden_by !== undefined && fulfils(record, stream.hidden_by)) this.#matching += 1;
    const shaped = shape(record, injected, (path, typeSeen) => this.#noteDrift(path, typeSeen));
    if (shaped.kind === 'reject') {
      this.#reject(shaped.path, shaped.reason, shaped.record);
      return null;
    }
    const { row } = shaped;
    const key = stream.primary_key.map((name) => plainText(row[name]));
    this.keys.add(key.join('|'));
    const date = stream.dated === undefined ? null : row[stream.dated];
    if (
      typeof date === 'string' &&
      this.#context.config.startDate !== null &&
      date < this.#context.config.startDate
    ) {
      this.skipped += 1;
      this.removals.push(key);
      return null;
    }
    const changedAt = row[stream.cursor ?? ''];
    const isFresh =
      this.#freshSince !== null && typeof changedAt === 'string' && changedAt >= this.#freshSince;
    if (isFresh) this.fresh.push(...key);
    return row;
  }

  #reject(path: string, reason: string, record: Row): void {
    const { stream } = this.#chosen;
    const parts = stream.primary_key.map((name) => plainText(record[name]));
    const key = parts.join('|');
    const { config, runId, now } = this.#context;
    if (config.sync.onInvalid === 'fail') {
      throw new ConnectorError('RECORD_INVALID', `${stream.name} ${key}: ${path} ${reason}`, {
        stream: stream.name,
      });
    }
    this.keys.add(key);
    this.spared.push(parts);
    this.rejects.push({
      stream: stream.name,
      record_key: parts.every((part) => part !== '') ? key : null,
      path,
      reason,
      record,
      run_id: runId,
      rejected_at: now().toISOString(),
    });
  }

  #noteDrift(path: string, typeSeen: string): void {
    const id = `${path}\n${typeSeen}`;
    const occurrences = (this.#drift.get(id)?.occurrences ?? 0) + 1;
    this.#drift.set(id, { stream: this.#chosen.stream.name, path, typeSeen, occurrences });
  }

  /** How many of the records that came fulfil the stream's `hidden_by` filter. */
  get matching(): number {
    return this.#matching;
  }

  get drift(): readonly DriftNote[] {
    return [...this.#drift.values()];
  }

  get rows(): number {
    return this.#spool.rows;
  }

  /** Ends writing. The files can be staged afterwards. */
  async close(): Promise<void> {
    await this.#spool.close();
    await this.#snapshot?.spool.close();
    this.#files = this.#spool.rows > 0 ? [this.#spool.path] : [];
  }

  /** NDJSON files of the stream's rows; none where nothing arrived. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** The day's snapshot, where one was asked for. */
  get snapshot(): { readonly file: string; readonly date: string } | null {
    return this.#snapshot === null ? null : { file: this.#snapshot.spool.path, date: this.#snapshot.date };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#spool[Symbol.asyncDispose]();
    await this.#snapshot?.spool[Symbol.asyncDispose]();
  }
}

function fulfils(record: JsonObject, filter: Readonly<Record<string, string>>): boolean {
  return Object.entries(filter).every(([name, value]) => JSON.stringify(record[name]) === value);
}
