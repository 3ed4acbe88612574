/** Statements that make and change tables and views. Pure. */
import type { FlatView, Table } from '../table.ts';
import { sqlType, type Addition } from './columns.ts';
import { allColumns } from '../own-columns.ts';
import { createNext, type Replacement } from './replace-sql.ts';
import { columnList, kept, literal, quote, type Statement } from './sql.ts';

/**
 * Creates a table. Only the key is NOT NULL: a column that Harvest begins to leave out then needs no rebuilding.
 */
export function createTable(table: Table): Statement {
  const columns = allColumns(table).map((column) => `${quote(column.name)} ${sqlType(column)}`);
  const key = table.primaryKey.length === 0 ? [] : [`PRIMARY KEY (${columnList(table.primaryKey)})`];
  return { sql: `CREATE TABLE ${kept(table.name)} (\n  ${[...columns, ...key].join(',\n  ')}\n)` };
}

/** Adds a column, or a field to a list of records. */
export function addColumn(table: string, { into, column }: Addition): Statement {
  const path = [...into.flatMap((list) => [quote(list), '"element"']), quote(column.name)].join('.');
  return { sql: `ALTER TABLE ${kept(table)} ADD COLUMN ${path} ${sqlType(column)}` };
}

/**
 * Makes the rows from before a list was added, with an empty list. Not by the column's default: DuckDB 1.5.6 stumbles
 * over the primary key where a transaction adds two columns with defaults, and cannot replay such a column from the
 * log of a killed process.
 */
export function createFilled(lists: readonly string[], replacement: Replacement): Statement {
  const isList = new Set(lists.map((name) => name.toLowerCase()));
  const values = replacement.columns.map((name) =>
    isList.has(name.toLowerCase()) ? `COALESCE(${quote(name)}, [])` : quote(name),
  );
  const unfilled = lists.map((name) => `${quote(name)} IS NULL`).join(' OR ');
  return { sql: createNext(replacement, values, `FROM ${kept(replacement.table)} WHERE ${unfilled}`) };
}

/** Describes a table or view. */
export function commentOn(kind: 'TABLE' | 'VIEW', name: string, description: string): Statement {
  return { sql: `COMMENT ON ${kind} ${kept(name)} IS ${literal(description)}` };
}

/** Describes a column. */
export function commentOnColumn(table: string, column: string, description: string): Statement {
  return { sql: `COMMENT ON COLUMN ${kept(table)}.${quote(column)} IS ${literal(description)}` };
}

/**
 * What a view of a list selects: one row per element, without the rows that are marked as deleted. The tables are
 * named without the database, whose name is the file's.
 */
export function flatViewBody(view: FlatView, hidesDeleted: boolean): string {
  const repeated = view.columns.map(({ name, as }) => `document.${quote(name)} AS ${quote(as)}`);
  const fields = view.fields.map(({ name, as }) => `document."_element".${quote(name)} AS ${quote(as)}`);
  return [
    `SELECT ${[...repeated, ...fields].join(',\n  ')}`,
    'FROM (',
    `  SELECT ${[...new Set(view.columns.map(({ name }) => quote(name))), `unnest(${quote(view.list)}) AS "_element"`].join(', ')}`,
    `  FROM ${kept(view.table)}`,
    ...(hidesDeleted ? ['  WHERE "_deleted_at" IS NULL'] : []),
    ') AS document',
  ].join('\n');
}

/** Creates a view or gives it its new text. */
export function createView(name: string, body: string): Statement {
  return { sql: `CREATE OR REPLACE VIEW ${kept(name)} AS\n${body}` };
}

/** Creates a view of the connection, to learn how DuckDB writes its text. */
export function createProbeView(name: string, body: string): Statement {
  return { sql: `CREATE OR REPLACE TEMP VIEW ${quote(name)} AS\n${body}` };
}
