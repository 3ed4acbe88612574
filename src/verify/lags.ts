import type { Stream } from '../catalog/stream.ts';

/** Columns that Harvest changes without a newer `updated_at`, by table. */
const SILENT: Readonly<Record<string, RegExp>> = {
  time_entries:
    /^(user_assignment|task_assignment)_|^(billable|cost)_rate$|^(is_locked|locked_reason|project_code)$/,
  expenses: /^user_assignment_|^(is_locked|locked_reason|project_code)$/,
};

/**
 * Whether a column is granted to lag: its value is as of the record's last delivery, at the latest the last full sweep.
 * Those are the rates and assignments that facts embed, locks, and the code of their project; names are not among them,
 * and neither is anything of a report month or of another table.
 */
export function isLagging({ name }: Pick<Stream, 'name'>, column: string): boolean {
  return SILENT[name]?.test(column) ?? false;
}
