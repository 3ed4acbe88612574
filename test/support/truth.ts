/**
 * What the tables have to hold, worked out from the sandbox's own records by a second, naive reading of the rules:
 * objects flatten by name, lists of objects keep their elements, what is absent is NULL and an absent list is empty.
 * It knows nothing of the catalogue but the keys of the 32 tables.
 */
import { createHmac } from 'node:crypto';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { LAGS } from './lags.ts';
import {
  canonicalValue,
  parseCanonical,
  readRowsOf,
  withFile,
  type Canonical,
  type TableRows,
} from './tables.ts';

/** Columns with their values. */
export type Fields = { readonly [column: string]: Canonical };

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

/** What is allowed to differ, and how the account was loaded. */
export interface TruthOptions {
  /** true: whatever lags.ts lists · swept: what may lag after a run with every sweep due · absent: nothing. */
  readonly lags?: boolean | 'swept';
  /** Names of lags that do not apply to this account. */
  readonly without?: readonly string[];
  /** Whether a value that lags was the record's at some time since its last change; absent: it is believed. */
  readonly was?: (cell: Cell) => boolean;
  readonly streams?: readonly string[];
  readonly startDate?: string;
  /** 3 where absent. */
  readonly restateMonths?: number;
  /** Columns that the configuration leaves out, as `table.column` or `table.list.field`. */
  readonly leftOut?: ReadonlySet<string>;
  /** Takes from a record, flat as a row, what was erased. */
  readonly erased?: (table: string, record: Fields) => Fields;
  /** Columns that are stored as their hash, and the key. */
  readonly hashed?: { readonly key: string; readonly columns: ReadonlySet<string> };
  /** Rows that are not looked at: their record is refused for now. */
  readonly rejected?: (table: string, key: string) => boolean;
  /** Rows that may stay although their record is gone, because deletions are kept. */
  readonly kept?: (table: string, key: string) => boolean;
}

/** A cell that differs; a row that is there too long or not yet has no column. */
export interface Cell {
  readonly table: string;
  readonly key: string;
  /** `column`, or `list.field` with the place in the list. */
  readonly column: string | null;
  readonly at: number | null;
  readonly value: Canonical;
}

/** How one table is compared. */
interface Comparison {
  readonly name: string;
  readonly options: TruthOptions;
  /** First day of the first report month that is read on each run. */
  readonly restated: string;
  /** First day of the current month. */
  readonly current: string;
  readonly problems: string[];
}

/** What differs between a table and the truth, cell by cell; empty when they are equal. */
function compareTable(actual: TableRows, records: Iterable<unknown>, comparison: Comparison): void {
  const { name, options, problems } = comparison;
  const key = KEYS[name] ?? ID;
  const expectedKeys = new Set<string>();
  for (const record of records) {
    const whole = flatRecord(record);
    const flat = options.erased?.(name, whole) ?? whole;
    const id = key.map((column) => String(flat[column])).join('|');
    expectedKeys.add(id);
    const row = actual.get(id);
    if (options.rejected?.(name, id) === true) continue;
    if (row !== undefined) compareRow(id, row, flat, comparison);
    else if (!mayLag('missing', { table: name, key: id, column: null, at: null, value: null }, comparison))
      problems.push(`${name} ${id} is missing`);
  }
  for (const id of actual.keys()) {
    if (expectedKeys.has(id) || options.kept?.(name, id) === true) continue;
    if (!mayLag('surplus', { table: name, key: id, column: null, at: null, value: null }, comparison))
      problems.push(`${name} ${id} should not be there`);
  }
}

/** A record of the sandbox with flat columns, as a row has them. */
export function flatRecord(record: unknown): Fields {
  return flatten(canonicalValue(parseCanonical(JSON.stringify(record))) as Fields);
}

function compareRow(key: string, row: Fields, wanted: Fields, comparison: Comparison): void {
  const { name: table, problems } = comparison;
  for (const [column, value] of Object.entries(wanted)) {
    if (!(column in row) && value !== null && !isAbsent(column, comparison))
      problems.push(`${table} ${key}.${column} has no column`);
  }
  for (const [column, value] of Object.entries(row)) {
    const should = wanted[column] ?? (Array.isArray(value) ? [] : null);
    if (Array.isArray(value) && Array.isArray(should) && value.length === should.length) {
      for (const [at, item] of value.entries())
        compareItem({ table, key, column, at, value: item as Canonical }, should[at] ?? null, comparison);
    } else compareCell({ table, key, column, at: null, value }, should, comparison);
  }
}

