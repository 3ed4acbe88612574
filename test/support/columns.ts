import type { Column, ColumnType } from '../../src/catalog/column.ts';

/**
 * A column as the catalogue would derive it; optional, nullable, and found under its own name unless said otherwise.
 *
 * `column('client_id', 'INT64', { path: ['client', 'id'] })`
 */
export function column(name: string, type: ColumnType = 'STRING', part: Partial<Column> = {}): Column {
  return {
    name,
    type,
    mode: 'NULLABLE',
    description: `The ${name}.`,
    sensitivity: 'none',
    path: [name],
    required: false,
    nullable: true,
    ...part,
  };
}

/** A column whose value comes from the request. */
export function injected(name: string, type: ColumnType = 'INT64'): Column {
  return column(name, type, { path: [], mode: 'REQUIRED', nullable: false });
}

/** A list of objects: `list('line_items', [column('id', 'INT64')])`. */
export function list(name: string, fields: readonly Column[], part: Partial<Column> = {}): Column {
  return column(name, 'RECORD', { mode: 'REPEATED', nullable: false, fields, ...part });
}

/** A list of single values. */
export function scalars(name: string, type: ColumnType = 'STRING', part: Partial<Column> = {}): Column {
  return column(name, type, { mode: 'REPEATED', nullable: false, ...part });
}
