/** The catalogue as sources of a dbt project: `docs/dbt/sources.yml`. Pure; a test keeps the file true to it. */
import { stringify } from 'yaml';
import type { Table, TableColumn } from '../warehouse/table.ts';
import type { Catalog } from './catalog.ts';
import { DEFAULT_HISTORY, HISTORY_COLUMNS, historyName } from './history.ts';
import { HOUSEKEEPING } from './housekeeping.ts';
import { POINTERS } from './pointers.ts';
import type { Stream } from './stream.ts';
import { budgetHistoryOf, flatViewsOf, historyOf, tableOf, viewColumnsOf } from './tables.ts';

const HEAD = `# Harvest as sources of a dbt project (dbt 1.10.5 or newer): copy it below models/ and name your dataset.
# Made from streams/ and schemas/ by src/catalog/dbt-sources.ts; do not edit by hand.
#
#   dbt source freshness    is the last run that went well too old?
#   dbt test --select source:harvest
#
# Where a stream or a column is left out of the configuration, take it out here too, or set \`enabled: false\` for it.
# prettier-ignore
`;

/** Records that are deleted while what names them may still be there. */
const DELETED_FIRST = new Set(['invoices', 'estimates']);

type Entry = Readonly<Record<string, unknown>>;

const SYNCED: readonly TableColumn[] = [
  {
    name: '_synced_at',
    type: 'TIMESTAMP',
    mode: 'REQUIRED',
    description: 'When the row was last written (UTC); a row that comes again unchanged keeps it.',
  },
  { name: '_run_id', type: 'STRING', mode: 'REQUIRED', description: 'The run that wrote the row.' },
];

/** The file as text. */
export function dbtSources(catalog: Catalog): string {
  const streams = [...catalog.streams.values()];
  const tables = [
    ...streams.map(streamEntry),
    ...streams.filter(({ name }) => name === 'project_budget').map(budgetHistoryEntry),
    ...streams.filter(({ name }) => DEFAULT_HISTORY.includes(name)).map(historyEntry),
    ...streams.flatMap((stream) => viewEntries(stream)),
    ...Object.values(HOUSEKEEPING).map(housekeepingEntry),
  ];
  const source = {
    name: 'harvest',
    description: 'A Harvest account as harvest-bq keeps it: time, projects, expenses, estimates, invoices.',
    database: "{{ var('harvest_database', target.database) }}",
    schema: "{{ var('harvest_schema', 'harvest_acme') }}",
    tables,
  };
  return HEAD + stringify({ version: 2, sources: [source] }, { lineWidth: 0, aliasDuplicateObjects: false });
}

function streamEntry(stream: Stream): Entry {
  const table = tableOf(stream, stream.columns, false);
  return tableEntry(table, [...table.columns, ...SYNCED], pointersOf(stream));
}

function budgetHistoryEntry(stream: Stream): Entry {
  const table = budgetHistoryOf(stream, stream.columns);
  return tableEntry(table, [...table.columns, ...SYNCED], new Map());
}

function historyEntry(stream: Stream): Entry {
  const table = historyOf(stream, stream.columns);
  const own = new Set([...stream.primary_key, ...HISTORY_COLUMNS.map(({ name }) => name)]);
  const shown = table.columns.filter(({ name }) => own.has(name));
  return { ...tableEntry(table, shown, new Map()), name: historyName(stream.name) };
}

function viewEntries(stream: Stream): readonly Entry[] {
  return flatViewsOf(stream, stream.columns).map((view) => ({
    name: view.name,
    description: view.description,
    columns: viewColumnsOf(view, stream.columns).map((column) => columnEntry(column, [], undefined)),
  }));
}

function housekeepingEntry(table: Table): Entry {
  const entry = tableEntry(table, table.columns, new Map());
  if (table.name !== HOUSEKEEPING.syncRuns.name) return entry;
  const freshness = {
    warn_after: { count: 26, period: 'hour' },
    error_after: { count: 50, period: 'hour' },
    filter: "command in ('sync', 'demo') and outcome = 'ok'",
  };
  return { ...entry, config: { loaded_at_field: 'finished_at', freshness } };
}

function tableEntry(
  table: Table,
  columns: readonly TableColumn[],
  pointers: ReadonlyMap<string, string>,
): Entry {
  const { name, description, primaryKey } = table;
  return {
    name,
    description,
    ...(primaryKey.length > 1 ? { data_tests: [uniqueTogether(primaryKey)] } : {}),
    columns: columns.map((column) => columnEntry(column, primaryKey, pointers.get(column.name))),
  };
}

function columnEntry(
  { name, description, mode }: TableColumn,
  key: readonly string[],
  target: string | undefined,
): Entry {
  const isKey = key.includes(name);
  const tests = [
    ...(isKey && key.length === 1 ? ['unique'] : []),
    ...(isKey || mode === 'REQUIRED' ? ['not_null'] : []),
    ...(target === undefined
      ? []
      : [{ relationships: { arguments: { to: `source('harvest', '${target}')`, field: 'id' } } }]),
  ];
  return { name, description, ...(tests.length === 0 ? {} : { data_tests: tests }) };
}

/** A key of several columns stands once; `string` is a type in BigQuery and in DuckDB. */
function uniqueTogether(key: readonly string[]): Entry {
  const parts = key.map((name) => `cast(${name} as string)`).join(", '|', ");
  return { unique: { arguments: { column_name: `concat(${parts})` } } };
}

/** A child's parent, and what lists point at that Harvest deletes with it or not at all; months of reports outlive what they name. */
function pointersOf({ parent, sync, limit_class: limit, columns }: Stream): ReadonlyMap<string, string> {
  if (parent !== undefined) return new Map([[parent.column, parent.stream]]);
  if (sync === 'report' || limit === 'reports') return new Map();
  return new Map(
    [...POINTERS].filter(
      ([name, stream]) => !DELETED_FIRST.has(stream) && columns.some((column) => column.name === name),
    ),
  );
}
