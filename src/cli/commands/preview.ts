/** `discover <stream> --preview`: one page from Harvest as the rows it would become. No warehouse is involved. */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Column } from '../../catalog/column.ts';
import type { Stream } from '../../catalog/stream.ts';
import { ConnectorError } from '../../errors.ts';
import { isObject, type JsonObject } from '../../harvest/json.ts';
import type { HarvestClient } from '../../harvest/types.ts';
import { formatCount, plural } from '../../report/quantity.ts';
import { cut, lengthOf, renderTable } from '../../report/table.ts';
import { choose } from '../../sync/choose.ts';
import { firstDay, lastDay, monthOf } from '../../sync/month.ts';
import type { Row, RowValue } from '../../warehouse/table.ts';
import { openConfig, openHarvest, openReporter, type CliContext } from '../context.ts';
import { done, type Outcome } from '../outcome.ts';

/** What is previewed. */
export interface PreviewRequest {
  readonly stream: Stream;
  readonly limit: number;
  /** Whether all columns are shown, however wide that gets. */
  readonly withAll: boolean;
}

/** Records of one answer with the values that the request adds to each. */
interface Sample {
  readonly records: readonly JsonObject[];
  readonly injected: Row;
  /** What Harvest says there is in all; null where it does not. */
  readonly total: number | null;
}

/** Parents that are looked through for one with children. */
const PARENTS_TO_TRY = 10;

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
  const sample = await readSample(stream, catalog, client, {
    limit,
    accountId: config.harvest.accountId,
    context,
  });
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

interface SampleOptions {
  readonly limit: number;
  readonly accountId: string;
  readonly context: CliContext;
}

async function readSample(
  stream: Stream,
  catalog: Catalog,
  client: HarvestClient,
  options: SampleOptions,
): Promise<Sample> {
  const { limit, accountId, context } = options;
  if (stream.parent !== undefined) return readChildren(stream, catalog, client, limit);
  if (stream.records === undefined) {
    const record = await get(stream, stream.path, {}, client);
    return { records: [record], injected: { account_id: accountId }, total: 1 };
  }
  if (stream.sync !== 'report') return readList(stream, stream.path, { per_page: limit }, client, {});
  const month = monthOf(context.now().toISOString());
  const period = { period_start: firstDay(month), period_end: lastDay(month) };
  const query = {
    from: period.period_start.replaceAll('-', ''),
    to: period.period_end.replaceAll('-', ''),
    per_page: limit,
  };
  return readList(stream, stream.path, query, client, period);
}

/** The children of the first parents that have any. */
async function readChildren(
  stream: Stream,
  catalog: Catalog,
  client: HarvestClient,
  limit: number,
): Promise<Sample> {
  const parent = catalog.streams.get(stream.parent?.stream ?? '');
  const column = stream.parent?.column;
  if (parent === undefined || column === undefined) {
    throw new ConnectorError('CATALOG_INVALID', `${stream.name} has no parent stream.`);
  }
  const parents = await readList(parent, parent.path, { per_page: PARENTS_TO_TRY }, client, {});
  for (const { id } of parents.records) {
    if (typeof id !== 'number') continue;
    const path = stream.path.replace(`{${column}}`, encodeURIComponent(String(id)));
    const sample = await readList(stream, path, { per_page: limit }, client, { [column]: id });
    if (sample.records.length > 0) return { ...sample, total: null };
  }
  return { records: [], injected: {}, total: null };
}

async function readList(
  stream: Stream,
  path: string,
  query: Readonly<Record<string, string | number>>,
  client: HarvestClient,
  injected: Row,
): Promise<Sample> {
  const body = await get(stream, path, query, client);
  const list = body[stream.records ?? ''];
  if (!Array.isArray(list)) {
    const message = `The answer for ${stream.name} has no list "${stream.records ?? ''}".`;
    throw new ConnectorError('HARVEST_BAD_RESPONSE', message, { stream: stream.name });
  }
  const total = body['total_entries'];
  return { records: list.filter(isObject), injected, total: typeof total === 'number' ? total : null };
}

async function get(
  stream: Stream,
  path: string,
  query: Readonly<Record<string, string | number>>,
  client: HarvestClient,
): Promise<JsonObject> {
  const { body } = await client.get({ path, query, bucket: stream.limit_class, stream: stream.name });
  return body;
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
