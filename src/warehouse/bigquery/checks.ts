/** Answers the questions of `verify` from the dataset; nothing here writes. */
import type {
  BalanceQuestion,
  Checks,
  Found,
  HistoryQuestion,
  LiveRows,
  OrphansQuestion,
  SumsQuestion,
} from '../checks.ts';
import { findColumn } from '../own-columns.ts';
import { readDuplicates, readOrphans, readSums, readUnbalanced, type StandingRef } from './checks-sql.ts';
import { historyOf, historyShape } from './history.ts';
import { readFaults } from './history-sql.ts';
import { readLiveTable } from './live.ts';
import type { Place } from './place.ts';
import { runQuery } from './reads.ts';
import type { Statement } from './sql.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The questions, one job each. */
export class BigQueryChecks implements Checks {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async readColumns(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const { jobs, signal } = this.#place;
    const found = await Promise.all(
      tables.map((table) => readLiveTable(jobs.client, this.#place.table(table), signal)),
    );
    return new Map(
      found.flatMap((live) => (live === null ? [] : [[live.name, live.fields.map(({ name }) => name)]])),
    );
  }

  async readSums(question: SumsQuestion, stream: string): Promise<Rows> {
    const of = await this.#standing(question.of);
    return of === null ? [] : (await runQuery(readSums(of, question), stream, this.#place)).rows;
  }

  async readDuplicates(of: LiveRows, limit: number, stream: string): Promise<Found> {
    const standing = await this.#standing(of);
    return standing === null ? NOTHING : this.#find(readDuplicates(standing.table, of.key, limit), stream);
  }

  async readOrphans(question: OrphansQuestion, limit: number, stream: string): Promise<Found> {
    const of = await this.#standing(question.of);
    const at = await this.#standing(question.at);
    return of === null || at === null ? NOTHING : this.#find(readOrphans(of, at, question, limit), stream);
  }

  async readUnbalanced(question: BalanceQuestion, limit: number, stream: string): Promise<Found> {
    const of = await this.#standing(question.of);
    const parts = await this.#standing(question.parts);
    if (of === null || parts === null) return NOTHING;
    return this.#find(readUnbalanced(of, parts, question, limit), stream);
  }

  async readHistoryFaults(
    { of, history, columns }: HistoryQuestion,
    limit: number,
    stream: string,
  ): Promise<Found> {
    const { jobs, signal } = this.#place;
    const [rows, versions] = await Promise.all(
      [of.table, history].map((table) => readLiveTable(jobs.client, this.#place.table(table), signal)),
    );
    if (rows == null || versions == null) return NOTHING;
    const shape = historyShape(columns, of.key, rows, versions, this.#place);
    return this.#find(readFaults(historyOf(shape, rows, of.deletes, this.#place), limit), stream);
  }

  async #standing({ table, key, deletes }: LiveRows): Promise<StandingRef | null> {
    const ref = this.#place.table(table);
    const live = await readLiveTable(this.#place.jobs.client, ref, this.#place.signal);
    if (live === null) return null;
    const hasMark = findColumn(live.fields, '_deleted_at') !== undefined;
    return { table: ref, key, hasMark, noted: deletes === 'keep' ? this.#place.table('_deletions') : null };
  }

  /** Rows whose first column says how many there are. */
  async #find(statement: Statement, stream: string): Promise<Found> {
    const { rows } = await runQuery(statement, stream, this.#place);
    return { count: Number(rows[0]?.[0] ?? 0), rows: rows.map((row) => row.slice(1)) };
  }
}

const NOTHING: Found = { count: 0, rows: [] };
