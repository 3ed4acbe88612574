import { formatCount, formatSeconds, plural } from '../report/quantity.ts';
import { renderTable } from '../report/table.ts';
import { summaryText } from '../report/summary.ts';
import type { RunResult } from '../events.ts';
import type { Question } from './demo-questions.ts';

/** The answer of a query; values as text. */
export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** A table and how many rows it has. */
export interface TableCount {
  readonly table: string;
  readonly rows: number;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Width of the demo's screens. */
const WIDTH = 100;

/** The tables with their rows, in two columns. */
export function tablesScreen(counts: readonly TableCount[], result: RunResult, file: string): string {
  const half = Math.ceil(counts.length / 2);
  const cells = (entry: TableCount | undefined): readonly string[] =>
    entry === undefined ? ['', ''] : [entry.table, formatCount(entry.rows)];
  const rows = Array.from({ length: half }, (_, index) => [
    ...cells(counts[index]),
    ...cells(counts[half + index]),
  ]);
  const pair = [{ title: 'table' }, { title: 'rows', align: 'right' }] as const;
  const total = counts.reduce((sum, entry) => sum + entry.rows, 0);
  const { rejected } = result.totals;
  const note = `${plural(rejected, 'record')} that could not be stored exactly ${rejected === 1 ? 'stands' : 'stand'} in _rejects, with the reason`;
  return [
    '',
    `${plural(counts.length, 'table')} with ${plural(total, 'row')} in ${file}: ${plural(result.totals.requests, 'request')}, ${formatSeconds(result.seconds)}`,
    '',
    ...renderTable([...pair, ...pair], rows, WIDTH),
    ...(rejected === 0 ? [] : ['', note]),
  ].join('\n');
}

/** A question, the query that answers it, and the answer. */
export function answerScreen({ question, sql }: Question, answer: QueryAnswer): string {
  const columns = answer.columns.map((title, index) => ({
    title,
    align: answer.rows.every((row) => NUMBER.test(row[index] ?? '0'))
      ? ('right' as const)
      : ('left' as const),
  }));
  // hours and amounts, of which the warehouse leaves the last zeros out
  const places = answer.columns.map((_, index) =>
    answer.rows.some((row) => NUMBER.test(row[index] ?? '') && row[index]?.includes('.') === true) ? 2 : 0,
  );
  const rows = answer.rows.map((row) => row.map((value, index) => shown(value, places[index] ?? 0)));
  const table = rows.length === 0 ? ['  nobody'] : renderTable(columns, rows, WIDTH);
  return ['', question, '', ...sql.split('\n').map((line) => `    ${line}`), '', ...table].join('\n');
}

/** What happened in a day, and how little the second run had to read. */
export function daySyncScreen(happened: readonly string[], first: RunResult, second: RunResult): string {
  const saved = `${plural(second.totals.requests, 'request')} instead of ${formatCount(first.totals.requests)}, ${plural(second.totals.fetched, 'row')} read instead of ${formatCount(first.totals.fetched)}`;
  return [
    '',
    'A day passed at the office:',
    ...happened.map((line) => `  · ${line}`),
    '',
    'and the next sync brought the tables up to date:',
    '',
    summaryText(second, { width: WIDTH, isVerbose: false }),
    saved,
  ].join('\n');
}

/** What to try after the demo. `program` is how the program is called here. */
export function nextScreen(program: string, file: string): string {
  const tries = [
    [`${program} sandbox`, 'serve this account, with a configuration to copy'],
    [`${program} discover invoices`, 'what a table has, column by column'],
    [`duckdb ${file}`, 'ask it something yourself'],
    [`${program} sync`, 'your own account: set HARVEST_ACCOUNT_ID and HARVEST_ACCESS_TOKEN before'],
  ] as const;
  const width = Math.max(...tries.map(([command]) => command.length));
  const lines = tries.map(([command, purpose]) => `  ${command.padEnd(width)}   ${purpose}`);
  return ['', 'Try next', ...lines].join('\n');
}

/** A number with as many decimal places as its column has. */
function shown(value: string | null, places: number): string {
  if (value === null) return '–';
  return NUMBER.test(value) && places > 0 ? Number(value).toFixed(places) : value;
}
