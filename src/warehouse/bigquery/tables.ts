/** Makes tables and views exist and brings them up to date: additions and descriptions, one change a table. */
import PQueue from 'p-queue';
import { ConnectorError } from '../../errors.ts';
import { findColumn, type Mismatch } from '../own-columns.ts';
import type { FlatView, Table } from '../table.ts';
import type { SchemaChange } from '../warehouse.ts';
import { asObject } from './client.ts';
import { evolve, fieldsOf, type LiveTable } from './columns.ts';
import { flatViewQuery } from './ddl-sql.ts';
import { AT_ONCE, liveTableOf, pathOf, readLive, readLiveTable } from './live.ts';
import { label, referenceOf } from './orders.ts';
import type { Place } from './place.ts';

/** At most four columns. @see Google Cloud, BigQuery, "Clustered tables" (checked 2026-11-24) */
export const MOST_CLUSTERING = 4;

/** What was made or changed, and how the tables are now. */
export interface Ensured {
  readonly changes: readonly SchemaChange[];
  readonly live: ReadonlyMap<string, LiveTable>;
}

/**
 * Makes tables and views exist with these columns; nothing is ever dropped, and what others have put on a table or
 * column stays.
 * @throws ConnectorError SCHEMA_INCOMPATIBLE before anything is changed
 */
export async function ensureTables(
  tables: readonly Table[],
  views: readonly FlatView[],
  place: Place,
): Promise<Ensured> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const live = await readLive(
    [...tables, ...views].map(({ name }) => name),
    place,
  );
  refuseIncompatible(tables, views, live);
  const made = await queue.addAll(
    tables.map((table) => () => ensureTable(table, live.get(table.name) ?? null, place)),
  );
  const now = new Map(made.map(({ table }) => [table.name, table]));
  const shown = await queue.addAll(
    views.map(
      (view) => () => ensureView(view, live.get(view.name) ?? null, now.get(view.table) ?? null, place),
    ),
  );
  return { changes: [...made.flatMap(({ changes }) => changes), ...shown.flat()], live: now };
}

/** @throws ConnectorError SCHEMA_INCOMPATIBLE */
export function refuseIncompatible(
  tables: readonly Table[],
  views: readonly FlatView[],
  live: ReadonlyMap<string, LiveTable | null>,
): void {
  const mismatches: Mismatch[] = [];
  const kindOf = (name: string): string | undefined => live.get(name)?.kind;
  for (const table of tables) {
    const found = live.get(table.name);
    if (kindOf(table.name) === 'view')
      mismatches.push({ table: table.name, column: '', wanted: 'a table', found: 'a view' });
    else if (found !== null && found !== undefined) mismatches.push(...evolve(table, found).mismatches);
  }
  for (const { name } of views) {
    if (kindOf(name) === 'table')
      mismatches.push({ table: name, column: '', wanted: 'a view', found: 'a table' });
  }
  if (mismatches.length === 0) return;
  const said = mismatches.map(
    ({ table, column, wanted, found }) =>
      `${column === '' ? table : `${table}.${column}`} is ${found} and should be ${wanted}`,
  );
  const names = [...new Set(mismatches.map(({ table }) => table))].join(', ');
  throw new ConnectorError('SCHEMA_INCOMPATIBLE', said.join('; '), {
    hint: `Rename or drop ${names} in the dataset, then sync again with --full-refresh.`,
    details: { mismatches },
  });
}

