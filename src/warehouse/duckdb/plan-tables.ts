/** What `ensure` would do to a file, told and not done. */
import type { FlatView, Table } from '../table.ts';
import { ConnectorError } from '../../errors.ts';
import type { Capabilities, SchemaChange, TablePlan } from '../warehouse.ts';
import type { Session } from './client.ts';
import type { LiveTable } from './columns.ts';
import { commentOn, createView, flatViewBody } from './ddl-sql.ts';
import { readLiveTables, readLiveViews, type LiveView } from './live.ts';
import type { Statement } from './sql.ts';
import { hasDeletionMark, planTable, refuseIncompatible, writtenByDuckDb } from './tables.ts';

/** A commit costs some ten milliseconds, so a handful of small windows shares one. */
export const DUCKDB_CAPABILITIES: Capabilities = {
  windowsPerCommit: 6,
  rowsPerListing: 10_000,
  loadsAtOnce: 1,
};

/**
 * What tables and views lack in an open file.
 * @throws ConnectorError SCHEMA_INCOMPATIBLE
 */
export async function planTables(
  session: Session,
  tables: readonly Table[],
  views: readonly FlatView[],
): Promise<TablePlan> {
  const live = await readLiveTables(
    session,
    [...tables, ...views].map(({ name }) => name),
  );
  const liveViews = await readLiveViews(session);
  refuseIncompatible(tables, views, live, liveViews);
  const stale = new Set<string>();
  for (const view of views) {
    const found = liveViews.get(view.name.toLowerCase());
    if (found === undefined || !live.has(view.table.toLowerCase())) continue;
    const body = flatViewBody(view, hasDeletionMark(view.table, tables, live));
    // a view that names a column which is only to be added cannot be tried: its text is another one in any case
    const written = await writtenByDuckDb(session, body).catch(unbound);
    if (written !== found.body) stale.add(view.name);
  }
  return planOf(tables, views, { live, views: liveViews, stale });
}

/** Nothing, where the statement could not be carried out. @throws whatever else it was */
function unbound(error: unknown): undefined {
  if (!(error instanceof ConnectorError) || error.code !== 'WAREHOUSE_FAILED') throw error;
}

/** What a file gets that is not there yet. Pure. */
export function planNewTables(tables: readonly Table[], views: readonly FlatView[]): TablePlan {
  return planOf(tables, views, { live: new Map(), views: new Map(), stale: new Set() });
}

/** What is there; `stale`: views whose text is to be another one. */
interface Found {
  readonly live: ReadonlyMap<string, LiveTable>;
  readonly views: ReadonlyMap<string, LiveView>;
  readonly stale: ReadonlySet<string>;
}

function planOf(tables: readonly Table[], views: readonly FlatView[], found: Found): TablePlan {
  const plans = tables.map((table) => planTable(table, found.live.get(table.name.toLowerCase())));
  const statements: Statement[] = plans.flatMap((plan) => plan.statements);
  const changes: SchemaChange[] = plans.flatMap((plan) => plan.changes);
  for (const view of views) {
    const known = found.views.get(view.name.toLowerCase());
    const isSame = known !== undefined && !found.stale.has(view.name);
    const body = flatViewBody(view, hasDeletionMark(view.table, tables, found.live));
    if (!isSame) statements.push(createView(view.name, body));
    if (!isSame || known.comment !== view.description) {
      statements.push(commentOn('VIEW', view.name, view.description));
    }
    if (known === undefined) changes.push({ table: view.name, change: 'view created' });
  }
  return { changes, statements: statements.map(({ sql }) => sql), bytes: null };
}
