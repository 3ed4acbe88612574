import { basename } from 'node:path';
import { BUDGET_HISTORY } from '../../catalog/tables.ts';
import { ConnectorError } from '../../errors.ts';
import type { SpoolFolder } from '../spool-folder.ts';
import type { FlatView, Row, Table } from '../table.ts';
import type {
  Capabilities,
  Commit,
  CommitResult,
  Emptying,
  PreparedLoad,
  SchemaChange,
  StoredState,
  TableLoad,
  TablePlan,
  Warehouse,
} from '../warehouse.ts';
import { DuckDbChecks } from './checks.ts';
import type { DuckDbClient, Session, TextRows } from './client.ts';
import type { LiveTable } from './columns.ts';
import { writeCommit, type Generations } from './commit.ts';
import { emptyColumns } from './emptied.ts';
import { pruneVersions } from './history-sql.ts';
import { appendRows, pruneNotes } from './housekeeping-sql.ts';
import { readLiveTables } from './live.ts';
import { countRows, readHousekeeping, readIds, readLive, readQuery, readRows } from './reads.ts';
import { DUCKDB_CAPABILITIES, planTables } from './plan-tables.ts';
import { dropStaged, missingOf, preparedOf, stageLoad, transitionsOf, type StagedLoad } from './staging.ts';
import { loadStates } from './state.ts';
import { ensureTables } from './tables.ts';
import { eraseValues, lookUpValues, readErasures } from './erase.ts';
import { dropTables, readInventory } from './inventory.ts';
import type { Erasure, Inventory, KnownNames, Lookup, Tombstone } from '../erasure.ts';

/** A DuckDB file as a warehouse. All work passes through one connection, one piece at a time. */
export class DuckDbWarehouse implements Warehouse {
  readonly label: string;
  readonly capabilities: Capabilities = DUCKDB_CAPABILITIES;
  readonly checks: DuckDbChecks;
  readonly #client: DuckDbClient;
  readonly #folder: SpoolFolder;
  readonly #onClosed: () => void;
  readonly #live = new Map<string, LiveTable>();
  readonly #staged = new Map<PreparedLoad, StagedLoad>();
  readonly #written = new Map<string, number>();
  #loads = 0;

  constructor(path: string, client: DuckDbClient, folder: SpoolFolder, onClosed: () => void) {
    this.label = basename(path);
    this.checks = new DuckDbChecks(client);
    this.#client = client;
    this.#folder = folder;
    this.#onClosed = onClosed;
  }

