/**
 * Where a cell is granted to lag behind Harvest: it is as of the record's last delivery, at the latest the last full
 * listing. Harvest changes these without a newer `updated_at`. Names are not among them, nor anything of a report month.
 * `docs/correctness.md` has the same list in words. Pure.
 */

/** What rows embed of other records, and locks. Fields of a list as `list.field`. */
const EMBEDDED: Readonly<Record<string, RegExp>> = {
  time_entries:
    /^(user_assignment_.*|task_assignment_.*|billable_rate|cost_rate|is_locked|locked_reason|project_code|client_currency|invoice_number)$/,
  expenses:
    /^(user_assignment_.*|is_locked|locked_reason|project_code|client_currency|invoice_number|expense_category_unit_(price|name))$/,
  projects: /^client_currency$/,
  user_assignments: /^(project_code|hourly_rate)$/,
  task_assignments: /^project_code$/,
  project_assignments: /^(project_code|project_is_billable|client_currency|hourly_rate)$/,
  users: /^(default_hourly_rate|cost_rate)$/,
  invoices: /^line_items\.project_code$/,
};

/** References to records that may have been deleted since. */
const REFERENCES: Readonly<Record<string, RegExp>> = {
  invoices: /^(line_items\.project_(id|name|code)|estimate_id|creator_(id|name))$/,
  estimates: /^creator_(id|name)$/,
};

/**
 * Whether a cell may lag.
 * @param column as differences name it: `billable_rate`, `line_items[2].project_code`
 * @param harvest what Harvest sends; null: nothing any more
 */
export function isLagging(table: string, column: string, harvest: string | null): boolean {
  const name = column.replaceAll(/\[\d+\]/g, '');
  if (EMBEDDED[table]?.test(name) === true) return true;
  return harvest === null && REFERENCES[table]?.test(name) === true;
}
