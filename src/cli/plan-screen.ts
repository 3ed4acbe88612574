/** A plan for people. Pure. */
import { errorLines } from '../report/error-text.ts';
import { formatBytes, formatCount, formatInstant, formatSeconds, plural } from '../report/quantity.ts';
import { lengthOf, renderTable, type TextColumn } from '../report/table.ts';
import type { PlannedStream, SyncPlan } from '../sync/plan/sync-plan.ts';

/** How a plan is drawn. */
export interface PlanView {
  /** Characters per line; Infinity where nobody cuts. */
  readonly width: number;
  /** Whether streams without news, and all tables, are named. */
  readonly isVerbose: boolean;
  /** Report months that are read on each run. */
  readonly restateMonths: number;
  /** Whether all is to be read again (--full-refresh). */
  readonly isRefresh: boolean;
  /** The command that carries the plan out. */
  readonly next: string;
}

const COLUMNS: readonly TextColumn[] = [
  { title: 'stream' },
  { title: 'mode' },
  { title: 'requests', align: 'right' },
  { title: 'in Harvest', align: 'right' },
  { title: 'changed', align: 'right' },
  { title: 'deleted', align: 'right' },
  { title: 'since (UTC)', optional: true },
];

/** Where the text behind a label begins. */
const INDENT = 13;

/** Names that stand in a line before the rest is counted. */
const MOST_NAMES = 6;

