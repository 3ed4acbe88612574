/** What the conformance tests are written with: small tables, and short ways through the interface. */
import { HOUSEKEEPING } from '../../src/catalog/housekeeping.ts';
import { HISTORY_COLUMNS, historyName, VALID_FROM } from '../../src/catalog/history.ts';
import type { ColumnType } from '../../src/catalog/column.ts';
import { createSpoolFolder, type SpoolFolder } from '../../src/warehouse/spool-folder.ts';
import type { Row, Table, TableColumn } from '../../src/warehouse/table.ts';
import type {
  Commit,
  CommitResult,
  LoadResult,
  PreparedLoad,
  TableLoad,
  Warehouse,
} from '../../src/warehouse/warehouse.ts';

/** Opens an empty warehouse; what it opened is closed with it. */
export type OpenWarehouse = () => Promise<Warehouse>;

/** A column with its description. */
export function column(name: string, type: ColumnType, mode: TableColumn['mode'] = 'NULLABLE'): TableColumn {
  return { name, type, mode, description: `What ${name} says.` };
}

/** A REPEATED RECORD. */
export function list(name: string, fields: readonly TableColumn[]): TableColumn {
  return { ...column(name, 'RECORD', 'REPEATED'), fields };
}

/** A table of a stream. */
export function table(name: string, columns: readonly TableColumn[], over: Partial<Table> = {}): Table {
  return { name, kind: 'stream', description: `All ${name}.`, columns, primaryKey: ['id'], ...over };
}

/** The table of the versions of a table's rows. */
export function historyFor({ name, columns, primaryKey }: Table): Table {
  return {
    name: historyName(name),
    kind: 'history',
    description: `Versions of ${name}.`,
    columns: [...columns, ...HISTORY_COLUMNS],
    primaryKey: [...primaryKey, VALID_FROM],
  };
}

/** Clients: a key, a name, an amount and the time of the last change. */
export const CLIENTS = table(
  'clients',
  [
    column('id', 'INT64', 'REQUIRED'),
    column('name', 'STRING'),
    column('amount', 'NUMERIC'),
    column('updated_at', 'TIMESTAMP'),
  ],
  { newestBy: 'updated_at' },
);

/** Clients whose deletions are marked. */
export const MARKED: Table = { ...CLIENTS, marksDeletions: true };

/** Invoices: a list of records and a list of texts. */
export const INVOICES = table(
  'invoices',
  [
    column('id', 'INT64', 'REQUIRED'),
    column('client_id', 'INT64'),
    column('client_name', 'STRING'),
    list('line_items', [
      column('id', 'INT64'),
      column('project_id', 'INT64'),
      column('project_name', 'STRING'),
      column('amount', 'NUMERIC'),
    ]),
    column('tags', 'STRING', 'REPEATED'),
    column('updated_at', 'TIMESTAMP'),
  ],
  { newestBy: 'updated_at' },
);

/** Report months. */
export const MONTHS = table(
  'time_clients',
  [
    column('period_start', 'DATE', 'REQUIRED'),
    column('client_id', 'INT64', 'REQUIRED'),
    column('currency', 'STRING', 'REQUIRED'),
    column('total', 'NUMERIC'),
  ],
  { primaryKey: ['period_start', 'client_id', 'currency'] },
);

/** Time entries: a day that may be absent. */
export const ENTRIES = table('time_entries', [
  column('id', 'INT64', 'REQUIRED'),
  column('spent_date', 'DATE'),
  column('notes', 'STRING'),
]);

/** Time entries whose deletions are marked. */
export const MARKED_ENTRIES: Table = { ...ENTRIES, marksDeletions: true };

/** A time entry. */
export function entry(id: number, day: string | null, notes = 'x'): Row {
  return { id, spent_date: day, notes };
}

/** A client row; `at` is the minute of its last change. */
export function client(id: number, name: string | null, at: number, amount: string | null = '1'): Row {
  return { id, name, amount, updated_at: `2026-01-01T00:${String(at).padStart(2, '0')}:00Z` };
}

/** One test's way to a warehouse. */
export class Workbench implements AsyncDisposable {
  readonly warehouse: Warehouse;
  readonly #spools: SpoolFolder;
  #commits = 0;

  private constructor(warehouse: Warehouse, spools: SpoolFolder) {
    this.warehouse = warehouse;
    this.#spools = spools;
  }

  /** Opens a warehouse with these tables and the housekeeping ones. */
  static async open(open: OpenWarehouse, tables: readonly Table[]): Promise<Workbench> {
    const warehouse = await open();
    await warehouse.ensure([...tables, ...Object.values(HOUSEKEEPING)], []);
    return new Workbench(warehouse, await createSpoolFolder());
  }

  /** Stages rows. */
  async prepare(into: Table, rows: readonly Row[], over: Partial<TableLoad> = {}): Promise<PreparedLoad> {
    const spool = await this.#spools.open();
    await spool.write(rows);
    await spool.close();
    const load: TableLoad = {
      table: into,
      stream: into.name,
      files: [spool.path],
      scope: { kind: 'merge' },
      removals: [],
      gone: [],
      missing: 'go',
      spared: [],
      deletes: 'remove',
      how: null,
      watch: [],
      history: null,
      ...over,
    };
    return this.warehouse.prepare(load);
  }

  /** Commits; the n-th commit of a workbench has run id `run-n` and the n-th minute. */
  commit(parts: Partial<Commit>): Promise<CommitResult> {
    const at = ++this.#commits;
    return this.warehouse.commit({
      runId: `run-${at}`,
      stream: null,
      committedAt: `2026-02-01T00:${String(at).padStart(2, '0')}:00Z`,
      loads: [],
      renames: [],
      rejects: [],
      drift: [],
      states: [],
      ...parts,
    });
  }

  /** Stages and commits rows. */
  async load(into: Table, rows: readonly Row[], over: Partial<TableLoad> = {}): Promise<LoadResult> {
    const { loads } = await this.commit({ loads: [await this.prepare(into, rows, over)] });
    const [result] = loads;
    if (result === undefined) throw new Error('A commit of one load told of none');
    return result;
  }

  /** All rows of a table, by the text of their key, with `_run_id` and `_synced_at`. */
  async rows(of: Table): Promise<Readonly<Record<string, Readonly<Record<string, string | null>>>>> {
    const meta = of.marksDeletions === true ? ['_deleted_at', '_synced_at'] : ['_synced_at'];
    const columns = [
      ...of.columns,
      ...meta.map((name) => column(name, 'TIMESTAMP')),
      column('_run_id', 'STRING'),
    ];
    const asRead: Table = {
      ...of,
      kind: 'housekeeping',
      columns: of.kind === 'stream' ? columns : of.columns,
    };
    const order = of.primaryKey[0] ?? of.columns[0]?.name ?? '';
    const rows = await this.warehouse.readHousekeeping(asRead, order, 100_000);
    return Object.fromEntries(
      rows.map((row, at) => [of.primaryKey.map((name) => row[name]).join('|') || String(at), row]),
    );
  }

  /** One column of all rows, by the text of their key. */
  async values(of: Table, name: string): Promise<Readonly<Record<string, string | null>>> {
    const rows = await this.rows(of);
    return Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, row[name] ?? null]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.warehouse[Symbol.asyncDispose]();
    await this.#spools[Symbol.asyncDispose]();
  }
}
