/**
 * Columns in DuckDB's terms. Enters: a table as the connector wants it and as it stands in the file. Leaves: types,
 * and the additions that bring the one to the other, or the differences that no addition can mend. Pure.
 */
import type { ColumnType } from '../../catalog/column.ts';
import { allColumns, findColumn, type Mismatch } from '../own-columns.ts';
import type { Table, TableColumn } from '../table.ts';
import { quote } from './sql.ts';

/** A type as it stands in the file. */
export type LiveType =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'list'; readonly of: LiveType }
  | { readonly kind: 'record'; readonly fields: readonly LiveColumn[] };

/** A column, or a field of a record, as it stands in the file. */
export interface LiveColumn {
  readonly name: string;
  readonly type: LiveType;
  readonly comment: string | null;
}

/** A table as it stands in the file. */
export interface LiveTable {
  readonly name: string;
  readonly columns: readonly LiveColumn[];
  readonly primaryKey: readonly string[];
  readonly comment: string | null;
}

/** A column that is missing (`into` empty), or a field of the REPEATED RECORD at `into`. */
export interface Addition {
  readonly into: readonly string[];
  readonly column: TableColumn;
}

const SCALARS: Readonly<Record<Exclude<ColumnType, 'RECORD'>, string>> = {
  INT64: 'BIGINT',
  NUMERIC: 'DECIMAL(38,9)',
  STRING: 'VARCHAR',
  BOOL: 'BOOLEAN',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  JSON: 'JSON',
};

/** The type of a column in SQL: `STRUCT("id" BIGINT, "name" VARCHAR)[]`. */
export function sqlType(column: TableColumn): string {
  const element = column.type === 'RECORD' ? recordType(column.fields ?? []) : SCALARS[column.type];
  return column.mode === 'REPEATED' ? `${element}[]` : element;
}

function recordType(fields: readonly TableColumn[]): string {
  return `STRUCT(${fields.map((field) => `${quote(field.name)} ${sqlType(field)}`).join(', ')})`;
}

/** A type of the file in SQL. */
export function liveSqlType(type: LiveType): string {
  if (type.kind === 'scalar') return type.name;
  if (type.kind === 'list') return `${liveSqlType(type.of)}[]`;
  return `STRUCT(${type.fields.map((field) => `${quote(field.name)} ${liveSqlType(field.type)}`).join(', ')})`;
}

/** What has to be added to a table in the file, and what cannot be mended. */
export function compareTable(
  table: Table,
  live: LiveTable,
): { readonly additions: readonly Addition[]; readonly mismatches: readonly Mismatch[] } {
  const additions: Addition[] = [];
  const mismatches: Mismatch[] = [];
  compareColumns(allColumns(table), live.columns, [], additions, (column, wanted, found) =>
    mismatches.push({ table: table.name, column, wanted, found }),
  );
  const [wanted, found] = [table.primaryKey, live.primaryKey].map((key) => key.join(', ').toLowerCase());
  if (wanted !== found) {
    mismatches.push({
      table: table.name,
      column: 'primary key',
      wanted: table.primaryKey.join(', ') || 'none',
      found: live.primaryKey.join(', ') || 'none',
    });
  }
  return { additions, mismatches };
}

function compareColumns(
  wanted: readonly TableColumn[],
  live: readonly LiveColumn[],
  into: readonly string[],
  additions: Addition[],
  differs: (column: string, wanted: string, found: string) => void,
): void {
  for (const column of wanted) {
    const found = findColumn(live, column.name);
    if (found === undefined) {
      additions.push({ into, column });
      continue;
    }
    const fields = column.mode === 'REPEATED' ? fieldsOf(found.type) : null;
    if (column.type === 'RECORD' && fields !== null) {
      compareColumns(column.fields ?? [], fields, [...into, found.name], additions, differs);
    } else if (sqlType(column) !== liveSqlType(found.type)) {
      differs([...into, column.name].join('.'), sqlType(column), liveSqlType(found.type));
    }
  }
}

/** The fields of a list of records; null where the type is something else. */
export function fieldsOf(type: LiveType): readonly LiveColumn[] | null {
  return type.kind === 'list' && type.of.kind === 'record' ? type.of.fields : null;
}