  ensure(tables: readonly Table[], views: readonly FlatView[]): Promise<readonly SchemaChange[]> {
    return this.#client.exclusive(async (session) => {
      this.#live.clear();
      this.checks.forget();
      const changes = await ensureTables(session, tables, views);
      // Some DuckDB tools cannot replay changed tables from the log, so it does not keep them longer than this.
      if (changes.length > 0) await session.run({ sql: 'CHECKPOINT' });
      return changes;
    });
  }

  planTables(tables: readonly Table[], views: readonly FlatView[]): Promise<TablePlan> {
    return this.#client.exclusive((session) => planTables(session, tables, views));
  }

  readStates(): Promise<ReadonlyMap<string, StoredState>> {
    return this.#client.exclusive(loadStates);
  }

  readIds(table: string, column: string, after: string | null, limit: number): Promise<readonly string[]> {
    return this.#client.exclusive((session) => readIds(session, table, column, after, limit));
  }

  readRows(
    table: string,
    columns: readonly string[],
    where: { readonly column: string; readonly values: readonly string[] },
  ): Promise<TextRows['rows']> {
    return this.#client.exclusive((session) => readRows(session, table, columns, where));
  }

  readLive(
    table: string,
    column: string | null,
    deletes: TableLoad['deletes'],
  ): Promise<ReadonlyMap<string, number>> {
    return this.#client.exclusive((session) => readLive(session, table, column, deletes));
  }

  prepare(load: TableLoad): Promise<PreparedLoad> {
    return this.#client.exclusive(async (session) => {
      const live = await this.#liveTable(session, load.table.name);
      const id = ++this.#loads;
      const generation = this.#generations.of(live.name);
      // In a transaction, so that a load that cannot be read leaves no temporary table behind.
      const { staged, ...told } = await session.transaction(async () => {
        const made = await stageLoad(session, load, live, id, generation);
        const transitions = await transitionsOf(session, made);
        return { staged: made, transitions, missing: await missingOf(session, made) };
      });
      const prepared = preparedOf(staged, told, () => this.#discard([prepared]));
      this.#staged.set(prepared, staged);
      return prepared;
    });
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#client.exclusive(async (session) => {
      const loads = commit.loads.map((load) => this.#stagedOf(load));
      const live = (table: string): Promise<LiveTable> => this.#liveTable(session, table);
      const { result, valuesInPlace } = await writeCommit(session, commit, loads, live, this.#generations);
      for (const load of commit.loads) await this.#drop(session, load);
      await session.updated(valuesInPlace);
      return result;
    });
  }

  emptyColumns(emptying: Emptying): Promise<ReadonlyMap<string, number>> {
    return this.#client.exclusive((session) =>
      emptyColumns(session, emptying, (table) => this.#generations.wrote(table)),
    );
  }

  pruneHistory(table: string, before: string): Promise<number> {
    return this.#client.exclusive(async (session) => {
      const live = (await readLiveTables(session, [table])).get(table.toLowerCase());
      if (live === undefined) return 0;
      const isNotes = table.startsWith('_') || table === BUDGET_HISTORY;
      return session.run((isNotes ? pruneNotes : pruneVersions)(live.name, before));
    });
  }

  readErasures(): Promise<readonly Tombstone[]> {
    return this.#client.exclusive(readErasures);
  }

  lookUp(lookups: readonly Lookup[]): ReturnType<typeof lookUpValues> {
    return this.#client.exclusive((session) => lookUpValues(session, lookups));
  }

  eraseValues(erasure: Erasure): Promise<ReadonlyMap<string, number>> {
    return this.#client.exclusive((session) => eraseValues(session, erasure));
  }

  forgetTraces(): Promise<void> {
    return this.#client.exclusive((session) => session.rewrite());
  }

  inventory(known: KnownNames): Promise<Inventory> {
    return this.#client.exclusive((session) => readInventory(session, known));
  }

  drop(names: readonly string[]): Promise<void> {
    return this.#client.exclusive((session) => dropTables(session, names));
  }

  append(table: Table, rows: readonly Row[]): Promise<void> {
    return this.#client.exclusive((session) =>
      session.transaction(async () => {
        for (const statement of appendRows(table, rows)) await session.run(statement);
      }),
    );
  }

  counts(tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.#client.exclusive((session) => countRows(session, tables));
  }

  readHousekeeping(
    table: Table,
    orderBy: string,
    limit: number,
  ): Promise<readonly Readonly<Record<string, string | null>>[]> {
    return this.#client.exclusive((session) => readHousekeeping(session, table, orderBy, limit));
  }

  query(sql: string): Promise<TextRows> {
    return this.#client.exclusive((session) => readQuery(session, sql));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    this.#onClosed();
    await this.#folder[Symbol.asyncDispose]();
  }

  readonly #generations: Generations = {
    of: (table) => this.#written.get(table.toLowerCase()) ?? 0,
    wrote: (table) => {
      this.#written.set(table.toLowerCase(), this.#generations.of(table) + 1);
    },
  };

  async #liveTable(session: Session, name: string): Promise<LiveTable> {
    const id = name.toLowerCase();
    const known = this.#live.get(id) ?? (await readLiveTables(session, [name])).get(id);
    if (known === undefined) throw new ConnectorError('INTERNAL', `The table ${name} was not ensured`);
    this.#live.set(id, known);
    return known;
  }

  #stagedOf(load: PreparedLoad): StagedLoad {
    const staged = this.#staged.get(load);
    if (staged === undefined)
      throw new ConnectorError('INTERNAL', 'A load was committed that is not prepared');
    return staged;
  }

  async #discard(loads: readonly PreparedLoad[]): Promise<void> {
    if (!loads.some((load) => this.#staged.has(load))) return;
    await this.#client.exclusive(async (session) => {
      for (const load of loads) await this.#drop(session, load);
    });
  }

  async #drop(session: Session, load: PreparedLoad): Promise<void> {
    const staged = this.#staged.get(load);
    this.#staged.delete(load);
    if (staged !== undefined) await dropStaged(session, staged);
  }
}
