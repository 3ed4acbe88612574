import { ConnectorError } from '../../errors.ts';
import type { FlatView, Table } from '../table.ts';
import type { SchemaChange } from '../warehouse.ts';
import type { Session } from './client.ts';
import { compareTable, sqlType, type LiveTable } from './columns.ts';
import { allColumns, findColumn, type Mismatch } from '../own-columns.ts';
import {
  addColumn,
  createFilled,
  commentOn,
  commentOnColumn,
  createProbeView,
  createTable,
  createView,
  flatViewBody,
} from './ddl-sql.ts';
import { readLiveTables, readLiveViews, type LiveView } from './live.ts';
import { replaceRows } from './replace.ts';
import { kept, quote, type Statement } from './sql.ts';

interface Plan {
  readonly statements: readonly Statement[];
  readonly changes: readonly SchemaChange[];
}

/** Under this name DuckDB is asked how it writes a view; names of streams and views never begin so. */
const PROBE = '_probe_of_view';

/**
 * Makes tables and views exist in one transaction, additions only, and then fills added lists; writes nothing where
 * nothing is missing.
 * @throws ConnectorError SCHEMA_INCOMPATIBLE before anything is changed
 */
export async function ensureTables(
  session: Session,
  tables: readonly Table[],
  views: readonly FlatView[],
): Promise<readonly SchemaChange[]> {
  const live = await readLiveTables(
    session,
    [...tables, ...views].map(({ name }) => name),
  );
  const liveViews = await readLiveViews(session);
  refuseIncompatible(tables, views, live, liveViews);
  const plans = tables.map((table) => planTable(table, live.get(table.name.toLowerCase())));
  const changes = await session.transaction(async () => {
    for (const plan of plans) await runAll(session, plan.statements);
    const made = plans.flatMap((plan) => plan.changes);
    for (const view of views) made.push(...(await ensureView(session, view, tables, live, liveViews)));
    return made;
  });
  // On every run, since one that was killed may have added a list and not filled it.
  for (const table of tables) if (live.has(table.name.toLowerCase())) await fillLists(session, table);
  return changes;
}

async function fillLists(session: Session, table: Table): Promise<void> {
  const lists = table.columns.filter(({ mode }) => mode === 'REPEATED').map(({ name }) => name);
  if (lists.length === 0 || table.primaryKey.length === 0) return;
  const types = await session.types({ sql: `SELECT * FROM ${kept(table.name)} LIMIT 0` });
  const columns = types.map(([name]) => name);
  const replacement = { table: table.name, key: table.primaryKey, columns, next: 'next_of_fill' };
  await session.transaction(() => replaceRows(session, replacement, createFilled(lists, replacement)));
}

/** @throws ConnectorError SCHEMA_INCOMPATIBLE */
export function refuseIncompatible(
  tables: readonly Table[],
  views: readonly FlatView[],
  live: ReadonlyMap<string, LiveTable>,
  liveViews: ReadonlyMap<string, LiveView>,
): void {
  const mismatches: Mismatch[] = [];
  for (const table of tables) {
    const found = live.get(table.name.toLowerCase());
    if (found !== undefined) mismatches.push(...compareTable(table, found).mismatches);
    else if (liveViews.has(table.name.toLowerCase())) {
      mismatches.push({ table: table.name, column: '', wanted: 'a table', found: 'a view' });
    }
  }
  for (const { name } of views) {
    if (live.has(name.toLowerCase()))
      mismatches.push({ table: name, column: '', wanted: 'a view', found: 'a table' });
  }
  if (mismatches.length === 0) return;
  const said = mismatches.map(({ table, column, wanted, found }) => {
    const what = column === '' ? table : `${table}.${column}`;
    return `${what} is ${found} and should be ${wanted}`;
  });
  const names = [...new Set(mismatches.map(({ table }) => table))].join(', ');
  throw new ConnectorError('SCHEMA_INCOMPATIBLE', said.join('; '), {
    hint: `Rename or drop ${names} in the DuckDB file, then sync again with --full-refresh.`,
    details: { mismatches },
  });
}

/** What a table lacks; `live` undefined: it is not there. Pure. */
export function planTable(table: Table, live: LiveTable | undefined): Plan {
  const comments = commentsOf(table, live);
  if (live === undefined) {
    const change: SchemaChange = { table: table.name, change: 'table created' };
    return { statements: [createTable(table), ...comments], changes: [change] };
  }
  const { additions } = compareTable(table, live);
  return {
    statements: [...additions.map((addition) => addColumn(live.name, addition)), ...comments],
    changes: additions.map(({ into, column }) => ({
      table: table.name,
      change: 'column added',
      column: [...into, column.name].join('.'),
      type: sqlType(column),
    })),
  };
}

function commentsOf(table: Table, live: LiveTable | undefined): readonly Statement[] {
  const statements: Statement[] = [];
  if (live?.comment !== table.description) statements.push(commentOn('TABLE', table.name, table.description));
  for (const { name, description } of allColumns(table)) {
    const found = live === undefined ? undefined : findColumn(live.columns, name);
    if (found?.comment !== description) statements.push(commentOnColumn(table.name, name, description));
  }
  return statements;
}

async function ensureView(
  session: Session,
  view: FlatView,
  tables: readonly Table[],
  live: ReadonlyMap<string, LiveTable>,
  liveViews: ReadonlyMap<string, LiveView>,
): Promise<readonly SchemaChange[]> {
  const found = liveViews.get(view.name.toLowerCase());
  const body = flatViewBody(view, hasDeletionMark(view.table, tables, live));
  const same = found !== undefined && found.body === (await writtenByDuckDb(session, body));
  if (!same) await session.run(createView(view.name, body));
  if (!same || found.comment !== view.description) {
    await session.run(commentOn('VIEW', view.name, view.description));
  }
  return found === undefined ? [{ table: view.name, change: 'view created' }] : [];
}

/** Marked rows may also stand in a table that is no longer marked; a view hides them all the same. */
export function hasDeletionMark(
  name: string,
  tables: readonly Table[],
  live: ReadonlyMap<string, LiveTable>,
): boolean {
  const columns = live.get(name.toLowerCase())?.columns ?? [];
  return (
    findColumn(columns, '_deleted_at') !== undefined ||
    tables.some((t) => t.name === name && t.marksDeletions)
  );
}

/** The text of a view as DuckDB writes it. The probe is the connection's own: the file is not touched. */
export async function writtenByDuckDb(session: Session, body: string): Promise<string | undefined> {
  await session.run(createProbeView(PROBE, body));
  const written = (await readLiveViews(session, true)).get(PROBE)?.body;
  await session.run({ sql: `DROP VIEW "temp".${quote(PROBE)}` });
  return written;
}

async function runAll(session: Session, statements: readonly Statement[]): Promise<void> {
  for (const statement of statements) await session.run(statement);
}
