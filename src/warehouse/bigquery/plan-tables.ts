/**
 * What `ensure` would do to a dataset, told and not done. Tables are made and changed over BigQuery's REST API; the statements
 * are what these requests amount to, for people to read.
 */
import { findColumn } from '../own-columns.ts';
import type { FlatView, Table } from '../table.ts';
import type { Capabilities, SchemaChange, TablePlan } from '../warehouse.ts';
import { evolve, fieldsOf, typeText, type Field, type LiveTable } from './columns.ts';
import { flatViewQuery } from './ddl-sql.ts';
import { readLive } from './live.ts';
import type { Place } from './place.ts';
import { columnList, literal, place as placeText, quote, type TableRef } from './sql.ts';
import { MOST_CLUSTERING, refuseIncompatible } from './tables.ts';

/** A commit takes seconds whatever it holds, each comparison reads the table, and BigQuery has room for many at once. */
export const BIGQUERY_CAPABILITIES: Capabilities = {
  windowsPerCommit: 24,
  rowsPerListing: 200_000,
  loadsAtOnce: 8,
};

/** Tells where a table of the dataset is. */
type WhereIs = (table: string) => TableRef;

/**
 * What tables and views lack in a dataset. Bills nothing.
 * @throws ConnectorError SCHEMA_INCOMPATIBLE
 */
export async function planTables(
  tables: readonly Table[],
  views: readonly FlatView[],
  place: Place,
): Promise<TablePlan> {
  const live = await readLive(
    [...tables, ...views].map(({ name }) => name),
    place,
  );
  refuseIncompatible(tables, views, live);
  return planOf(tables, views, live, (table) => place.table(table));
}

/** What a dataset gets that is not there yet. Pure. */
export function planNewTables(
  tables: readonly Table[],
  views: readonly FlatView[],
  whereIs: WhereIs,
): TablePlan {
  return planOf(tables, views, new Map(), whereIs);
}

function planOf(
  tables: readonly Table[],
  views: readonly FlatView[],
  live: ReadonlyMap<string, LiveTable | null>,
  whereIs: WhereIs,
): TablePlan {
  const statements: string[] = [];
  const changes: SchemaChange[] = [];
  const bytes = new Map<string, number>();
  for (const table of tables) {
    const found = live.get(table.name) ?? null;
    if (found !== null) bytes.set(table.name, found.bytes);
    const planned = planTable(table, found, whereIs(table.name));
    statements.push(...planned.statements);
    changes.push(...planned.changes);
  }
  for (const view of views) {
    const found = live.get(view.name) ?? null;
    const fields = live.get(view.table)?.fields ?? [];
    const marks = tables.some(({ name, marksDeletions }) => name === view.table && marksDeletions === true);
    const hidesMarked = marks || findColumn(fields, '_deleted_at') !== undefined;
    const query = flatViewQuery(view, whereIs(view.table), hidesMarked);
    if (found?.query === query && (found.description ?? '') === view.description) continue;
    const options = `OPTIONS (description = ${literal(view.description)})`;
    statements.push(`CREATE OR REPLACE VIEW ${placeText(whereIs(view.name))}\n${options} AS\n${query}`);
    if (found === null) changes.push({ table: view.name, change: 'view created' });
  }
  return { changes, statements, bytes };
}

function planTable(
  table: Table,
  live: LiveTable | null,
  ref: TableRef,
): { readonly statements: readonly string[]; readonly changes: readonly SchemaChange[] } {
  if (live === null) {
    return {
      statements: [createTable(table, ref)],
      changes: [{ table: table.name, change: 'table created' }],
    };
  }
  const { fields, changes } = evolve(table, live);
  const added = (fields ?? []).filter(({ name }) => findColumn(live.fields, name) === undefined);
  const isElsewhere = fields !== null && (added.length === 0 || changes.length > added.length);
  const isDescribed = (live.description ?? '') === table.description;
  const alter = `ALTER TABLE ${placeText(ref)}`;
  const statements = [
    ...added.map((field) => `${alter} ADD COLUMN ${columnText(field)}`),
    ...(isElsewhere ? [`-- ${placeText(ref)}: fields of lists, descriptions or modes of columns`] : []),
    ...(isDescribed ? [] : [`${alter} SET OPTIONS (description = ${literal(table.description)})`]),
  ];
  return { statements, changes };
}

function createTable(table: Table, ref: TableRef): string {
  const { primaryKey, description } = table;
  const key = primaryKey.length === 0 ? [] : [`PRIMARY KEY (${columnList(primaryKey)}) NOT ENFORCED`];
  const lines = [...fieldsOf(table).map(columnText), ...key];
  const cluster =
    primaryKey.length === 0 ? '' : `\nCLUSTER BY ${columnList(primaryKey.slice(0, MOST_CLUSTERING))}`;
  return `CREATE TABLE ${placeText(ref)} (\n  ${lines.join(',\n  ')}\n)${cluster}\nOPTIONS (description = ${literal(description)})`;
}

function columnText(field: Field): string {
  const required = field.mode === 'REQUIRED' ? ' NOT NULL' : '';
  const said = field.description ?? '';
  const description = said === '' ? '' : ` OPTIONS (description = ${literal(said)})`;
  return `${quote(field.name)} ${typeText(field)}${required}${description}`;
}
