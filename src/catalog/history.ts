/** What a history says of the versions of a stream's rows. Pure. */
import type { Table, TableColumn } from '../warehouse/table.ts';
import type { ColumnMode, ColumnType } from './column.ts';
import type { Stream } from './stream.ts';

/** The streams whose rows have a history unless `sync.history` says otherwise. */
export const DEFAULT_HISTORY: readonly string[] = [
  'users',
  'clients',
  'projects',
  'tasks',
  'invoices',
  'estimates',
  'billable_rates',
  'cost_rates',
  'user_assignments',
  'task_assignments',
];

/** When a version begins; with the key of the row the key of the version. */
export const VALID_FROM = '_valid_from';

/** The columns of a history after those of the row. */
export const HISTORY_COLUMNS: readonly TableColumn[] = [
  own(
    VALID_FROM,
    'TIMESTAMP',
    'When a run stored this version; Harvest may have had it earlier.',
    'REQUIRED',
  ),
  own(
    '_valid_to',
    'TIMESTAMP',
    'When the next version was stored, or the row was found to be gone; NULL while this is how the row is.',
  ),
  own('_is_deleted', 'BOOL', 'Whether the row was gone after this version.'),
  own('_run_id', 'STRING', 'The run that stored this version; see _sync_runs.'),
];

function own(
  name: string,
  type: ColumnType,
  description: string,
  mode: ColumnMode = 'NULLABLE',
): TableColumn {
  return { name, type, mode, description };
}

/** Name of the table that keeps the versions of a stream's rows. */
export function historyName(stream: string): string {
  return `${stream}_history`;
}

/**
 * Whether a stream's rows may have a history: those of lists of records. Months of reports have `_restatements` instead,
 * project budgets their snapshots, and the company is no list.
 */
export function mayHaveHistory(stream: Stream): boolean {
  return stream.sync !== 'report' && stream.limit_class !== 'reports' && stream.records !== undefined;
}

/** The columns of a history that are those of the row, its key among them. */
export function versionedColumns({ columns }: Table): readonly TableColumn[] {
  return columns.filter(({ name }) => !HISTORY_COLUMNS.some((each) => each.name === name));
}
