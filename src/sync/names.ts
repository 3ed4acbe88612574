/**
 * Which rows embed whose names, and how a name is put together. Pure. A reference column such as `client_name`
 * stands beside `client_id`; in a repeated record both are fields of it.
 */
import { idColumnOf } from '../catalog/check-stream.ts';
import type { Column } from '../catalog/column.ts';
import type { Table } from '../warehouse/table.ts';

/** The columns that make up the name of a stream's records; streams that are not listed are never embedded. */
export const NAME_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  clients: ['name'],
  projects: ['name', 'code'],
  tasks: ['name'],
  users: ['first_name', 'last_name'],
  expense_categories: ['name'],
};

/** A column that carries the name of another stream's record. */
export interface EmbeddedName {
  readonly table: Table;
  /** The REPEATED RECORD it is a field of, or null. */
  readonly list: string | null;
  readonly idColumn: string;
  readonly column: string;
  /** The stream whose record is named. */
  readonly source: string;
  readonly withCode: boolean;
  readonly hashed: boolean;
}

/** All embedded names of a table's chosen columns. */
export function embeddedNames(table: Table, columns: readonly Column[]): readonly EmbeddedName[] {
  const named = (list: string | null, siblings: readonly Column[]): readonly EmbeddedName[] =>
    siblings.flatMap((column): readonly EmbeddedName[] => {
      if (column.fields !== undefined) return named(column.name, column.fields);
      const idColumn = idColumnOf(column.name);
      if (column.nameOf === undefined || !siblings.some(({ name }) => name === idColumn)) return [];
      const { stream: source, withCode } = column.nameOf;
      return [
        { table, list, idColumn, column: column.name, source, withCode, hashed: column.hashed === true },
      ];
    });
  return named(null, columns);
}

/**
 * The name of a record from the values of its NAME_COLUMNS, as Harvest shows it in references:
 * users `First Last`, projects in reports `[CODE] Name`, everything else its name.
 */
export function displayName(source: string, values: readonly (string | null)[], withCode: boolean): string {
  const [first, second] = [values[0] ?? '', values[1] ?? ''];
  if (source === 'users') return `${first} ${second}`.trim();
  return withCode && second !== '' ? `[${second}] ${first}` : first;
}
