/** Answers the questions of `verify` from the file; nothing here writes. */
import type { BalanceQuestion, Checks, Found, LiveRows, OrphansQuestion, SumsQuestion } from '../checks.ts';
import { findColumn } from '../own-columns.ts';
import { readDuplicates, readOrphans, readSums, readUnbalanced } from './checks-sql.ts';
import type { DuckDbClient, Session } from './client.ts';
import type { Standing } from './live-sql.ts';
import { readLiveTables } from './live.ts';
import type { Statement } from './sql.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The questions, each asked while nobody else uses the connection. */
export class DuckDbChecks implements Checks {
  readonly #client: DuckDbClient;

  constructor(client: DuckDbClient) {
    this.#client = client;
  }

  readSums(question: SumsQuestion): Promise<Rows> {
    return this.#client.exclusive(async (session) => {
      const of = await standing(session, question.of);
      return of === null ? [] : (await session.read(readSums(of, question))).rows;
    });
  }

  readDuplicates(of: LiveRows, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const table = await standing(session, of);
      return table === null ? NOTHING : find(session, readDuplicates(table.table, of.key, limit));
    });
  }

  readOrphans(question: OrphansQuestion, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const of = await standing(session, question.of);
      const at = await standing(session, question.at);
      return of === null || at === null ? NOTHING : find(session, readOrphans(of, at, question, limit));
    });
  }

  readUnbalanced(question: BalanceQuestion, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const of = await standing(session, question.of);
      const parts = await standing(session, question.parts);
      return of === null || parts === null
        ? NOTHING
        : find(session, readUnbalanced(of, parts, question, limit));
    });
  }
}

const NOTHING: Found = { count: 0, rows: [] };

async function standing(session: Session, { table, key, deletes }: LiveRows): Promise<Standing | null> {
  const live = (await readLiveTables(session, [table])).get(table.toLowerCase());
  if (live === undefined) return null;
  return { table: live.name, key, hasMark: findColumn(live.columns, '_deleted_at') !== undefined, deletes };
}

/** Rows whose first column says how many there are. */
async function find(session: Session, statement: Statement): Promise<Found> {
  const { rows } = await session.read(statement);
  return { count: Number(rows[0]?.[0] ?? 0), rows: rows.map((row) => row.slice(1)) };
}
