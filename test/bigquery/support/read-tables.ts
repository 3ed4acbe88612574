/**
 * Reads tables of BigQuery with nothing but its REST API (`tables.get` for the schema, `tabledata.list` for the rows),
 * so that what the project wrote is seen with other eyes. Answers the same canonical form as ../../support/tables.ts.
 */
import {
  canonicalNumber,
  canonicalValue,
  parseCanonical,
  type Canonical,
  type TableRows,
} from '../../support/tables.ts';
import { ask } from './bench.ts';

/** A row, by the names of its columns. */
export type Row = { readonly [column: string]: Canonical };

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}

interface Cell {
  readonly v: unknown;
}

/** The columns that are the connector's own. */
const OWN = new Set(['_synced_at', '_run_id']);

/** All rows of a table, in no order; none where there is no table. */
export async function readAll(url: string, dataset: string, table: string): Promise<readonly Row[]> {
  const path = `/datasets/${dataset}/tables/${table}`;
  const found = await ask(url, 'GET', path);
  if (found.status === 404) return [];
  if (found.status !== 200) throw new Error(`${table}: ${JSON.stringify(found.body)}`);
  const { fields } = found.body['schema'] as { readonly fields: readonly Field[] };
  const rows: Row[] = [];
  let token: string | undefined;
  do {
    const more = token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`;
    const page = await ask(
      url,
      'GET',
      `${path}/data?maxResults=5000&formatOptions.useInt64Timestamp=true${more}`,
    );
    if (page.status !== 200) throw new Error(`${table}: ${JSON.stringify(page.body)}`);
    const listed = page.body as { readonly rows?: readonly { f: readonly Cell[] }[]; pageToken?: string };
    for (const { f } of listed.rows ?? []) rows.push(recordOf(f, fields));
    token = listed.pageToken;
  } while (token !== undefined && token !== '');
  return rows;
}

/** All rows of a table without the connector's own columns, by their key; a second row of a key fails. */
export async function readTableOf(
  url: string,
  dataset: string,
  table: string,
  key: readonly string[],
): Promise<TableRows> {
  const result = new Map<string, Row>();
  for (const row of await readAll(url, dataset, table)) {
    const id = key.map((column) => String(row[column])).join('|');
    if (result.has(id)) throw new Error(`${table} holds ${id} twice`);
    result.set(id, Object.fromEntries(Object.entries(row).filter(([column]) => !OWN.has(column))));
  }
  return result;
}

function recordOf(cells: readonly Cell[], fields: readonly Field[]): Row {
  const row = fields.map((field, at) => [field.name, valueOf(cells[at]?.v ?? null, field)] as const);
  return canonicalValue(Object.fromEntries(row)) as Row;
}

function valueOf(value: unknown, field: Field): Canonical {
  if (field.mode === 'REPEATED') {
    return ((value ?? []) as readonly Cell[]).map(({ v }) => valueOf(v, { ...field, mode: 'NULLABLE' }));
  }
  if (value === null) return null;
  if (field.fields !== undefined) return recordOf((value as { f: readonly Cell[] }).f, field.fields);
  return scalarOf(String(value), field.type);
}

function scalarOf(text: string, type: string): Canonical {
  switch (type) {
    case 'INTEGER':
    case 'INT64':
    case 'NUMERIC':
    case 'BIGNUMERIC':
    case 'FLOAT':
    case 'FLOAT64':
      return `#${canonicalNumber(text)}`;
    case 'BOOLEAN':
    case 'BOOL':
      return text === 'true';
    case 'TIMESTAMP':
      return instantOf(BigInt(text));
    case 'JSON':
      return parseCanonical(text);
    default:
      return text;
  }
}

/** Microseconds since 1970 as an instant; a fraction only where there is one. */
function instantOf(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const whole = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return fraction === 0n ? `${whole}Z` : `${whole}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}Z`;
}
