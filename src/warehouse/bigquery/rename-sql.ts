/**
 * Statements that give embedded references their new name. Only rows whose name differs are touched, and of a history
 * only open versions, which are the rows as they are. Pure.
 */
import type { Rename } from '../warehouse.ts';
import type { Field } from './columns.ts';
import { notNoted } from './live-sql.ts';
import {
  AT,
  place,
  quote,
  stampOf,
  type Parameter,
  type Stamp,
  type Statement,
  type TableRef,
} from './sql.ts';

/** Where names are to be set. */
export interface RenamePlace {
  readonly table: TableRef;
  /** The table `_deletions`. */
  readonly deletions: TableRef;
  /** Name of the parameter that holds the new names, since a script has several. */
  readonly names: string;
}

/** Which rows, beside those that have another name. */
function touched({ table, deletes }: Rename, at: RenamePlace): readonly string[] {
  if (table.kind === 'history') return ['target.`_valid_to` IS NULL'];
  const { primaryKey: key } = table;
  return notNoted({ table: at.table, deletions: at.deletions, key, hasMark: false, deletes });
}

/** What a row that is written says of it; a version says which run stored it, and keeps that. */
function stamped({ table }: Rename): readonly string[] {
  return table.kind === 'history' ? [] : [`\`_synced_at\` = ${AT}`, '`_run_id` = @run'];
}

function parametersOf(rename: Rename, names: string, stamp: Stamp): readonly Parameter[] {
  return [namesOf(rename, names), ...(rename.table.kind === 'history' ? [] : stampOf(stamp))];
}

/** Sets the new names in a column. */
export function renameColumn(rename: Rename, at: RenamePlace, stamp: Stamp): Statement {
  const { table, names } = at;
  const [id, column] = [quote(rename.idColumn), quote(rename.column)];
  return {
    sql: [
      `UPDATE ${place(table)} AS target SET`,
      `  ${[`${column} = renamed.name`, ...stamped(rename)].join(', ')}`,
      `FROM UNNEST(@${names}) AS renamed`,
      `WHERE target.${id} = renamed.id AND target.${column} IS DISTINCT FROM renamed.name`,
      ...touched(rename, at).map((condition) => `  AND ${condition}`),
    ].join('\n'),
    parameters: parametersOf(rename, names, stamp),
  };
}

/** Sets the new names in the elements of a REPEATED RECORD; `fields` are all that its elements have. */
export function renameInList(
  rename: Rename,
  list: string,
  fields: readonly Field[],
  at: RenamePlace,
  stamp: Stamp,
): Statement {
  const { table, names } = at;
  const [id, column, elements] = [quote(rename.idColumn), quote(rename.column), quote(list)];
  const values = fields.map(({ name }) =>
    name.toLowerCase() === rename.column.toLowerCase()
      ? `IF(renamed.id IS NULL, element.${column}, renamed.name) AS ${quote(name)}`
      : `element.${quote(name)} AS ${quote(name)}`,
  );
  return {
    sql: [
      `UPDATE ${place(table)} AS target SET`,
      `  ${[...stamped(rename), `${elements} = ARRAY(`].join(', ')}`,
      `    SELECT AS STRUCT ${values.join(', ')}`,
      `    FROM UNNEST(target.${elements}) AS element WITH OFFSET AS position`,
      `    LEFT JOIN UNNEST(@${names}) AS renamed ON renamed.id = element.${id}`,
      '    ORDER BY position)',
      'WHERE EXISTS (',
      `  SELECT 1 FROM UNNEST(target.${elements}) AS element JOIN UNNEST(@${names}) AS renamed ON renamed.id = element.${id}`,
      `  WHERE element.${column} IS DISTINCT FROM renamed.name)`,
      ...touched(rename, at).map((condition) => `  AND ${condition}`),
    ].join('\n'),
    parameters: parametersOf(rename, names, stamp),
  };
}

function namesOf({ names }: Rename, name: string): Parameter {
  return {
    name,
    type: 'STRUCT[]',
    fields: { id: 'INT64', name: 'STRING' },
    value: [...names].map(([id, renamed]) => ({ id, name: renamed?.toWellFormed() ?? null })),
  };
}
