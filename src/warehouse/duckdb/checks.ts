/** Answers the questions of `verify` from the file; nothing here writes. */
import type {
  BalanceQuestion,
  Checks,
  Found,
  HistoryQuestion,
  LiveRows,
  OrphansQuestion,
  SumsQuestion,
} from '../checks.ts';
import type { TableColumn } from '../table.ts';
import { readDuplicates, readOrphans, readSums, readTables, readUnbalanced } from './checks-sql.ts';
import type { DuckDbClient, Session } from './client.ts';
import { sqlType } from './columns.ts';
import { readFaults, type VersionedColumn } from './history-sql.ts';
import type { Standing } from './live-sql.ts';
import type { Statement } from './sql.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The questions, each asked while nobody else uses the connection. */
export class DuckDbChecks implements Checks {
  readonly #client: DuckDbClient;
  #tables: Tables | null = null;

  constructor(client: DuckDbClient) {
    this.#client = client;
  }

  readColumns(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#client.exclusive(async (session) => {
      const tables = await this.#columns(session);
      const found = names.map((name) => [name, tables.get(name.toLowerCase())?.columns] as const);
      return new Map(found.flatMap(([name, columns]) => (columns === undefined ? [] : [[name, columns]])));
    });
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

  readHistoryFaults({ of, history, columns }: HistoryQuestion, limit: number): Promise<Found> {
    return this.#client.exclusive(async (session) => {
      const rows = await this.#standing(session, of);
      const versions = (await this.#columns(session)).get(history.toLowerCase());
      if (rows === null || versions === undefined) return NOTHING;
      const shape = { table: versions.name, key: of.key, columns: columns.map(versionedColumn) };
      return find(session, readFaults({ rows, history: shape }, limit));
    });
  }

  /** The tables may have changed since they were looked at. */
  forget(): void {
    this.#tables = null;
  }

  /** All tables are looked at together, once, which takes as long as looking at one. */
  async #columns(session: Session): Promise<Tables> {
    if (this.#tables !== null) return this.#tables;
    const tables = new Map<string, { readonly name: string; readonly columns: string[] }>();
    for (const [name, column] of (await session.read(readTables())).rows) {
      const known = tables.get((name ?? '').toLowerCase()) ?? { name: name ?? '', columns: [] };
      tables.set(known.name.toLowerCase(), known);
      known.columns.push(column ?? '');
    }
    this.#tables = tables;
    return tables;
  }

  async #standing(session: Session, { table, key, deletes }: LiveRows): Promise<Standing | null> {
    const known = (await this.#columns(session)).get(table.toLowerCase());
    if (known === undefined) return null;
    return { table: known.name, key, hasMark: known.columns.includes('_deleted_at'), deletes };
  }
}

function versionedColumn(column: TableColumn): VersionedColumn {
  return { name: column.name, type: sqlType(column), versionType: sqlType(column) };
}

type Tables = ReadonlyMap<string, { readonly name: string; readonly columns: readonly string[] }>;

const NOTHING: Found = { count: 0, rows: [] };

/** Rows whose first column says how many there are. */
async function find(session: Session, statement: Statement): Promise<Found> {
  const { rows } = await session.read(statement);
  return { count: Number(rows[0]?.[0] ?? 0), rows: rows.map((row) => row.slice(1)) };
}
