/**
 * Stands in for the warehouse while a plan is made: the engine reads what is stored with what it would have made of it so far,
 * and what it would write is taken note of. Nothing here writes anything.
 */
import { ConnectorError } from '../../errors.ts';
import type { FlatView, Row, Table } from '../../warehouse/table.ts';
import type {
  Commit,
  CommitResult,
  Emptied,
  Emptying,
  PreparedLoad,
  Rename,
  SchemaChange,
  StoredState,
  TableLoad,
  Warehouse,
} from '../../warehouse/warehouse.ts';
import { plainText } from '../cast.ts';
import { isStandIn, type Desk } from './desk.ts';
import type { MemorySpools } from './memory-spools.ts';
import { Overlay } from './overlay.ts';
import { planLoad, type PlannedLoad } from './plan-loads.ts';

/** What the warehouse has to know of the run that is planned. */
export interface PlannedTables {
  /** Whether rows of the stream are compared one by one. */
  isCompared(stream: string): boolean;
  /** Whether the stream is read again since columns of it are wanted anew. */
  isRefilled(stream: string): boolean;
  /** Whether the stream was loaded before the run. */
  isLoaded(stream: string): boolean;
  /** How many rows the stream's table has once a list that was not read is stored. */
  expectedRows(stream: string): Promise<number>;
}

/** What a run would write beside its rows. */
export interface Written {
  readonly changes: SchemaChange[];
  readonly statements: string[];
  readonly emptied: Emptied[];
  readonly histories: string[];
  readonly renames: Rename[];
  /** Bytes of the tables that are there; null where nothing is billed by them. */
  bytes: ReadonlyMap<string, number> | null;
}

/** See above. */
export class PlanWarehouse implements Warehouse {
  readonly label: string;
  readonly capabilities: Warehouse['capabilities'];
  readonly checks: Warehouse['checks'];
  readonly written: Written = {
    changes: [],
    statements: [],
    emptied: [],
    histories: [],
    renames: [],
    bytes: null,
  };
  /** Set once the run that is planned has its checkpoints. */
  run: PlannedTables | null = null;
  readonly #stored: Warehouse;
  readonly #spools: MemorySpools;
  readonly #desk: Desk;
  readonly #overlays = new Map<string, Overlay>();
  readonly #standIns = new Map<string, readonly string[]>();

  constructor(stored: Warehouse, spools: MemorySpools, desk: Desk) {
    this.label = stored.label;
    this.capabilities = stored.capabilities;
    this.checks = stored.checks;
    this.#stored = stored;
    this.#spools = spools;
    this.#desk = desk;
  }

  async ensure(tables: readonly Table[], views: readonly FlatView[]): Promise<readonly SchemaChange[]> {
    const { changes, statements, bytes } = await this.#stored.planTables(tables, views);
    this.written.bytes = bytes;
    this.written.changes.push(...changes);
    this.written.statements.push(...statements);
    return changes;
  }

  planTables: Warehouse['planTables'] = (tables, views) => this.#stored.planTables(tables, views);

  readStates(): Promise<ReadonlyMap<string, StoredState>> {
    return this.#stored.readStates();
  }

