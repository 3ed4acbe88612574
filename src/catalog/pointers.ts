/** Columns that point at a record of another stream, and that stream. */
export const POINTERS: ReadonlyMap<string, string> = new Map([
  ['client_id', 'clients'],
  ['project_id', 'projects'],
  ['task_id', 'tasks'],
  ['user_id', 'users'],
  ['expense_category_id', 'expense_categories'],
  ['invoice_id', 'invoices'],
  ['estimate_id', 'estimates'],
]);