async function ensureTable(
  table: Table,
  live: LiveTable | null,
  place: Place,
  attempt = 1,
): Promise<{ readonly table: LiveTable; readonly changes: readonly SchemaChange[] }> {
  if (live === null) {
    const made = await makeTable(table, place);
    const created: SchemaChange = { table: table.name, change: 'table created' };
    if (made !== null) return { table: made, changes: [created] };
    const { table: there } = await lookAgain(table, place, attempt);
    return { table: there, changes: [created] };
  }
  const { fields, changes } = evolve(table, live);
  const lacksKey = live.primaryKey.length === 0 && table.primaryKey.length > 0;
  const body = {
    ...(fields === null ? {} : { schema: { fields } }),
    ...((live.description ?? '') === table.description ? {} : { description: table.description }),
    ...(lacksKey ? { tableConstraints: { primaryKey: { columns: table.primaryKey } } } : {}),
  };
  if (Object.keys(body).length === 0) return { table: live, changes: [] };
  const changed = await change(live, body, place);
  if (changed !== null) return { table: changed, changes };
  const ensured = await lookAgain(table, place, attempt);
  return { table: ensured.table, changes: changes.length > 0 ? changes : ensured.changes };
}

/** Our own change is there and its answer was lost, or somebody else was faster: what is still missing is added. */
async function lookAgain(table: Table, place: Place, attempt: number): ReturnType<typeof ensureTable> {
  if (attempt >= place.jobs.client.patience.attempts) throw contended(table.name, place);
  const found = await readLiveTable(place.jobs.client, place.table(table.name), place.signal);
  refuseIncompatible([table], [], new Map([[table.name, found]]));
  return ensureTable(table, found, place, attempt + 1);
}

/** Makes a table; null: it is there after all, since an answer was lost or somebody else was faster. */
async function makeTable(table: Table, place: Place): Promise<LiveTable | null> {
  const ref = place.table(table.name);
  const what = `making table ${ref.dataset}.${ref.table}`;
  const body = {
    tableReference: referenceOf(ref),
    description: table.description,
    schema: { fields: fieldsOf(table) },
    labels: { app: 'harvest-bq', connector: label(place.connector) },
    ...(table.primaryKey.length === 0
      ? {}
      : {
          tableConstraints: { primaryKey: { columns: table.primaryKey } },
          clustering: { fields: table.primaryKey.slice(0, MOST_CLUSTERING) },
        }),
  };
  const call = { method: 'POST', path: `/datasets/${ref.dataset}/tables`, body, what } as const;
  const made = await place.jobs.client.ask(call, place.signal, [409]);
  if (made !== null) return liveTableOf(asObject(made, what), table.name);
  return null;
}

/** Changes a table as it was seen; null: it is another one meanwhile. */
async function change(live: LiveTable, body: object, place: Place): Promise<LiveTable | null> {
  const ref = place.table(live.name);
  const what = `changing table ${ref.dataset}.${ref.table}`;
  const headers = { 'if-match': live.etag };
  const call = { method: 'PATCH', path: pathOf(ref), body, headers, what } as const;
  const changed = await place.jobs.client.ask(call, place.signal, [404, 412]);
  return changed === null ? null : liveTableOf(asObject(changed, what), live.name);
}

function contended(name: string, place: Place): ConnectorError {
  const { dataset, table } = place.table(name);
  return new ConnectorError(
    'BIGQUERY_CONTENTION',
    `BigQuery, changing table ${dataset}.${table}: something else keeps changing it`,
  );
}

async function ensureView(
  view: FlatView,
  live: LiveTable | null,
  table: LiveTable | null,
  place: Place,
): Promise<readonly SchemaChange[]> {
  const hidesMarked = table !== null && findColumn(table.fields, '_deleted_at') !== undefined;
  const query = flatViewQuery(view, place.table(view.table), hidesMarked);
  const ref = place.table(view.name);
  const what = `making view ${ref.dataset}.${ref.table}`;
  const body = {
    tableReference: referenceOf(ref),
    description: view.description,
    view: { query, useLegacySql: false },
  };
  if (live === null) {
    const call = { method: 'POST', path: `/datasets/${ref.dataset}/tables`, body, what } as const;
    await place.jobs.client.ask(call, place.signal, [409]);
    return [{ table: view.name, change: 'view created' }];
  }
  if (live.query === query && (live.description ?? '') === view.description) return [];
  await change(live, { description: view.description, view: { query, useLegacySql: false } }, place);
  return [];
}
