/** `discover <stream> --preview`: one page from Harvest as the rows it would become. No warehouse is involved. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Column } from '../../catalog/column.ts';
import type { Stream } from '../../catalog/stream.ts';
import { formatCount, plural } from '../../report/quantity.ts';
import { cut, lengthOf, renderTable } from '../../report/table.ts';
import { choose } from '../../sync/choose.ts';
import type { Row, RowValue } from '../../warehouse/table.ts';
import { openConfig, openHarvest, openReporter, type CliContext } from '../context.ts';
import { done, type Outcome } from '../outcome.ts';
import { readSample } from '../sample.ts';

/** What is previewed. */
export interface PreviewRequest {
  readonly stream: Stream;
  readonly limit: number;
  /** Whether all columns are shown, however wide that gets. */
  readonly withAll: boolean;
}

/** Longest value in a table; JSON has it whole. */
const LONGEST_VALUE = 40;

/** Width for tables that do not go to a terminal. */
const PIPE_WIDTH = 120;

/** Reads one page and shapes it as a run would. */
export async function runPreview(
  request: PreviewRequest,
  catalog: Catalog,
  context: CliContext,
): Promise<Outcome> {
  const { stream, limit } = request;
  const config = await openConfig(context);
  const reporter = await openReporter(context, null);
  const { columns, shape } = choose(stream, config);
  await using client = await openHarvest(context, config, reporter.emit);
  const { accountId } = config.harvest;
  const sample = await readSample(stream, catalog, client, { limit, accountId, now: context.now() });
  const rows: Row[] = [];
  const warnings: string[] = [];
  const drift = new Set<string>();
  for (const record of sample.records.slice(0, limit)) {
    const shaped = shape(record, sample.injected, (path, type) => drift.add(`${path} (${type})`));
    if (shaped.kind === 'row') rows.push(shaped.row);
    else warnings.push(`a record would be rejected: ${shaped.path} ${shaped.reason}`);
  }
  if (drift.size > 0) warnings.push(`Harvest also sends ${[...drift].join(', ')}, which is not loaded`);
  const text = previewText(request, columns, rows, sample.total, context);
  return done({ stream: stream.name, total: sample.total, rows }, text, warnings);
}

function previewText(
  { stream, withAll }: PreviewRequest,
  columns: readonly Column[],
  rows: readonly Row[],
  total: number | null,
  context: CliContext,
): string {
  const ofTotal = total === null ? '' : ` of ${formatCount(total)} in Harvest`;
  const head = `${stream.name} · ${plural(rows.length, 'row')}${ofTotal}`;
  if (rows.length === 0) return `${head}\n\nHarvest has none to show.`;
  const width = Number.isFinite(context.stdout.width) ? context.stdout.width : PIPE_WIDTH;
  const shown = withAll ? columns : fitting(columns, rows, width);
  const table = renderTable(
    shown.map((column) => ({
      title: column.name,
      subtitle: column.type,
      align: isNumber(column) ? 'right' : 'left',
    })),
    rows.map((row) => shown.map((column) => textOf(row[column.name]))),
    Infinity,
  );
  const rest = columns.length - shown.length;
  const more = rest === 0 ? '' : `${plural(rest, 'more column')}: add --columns        `;
  return [head, '', ...table, '', `${more}As JSON: -o json`].join('\n');
}

/** The first columns that fit side by side. */
function fitting(columns: readonly Column[], rows: readonly Row[], width: number): readonly Column[] {
  let room = width;
  const shown: Column[] = [];
  for (const column of columns) {
    const values = rows.map((row) => lengthOf(textOf(row[column.name])));
    room -= 2 + Math.max(column.name.length, column.type.length, ...values);
    if (room < 0 && shown.length > 0) break;
    shown.push(column);
  }
  return shown;
}

function isNumber(column: Column): boolean {
  return column.type === 'NUMERIC' || (column.type === 'INT64' && column.mode !== 'REPEATED');
}

/** A value on one line: NULL as a dash, lists and records as JSON, long text cut. */
function textOf(value: RowValue | undefined): string {
  if (value === null || value === undefined) return '–';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return cut(text, LONGEST_VALUE);
}
