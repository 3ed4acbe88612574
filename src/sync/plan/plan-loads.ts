/** What a load would do to its table: what a plan answers in place of staging and comparing it. */
import { ConnectorError } from '../../errors.ts';
import type { TableColumn } from '../../warehouse/table.ts';
import type { PreparedLoad, Scope, TableLoad, Transition } from '../../warehouse/load.ts';
import type { Warehouse } from '../../warehouse/warehouse.ts';
import { comparable, compareRows, keyOfRow, transitionsOf, type Compared } from './compare.ts';
import type { Desk } from './desk.ts';
import type { MemorySpools } from './memory-spools.ts';
import type { Overlay, StoredRow } from './overlay.ts';

/** Ids that are taken from the table at a time. */
const IDS_AT_ONCE = 20_000;

/** A refresh may always remove this many rows. */
const FREE_REMOVALS = 100;

/** Where loads are looked at from; reading gives what is stored with what the plan made of it so far. */
export interface LoadDeps {
  readonly reads: Pick<Warehouse, 'readIds' | 'readRows' | 'readLive' | 'checks'>;
  readonly spools: MemorySpools;
  readonly desk: Desk;
  /** Whether single rows of the stream are compared: its table is a list of its own. */
  readonly isCompared: (stream: string) => boolean;
  /** Whether the stream is read again since columns of it are wanted anew. */
  readonly isRefilled: (stream: string) => boolean;
  /** Whether what is read of a table is billed: then no more columns than needed. */
  readonly isBilled: () => boolean;
}

/** A load with what a commit of it does to the overlay. */
export interface PlannedLoad extends PreparedLoad {
  /** Puts it into the overlay. @throws ConnectorError REFRESH_SHRINKS */
  readonly apply: (overlay: Overlay) => void;
}

/** Works out what a load would do. */
export async function planLoad(load: TableLoad, deps: LoadDeps): Promise<PlannedLoad> {
  const isOwn = load.table.name === load.stream && deps.isCompared(load.stream);
  if (!isOwn) return childrenGone(load, deps);
  const rows = deps.spools.read(load.files);
  const keys = new Set(rows.map((row) => keyOfRow(row, load.table.primaryKey)));
  const named = [...load.removals, ...load.gone].map((key) => key.join('|'));
  const isNarrow = deps.isBilled() && load.scope.kind === 'merge';
  const columns = isNarrow ? [] : comparable(load);
  const stored = await readStored([...keys, ...named], load, deps, columns);
  const compared = compareRows(rows, stored, load, columns);
  const left = await leftByScope(load, keys, deps);
  const isTold = load.missing === 'tell';
  const gone = [...new Set([...load.gone.map((key) => key.join('|')), ...(isTold ? [] : left.keys)])];
  const moved = load.removals.map((key) => key.join('|')).filter((key) => stored.has(key));
  const plan = planned(load, compared, { gone, moved, left, stored, isTold });
  if (deps.desk.heldBy(load.stream, WHOLE) === undefined || !deps.isRefilled(load.stream)) return plan;
  const { transitions, rows: others } = await everyRow(load, left.present, deps);
  const result = { ...plan.result, updated: plan.result.updated + others };
  return { ...plan, transitions: [...plan.transitions, ...transitions], willWrite: true, result };
}

const WHOLE = { from: null, to: null };

/** All rows of a stream that is read again with other columns, as if each of them became another one. */
async function everyRow(
  load: TableLoad,
  present: number,
  deps: LoadDeps,
): Promise<{ readonly transitions: readonly Transition[]; readonly rows: number }> {
  const { table, stream, deletes, watch } = load;
  const [dated] = watch;
  const stored: StoredRow[] = [];
  if (watch.length === 1 && table.columns.some(({ name, type }) => name === dated && type === 'DATE')) {
    // facts: it is their months that matter
    const live = await deps.reads.readLive(table.name, dated ?? null, deletes, stream);
    for (const date of live.keys()) stored.push({ [dated ?? '']: date });
  } else if (watch.length > 0) {
    const ids = await idsIn({ ...load, scope: { kind: 'all', allowShrink: true } }, [], deps);
    stored.push(...(await readStored(ids, load, deps)).values());
  }
  const changed = stored.map((row) => ({ before: row, after: row }));
  return { transitions: transitionsOf(load, changed, []), rows: present };
}

/** What goes. */
interface Going {
  readonly gone: readonly string[];
  readonly moved: readonly string[];
  readonly left: Left;
  readonly stored: ReadonlyMap<string, StoredRow>;
  readonly isTold: boolean;
}

function planned(load: TableLoad, compared: Compared, going: Going): PlannedLoad {
  const { gone, moved, left, stored, isTold } = going;
  const rowOf = (key: string): StoredRow | null => stored.get(key) ?? left.rows.get(key) ?? null;
  const going_ = [...gone, ...moved];
  const rows = going_.map(rowOf).filter((row) => row !== null);
  const { inserted, updated, unchanged, duplicates } = compared;
  const deleted = going_.length;
  return {
    load,
    transitions: transitionsOf(load, compared.changed.values(), rows),
    missing: isTold ? left.keys.map((key) => key.split('|')) : [],
    gone: gone.length,
    willWrite: inserted + updated + deleted > 0,
    result: { table: load.table.name, inserted, updated, unchanged, duplicates, deleted },
    discard: () => Promise.resolve(),
    apply: (overlay) => {
      if (!isTold) refuseShrinking(load.scope, left, load.table.name);
      for (const [key, row] of compared.changed) overlay.put(key, row);
      for (const key of going_) overlay.remove(key, rowOf(key));
    },
  };
}