  async readIds(
    table: string,
    column: string,
    after: string | null,
    limit: number,
  ): Promise<readonly string[]> {
    const stored = await this.#stored.readIds(table, column, after, limit);
    if (column !== 'id') return stored;
    const overlay = this.#overlays.get(table);
    const isLast = stored.length < limit;
    const last = stored.at(-1) ?? null;
    const isDue = (id: string): boolean =>
      (after === null || BigInt(id) > BigInt(after)) &&
      (isLast || last === null || BigInt(id) <= BigInt(last));
    const added = [...(overlay?.changed ?? [])].flatMap(([id, { before }]) =>
      before === null && isDue(id) ? [id] : [],
    );
    const kept = isLast ? stored.filter((id) => overlay?.removed.has(id) !== true) : stored;
    const more = isLast ? (await this.#standInsOf(table)).filter(isDue) : [];
    const ids = [...new Set([...kept, ...added, ...more])];
    return ids.toSorted((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1)).slice(0, limit);
  }

  async readRows(
    table: string,
    columns: readonly string[],
    where: { readonly column: string; readonly values: readonly string[] },
    stream: string,
  ): Promise<readonly (readonly (string | null)[])[]> {
    const overlay = this.#overlays.get(table);
    const there = (await this.checks.readColumns([table])).get(table) ?? [];
    const values = where.values.filter((value) => where.column !== 'id' || !isStandIn(value));
    const isReadable = there.includes(where.column) && values.length > 0;
    const wanted = [...new Set([...columns, ...(there.includes('id') ? ['id'] : [])])];
    const readable = wanted.filter((name) => there.includes(name));
    const found = isReadable
      ? await this.#stored.readRows(table, readable, { ...where, values }, stream)
      : [];
    const rows = found
      .filter((row) => overlay?.hides(row[readable.indexOf('id')] ?? '') !== true)
      .map((row) => columns.map((name) => row[readable.indexOf(name)] ?? null));
    const asked = new Set(where.values);
    const changed = [...(overlay?.changed.values() ?? [])]
      .filter(({ after }) => asked.has(plainText(after[where.column])))
      .map(({ after }) => columns.map((name) => textOf(after, name)));
    const standIns = where.column === 'id' ? where.values.filter((id) => isStandIn(id)) : [];
    const known = standIns.length === 0 ? new Set<string>() : new Set(await this.#standInsOf(table));
    const stood = standIns
      .filter((id) => known.has(id))
      .map((id) => columns.map((name) => (name === 'id' ? id : null)));
    return [...rows, ...changed, ...stood];
  }

  async readLive(
    table: string,
    column: string | null,
    deletes: TableLoad['deletes'],
    stream: string,
  ): Promise<ReadonlyMap<string, number>> {
    const there = (await this.checks.readColumns([table])).get(table) ?? [];
    const isThere = column === null || there.includes(column);
    const stored = isThere
      ? await this.#stored.readLive(table, column, deletes, stream)
      : new Map<string, number>();
    return this.#overlays.get(table)?.counts(stored, column) ?? stored;
  }

  prepare(load: TableLoad): Promise<PreparedLoad> {
    const { run } = this;
    return planLoad(load, {
      reads: this,
      spools: this.#spools,
      desk: this.#desk,
      isCompared: (stream) => run?.isCompared(stream) === true,
      isRefilled: (stream) => run?.isRefilled(stream) === true,
      isBilled: () => this.written.bytes !== null,
    });
  }

  commit({ loads, renames, histories = [] }: Commit): Promise<CommitResult> {
    for (const load of loads) (load as PlannedLoad).apply(this.#overlayOf(load.load.table.name));
    this.written.renames.push(...renames);
    this.written.histories.push(...histories.map(({ table }) => table.name));
    return Promise.resolve({ loads: loads.map(({ result }) => result), renamed: 0 });
  }

  emptyColumns({ streams }: Emptying): Promise<ReadonlyMap<string, number>> {
    this.written.emptied.push(...streams);
    return Promise.resolve(new Map());
  }

  async counts(tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const stored = await this.#stored.counts(tables);
    const made = this.written.changes
      .filter(({ change }) => change === 'table created')
      .map((each) => each.table);
    const counts = new Map<string, number>();
    for (const table of tables) {
      const rows = stored.get(table) ?? (made.includes(table) ? 0 : null);
      if (rows === null) continue;
      const isNew = this.run?.isLoaded(table) === false && this.#desk.isUnread(table);
      const isPending = isNew || this.#desk.isLoaded(table);
      const expected = isPending ? await this.run?.expectedRows(table) : undefined;
      counts.set(table, expected ?? rows + (this.#overlays.get(table)?.growth ?? 0));
    }
    return counts;
  }

  readErasures: Warehouse['readErasures'] = () => this.#stored.readErasures();
  lookUp: Warehouse['lookUp'] = (lookups) => this.#stored.lookUp(lookups);
  inventory: Warehouse['inventory'] = (known) => this.#stored.inventory(known);
  readHousekeeping: Warehouse['readHousekeeping'] = (table, orderBy, limit) =>
    this.#stored.readHousekeeping(table, orderBy, limit);
  query: Warehouse['query'] = (sql) => this.#stored.query(sql);
  forgetTraces = (): Promise<void> => Promise.resolve();
  append = (_table: Table, _rows: readonly Row[]): Promise<void> => Promise.resolve();
  pruneHistory = (): Promise<number> => Promise.reject(never('pruneHistory'));
  eraseValues: Warehouse['eraseValues'] = () => Promise.reject(never('eraseValues'));
  drop = (): Promise<void> => Promise.reject(never('drop'));

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #overlayOf(table: string): Overlay {
    const overlay = this.#overlays.get(table) ?? new Overlay();
    this.#overlays.set(table, overlay);
    return overlay;
  }

  /** Ids that stand for the rows which a list that was not read will bring. */
  async #standInsOf(table: string): Promise<readonly string[]> {
    const known = this.#standIns.get(table);
    const isUnread = this.#desk.isUnread(table) || this.#desk.isLoaded(table);
    if (known !== undefined || !isUnread || this.run === null) return known ?? [];
    const stored = (await this.#stored.counts([table])).get(table) ?? 0;
    const growth = this.#overlays.get(table)?.growth ?? 0;
    const missing = Math.max(0, (await this.run.expectedRows(table)) - stored - growth);
    const ids = this.#desk.standIns(missing).map(String);
    this.#standIns.set(table, ids);
    return ids;
  }
}

function textOf(row: Row, name: string): string | null {
  const value = row[name];
  if (typeof value === 'boolean') return String(value);
  return value === null || value === undefined ? null : plainText(value);
}

function never(method: string): ConnectorError {
  return new ConnectorError('INTERNAL', `A plan does not call ${method}`);
}
