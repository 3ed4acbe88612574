/**
 * What the tables have to hold, worked out from the sandbox's own records by a second, naive reading of the rules:
 * objects flatten by name, lists of objects keep their elements, what is absent is NULL and an absent list is empty.
 * It knows nothing of the catalogue but the keys of the 32 tables.
 */
import type { Sandbox } from '../../src/sandbox/server.ts';
import {
  canonicalValue,
  parseCanonical,
  readRowsOf,
  withFile,
  type Canonical,
  type TableRows,
} from './tables.ts';

type Fields = { readonly [column: string]: Canonical };

const ID = ['id'];
const REPORT = (entity: string): readonly string[] => ['period_start', entity, 'currency'];

/** Every stream with its key. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  clients: ID,
  contacts: ID,
  expense_categories: ID,
  estimate_item_categories: ID,
  invoice_item_categories: ID,
  projects: ID,
  tasks: ID,
  task_assignments: ID,
  user_assignments: ID,
  users: ID,
  time_entries: ID,
  expenses: ID,
  invoices: ID,
  estimates: ID,
  invoice_messages: ID,
  invoice_payments: ID,
  estimate_messages: ID,
  project_assignments: ID,
  billable_rates: ID,
  cost_rates: ID,
  roles: ID,
  company: ['account_id'],
  project_budget: ['project_id'],
  time_clients: REPORT('client_id'),
  time_projects: REPORT('project_id'),
  time_tasks: REPORT('task_id'),
  time_team: REPORT('user_id'),
  expenses_clients: REPORT('client_id'),
  expenses_projects: REPORT('project_id'),
  expenses_categories: REPORT('expense_category_id'),
  expenses_team: REPORT('user_id'),
  uninvoiced: REPORT('project_id'),
};

/** Columns that open a door; off unless asked for. */
const SECRETS = new Set(['statement_key', 'client_key', 'receipt_url']);

function flatten(record: Fields, prefix = ''): Fields {
  const flat: Record<string, Canonical> = {};
  for (const [name, value] of Object.entries(record)) {
    const column = prefix + name;
    if (Array.isArray(value)) {
      flat[column] = value.map((item: Canonical) => (isFields(item) ? flatten(item) : item));
    } else if (isFields(value)) Object.assign(flat, flatten(value, `${column}_`));
    else flat[column] = value;
  }
  return flat;
}

function isFields(value: Canonical): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The expected row with the columns that the table has; what the table lacks must be a secret. */
function fit(expected: Fields, actual: Fields, at: string, problems: string[]): Fields {
  for (const [column, value] of Object.entries(expected)) {
    if (!(column in actual) && !SECRETS.has(column) && value !== null)
      problems.push(`${at}.${column} has no column`);
  }
  return Object.fromEntries(
    Object.entries(actual).map(([column, value]) => {
      const wanted = expected[column];
      if (Array.isArray(value)) {
        const items = Array.isArray(wanted) ? wanted : [];
        return [
          column,
          items.map((item: Canonical, index) => {
            const other: unknown = value[index] ?? value[0];
            return isFields(item) && isFields(other as Canonical)
              ? fit(item, other as Fields, `${at}.${column}`, problems)
              : item;
          }),
        ];
      }
      return [column, wanted ?? null];
    }),
  );
}

/** What differs between a table and the truth, cell by cell; empty when they are equal. */
export function compareTable(
  name: string,
  actual: TableRows,
  records: Iterable<unknown>,
  lagging: RegExp = /^$/,
): readonly string[] {
  const problems: string[] = [];
  const key = KEYS[name] ?? ID;
  const expectedKeys = new Set<string>();
  for (const record of records) {
    const flat = flatten(canonicalValue(parseCanonical(JSON.stringify(record))) as Fields);
    const id = key.map((column) => String(flat[column])).join('|');
    expectedKeys.add(id);
    const row = actual.get(id);
    if (row === undefined) {
      problems.push(`${name} ${id} is missing`);
      continue;
    }
    const wanted = fit(flat, row, `${name} ${id}`, problems);
    for (const [column, value] of Object.entries(row)) {
      if (lagging.test(column)) continue;
      const [is, should] = [JSON.stringify(value), JSON.stringify(wanted[column])];
      if (is !== should) problems.push(`${name} ${id}.${column} is ${is}, should be ${should}`);
    }
  }
  for (const id of actual.keys())
    if (!expectedKeys.has(id)) problems.push(`${name} ${id} should not be there`);
  return problems;
}

