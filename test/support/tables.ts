/**
 * Reads a DuckDB file with nothing but the vendor's library, so that what the project wrote is seen with other eyes.
 * A row becomes canonical text: numbers without trailing zeros, instants with Z, keys in order.
 */
import { DuckDBInstance } from '@duckdb/node-api';

/** JSON of any kind, numbers as their text. */
export type Canonical =
  string | null | boolean | readonly Canonical[] | { readonly [key: string]: Canonical };

/** Rows of a table by their key. */
export type TableRows = ReadonlyMap<string, { readonly [column: string]: Canonical }>;

/** `100.0` → `100`, `1e-9` → `0.000000001`. */
export function canonicalNumber(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const scale = 40;
  const digits = BigInt(whole + fraction) * 10n ** BigInt(scale + Number(exponent) - fraction.length);
  const padded = digits.toString().padStart(scale + 1, '0');
  const decimals = padded.slice(-scale).replace(/0+$/, '');
  const value = `${padded.slice(0, -scale)}${decimals === '' ? '' : `.${decimals}`}`;
  return value === '0' ? value : `${sign}${value}`;
}

/** Parses JSON with every number as its canonical text, marked as a number by a leading `#`. */
export function parseCanonical(text: string): Canonical {
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? `#${canonicalNumber(context?.source ?? String(value))}` : value,
  ) as Canonical;
}

const INSTANT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(?:\+00(?::?00)?|Z)$/;

/** Instants in one spelling; everything else as it is. */
export function canonicalValue(value: Canonical): Canonical {
  if (typeof value === 'string') {
    const match = INSTANT.exec(value);
    return match === null
      ? value
      : `${match[1]}T${match[2]?.replace(/\.?0+$/, (zeros) => (zeros.includes('.') ? '' : zeros))}Z`;
  }
  if (Array.isArray(value)) return value.map((item: Canonical) => canonicalValue(item));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, canonicalValue(inner)] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  return value;
}

/** A connection to the file, read-only. */
export async function withFile<Result>(path: string, use: (rows: Rows) => Promise<Result>): Promise<Result> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await use(async (sql) => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowsJson().map((row) => row.map((value) => (value === null ? null : String(value))));
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The columns that are the connector's own. */
const OWN = new Set(['_synced_at', '_run_id']);

/** Runs a query on an open file. */
export type Rows = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** All rows of a table in canonical form, by their key; a second row of a key fails. */
export async function readRowsOf(rows: Rows, table: string, key: readonly string[]): Promise<TableRows> {
  const result = new Map<string, { readonly [column: string]: Canonical }>();
  for (const [text] of await rows(`SELECT CAST(to_json(t) AS VARCHAR) FROM "${table}" AS t`)) {
    const row = canonicalValue(parseCanonical(text ?? '{}')) as { readonly [column: string]: Canonical };
    const id = key.map((column) => String(row[column])).join('|');
    if (result.has(id)) throw new Error(`${table} holds ${id} twice`);
    result.set(id, Object.fromEntries(Object.entries(row).filter(([column]) => !OWN.has(column))));
  }
  return result;
}

/** The same of a file that is opened for it. */
export async function readTable(path: string, table: string, key: readonly string[]): Promise<TableRows> {
  return withFile(path, (rows) => readRowsOf(rows, table, key));
}

/** Names of the tables in the file. */
export async function tableNames(path: string): Promise<readonly string[]> {
  return withFile(path, async (rows) => {
    const found = await rows('SELECT table_name FROM duckdb_tables() ORDER BY 1');
    return found.map(([name]) => name ?? '');
  });
}
