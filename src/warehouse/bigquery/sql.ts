/** The alphabet of every statement for BigQuery: names, literals, parameters and the parts that statements share. Pure. */

import { isDate } from '../value-text.ts';

/** A table by its three names. */
export interface TableRef {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** A scalar type of a parameter. */
export type ParameterType = 'STRING' | 'INT64';

/** A named parameter. Values are text or null; lists and records of them where many travel together. */
export type Parameter =
  | { readonly name: string; readonly type: ParameterType; readonly value: string | null }
  | {
      readonly name: string;
      readonly type: 'STRUCT[]';
      readonly fields: Readonly<Record<string, ParameterType>>;
      readonly value: readonly Readonly<Record<string, string | null>>[];
    };

/** A statement, or a script of several, with the values of its `@names`. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/**
 * A name as an identifier.
 * @see Google Cloud, "Lexical structure and syntax", quoted identifiers (checked 2026-11-24): escapes as in strings
 */
export function quote(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A table's place, one quoted part a name. */
export function place({ project, dataset, table }: TableRef): string {
  return [project, dataset, table].map(quote).join('.');
}

/** A text as a literal: `it's` → `'it\'s'`. */
export function literal(content: string): string {
  const escaped = content
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

/** `target.a = changed.a AND …` */
export function sameKey(left: string, right: string, key: readonly string[]): string {
  return key.map((name) => `${left}.${quote(name)} = ${right}.${quote(name)}`).join(' AND ');
}

/** The names as a list, or with an alias before each. */
export function columnList(names: readonly string[], alias?: string): string {
  return names.map((name) => (alias === undefined ? quote(name) : `${alias}.${quote(name)}`)).join(', ');
}

/** A text parameter. */
export function text(name: string, value: string | null): Parameter {
  return { name, type: 'STRING', value };
}

/** When and by which run rows are written. */
export interface Stamp {
  /** ISO instant, UTC. */
  readonly at: string;
  readonly run: string;
}

/** The stamp's parameters. */
export function stampOf({ at, run }: Stamp): readonly Parameter[] {
  return [text('at', at), text('run', run)];
}

/** The stamp's instant in SQL. */
export const AT = 'TIMESTAMP(@at)';

const INT64 = /^-?\d{1,19}$/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * A value of a column as a literal that lets BigQuery skip blocks of a clustered table, which it may not do for
 * parameters; null where the text is no value of the type, so that it can equal no row.
 */
export function typedLiteral(type: string, value: string): string | null {
  if (type === 'INTEGER') return isInt64(value) ? String(BigInt(value)) : null;
  if (type === 'DATE') return isDate(value) ? `DATE ${literal(value)}` : null;
  return type === 'STRING' ? literal(value) : null;
}

/** Whether a text is an INT64. */
function isInt64(value: string): boolean {
  return INT64.test(value) && BigInt(value) >= INT64_MIN && BigInt(value) <= INT64_MAX;
}