/**
 * What Harvest changes in a record without telling (no newer `updated_at`): as of the record's last delivery in the
 * tables. Names are not among them.
 */
const LAGGING: Readonly<Record<string, RegExp>> = {
  time_entries:
    /^(user_assignment|task_assignment)_|^(billable|cost)_rate$|^(is_locked|locked_reason|project_code)$/,
  expenses: /^user_assignment_|^(is_locked|locked_reason|project_code)$/,
};

/** What is allowed to differ, and how the account was loaded. */
export interface TruthOptions {
  /** Whether values that Harvest changes without telling may lag behind, and old months of `uninvoiced`. */
  readonly lags?: boolean;
  readonly streams?: readonly string[];
  readonly startDate?: string;
}

/** Reads a table in canonical form; a second row of a key fails. */
export type ReadTable = (table: string, key: readonly string[]) => Promise<TableRows>;

/** Everything in which a file differs from the sandbox; the first 20 differences of each table. */
export async function differences(
  path: string,
  sandbox: Sandbox,
  options: TruthOptions = {},
): Promise<readonly string[]> {
  return withFile(path, (rows) =>
    differencesIn((name, key) => readRowsOf(rows, name, key), sandbox, options),
  );
}

/** The same of tables that are read in another way. */
export async function differencesIn(
  read: ReadTable,
  sandbox: Sandbox,
  options: TruthOptions = {},
): Promise<readonly string[]> {
  const found: string[] = [];
  const { startDate = '0000-01-01' } = options;
  const stored = new Set<unknown>();
  for (const document of ['invoices', 'estimates'])
    within(document, [...sandbox.account.truth(document)] as Fields[], startDate, stored);
  for (const name of options.streams ?? Object.keys(KEYS)) {
    const actual = await read(name, KEYS[name] ?? ID);
    const records = within(name, [...sandbox.account.truth(name)] as Fields[], startDate, stored);
    const isOldOne = name === 'uninvoiced' ? /./ : undefined;
    const lagging = options.lags === true ? (LAGGING[name] ?? isOldOne) : undefined;
    found.push(...compareTable(name, actual, records, lagging).slice(0, 20));
  }
  return found;
}

const DATED: Readonly<Record<string, string>> = {
  time_entries: 'spent_date',
  expenses: 'spent_date',
  invoices: 'issue_date',
  estimates: 'issue_date',
};
const FOLLOWS: Readonly<Record<string, string>> = {
  invoice_messages: 'invoice_id',
  invoice_payments: 'invoice_id',
  estimate_messages: 'estimate_id',
};

/** The records that `start_date` leaves; `stored` collects the documents whose children follow them. */
function within(
  name: string,
  records: readonly Fields[],
  startDate: string,
  stored: Set<unknown>,
): readonly Fields[] {
  const dated = DATED[name];
  const parent = FOLLOWS[name];
  if (parent !== undefined) {
    const document = parent.replace('_id', 's');
    return records.filter((record) => stored.has(`${document} ${String(record[parent])}`));
  }
  if (dated !== undefined) {
    const kept = records.filter((record) => record[dated] === null || String(record[dated]) >= startDate);
    for (const record of kept) stored.add(`${name} ${String(record['id'])}`);
    return kept;
  }
  return records.filter(
    ({ period_start: start }) => start === undefined || String(start) >= startDate.slice(0, 7),
  );
}
