import PQueue from 'p-queue';
import { asObject, type BigQueryClient } from './client.ts';
import type { Field, LiveTable } from './columns.ts';
import type { Place } from './place.ts';
import type { TableRef } from './sql.ts';
import { rowTexts, type RawRow } from './text.ts';

/** Requests for tables at the same time. @see Google Cloud, BigQuery quotas: tables.insert 10 a second (checked 2026-11-24) */
export const AT_ONCE = 8;

/** A table as it stands in BigQuery; null where there is none. Bills nothing. */
export async function readLiveTable(
  client: BigQueryClient,
  ref: TableRef,
  signal: AbortSignal,
): Promise<LiveTable | null> {
  const what = `reading table ${ref.dataset}.${ref.table}`;
  const answer = await client.ask({ method: 'GET', path: pathOf(ref), what }, signal, [404]);
  return answer === null ? null : liveTableOf(asObject(answer, what), ref.table);
}

/** Several tables by name, as they stand; null where there is none. Bills nothing. */
export async function readLive(
  names: readonly string[],
  place: Place,
): Promise<ReadonlyMap<string, LiveTable | null>> {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const found = await queue.addAll(
    names.map((name) => () => readLiveTable(place.jobs.client, place.table(name), place.signal)),
  );
  return new Map(names.map((name, at) => [name, found[at] ?? null]));
}

/** A table from the answer of `tables.get`, `tables.insert` or `tables.patch`. */
export function liveTableOf(resource: Readonly<Record<string, unknown>>, name: string): LiveTable {
  const { etag, description, schema, tableConstraints, numRows, numBytes, view } = resource as {
    etag?: string;
    description?: string;
    schema?: { fields?: readonly Field[] };
    tableConstraints?: { primaryKey?: { columns?: readonly string[] } };
    numRows?: string;
    numBytes?: string;
    view?: { query?: string };
  };
  return {
    name,
    etag: etag ?? '',
    kind: view === undefined ? 'table' : 'view',
    description: description ?? null,
    fields: schema?.fields ?? [],
    primaryKey: tableConstraints?.primaryKey?.columns ?? [],
    rows: Number(numRows ?? 0),
    bytes: Number(numBytes ?? 0),
    query: view?.query ?? null,
  };
}

/** `/datasets/d/tables/t` */
export function pathOf({ dataset, table }: TableRef): string {
  return `/datasets/${dataset}/tables/${table}`;
}

/** Rows of a page of `tabledata.list`. */
const ROWS_PER_PAGE = 50_000;

/** The fields of these names in the order of the table, in which BigQuery lists them whatever is asked for. */
export function inOrder({ fields }: LiveTable, names: readonly string[]): readonly Field[] {
  return fields.filter(({ name }) => names.includes(name));
}

/**
 * Reads columns of a whole table, each value as text by its column, in no particular order. `fields` stand in the
 * order of the table. Bills nothing, unlike a query.
 * @see Google Cloud, BigQuery REST API, tabledata.list (checked 2026-11-24)
 */
export async function* listRows(
  client: BigQueryClient,
  ref: TableRef,
  fields: readonly Field[],
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, string | null>> {
  const what = `listing ${ref.dataset}.${ref.table}`;
  let pageToken: string | undefined;
  do {
    const query = {
      selectedFields: fields.map(({ name }) => name).join(','),
      maxResults: ROWS_PER_PAGE,
      'formatOptions.useInt64Timestamp': true,
      pageToken,
    };
    const call = { method: 'GET', path: `${pathOf(ref)}/data`, query, what } as const;
    const page = asObject(await client.ask(call, signal), what) as {
      rows?: readonly RawRow[];
      pageToken?: string;
    };
    for (const row of page.rows ?? []) {
      const texts = rowTexts(row, fields);
      yield new Map(fields.map(({ name }, at) => [name, texts[at] ?? null]));
    }
    pageToken = page.pageToken;
  } while (pageToken !== undefined && pageToken !== '');
}

/** The rows of a finished query, with its columns. */
export async function readResult(
  client: BigQueryClient,
  jobId: string,
  location: string,
  signal: AbortSignal,
): Promise<{ readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }> {
  const what = `reading the result of job ${jobId}`;
  const rows: (readonly (string | null)[])[] = [];
  let fields: readonly Field[] = [];
  let pageToken: string | undefined;
  do {
    const query = { location, maxResults: ROWS_PER_PAGE, 'formatOptions.useInt64Timestamp': true, pageToken };
    const call = { method: 'GET', path: `/queries/${jobId}`, query, what } as const;
    const page = asObject(await client.ask(call, signal), what) as {
      schema?: { fields?: readonly Field[] };
      rows?: readonly RawRow[];
      pageToken?: string;
    };
    fields = page.schema?.fields ?? fields;
    for (const row of page.rows ?? []) rows.push(rowTexts(row, fields));
    pageToken = page.pageToken;
  } while (pageToken !== undefined && pageToken !== '');
  return { columns: fields.map(({ name }) => name), rows };
}