/** What goes with parents that are gone; of other children, reports and snapshots nothing is known beforehand. */
async function childrenGone(load: TableLoad, { reads, desk }: LoadDeps): Promise<PlannedLoad> {
  const { scope, table, stream, how, watch } = load;
  if (scope.kind !== 'where' || how !== 'parent' || table.name !== stream) return inert(load);
  const values = scope.values.filter((id) => !desk.isParentRead(stream, id));
  if (values.length === 0) return inert(load);
  const columns = [...new Set([...table.primaryKey, ...watch])];
  const rows = await reads.readRows(table.name, columns, { column: scope.column, values }, stream);
  const gone = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null])));
  const nothing = inert(load);
  return {
    ...nothing,
    transitions: transitionsOf(load, [], gone),
    gone: gone.length,
    willWrite: gone.length > 0,
    result: { ...nothing.result, deleted: gone.length },
  };
}

/** A load of which nothing is known beforehand: reports, children, snapshots. */
function inert(load: TableLoad): PlannedLoad {
  const nothing = { inserted: 0, updated: 0, unchanged: 0, duplicates: 0, deleted: 0 };
  return {
    load,
    transitions: [],
    missing: [],
    gone: 0,
    willWrite: false,
    result: { table: load.table.name, ...nothing },
    discard: () => Promise.resolve(),
    apply: () => undefined,
  };
}

/** The stored rows of some keys, with what is needed of them. */
async function readStored(
  keys: readonly string[],
  { table, stream, watch }: TableLoad,
  { reads }: LoadDeps,
  more: readonly TableColumn[] = [],
): Promise<ReadonlyMap<string, StoredRow>> {
  const [first = ''] = table.primaryKey;
  if (keys.length === 0) return new Map();
  const dates = table.columns.filter(({ type }) => type === 'DATE').map(({ name }) => name);
  const wanted = [...table.primaryKey, ...watch, ...dates, ...newest(table.newestBy)];
  const columns = [...new Set([...wanted, ...more.map(({ name }) => name)])];
  const where = { column: first, values: [...new Set(keys.map((key) => key.split('|')[0] ?? ''))] };
  const rows = await reads.readRows(table.name, columns, where, stream);
  return new Map(
    rows.map((values) => {
      const row = Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null]));
      return [keyOfRow(row, table.primaryKey), row];
    }),
  );
}

function newest(column: string | undefined): readonly string[] {
  return column === undefined ? [] : [column];
}

/** Rows that the scope of a load does not hold any more. */
interface Left {
  readonly keys: readonly string[];
  readonly rows: ReadonlyMap<string, StoredRow>;
  /** Live rows in the scope before. */
  readonly present: number;
}

const NOTHING_LEFT: Left = { keys: [], rows: new Map(), present: 0 };

async function leftByScope(load: TableLoad, keys: ReadonlySet<string>, deps: LoadDeps): Promise<Left> {
  const { scope, table, stream, deletes, spared } = load;
  if (scope.kind === 'merge' || scope.kind === 'where') return NOTHING_LEFT;
  const column = scope.kind === 'dates' ? scope.column : null;
  const live = await deps.reads.readLive(table.name, column, deletes, stream);
  const within = [...live].filter(([date]) => isIn(scope, date));
  const present = within.reduce((sum, [, count]) => sum + count, 0);
  const span = scope.kind === 'dates' ? { from: scope.from, to: scope.to } : { from: null, to: null };
  const held = deps.desk.heldBy(stream, span);
  if (held !== undefined) {
    const count = held === null ? 0 : Math.max(0, present - Math.round(held));
    return { keys: deps.desk.standIns(count).map(String), rows: new Map(), present };
  }
  const isKept = (key: string): boolean => keys.has(key) || spared.some((each) => each.join('|') === key);
  const ids = await idsIn(
    load,
    within.map(([date]) => date),
    deps,
  );
  const gone = ids.filter((key) => !isKept(key));
  // where deletions are kept, some of these were noted as gone before
  const most = deletes === 'keep' ? Math.max(0, present - ids.filter(isKept).length) : gone.length;
  const some = gone.slice(0, most);
  return { keys: some, rows: await readStored(some, load, deps), present };
}

function isIn(scope: Scope, date: string): boolean {
  if (scope.kind !== 'dates') return true;
  if (date === '') return scope.undated;
  return (scope.from === null || date >= scope.from) && (scope.to === null || date <= scope.to);
}

async function idsIn(
  { scope, table, stream }: TableLoad,
  dates: readonly string[],
  { reads }: LoadDeps,
): Promise<readonly string[]> {
  const [key = ''] = table.primaryKey;
  if (scope.kind === 'dates') {
    const where = { column: scope.column, values: dates.filter((date) => date !== '') };
    const rows = where.values.length === 0 ? [] : await reads.readRows(table.name, [key], where, stream);
    return rows.map(([id]) => id ?? '');
  }
  const ids: string[] = [];
  for (let after: string | null = null; ; after = ids.at(-1) ?? null) {
    const some: readonly string[] = await reads.readIds(table.name, key, after, IDS_AT_ONCE);
    ids.push(...some);
    if (some.length < IDS_AT_ONCE) return ids;
  }
}

/** @throws ConnectorError REFRESH_SHRINKS */
function refuseShrinking(scope: Scope, { keys, present }: Left, table: string): void {
  if (scope.kind !== 'all' || scope.allowShrink || keys.length <= FREE_REMOVALS) return;
  if (keys.length * 2 <= present) return;
  throw new ConnectorError(
    'REFRESH_SHRINKS',
    `The refresh would remove ${keys.length} of ${present} rows of ${table}`,
    { details: { table, rows: present, removed: keys.length } },
  );
}