/** The screen of a plan. */
export function planScreen(plan: SyncPlan, view: PlanView): string {
  const target = plan.warehouse_exists ? plan.warehouse : `${plan.warehouse} (to be created)`;
  const head = `${plan.account} → ${target} · nothing was written`;
  const sections = [
    streamLines(plan, view),
    changeLines(plan, view).flatMap((line) => folded(line, view.width, INDENT)),
    [...requestLines(plan), ...tableLine(plan)].flatMap((line) => folded(line, view.width, 4)),
    failureLines(plan),
    [isQuiet(plan, view) ? `Nothing new. To sync all the same: ${view.next}` : `Run it: ${view.next}`],
  ];
  return [folded(head, view.width, 2), ...sections]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function streamLines({ streams }: SyncPlan, view: PlanView): readonly string[] {
  const { width, isVerbose } = view;
  const shown = streams.filter((stream) => isVerbose || isNews(stream, view));
  const rows = shown.map(cellsOf);
  const table = rows.length === 0 ? [] : renderTable(COLUMNS, rows, width);
  const quiet = streams.length - shown.length;
  const more = rows.length === 0 ? '' : ' more';
  return [...table, ...(quiet === 0 ? [] : [`  … ${quiet}${more} without news (--verbose)`])];
}

/**
 * Whether a stream has something to tell: a table to fill or to read as a whole, rows to change or to delete, children or months to read that are not
 * read on each run, or a reason not to.
 */
function isNews(stream: PlannedStream, { restateMonths, isRefresh }: PlanView): boolean {
  const { outcome, mode, requests, months, rows_stored: stored, rows_changed: changed } = stream;
  if (outcome === 'skipped') return false;
  const isMore = mode === 'children' && requests.general > requests.sweep;
  const isFilled = mode === 'first load' || stored === null || (isRefresh && outcome === 'planned');
  const isOther = (changed ?? 0) + stream.rows_deleted > 0 || (months ?? 0) - requests.sweep > restateMonths;
  return outcome === 'refused' || isFilled || isMore || isOther;
}

function isQuiet(plan: SyncPlan, view: PlanView): boolean {
  const { streams, tables, columns, emptied, renames, start_date_moved: moved } = plan;
  const others = tables.length + columns.length + emptied.length + renames.length;
  return !streams.some((stream) => isNews(stream, view)) && others === 0 && moved === null;
}

function cellsOf(stream: PlannedStream): readonly string[] {
  const { outcome, mode, requests, since } = stream;
  const number = (value: number | null): string => (value === null ? '–' : formatCount(value));
  const months = stream.months === null ? null : plural(stream.months, 'month');
  return [
    stream.stream,
    outcome === 'planned' ? (mode ?? '–') : outcome,
    formatCount(requests.general + requests.reports),
    months ?? number(stream.rows_in_harvest),
    number(stream.rows_changed),
    number(stream.rows_deleted),
    since === null ? '' : formatInstant(since),
  ];
}

/** What becomes of tables, columns, names and dates, a line each. */
function changeLines(plan: SyncPlan, { isVerbose }: PlanView): readonly string[] {
  const named = (names: readonly string[]): string => nameList(names, isVerbose);
  const made = plan.tables.filter(({ change }) => change !== 'column added').map(({ table }) => table);
  const added = plan.tables
    .filter(({ change }) => change === 'column added')
    .map(({ table, column, type }) => `${table}.${column ?? ''} ${type ?? ''}`);
  const emptied = plan.emptied.flatMap(({ stream, columns }) => columns.map((name) => `${stream}.${name}`));
  const { start_date_moved: moved, deletions_off: off } = plan;
  return [
    ...labelled('create', made.length === 0 ? null : named(made)),
    ...labelled('add', added.length === 0 ? null : named(added)),
    ...plan.columns.map(({ stream, change, columns }) =>
      labelledLine('choice', `${stream}: ${named(columns)} ${CHOICES[change]}`),
    ),
    ...labelled('empty', emptied.length === 0 ? null : named(emptied)),
    ...labelled('histories', plan.histories.length === 0 ? null : named(plan.histories)),
    ...plan.renames.map(({ stream, records, tables, bytes_billed_at_most: bytes }) =>
      labelledLine(
        'rename',
        `${plural(records, 'name')} of ${stream}, in ${named(tables)}${bytes === null ? '' : `: ${formatBytes(bytes)} at most`}`,
      ),
    ),
    ...labelled(
      'dates',
      moved === null ? null : `start_date ${moved.before ?? 'none'} → ${moved.after ?? 'none'}`,
    ),
    ...labelled('deletions', off === null ? null : `not looked for: ${off}`),
    ...plan.questions.map((question) => labelledLine('asks', question)),
  ];
}

/** What became of the choice of columns. */
const CHOICES = {
  on: 'wanted now: read again',
  off: 'not wanted any more',
  hashed: 'hashed now: read again',
  plain: 'in plain now: read again',
  rekeyed: 'hashed with another key: read again',
} as const;

function labelled(label: string, text: string | null): readonly string[] {
  return text === null ? [] : [labelledLine(label, text)];
}

function labelledLine(label: string, text: string): string {
  return `  ${label.padEnd(INDENT - 3)} ${text}`;
}

/** A line at the width of the screen; what does not fit goes on below, indented. */
function folded(text: string, width: number, indent: number): readonly string[] {
  if (lengthOf(text) <= width) return [text];
  const lines: string[] = [];
  let rest = text;
  while (lengthOf(rest) > width) {
    const at = rest.lastIndexOf(' ', width);
    if (at <= indent) break;
    lines.push(rest.slice(0, at));
    rest = `${' '.repeat(indent)}${rest.slice(at + 1)}`;
  }
  return [...lines, rest];
}

function nameList(names: readonly string[], isAll: boolean): string {
  if (isAll || names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}

function requestLines({
  requests,
  limits,
  seconds,
  bytes_billed_at_most: bytes,
  asked,
}: SyncPlan): readonly string[] {
  const of = (limit: number | null, period: string): string =>
    limit === null ? 'no limit' : `limit ${limit} in ${period}`;
  const sweep = requests.sweep === 0 ? '' : `, ${formatCount(requests.sweep)} of them in rotation`;
  const time = seconds === 0 ? 'no wait for the limits' : `at least ${formatSeconds(seconds)} at the limits`;
  const all = plural(requests.general + requests.reports, 'request');
  return [
    `  ${all}: ${formatCount(requests.general)} general (${of(limits.general, '15 s')}), ${formatCount(requests.reports)} for reports (${of(limits.reports, '15 min')})${sweep}`,
    `  ${time}${bytes === null ? '' : ` · ${formatBytes(bytes)} billed at most`} · this plan took ${plural(asked.requests, 'request')}`,
  ];
}

function tableLine({ tables, renames }: SyncPlan): readonly string[] {
  const count = (change: string): number => tables.filter((each) => each.change === change).length;
  const parts = [
    [count('table created'), 'table', 'to create'],
    [count('view created'), 'view', 'to create'],
    [count('column added'), 'column', 'to add'],
    [renames.reduce((sum, { records }) => sum + records, 0), 'name', 'to spread'],
  ] as const;
  const said = parts.filter(([many]) => many > 0).map(([many, one, what]) => `${plural(many, one)} ${what}`);
  return said.length === 0 ? [] : [`  ${said.join(' · ')}`];
}

/** What would refuse a stream, each with its next step. */
function failureLines({ streams }: SyncPlan): readonly string[] {
  const lines = streams.flatMap(({ stream, failure }) =>
    failure === null ? [] : ['', ...errorLines({ ...failure, stream })],
  );
  return lines.slice(1);
}
