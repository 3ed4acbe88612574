/** The rows of one window against the table: staged and compared by the warehouse, and thrown away. */
import type { ChosenStream } from '../sync/context.ts';
import type { Intake } from '../sync/intake.ts';
import { linesOf } from '../warehouse/spool-lines.ts';
import type { Row, Table } from '../warehouse/table.ts';
import type { PreparedLoad, TableLoad } from '../warehouse/warehouse.ts';
import { compareRow, type Judge } from './compare-row.ts';
import type { FullWindow } from './read-window.ts';

/** Rows that are compared cell by cell at a time. */
const ROWS_AT_ONCE = 1000;

/** Keys of rows that are there though the window does not hold them; they may stand in another one. */
export type Extras = readonly string[];

/** Compares a window; tells of rows that differ or are missing, and answers which are too many. */
export async function compareWindow(window: FullWindow, intake: Intake, judge: Judge): Promise<Extras> {
  const { chosen, scope } = judge;
  const { warehouse, loading } = scope.context;
  const load = loadOf(window, intake, judge);
  scope.findings.comparedAgain(intake.rows * chosen.columns.length);
  if (load.files.length === 0 && load.scope.kind === 'merge') return [];
  const prepared = await loading.add(() => warehouse.prepare(load));
  try {
    const differing = keysOf(prepared);
    for (let at = 0; at < differing.length; at += ROWS_AT_ONCE) {
      await compareRows(new Set(differing.slice(at, at + ROWS_AT_ONCE)), load.files, judge);
    }
    return prepared.missing.map((key) => key.join('|'));
  } finally {
    await prepared.discard();
  }
}

/** A row counts as changed in either direction of time, so the table has no column that tells which is newer. */
function loadOf(window: FullWindow, intake: Intake, { chosen, scope }: Judge): TableLoad {
  const { newestBy: _, ...timeless } = chosen.table;
  const table: Table = timeless;
  return {
    table,
    stream: chosen.stream.name,
    files: intake.files,
    scope: window.rows,
    removals: [],
    gone: [],
    missing: 'tell',
    spared: intake.spared,
    deletes: scope.context.config.sync.deletes,
    how: null,
    history: null,
    watch: table.primaryKey,
  };
}

/** Keys of rows that are new or changed. */
function keysOf({ transitions }: PreparedLoad): readonly string[] {
  return [...new Set(transitions.flatMap(({ after }) => (after === null ? [] : [after.join('|')])))];
}

/** Compares the rows of some keys: those of the window are found again in its files. */
async function compareRows(keys: ReadonlySet<string>, files: readonly string[], judge: Judge): Promise<void> {
  const stored = await readStored(keys, judge);
  const newest = new Map<string, Row>();
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const row = JSON.parse(line) as Row;
      const key = keyOf(row, judge.chosen);
      // of two copies the one that arrived last counts
      if (keys.has(key)) newest.set(key, row);
    }
  }
  for (const [key, row] of newest) await compareRow(key, row, stored.get(key), judge);
}

function keyOf(row: Row, { table }: ChosenStream): string {
  return table.primaryKey.map((name) => String(row[name] as string | number)).join('|');
}

/** Cells as the warehouse tells them, by key and column. */
async function readStored(
  keys: ReadonlySet<string>,
  { chosen, scope }: Judge,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string | null>>> {
  const { table, columns, stream } = chosen;
  const [first = ''] = table.primaryKey;
  const names = columns.map(({ name }) => name);
  const where = { column: first, values: [...new Set([...keys].map((key) => key.split('|')[0] ?? ''))] };
  const rows = await scope.context.warehouse.readRows(table.name, names, where, stream.name);
  return new Map(
    rows.map((row) => {
      const cells = new Map(names.map((name, at) => [name, row[at] ?? null]));
      return [table.primaryKey.map((name) => cells.get(name) ?? '').join('|'), cells];
    }),
  );
}
