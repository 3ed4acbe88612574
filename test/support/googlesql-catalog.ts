/** Types and tables as Google's SQL analyser wants them, from BigQuery's REST resources. Pure. */
import type { Tree } from './googlesql-server.ts';

/** A field of BigQuery's REST `TableSchema`. */
export interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly SchemaField[];
}

/** What is needed of BigQuery's REST `Table`. */
export interface TableResource {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly schema: { readonly fields: readonly SchemaField[] };
}

/** BigQuery's REST `QueryParameterType`. */
export interface ParameterType {
  readonly type: string;
  readonly arrayType?: ParameterType;
  readonly structTypes?: readonly { readonly name?: string; readonly type: ParameterType }[];
}

/** The analyser's `TypeProto`. */
export interface SqlType {
  readonly typeKind: number;
  readonly arrayType?: { readonly elementType: SqlType } | null;
  readonly structType?: { readonly field: readonly StructField[] } | null;
}

interface StructField {
  readonly fieldName: string;
  readonly fieldType: SqlType;
}

/** A table that the analyser shall know, with its names from project to table, or one name for a temporary table. */
export interface CatalogTable {
  readonly path: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly required: boolean }[];
}

/** What a script may use. */
export type Catalog = readonly CatalogTable[];

/** Numbers of the analyser's `TypeKind`. */
const KINDS: Readonly<Record<string, number>> = {
  INT64: 2,
  BOOL: 5,
  FLOAT64: 7,
  STRING: 8,
  BYTES: 9,
  DATE: 10,
  TIMESTAMP: 19,
  TIME: 20,
  DATETIME: 21,
  NUMERIC: 23,
  BIGNUMERIC: 24,
  JSON: 26,
};
const ARRAY = 16;
const STRUCT = 17;
/** Names of the REST API that SQL does not know, or writes differently. */
const REST_NAMES: Readonly<Record<string, string>> = { INTEGER: 'INT64', BOOLEAN: 'BOOL', FLOAT: 'FLOAT64' };

/** The tables of BigQuery's REST resources for the analyser. */
export function catalogOf(tables: readonly TableResource[]): Catalog {
  return tables.map(({ project, dataset, table, schema }) => ({
    path: [project, dataset, table],
    columns: schema.fields.map((field) => ({
      name: field.name,
      type: fieldType(field),
      required: field.mode === 'REQUIRED',
    })),
  }));
}

/** The type of a query parameter. */
export function parameterType(type: ParameterType): SqlType {
  if (type.arrayType !== undefined) return arrayOf(parameterType(type.arrayType));
  if (type.structTypes === undefined) return scalar(type.type);
  return structOf(
    type.structTypes.map((field) => ({ fieldName: field.name ?? '', fieldType: parameterType(field.type) })),
  );
}

/** A type that has no parts, by its name in SQL or in the REST API. */
export function scalar(name: string): SqlType {
  const typeKind = KINDS[REST_NAMES[name] ?? name];
  if (typeKind === undefined) throw new Error(`The catalogue of the SQL analyser has no type ${name}`);
  return { typeKind };
}

/** The type as SQL writes it. */
export function typeText(type: SqlType): string {
  if (type.arrayType) return `ARRAY<${typeText(type.arrayType.elementType)}>`;
  if (type.structType) {
    const fields = type.structType.field.map((field) =>
      `${field.fieldName} ${typeText(field.fieldType)}`.trim(),
    );
    return `STRUCT<${fields.join(', ')}>`;
  }
  return Object.keys(KINDS).find((name) => KINDS[name] === type.typeKind) ?? `type ${type.typeKind}`;
}

/** The analyser's `SimpleCatalogProto`; a variable is a constant whose value nobody knows. */
export function catalogMessage(
  catalog: Catalog,
  variables: ReadonlyMap<string, SqlType>,
  languageOptions: Tree,
): Tree {
  const constant = [...variables].map(([name, type]) => ({ namePath: [name], type, value: {} }));
  return { ...folder('', catalog, 0), constant, builtinFunctionOptions: { languageOptions } };
}

/** Tables at a depth of their paths: those whose name ends there, and a catalogue for each next name. */
function folder(name: string, tables: Catalog, depth: number): Tree {
  const inside = Map.groupBy(
    tables.filter(({ path }) => path.length > depth + 1),
    ({ path }) => path[depth] ?? '',
  );
  return {
    name,
    table: tables
      .filter(({ path }) => path.length === depth + 1)
      .map(({ path, columns }) => ({
        name: path[depth],
        fullName: path.join('.'),
        column: columns.map((column) => ({ name: column.name, type: column.type })),
      })),
    catalog: [...inside].map(([next, rest]) => folder(next, rest, depth + 1)),
  };
}

function fieldType(field: SchemaField): SqlType {
  const one =
    field.type === 'RECORD' || field.type === 'STRUCT'
      ? structOf((field.fields ?? []).map((part) => ({ fieldName: part.name, fieldType: fieldType(part) })))
      : scalar(field.type);
  return field.mode === 'REPEATED' ? arrayOf(one) : one;
}

function arrayOf(elementType: SqlType): SqlType {
  return { typeKind: ARRAY, arrayType: { elementType } };
}

function structOf(field: readonly StructField[]): SqlType {
  return { typeKind: STRUCT, structType: { field } };
}
