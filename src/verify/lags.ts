/**
 * Where a cell is granted to lag behind Harvest: it is as of the record's last delivery, at the latest the last full
 * listing. Harvest changes these without a newer `updated_at` of the record. Names are not among them, nor anything of a
 * report month. `docs/correctness.md` has the same list in words. Pure.
 */

/** What a cell is made of; where none of it changed after the record did, the cell cannot lag. */
export type Source =
  /** The record in this stream that the column points at, in the row or in the element of a list. */
  | { readonly stream: string; readonly column: string }
  /** The rates of the person that the column points at: as of the record's own day, or as of today. */
  | {
      readonly rates: 'billable_rates' | 'cost_rates';
      readonly column: string;
      readonly asOf: 'day' | 'today';
    }
  /** An assignment inside the record, with its own `updated_at`, and the stream that it is of. */
  | { readonly embedded: string; readonly stream: string }
  /** The record in this stream that our cell in this column points at, which Harvest deleted since. */
  | { readonly gone: string; readonly column: string }
  /** The payments of the invoice. */
  | 'payments';

const PROJECT: Source = { stream: 'projects', column: 'project_id' };
const CLIENT: Source = { stream: 'clients', column: 'client_id' };
const TASK: Source = { stream: 'tasks', column: 'task_id' };
const PERSON: Source = { stream: 'users', column: 'user_id' };
const CATEGORY: Source = { stream: 'expense_categories', column: 'expense_category_id' };
const BILLABLE: Source = { rates: 'billable_rates', column: 'user_id', asOf: 'today' };
const BILLABLE_THEN: Source = { ...BILLABLE, asOf: 'day' };
const COST: Source = { rates: 'cost_rates', column: 'user_id', asOf: 'today' };
const INVOICE: Source = { stream: 'invoices', column: 'invoice_id' };
const BY_PERSON: Source = { embedded: 'user_assignment', stream: 'user_assignments' };
const BY_TASK: Source = { embedded: 'task_assignment', stream: 'task_assignments' };

type Rule = readonly [columns: RegExp, sources: readonly Source[]];

const OF_FACTS: readonly Rule[] = [
  [/^user_assignment_/, [BY_PERSON, PERSON, BILLABLE]],
  [/^task_assignment_/, [BY_TASK]],
  [/^billable_rate$/, [BY_PERSON, BY_TASK, PROJECT, PERSON, BILLABLE_THEN]],
  [/^cost_rate$/, [PERSON, { ...COST, asOf: 'day' }]],
  [/^(is_locked|locked_reason)$/, [PROJECT, CLIENT, TASK, PERSON]],
  [/^project_code$/, [PROJECT]],
  [/^client_currency$/, [PROJECT, CLIENT]],
  [/^invoice_number$/, [INVOICE]],
  [/^expense_category_unit_(price|name)$/, [CATEGORY]],
];

/** What rows embed of other records, and locks; fields of a list as `list.field`. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  time_entries: OF_FACTS,
  expenses: OF_FACTS,
  projects: [[/^client_currency$/, [CLIENT]]],
  user_assignments: [
    [/^project_code$/, [PROJECT]],
    [/^hourly_rate$/, [PERSON, BILLABLE]],
  ],
  task_assignments: [[/^project_code$/, [PROJECT]]],
  project_assignments: [
    [/^(project_code|project_is_billable)$/, [PROJECT]],
    [/^client_currency$/, [PROJECT, CLIENT]],
    [/^hourly_rate$/, [PERSON, BILLABLE]],
  ],
  users: [
    [/^default_hourly_rate$/, [{ ...BILLABLE, column: 'id' }]],
    [/^cost_rate$/, [{ ...COST, column: 'id' }]],
  ],
  invoices: [
    [/^line_items\.project_code$/, [PROJECT]],
    [/^(due_amount|state|paid_at|paid_date)$/, ['payments']],
  ],
};

const CREATOR: Rule = [/^creator_(id|name)$/, [{ gone: 'users', column: 'creator_id' }]];

/** References to records that may have been deleted since, where Harvest has nothing in their place any more. */
const REFERENCES: Readonly<Record<string, readonly Rule[]>> = {
  invoices: [
    [/^line_items\.project_(id|name|code)$/, [{ gone: 'projects', column: 'project_id' }]],
    [/^estimate_id$/, [{ gone: 'estimates', column: 'estimate_id' }]],
    CREATOR,
  ],
  estimates: [CREATOR],
};

/**
 * What a cell that may lag is made of; null: it may not.
 * @param column as differences name it: `billable_rate`, `line_items[2].project_code`
 * @param harvest what Harvest sends; null: nothing any more
 */
export function sourcesOf(table: string, column: string, harvest: string | null): readonly Source[] | null {
  const name = column.replaceAll(/\[\d+\]/g, '');
  const of = (rules: Readonly<Record<string, readonly Rule[]>>): readonly Source[] =>
    rules[table]?.find(([columns]) => columns.test(name))?.[1] ?? [];
  const sources = [...of(RULES), ...(harvest === null ? of(REFERENCES) : [])];
  return sources.length === 0 ? null : sources;
}
