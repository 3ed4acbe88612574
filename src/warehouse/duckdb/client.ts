import { rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance, type DuckDBConnection, type DuckDBType } from '@duckdb/node-api';
import { classifyDuckDb } from '../../classify/duckdb.ts';
import { ConnectorError } from '../../errors.ts';
import { LIMITS, ROOMY_LIMIT, ROWS_PER_GROUP } from './limits.ts';
import { literal, quote, type Statement } from './sql.ts';
import { valueText } from './text.ts';
import { isOutOfMemory, translated } from './translated.ts';

/** About 12 bytes each as measured, so 12 MB; one commit may add twice that before the file is attached anew. */
const UPDATED_VALUES_LIMIT = 1_000_000;

/** How patiently the file is attached anew: ten seconds in all. */
const ATTACH_ATTEMPTS = 100;
const ATTACH_PAUSE_MS = 100;

/** The database's name inside DuckDB; views must not depend on it, so no stored statement may name it. */
const ATTACHED = 'warehouse_file';

/** The new file while it is written. */
const DRAFT = 'warehouse_draft';

/** How a file is attached that is written to. */
const GROUPS = `, ROW_GROUP_SIZE ${ROWS_PER_GROUP}`;

/** Values as text, as a statement answered them. */
export interface TextRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What may be done while nobody else uses the connection. */
export interface Session {
  /** Runs a statement and tells how many rows it changed. */
  run(statement: Statement): Promise<number>;
  /** Runs a query and gives its rows as text. */
  read(statement: Statement): Promise<TextRows>;
  /** The names and types of a query's columns. */
  types(statement: Statement): Promise<readonly (readonly [name: string, type: DuckDBType])[]>;
  /** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Counts values that were updated in place. DuckDB 1.5.6 keeps those in memory for as long as the file is attached,
   * outside of what it can write to disk; past a limit the file is detached and attached anew. Between transactions only.
   */
  updated(values: number): Promise<void>;
  /**
   * Puts a new file with the same content in the place of the file: blocks that were freed keep their bytes until they
   * are used again. A process that is killed meanwhile leaves the old file as it is. Between transactions only.
   */
  rewrite(): Promise<void>;
}

/**
 * One connection to one database file. The file is attached to a database in memory instead of being opened as the
 * main one: DuckDB 1.5.6 cannot replay the log of a killed process that had added a field to a list of records
 * ("no default database set") unless another database is there first.
 */
export class DuckDbClient {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;
  #isRoomy = false;
  #updatedValues = 0;
  readonly #path: string;
  readonly #mode: 'readwrite' | 'readonly';

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    path: string,
    mode: 'readwrite' | 'readonly',
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#path = path;
    this.#mode = mode;
  }

  /**
   * Opens the file; a file that does not exist is created in mode `readwrite`.
   * @throws ConnectorError WAREHOUSE_BUSY, WAREHOUSE_NOT_DUCKDB, WAREHOUSE_UNWRITABLE, WAREHOUSE_MISSING, DISK_FULL
   */
  static async open(
    path: string,
    mode: 'readwrite' | 'readonly',
    temporaryFolder: string,
  ): Promise<DuckDbClient> {
    return translated(async () => {
      const instance = await DuckDBInstance.create(':memory:', {
        ...LIMITS,
        temp_directory: temporaryFolder,
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      const connection = await instance.connect();
      const client = new DuckDbClient(instance, connection, path, mode);
      try {
        await connection.run("SET TimeZone = 'UTC'");
        await client.#attach();
      } catch (error) {
        connection.closeSync();
        instance.closeSync();
        throw error;
      }
      return client;
    });
  }

  /** Runs `work` when all work before it is done; nothing else reaches the connection meanwhile. */
  exclusive<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const turn = this.#tail.then(() => {
      if (this.#closed) throw new ConnectorError('INTERNAL', 'The warehouse was used after it was closed');
      return work(this.#session);
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  /** Waits for the running work, brings the log into the file and closes it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const last = this.#tail;
    this.#closed = true;
    await last;
    try {
      await this.#detach();
    } catch {
      // What was committed stands in the log beside the file, and the next opening brings it in.
    }
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  readonly #session: Session = {
    run: ({ sql, values }) => translated(async () => (await this.#connection.run(sql, values)).rowsChanged),
    read: ({ sql, values }) =>
      translated(async () => {
        const reader = await this.#connection.runAndReadAll(sql, values);
        return { columns: reader.columnNames(), rows: reader.getRows().map((row) => row.map(valueText)) };
      }),
    types: ({ sql, values }) =>
      translated(async () => {
        const result = await this.#connection.run(sql, values);
        const types = result.columnTypes();
        return result.columnNames().flatMap((name, at) => {
          const type = types[at];
          return type === undefined ? [] : [[name, type] as const];
        });
      }),
    transaction: (work) => this.#transaction(work),
    updated: (values) => this.#countUpdated(values),
    rewrite: () => this.#withRoom(() => translated(() => this.#rewrite())),
  };

  async #attach(): Promise<void> {
    const access = this.#mode === 'readonly' ? ', READ_ONLY' : GROUPS;
    await this.#connection.run(`ATTACH ${literal(this.#path)} AS ${quote(ATTACHED)} (TYPE duckdb${access})`);
    await this.#connection.run(`USE ${quote(ATTACHED)}`);
  }

  async #detach(): Promise<void> {
    await this.#connection.run('USE memory');
    await this.#connection.run(`DETACH ${quote(ATTACHED)}`);
  }

  async #countUpdated(values: number): Promise<void> {
    this.#updatedValues += values;
    if (this.#updatedValues < UPDATED_VALUES_LIMIT) return;
    this.#updatedValues = 0;
    await translated(async () => {
      await this.#detach();
      await this.#attachAgain();
    });
  }

  async #attachAgain(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attach();
      } catch (error) {
        // Whoever only looks at the file may hold it for the moment between.
        if (attempt >= ATTACH_ATTEMPTS || classifyDuckDb(error)?.code !== 'WAREHOUSE_BUSY') throw error;
        await sleep(ATTACH_PAUSE_MS);
      }
    }
  }

  async #rewrite(): Promise<void> {
    const draft = `${this.#path}.new-${process.pid}`;
    await rm(draft, { force: true });
    try {
      await this.#connection.run(`ATTACH ${literal(draft)} AS ${quote(DRAFT)} (TYPE duckdb${GROUPS})`);
      await this.#connection.run(`COPY FROM DATABASE ${quote(ATTACHED)} TO ${quote(DRAFT)}`);
      await this.#connection.run(`DETACH ${quote(DRAFT)}`);
      await this.#detach();
      await rename(draft, this.#path);
      await this.#attachAgain();
    } finally {
      await this.#connection.run(`DETACH DATABASE IF EXISTS ${quote(DRAFT)}`).catch(() => undefined);
      await rm(draft, { force: true });
      await rm(`${draft}.wal`, { force: true });
    }
  }

  #transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#withRoom(() => this.#attempt(work));
  }

  /** Work that runs out of memory, and leaves nothing behind, is tried once more with room; the room then stays. */
  async #withRoom<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#isRoomy || !isOutOfMemory(error)) throw error;
      this.#isRoomy = true;
      await this.#session.run({ sql: `SET memory_limit = ${literal(ROOMY_LIMIT)}` });
      return work();
    }
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    await this.#session.run({ sql: 'BEGIN TRANSACTION' });
    try {
      const result = await work();
      await this.#session.run({ sql: 'COMMIT' });
      return result;
    } catch (error) {
      // A COMMIT that failed has rolled back already, and there is nothing left to roll back.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}
