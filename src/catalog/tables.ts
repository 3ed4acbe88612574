/** From chosen columns to the tables and views that a warehouse keeps. Pure. */
import type { FlatView, Table, TableColumn } from '../warehouse/table.ts';
import type { Column } from './column.ts';
import { HISTORY_COLUMNS, historyName, VALID_FROM } from './history.ts';
import type { Stream } from './stream.ts';

/** The table of a stream with the columns that are wanted. */
export function tableOf(stream: Stream, columns: readonly Column[], marksDeletions: boolean): Table {
  return {
    name: stream.name,
    kind: 'stream',
    description: stream.description,
    columns: columns.map(tableColumnOf),
    primaryKey: stream.primary_key,
    ...(stream.cursor === undefined ? {} : { newestBy: stream.cursor }),
    marksDeletions,
  };
}

/** The table, saying whose eyes it is kept up to date with; null: an administrator's, which goes without saying. */
export function seenBy(table: Table, role: string | null): Table {
  if (role === null) return table;
  return {
    ...table,
    description: `${table.description} Kept up to date only as far as a ${role} may see.`,
  };
}

/** Name of the table that keeps a snapshot of `project_budget` for each day. */
export const BUDGET_HISTORY = 'project_budget_history';

/** The table of daily snapshots of `project_budget`, with the columns that are wanted of it. */
export function budgetHistoryOf(stream: Stream, columns: readonly Column[]): Table {
  const snapshotDate: TableColumn = {
    name: 'snapshot_date',
    type: 'DATE',
    mode: 'REQUIRED',
    description: 'UTC day of the snapshot; of several runs on one day the last one stays.',
  };
  return {
    name: BUDGET_HISTORY,
    kind: 'stream',
    description: `${stream.description} One snapshot a day, since Harvest forgets how a budget stood yesterday.`,
    columns: [snapshotDate, ...columns.map(tableColumnOf)],
    primaryKey: ['snapshot_date', ...stream.primary_key],
  };
}

/** The table of the versions of a stream's rows, with the columns that are wanted of it; see `HISTORY_COLUMNS`. */
export function historyOf(stream: Stream, columns: readonly Column[]): Table {
  return {
    name: historyName(stream.name),
    kind: 'history',
    description: `Every version of a row of ${stream.name} that a run saw, from one change to the next.`,
    columns: [...columns.map(tableColumnOf), ...HISTORY_COLUMNS],
    primaryKey: [...stream.primary_key, VALID_FROM],
  };
}

/** What a line item's view repeats of its document: column of the table → column of the view. */
function documentColumns(document: string): ReadonlyMap<string, string> {
  return new Map([
    ['id', `${document}_id`],
    ['number', `${document}_number`],
    ['client_id', 'client_id'],
    ['client_name', 'client_name'],
    ['issue_date', 'issue_date'],
    ['currency', 'currency'],
    ['state', 'state'],
  ]);
}

const DOCUMENTS: Readonly<Record<string, string>> = { invoices: 'invoice', estimates: 'estimate' };
const LIST = 'line_items';

/**
 * The views that flatten a stream's lists for tools that cannot read them: `invoice_line_items` and
 * `estimate_line_items`, from the columns that are wanted. None for other streams, or without line items.
 */
export function flatViewsOf(stream: Stream, columns: readonly Column[]): readonly FlatView[] {
  const document = DOCUMENTS[stream.name];
  const fields = columns.find((column) => column.name === LIST)?.fields;
  if (document === undefined || fields === undefined) return [];
  const repeated = [...documentColumns(document)].map(([name, as]) => ({ name, as }));
  return [
    {
      name: `${document}_${LIST}`,
      description: `One row for each line item of ${stream.name}.`,
      table: stream.name,
      columns: repeated.filter(({ name }) => columns.some((column) => column.name === name)),
      list: LIST,
      fields: fields.map(({ name }) => ({ name, as: name === 'id' ? 'line_item_id' : name })),
    },
  ];
}

/** The columns of a view by its own names, with the types and meanings that they have in its table. */
export function viewColumnsOf(view: FlatView, columns: readonly Column[]): readonly TableColumn[] {
  const fields = columns.find(({ name }) => name === view.list)?.fields ?? [];
  const named = (list: readonly Column[], names: FlatView['columns']): readonly TableColumn[] =>
    names.flatMap(({ name, as }) => {
      const column = list.find((candidate) => candidate.name === name);
      return column === undefined ? [] : [{ ...tableColumnOf(column), name: as }];
    });
  return [...named(columns, view.columns), ...named(fields, view.fields)];
}

/** What a warehouse needs to know of a column. */
function tableColumnOf(column: Column): TableColumn {
  const { name, type, mode, description, fields } = column;
  return {
    name,
    type,
    mode,
    description,
    ...(fields === undefined ? {} : { fields: fields.map(tableColumnOf) }),
  };
}