function compareItem(item: Cell, should: Canonical, comparison: Comparison): void {
  if (!isFields(item.value) || !isFields(should)) return compareCell(item, should, comparison);
  for (const field of Object.keys(should)) {
    const column = `${item.column}.${field}`;
    if (!(field in item.value) && should[field] !== null && !isAbsent(column, comparison))
      comparison.problems.push(`${item.table} ${item.key}.${column} has no column`);
  }
  for (const [field, value] of Object.entries(item.value))
    compareCell({ ...item, column: `${item.column}.${field}`, value }, should[field] ?? null, comparison);
}

function compareCell(cell: Cell, wanted: Canonical, comparison: Comparison): void {
  const { table, key, column, value } = cell;
  if (comparison.options.leftOut?.has(`${table}.${column}`) === true) {
    // a column that was switched off stays, without values
    if (value !== null && JSON.stringify(value) !== '[]')
      comparison.problems.push(`${table} ${key}.${column} is ${JSON.stringify(value)}, but switched off`);
    return;
  }
  const should = hashedWhere(`${table}.${column}`, wanted, comparison.options);
  if (JSON.stringify(value) === JSON.stringify(should)) return;
  if (mayLag('cells', cell, comparison, should === null)) return;
  const [is, be] = [JSON.stringify(value), JSON.stringify(should)];
  comparison.problems.push(`${table} ${key}.${column} is ${is}, should be ${be}`);
}

/** Whether a column is rightly not in the table. */
function isAbsent(column: string, { name, options }: Comparison): boolean {
  return SECRETS.has(column) || options.leftOut?.has(`${name}.${column}`) === true;
}

function hashedWhere(column: string, value: Canonical, { hashed }: TruthOptions): Canonical {
  if (hashed === undefined || typeof value !== 'string' || !hashed.columns.has(column)) return value;
  return createHmac('sha256', hashed.key).update(value, 'utf8').digest('hex');
}

/** Whether the list of lags covers a difference, and the value is one that the record once had. */
function mayLag(
  what: 'cells' | 'surplus' | 'missing',
  cell: Cell,
  { options, restated, current }: Comparison,
  isGone = false,
): boolean {
  const { lags = false, without = [], was } = options;
  const place = what === 'cells' ? `${cell.table}.${cell.column}` : cell.table;
  const isOld = cell.key < restated;
  const isToCome = cell.key.slice(0, 10) > current;
  const covered = LAGS.some(
    (lag) =>
      lags !== false &&
      (lags !== 'swept' || lag.always === true) &&
      !without.includes(lag.name) &&
      (lag.oldMonths !== true || isOld || (lag.monthsToCome === true && isToCome)) &&
      (lag.whereGone !== true || isGone) &&
      lag[what]?.test(place) === true,
  );
  return covered && (what === 'missing' || was === undefined || was(cell));
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

/** The same of tables that are read in another way; `most` differences of each. */
export async function differencesIn(
  read: ReadTable,
  sandbox: Sandbox,
  options: TruthOptions = {},
  most = 20,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { startDate = '0000-01-01', restateMonths = 3 } = options;
  const { account } = sandbox;
  const current = `${account.clock.today().slice(0, 7)}-01`;
  const restated = `${monthLess(account.clock.today().slice(0, 7), restateMonths - 1)}-01`;
  const months = reportMonths(sandbox, options.startDate);
  const stored = new Set<unknown>();
  for (const document of ['invoices', 'estimates'])
    within(document, [...account.truth(document)] as Fields[], startDate, stored);
  for (const name of options.streams ?? Object.keys(KEYS)) {
    const actual = await read(name, KEYS[name] ?? ID);
    const records = within(name, [...account.truth(name, { months })] as Fields[], startDate, stored);
    const found: string[] = [];
    compareTable(actual, records, { name, options, restated, current, problems: found });
    problems.push(...found.slice(0, most));
  }
  return problems;
}

/** Months of the reports: from that of `start_date` on, whether it holds a fact or not. */
export function reportMonths({ account }: Sandbox, startDate: string | undefined): readonly string[] {
  const months = account.months();
  if (startDate === undefined) return months;
  const wanted = new Set(months.filter((month) => month >= startDate.slice(0, 7)));
  for (let month = account.clock.today().slice(0, 7); month >= startDate.slice(0, 7);) {
    wanted.add(month);
    month = monthLess(month, 1);
  }
  return [...wanted].toSorted();
}

function monthLess(month: string, count: number): string {
  const number = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 - count;
  return `${Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`;
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
  return records;
}
