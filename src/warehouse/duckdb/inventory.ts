/** What a file holds, and how it is taken away. */
import type { Inventory, KnownNames } from '../erasure.ts';
import type { Session } from './client.ts';
import { kept } from './sql.ts';

/** Schema, name, kind, and the columns of a table. */
const KINDS = [
  `SELECT schema_name, table_name, 'table', to_json((SELECT list(c.column_name) FROM duckdb_columns() AS c WHERE c.table_oid = t.table_oid AND c.database_name = t.database_name)) FROM duckdb_tables() AS t WHERE database_name = current_database()`,
  `SELECT schema_name, view_name, 'view', NULL FROM duckdb_views() WHERE database_name = current_database() AND NOT internal`,
  `SELECT schema_name, sequence_name, 'sequence', NULL FROM duckdb_sequences() WHERE database_name = current_database()`,
  `SELECT schema_name, function_name, 'function', NULL FROM duckdb_functions() WHERE database_name = current_database() AND NOT internal`,
  `SELECT schema_name, type_name, 'type', NULL FROM duckdb_types() WHERE database_name = current_database() AND NOT internal`,
  `SELECT schema_name, '', 'schema', NULL FROM duckdb_schemas() WHERE database_name = current_database() AND NOT internal AND schema_name <> 'main'`,
];

/** What the file holds; what stands in another schema than `main` is never the connector's. */
export async function readInventory(session: Session, known: KnownNames): Promise<Inventory> {
  const { rows } = await session.read({ sql: `${KINDS.join('\nUNION ')}\nORDER BY 1, 2` });
  const all = rows.map(([schema, name, kind, columns]) => ({
    schema: schema ?? '',
    name: name ?? '',
    kind,
    columns: JSON.parse(columns ?? '[]') as readonly string[],
  }));
  const isOwn = ({ schema, name, kind, columns }: (typeof all)[number]): boolean => {
    const column = known.get(name);
    if (schema !== 'main' || column === undefined) return false;
    return column === null ? kind === 'view' : kind === 'table' && columns.includes(column);
  };
  // a schema is told by what stands in it, and by its name where nothing does
  const isFull = ({ schema, kind }: (typeof all)[number]): boolean =>
    kind === 'schema' && all.some((other) => other.schema === schema && other.kind !== 'schema');
  return {
    own: all.filter(isOwn).map(({ name }) => name),
    foreign: all
      .filter((each) => !isOwn(each) && !isFull(each))
      .map(({ schema, name }) =>
        [...(schema === 'main' ? [] : [schema]), ...(name === '' ? [] : [name])].join('.'),
      )
      .toSorted(),
  };
}

/** Drops tables and views in one transaction. */
export async function dropTables(session: Session, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { rows } = await session.read({
    sql: `SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal`,
  });
  const views = new Set(rows.map(([name]) => name));
  const sorted = names.toSorted((one, other) => Number(views.has(other)) - Number(views.has(one)));
  await session.transaction(async () => {
    for (const name of sorted) {
      const what = views.has(name) ? 'VIEW' : 'TABLE';
      await session.run({ sql: `DROP ${what} IF EXISTS ${kept(name)}` });
    }
  });
}
