/** Where the model looks at what the connector wrote, whichever the warehouse: every row with all of its columns. */
import { existsSync } from 'node:fs';
import type { WarehouseDoor } from '../../src/warehouse/door.ts';
import { canonicalValue, parseCanonical, tableNames, withFile, type Canonical } from '../support/tables.ts';

/** A row, by the names of its columns. */
export type StoredRow = { readonly [column: string]: Canonical };

/** Reads tables; those that are not there are empty. */
export type ReadRows = (table: string) => Promise<readonly StoredRow[]>;

/** What a run writes into. */
export interface Store {
  /** Path of a file; the empty text where there is a door. */
  readonly path: string;
  readonly door?: WarehouseDoor;
  /** The dataset of a local BigQuery, for a process of its own. */
  readonly bigQuery?: { readonly url: string; readonly dataset: string };
  /** Looks at everything at once. */
  read<Result>(look: (rows: ReadRows) => Promise<Result>): Promise<Result>;
}

/** A DuckDB file. */
export function duckDbStore(path: string): Store {
  return {
    path,
    read: async (look) => {
      if (!existsSync(path)) return look(async () => []);
      const names = new Set(await tableNames(path));
      return withFile(path, (rows) =>
        look(async (table) => {
          if (!names.has(table)) return [];
          const found = await rows(`SELECT CAST(to_json(t) AS VARCHAR) FROM "${table}" AS t`);
          return found.map(([text]) => canonicalValue(parseCanonical(text ?? '{}')) as StoredRow);
        }),
      );
    },
  };
}
