import { HOUSEKEEPING } from '../../catalog/housekeeping.ts';
import { ConnectorError } from '../../errors.ts';
import { Locks } from '../../locks.ts';
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
  TextRows,
  Warehouse,
} from '../warehouse.ts';
import { loadRows } from './append.ts';
import type { LiveTable } from './columns.ts';
import { BigQueryChecks } from './checks.ts';
import { writeCommit } from './commit.ts';
import { compareStaged } from './compare.ts';
import { emptyColumns } from './emptied.ts';
import { pruneHistory } from './history.ts';
import { KnownIds } from './known-ids.ts';
import { readLiveTable } from './live.ts';
import { alreadyStored, storeOnce } from './once.ts';
import type { Place } from './place.ts';
import { BIGQUERY_CAPABILITIES, planTables } from './plan-tables.ts';
import { pruneOldStates } from './prune.ts';
import { countRows, readHousekeeping, readLive, readQuery, readRows } from './reads.ts';
import { refuseShrinking } from './shrink.ts';
import { dropStaged, resultOf, stageLoad, type StagedLoad, type Target } from './staging.ts';
import { loadStates } from './state.ts';
import { ensureTables } from './tables.ts';
import { eraseValues, lookUpValues, readErasures } from './erase.ts';
import { dropStagedTables, dropTables, readInventory } from './inventory.ts';
import type { Erasure, Inventory, KnownNames, Lookup, Tombstone } from '../erasure.ts';

/** A BigQuery dataset as a warehouse. Loads are staged side by side; commits of one table come one after the other. */
export class BigQueryWarehouse implements Warehouse {
  readonly label: string;
  readonly capabilities: Capabilities = BIGQUERY_CAPABILITIES;
  readonly checks: BigQueryChecks;
  readonly #place: Place;
  readonly #locks = new Locks();
  readonly #live = new Map<string, LiveTable>();
  readonly #written = new Map<string, number>();
  readonly #staged = new Map<PreparedLoad, StagedLoad>();
  /** Loads that were stored when they were prepared. */
  readonly #stored = new Set<PreparedLoad>();
  readonly #ids: KnownIds;
  #stateRows = 0;
  #hasBilled = false;

  constructor(label: string, place: Place) {
    this.label = label;
    this.checks = new BigQueryChecks(place);
    this.#ids = new KnownIds(place);
    this.#place = place;
  }

