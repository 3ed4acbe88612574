/** The two kinds of facts, the reports that Harvest makes of them, and what of both can be compared. Pure. */
import type { ChosenStream } from '../sync/context.ts';
import type { Sum } from '../warehouse/checks.ts';
import { hasPlain } from './scope.ts';

/** A report that sums facts by one of their references. */
export interface FactReport {
  /** The report stream, whose table has its months. */
  readonly stream: string;
  readonly path: string;
  /** What a row is about, in a word. */
  readonly entity: string;
  /** The column of the facts, and the property of the report's rows. */
  readonly column: string;
}

/** A number that a report has for each row. */
export type Measure = 'total_hours' | 'billable_hours' | 'total_amount' | 'billable_amount';

/** A kind of facts. */
export interface Fact {
  readonly stream: 'time_entries' | 'expenses';
  readonly date: string;
  /** What is summed: hours, or money. */
  readonly quantity: string;
  /** By which an hour is multiplied to be money; null: the quantity is money already. */
  readonly rate: string | null;
  readonly reports: readonly FactReport[];
}

const report = (kind: 'time' | 'expenses', name: string, entity: string, column: string): FactReport => ({
  stream: `${kind}_${name}`,
  path: `reports/${kind}/${name}`,
  entity,
  column,
});

/**
 * Reports sum rounded hours, and each person's hours at the rate of the entry.
 * @see Harvest API v2 docs, Time Reports and Expense Reports (checked 2026-11-20)
 */
export const TIME: Fact = {
  stream: 'time_entries',
  date: 'spent_date',
  quantity: 'rounded_hours',
  rate: 'billable_rate',
  reports: [
    report('time', 'clients', 'client', 'client_id'),
    report('time', 'projects', 'project', 'project_id'),
    report('time', 'tasks', 'task', 'task_id'),
    report('time', 'team', 'person', 'user_id'),
  ],
};

export const EXPENSES: Fact = {
  stream: 'expenses',
  date: 'spent_date',
  quantity: 'total_cost',
  rate: null,
  reports: [
    report('expenses', 'clients', 'client', 'client_id'),
    report('expenses', 'projects', 'project', 'project_id'),
    report('expenses', 'categories', 'category', 'expense_category_id'),
    report('expenses', 'team', 'person', 'user_id'),
  ],
};

/** What can be compared of a fact with the columns that were chosen. */
export interface Comparable {
  readonly fact: Fact;
  readonly chosen: ChosenStream;
  readonly reports: readonly FactReport[];
  readonly measures: readonly Measure[];
  /** What is asked of the warehouse; the place of each sum is known by `SUM`. */
  readonly sums: readonly Sum[];
  /** What cannot be compared, in words. */
  readonly leftOut: readonly string[];
}

/** Places of the sums behind the columns that rows are grouped by. */
export const SUM = { rows: 0, quantity: 1, billable: 2, money: 3, fractions: 4 } as const;

/**
 * What can be compared; null where the columns that everything hangs on were left out. Whoever does not see all projects
 * does not know what of their time is billed, and in which currency.
 */
export function comparableOf(fact: Fact, chosen: ChosenStream, seesAll: boolean): Comparable | null {
  const has = (name: string): boolean => hasPlain(chosen, name);
  const { date, quantity, rate } = fact;
  if (![date, quantity, 'project_id'].every(has)) return null;
  const knowsBillable = seesAll && has('billable');
  const knowsMoney = knowsBillable && (rate === null || has(rate));
  const reports = fact.reports.filter(({ column }) => has(column));
  const measures: readonly Measure[] =
    rate === null
      ? ['total_amount', ...(knowsMoney ? (['billable_amount'] as const) : [])]
      : [
          'total_hours',
          ...(knowsBillable ? (['billable_hours'] as const) : []),
          ...(knowsMoney ? (['billable_amount'] as const) : []),
        ];
  const where = knowsBillable ? 'billable' : null;
  const columns: readonly [string, string] = [quantity, rate !== null && knowsMoney ? rate : quantity];
  const all = [...fact.reports.map(({ column }) => column), 'billable', ...(rate === null ? [] : [rate])];
  return {
    fact,
    chosen,
    reports,
    measures,
    sums: [
      { kind: 'rows', where: null },
      { kind: 'sum', column: quantity, where: null },
      { kind: 'sum', column: quantity, where },
      { kind: 'products', columns, where },
      { kind: 'fractions', columns, where },
    ],
    leftOut: all.filter((name) => !has(name)).map((name) => `sums that need ${name}, which is not chosen`),
  };
}
