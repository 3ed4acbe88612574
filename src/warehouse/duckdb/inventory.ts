/** What a file holds, and how it is taken away. */
import type { Inventory } from '../erasure.ts';
import type { Session } from './client.ts';
import { kept } from './sql.ts';

const KINDS = [
  `SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()`,
  `SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = current_database() AND NOT internal`,
  `SELECT schema_name, sequence_name FROM duckdb_sequences() WHERE database_name = current_database()`,
  `SELECT schema_name, function_name FROM duckdb_functions() WHERE database_name = current_database() AND NOT internal`,
];

/** What the file holds; what stands in another schema than `main` is never the connector's. */
export async function readInventory(session: Session, known: ReadonlySet<string>): Promise<Inventory> {
  const { rows } = await session.read({ sql: `${KINDS.join('\nUNION ')}\nORDER BY 1, 2` });
  const all = rows.map(([schema, name]) => ({ schema: schema ?? '', name: name ?? '' }));
  const isOwn = ({ schema, name }: (typeof all)[number]): boolean => schema === 'main' && known.has(name);
  return {
    own: all.filter(isOwn).map(({ name }) => name),
    foreign: all
      .filter((each) => !isOwn(each))
      .map(({ schema, name }) => (schema === 'main' ? name : `${schema}.${name}`)),
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