  async ensure(tables: readonly Table[], views: readonly FlatView[]): Promise<readonly SchemaChange[]> {
    const { changes, live } = await ensureTables(tables, views, this.#place);
    for (const [name, table] of live) this.#live.set(name, table);
    return changes;
  }

  planTables: Warehouse['planTables'] = (tables, views) => planTables(tables, views, this.#place);

  async readStates(): Promise<ReadonlyMap<string, StoredState>> {
    const { states, rows } = await loadStates(this.#place);
    this.#stateRows = rows;
    return states;
  }

  readIds(table: string, column: string, after: string | null, limit: number): Promise<readonly string[]> {
    return this.#ids.after({ table, column, generation: this.#generation(table) }, after, limit);
  }

  readRows(
    table: string,
    columns: readonly string[],
    where: { readonly column: string; readonly values: readonly string[] },
    stream: string,
  ): Promise<TextRows['rows']> {
    return readRows(table, columns, where, stream, this.#place);
  }

  readLive(
    table: string,
    column: string | null,
    deletes: TableLoad['deletes'],
    stream: string,
  ): Promise<ReadonlyMap<string, number>> {
    return readLive(table, column, deletes, stream, this.#place);
  }

  async prepare(load: TableLoad): Promise<PreparedLoad> {
    const stored = load.once === undefined ? null : await storeOnce(load, load.once, this.#place);
    const target = await this.#target(load.table.name);
    if (stored !== null) {
      const done: PreparedLoad = alreadyStored(load, stored, () => this.#stored.delete(done));
      this.#stored.add(done);
      return done;
    }
    const staged = await stageLoad(load, target, this.#place);
    const { comparison } = staged;
    const { inserted, updated, goneByScope, goneByRemoval } = comparison;
    const prepared: PreparedLoad = {
      load,
      transitions: comparison.transitions,
      missing: comparison.missing,
      gone: goneByScope,
      willWrite: inserted + updated + goneByScope + goneByRemoval > 0,
      result: resultOf(staged),
      discard: () => this.#discard(prepared),
    };
    this.#staged.set(prepared, staged);
    return prepared;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const loads = commit.loads.filter((load) => !this.#stored.has(load)).map((load) => this.#stagedOf(load));
    const names = [
      ...loads.map(({ load }) => load.table.name),
      ...commit.renames.map(({ table }) => table.name),
    ];
    if (new Set(commit.loads.map(({ load }) => load.table.name)).size < commit.loads.length) {
      throw new ConnectorError('INTERNAL', 'A commit holds two loads of one table');
    }
    const touched = [
      ...new Set([...names, ...(commit.drift.length > 0 ? [HOUSEKEEPING.schemaDrift.name] : [])]),
    ];
    return this.#locks.with(touched, async () => {
      const current = await Promise.all(loads.map((load) => this.#compareAgain(load)));
      for (const load of current) await refuseShrinking(load, this.#place);
      const live = async (name: string): Promise<LiveTable> => (await this.#target(name)).live;
      const renamed = await writeCommit({ commit, loads: current, live }, this.#place);
      for (const name of touched) this.#written.set(name, this.#generation(name) + 1);
      this.#hasBilled ||= touched.length > 0;
      const results = new Map(current.map((load) => [load.load, resultOf(load)]));
      return { loads: commit.loads.map(({ load, result }) => results.get(load) ?? result), renamed };
    });
  }

  async emptyColumns(emptying: Emptying): Promise<ReadonlyMap<string, number>> {
    const touched = await emptyColumns(emptying, this.#place);
    for (const name of touched.keys()) this.#written.set(name, this.#generation(name) + 1);
    this.#hasBilled = true;
    return touched;
  }

  readErasures(): Promise<readonly Tombstone[]> {
    return readErasures(this.#place);
  }

  lookUp(lookups: readonly Lookup[]): ReturnType<typeof lookUpValues> {
    return lookUpValues(lookups, this.#place);
  }

  eraseValues(erasure: Erasure): Promise<ReadonlyMap<string, number>> {
    return eraseValues(erasure, this.#place);
  }

  /** What BigQuery itself keeps of old rows (time travel, fail-safe) goes after two weeks at most. */
  forgetTraces(): Promise<void> {
    return dropStagedTables(this.#place);
  }

  inventory(known: KnownNames): Promise<Inventory> {
    return readInventory(known, this.#place);
  }

  async drop(names: readonly string[]): Promise<void> {
    await dropTables(names, this.#place);
    await dropStagedTables(this.#place);
  }

  pruneHistory(table: string, before: string): Promise<number> {
    return pruneHistory(table, before, this.#place);
  }

  async append(table: Table, rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return;
    const into = this.#place.table(table.name);
    await loadRows(rows, { table, into, disposition: 'append', stream: null }, this.#place);
  }

  counts(tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return countRows(tables, this.#place);
  }

  readHousekeeping(
    table: Table,
    orderBy: string,
    limit: number,
  ): Promise<readonly Readonly<Record<string, string | null>>[]> {
    return readHousekeeping(table, orderBy, limit, this.#place);
  }

  query(sql: string): Promise<TextRows> {
    return readQuery(sql, this.#place);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await pruneOldStates(this.#stateRows, this.#hasBilled, this.#place);
    } finally {
      await this.#place.spools[Symbol.asyncDispose]();
    }
  }

  #generation(table: string): number {
    return this.#written.get(table) ?? 0;
  }

  async #target(name: string): Promise<Target> {
    const live =
      this.#live.get(name) ??
      (await readLiveTable(this.#place.jobs.client, this.#place.table(name), this.#place.signal));
    if (live === null) throw new ConnectorError('INTERNAL', `The table ${name} was not ensured`);
    this.#live.set(name, live);
    return { live, generation: this.#generation(name) };
  }

  /** What was written to a table since a load was compared with it may have changed what the load does. */
  async #compareAgain(staged: StagedLoad): Promise<StagedLoad> {
    const generation = this.#generation(staged.load.table.name);
    if (generation === staged.comparison.generation || staged.tables.length === 0) return staged;
    const comparison = await compareStaged(staged, generation, this.#place);
    const again = { ...staged, comparison, tables: [...staged.tables, comparison.from] };
    for (const [prepared, known] of this.#staged) if (known === staged) this.#staged.set(prepared, again);
    return again;
  }

  #stagedOf(load: PreparedLoad): StagedLoad {
    const staged = this.#staged.get(load);
    if (staged === undefined)
      throw new ConnectorError('INTERNAL', 'A load was committed that is not prepared');
    return staged;
  }

  async #discard(load: PreparedLoad): Promise<void> {
    const staged = this.#staged.get(load);
    this.#staged.delete(load);
    if (staged !== undefined) await dropStaged(staged, this.#place);
  }
}
