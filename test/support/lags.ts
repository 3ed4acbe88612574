/**
 * Where the tables may lag behind Harvest between two full listings. The one list: `docs/correctness.md` has it in the
 * same words, which a test compares. Nothing else may differ, and after a run with every sweep due only the last of
 * these.
 */

/** One thing that may lag. */
export interface Lag {
  readonly name: string;
  readonly words: string;
  /** Cells as `table.column`, fields of a list as `table.list.field`. */
  readonly cells?: RegExp;
  /** Tables of which a row may still be there. */
  readonly surplus?: RegExp;
  /** Tables of which a row may not be there yet. */
  readonly missing?: RegExp;
  /** Applies only where the record has nothing in this place any more. */
  readonly whereGone?: true;
  /** Applies only to report months before those that are read on each run (`restate_months`). */
  readonly oldMonths?: true;
  /** With `oldMonths`: to months after the current one as well. */
  readonly monthsToCome?: true;
  /** Applies even after a run with every sweep due. */
  readonly always?: true;
}

const EMBEDDED = [
  'time_entries.(?:(?:user|task)_assignment_.*|billable_rate|cost_rate|is_locked|locked_reason|project_code|client_currency|invoice_number)',
  'expenses.(?:user_assignment_.*|is_locked|locked_reason|project_code|client_currency|invoice_number|expense_category_unit_(?:price|name))',
  'projects.client_currency',
  'user_assignments.(?:project_code|hourly_rate)',
  'task_assignments.project_code',
  'project_assignments.(?:project_code|project_is_billable|client_currency|hourly_rate)',
  'users.(?:default_hourly_rate|cost_rate)',
  'invoices.line_items.project_code',
];

const REFERENCES = [
  'invoices.line_items.project_(?:id|name|code)',
  'invoices.estimate_id',
  '(?:invoices|estimates).creator_(?:id|name)',
];

export const LAGS: readonly Lag[] = [
  {
    name: 'embedded',
    words:
      'What a row embeds of other records, names excepted (rates, codes, currencies, assignments), and what Harvest changes in it without a newer `updated_at` (locks): as of the last delivery of the row, at the latest the last full listing (`sweep_every`; project assignments `sweep_children_every`).',
    cells: anyOf(EMBEDDED),
  },
  {
    name: 'references',
    words:
      'A reference to a record that was deleted since (the project of a line item, an invoice’s estimate, the creator of a document): as of the last delivery of the row, at the latest the last full listing (`sweep_every`).',
    cells: anyOf(REFERENCES),
    whereGone: true,
  },
  {
    name: 'payments',
    words:
      'A payment or message that was deleted: it stays until its invoice or estimate changes, at the latest `sweep_children_every`; until then the invoice is as of its last delivery in what follows from its payments (`due_amount`, `state`, `paid_at`, `paid_date`), if Harvest gives it no newer `updated_at`.',
    cells: /^invoices\.(?:due_amount|state|paid_at|paid_date)$/,
    surplus: /^(?:invoice_payments|invoice_messages|estimate_messages)$/,
  },
  {
    name: 'old months',
    words:
      'Report months before the last `restate_months`, and months still to come: what changes in them without any change of a time entry or expense of that month (rates, whether a project is billable, a person’s capacity, picture and whether they are a contractor) is seen within `sweep_children_every`.',
    cells:
      /^(?:time|expenses)_(?:clients|projects|tasks|categories|team)\.(?:billable_hours|billable_amount|is_contractor|weekly_capacity|avatar_url)$/,
    oldMonths: true,
    monthsToCome: true,
  },
  {
    name: 'uninvoiced',
    words:
      'Months of `uninvoiced` before the last `restate_months` keep what they said when they were last read, but for names.',
    cells: /^uninvoiced\.(?!client_name$|project_name$)/,
    surplus: /^uninvoiced$/,
    missing: /^uninvoiced$/,
    oldMonths: true,
    always: true,
  },
];

function anyOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => pattern.replace(/\.(?!\*)/g, '\\.')).join('|')})$`);
}
