import type { Table } from './table.ts';
import type { TableLoad } from './warehouse.ts';

/**
 * A history that may not fit its table, since the table was written without it: it is compared with the rows as they are.
 * Rows without an open version get one, versions of other values are followed by one, those of rows that are gone closed.
 */
export interface HistoryRepair {
  readonly table: Table;
  readonly history: Table;
  readonly deletes: TableLoad['deletes'];
}
