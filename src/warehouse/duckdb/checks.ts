/** Answers the questions of `verify` from the file; nothing here writes. */
import type { BalanceQuestion, Checks, Found, LiveRows, OrphansQuestion, SumsQuestion } from '../checks.ts';
import { readDuplicates, readOrphans, readSums, readTables, readUnbalanced } from './checks-sql.ts';
import type { DuckDbClient, Session } from './client.ts';
import type { Standing } from './live-sql.ts';
import type { Statement } from './sql.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The questions, each asked while nobody else uses the connection. */
export class DuckDbChecks implements Checks {
  readonly #client: DuckDbClient;
  #tables: ReadonlyMap<string, { readonly name: string; readonly hasMark: boolean }> | null = null;

  constructor(client: DuckDbClient) {
    this.#client = client;
  }

  readSums(question: SumsQuestion): Promise<Rows> {
    return this.#client.exclusive(async (session) => {
      const of = await this.#standing(session, question.of);
      return of === null ? [] : (await session.read(readSums(of, question))).rows;
    });
  }

  readDuplicates(of: LiveRows, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const table = await this.#standing(session, of);
      return table === null ? NOTHING : find(session, readDuplicates(table.table, of.key, limit));
    });
  }

  readOrphans(question: OrphansQuestion, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const of = await this.#standing(session, question.of);
      const at = await this.#standing(session, question.at);
      return of === null || at === null ? NOTHING : find(session, readOrphans(of, at, question, limit));
    });
  }

  readUnbalanced(question: BalanceQuestion, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const of = await this.#standing(session, question.of);
      const parts = await this.#standing(session, question.parts);
      return of === null || parts === null
        ? NOTHING
        : find(session, readUnbalanced(of, parts, question, limit));
    });
  }

  /** The tables may have changed since they were looked at. */
  forget(): void {
    this.#tables = null;
  }

  /** A table as far as it matters; all of them are looked at together, which takes as long as looking at one. */
  async #standing(session: Session, { table, key, deletes }: LiveRows): Promise<Standing | null> {
    if (this.#tables === null) {
      const { rows } = await session.read(readTables());
      this.#tables = new Map(
        rows.map(([id, name, hasMark]) => [id ?? '', { name: name ?? '', hasMark: hasMark === 'true' }]),
      );
    }
    const known = this.#tables.get(table.toLowerCase());
    return known === undefined ? null : { table: known.name, key, hasMark: known.hasMark, deletes };
  }
}

const NOTHING: Found = { count: 0, rows: [] };

/** Rows whose first column says how many there are. */
async function find(session: Session, statement: Statement): Promise<Found> {
  const { rows } = await session.read(statement);
  return { count: Number(rows[0]?.[0] ?? 0), rows: rows.map((row) => row.slice(1)) };
}
