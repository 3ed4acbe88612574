/**
 * Columns in BigQuery's terms. Enters: a table as the connector wants it and as BigQuery has it. Leaves: schemas, and
 * the schema that brings the one to the other by additions alone, or the differences that no addition can mend. Pure.
 */
import type { ColumnType } from '../../catalog/column.ts';
import { allColumns, findColumn, type Mismatch } from '../own-columns.ts';
import type { Table, TableColumn } from '../table.ts';
import type { SchemaChange } from '../warehouse.ts';

/**
 * A field as BigQuery's REST API writes it. What others have put there (policy tags, defaults) is kept as it came.
 * @see Google Cloud, BigQuery REST API, TableFieldSchema (checked 2026-11-24)
 */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly description?: string;
  readonly fields?: readonly Field[];
  readonly [other: string]: unknown;
}

/** A table as BigQuery has it. */
export interface LiveTable {
  readonly name: string;
  readonly etag: string;
  readonly kind: 'table' | 'view';
  readonly description: string | null;
  readonly fields: readonly Field[];
  readonly primaryKey: readonly string[];
  readonly rows: number;
  /** Logical bytes, which is what reading all of it is billed by. */
  readonly bytes: number;
  /** The query of a view. */
  readonly query: string | null;
}

/** What brings a table up to date; `fields` null: its columns are as they should be. */
export interface Evolution {
  readonly fields: readonly Field[] | null;
  readonly changes: readonly SchemaChange[];
  readonly mismatches: readonly Mismatch[];
}

/** The names that the REST API uses; they are also what it answers. */
const TYPES: Readonly<Record<ColumnType, string>> = {
  INT64: 'INTEGER',
  NUMERIC: 'NUMERIC',
  STRING: 'STRING',
  BOOL: 'BOOLEAN',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
  RECORD: 'RECORD',
};

/** Other names of the same types. */
const SAME_TYPE: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
  DECIMAL: 'NUMERIC',
};

/** A type by the one name that is used here. */
export function typeName(type: string): string {
  return SAME_TYPE[type.toUpperCase()] ?? type.toUpperCase();
}

/** Whether a field is a list. */
export function isList(field: Field): boolean {
  return field.mode === 'REPEATED';
}

/** The fields of a new table. Only the key is REQUIRED: a column that Harvest begins to leave out then needs no change. */
export function fieldsOf(table: Table): readonly Field[] {
  return allColumns(table).map((column) => fieldOf(column, table.primaryKey.includes(column.name)));
}

function fieldOf(column: TableColumn, isKey: boolean): Field {
  const repeated = column.mode === 'REPEATED' ? 'REPEATED' : 'NULLABLE';
  return {
    name: column.name,
    type: TYPES[column.type],
    mode: isKey ? 'REQUIRED' : repeated,
    description: column.description,
    ...(column.fields === undefined ? {} : { fields: column.fields.map((field) => fieldOf(field, false)) }),
  };
}

/**
 * A field for a staging table: nothing is required, and no policy tag is taken along, since a job that may write a
 * tagged column may not be allowed to read it back.
 */
export function stagingField({ name, type, mode, fields }: Field): Field {
  return {
    name,
    type: typeName(type),
    mode: mode === 'REPEATED' ? 'REPEATED' : 'NULLABLE',
    ...(fields === undefined ? {} : { fields: fields.map(stagingField) }),
  };
}

/** What has to change so that a table holds what is wanted: additions, descriptions, and NOT NULL that goes. */
export function evolve(table: Table, live: LiveTable): Evolution {
  const changes: SchemaChange[] = [];
  const mismatches: Mismatch[] = [];
  const wanted = fieldsOf(table);
  const fields = evolveFields(wanted, live.fields, {
    path: [],
    added: (column, type) => changes.push({ table: table.name, change: 'column added', column, type }),
    differs: (column, want, found) => mismatches.push({ table: table.name, column, wanted: want, found }),
  });
  const [want, found] = [table.primaryKey, live.primaryKey].map((key) => key.join(', '));
  if (live.primaryKey.length > 0 && want?.toLowerCase() !== found?.toLowerCase()) {
    mismatches.push({ table: table.name, column: 'primary key', wanted: want || 'none', found: found ?? '' });
  }
  const isSame = JSON.stringify(fields) === JSON.stringify(live.fields);
  return { fields: isSame ? null : fields, changes, mismatches };
}

interface Walk {
  readonly path: readonly string[];
  readonly added: (column: string, type: string) => void;
  readonly differs: (column: string, wanted: string, found: string) => void;
}

function evolveFields(wanted: readonly Field[], live: readonly Field[], walk: Walk): readonly Field[] {
  const kept = live.map((field) => {
    const want = findColumn(wanted, field.name);
    return want === undefined ? field : evolveField(want, field, walk);
  });
  const missing = wanted.filter(({ name }) => findColumn(live, name) === undefined);
  for (const field of missing) walk.added([...walk.path, field.name].join('.'), typeText(field));
  // a column can only be added as one that may be NULL
  return [...kept, ...missing.map((field) => (isList(field) ? field : { ...field, mode: 'NULLABLE' }))];
}

function evolveField(want: Field, live: Field, walk: Walk): Field {
  const path = [...walk.path, live.name];
  if (typeName(want.type) !== typeName(live.type) || isList(want) !== isList(live)) {
    walk.differs(path.join('.'), typeText(want), typeText(live));
    return live;
  }
  const isTooStrict = live.mode === 'REQUIRED' && want.mode !== 'REQUIRED';
  const fields =
    live.fields === undefined ? undefined : evolveFields(want.fields ?? [], live.fields, { ...walk, path });
  return {
    ...live,
    ...(isTooStrict ? { mode: 'NULLABLE' } : {}),
    ...(want.description ? { description: want.description } : {}),
    ...(fields === undefined ? {} : { fields }),
  };
}

/** A type as people write it: `ARRAY<STRUCT<id INT64>>`, `NUMERIC`. */
export function typeText(field: Field): string {
  const scalar = SQL_TYPES[typeName(field.type)] ?? typeName(field.type);
  const element =
    typeName(field.type) === 'RECORD'
      ? `STRUCT<${(field.fields ?? []).map((each) => `${each.name} ${typeText(each)}`).join(', ')}>`
      : scalar;
  return isList(field) ? `ARRAY<${element}>` : element;
}

const SQL_TYPES: Readonly<Record<string, string>> = { INTEGER: 'INT64', BOOLEAN: 'BOOL', FLOAT: 'FLOAT64' };
