/** The alphabet of every statement: names, texts and the parts that statements share. Pure. */

/** A statement with the values of its `$names`; every value is text and is cast where it is used. */
export interface Statement {
  readonly sql: string;
  readonly values?: Record<string, string | null>;
}

/** A name as an identifier: `order` → `"order"`. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal: `it's` → `'it''s'`. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A table or view that is kept in the file. */
export function kept(name: string): string {
  return `"main".${quote(name)}`;
}

/** A table that lives as long as the connection. */
export function temporary(name: string): string {
  return `"temp".${quote(name)}`;
}

/** `target."a" = staged."a" AND …` */
export function sameKey(left: string, right: string, key: readonly string[]): string {
  return key.map((name) => `${left}.${quote(name)} = ${right}.${quote(name)}`).join(' AND ');
}

/** `"a", "b"`, or with an alias `staged."a", staged."b"`. */
export function columnList(names: readonly string[], alias?: string): string {
  return names.map((name) => (alias === undefined ? quote(name) : `${alias}.${quote(name)}`)).join(', ');
}

/** A query for the elements of a JSON array of texts that is bound to `$name`, in a column `"item"`. */
export function textItems(name: string): string {
  return `SELECT unnest(from_json($${name}, '["VARCHAR"]')) AS "item"`;
}

/** How a whole number and a day are written; DuckDB would also take `1.5` for 2 and `2026-2-1` for a day. */
const WRITTEN: Readonly<Record<string, string>> = { BIGINT: '-?[0-9]+', DATE: '[0-9]{4}-[0-9]{2}-[0-9]{2}' };

/** A text as a value of a type; NULL where it is none. */
export function textAs(text: string, type: string): string {
  const cast = `TRY_CAST(${text} AS ${type})`;
  const written = WRITTEN[type];
  return written === undefined
    ? cast
    : `CASE WHEN regexp_full_match(${text}, ${literal(written)}) THEN ${cast} END`;
}

/** A query for the elements of a JSON array of objects of texts that is bound to `$name`, in a column `"item"`. */
export function recordItems(name: string, fields: readonly string[]): string {
  const shape = JSON.stringify([Object.fromEntries(fields.map((field) => [field, 'VARCHAR']))]);
  return `SELECT unnest(from_json($${name}, ${literal(shape)})) AS "item"`;
}

/** JSON for a bound value; half surrogate pairs, which DuckDB cannot read, become U+FFFD. */
export function jsonValue(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed() : part,
  );
}
