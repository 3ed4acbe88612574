import type { Column, ColumnType } from '../../src/catalog/column.ts';

/** A JSON Schema, as far as columns need it. */
export interface JsonSchema {
  readonly type: string | readonly string[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
}

const SCALARS: Readonly<Record<Exclude<ColumnType, 'JSON' | 'RECORD'>, JsonSchema>> = {
  STRING: { type: 'string' },
  BOOL: { type: 'boolean' },
  INT64: { type: 'integer' },
  NUMERIC: { type: 'number' },
  DATE: { type: 'string', format: 'date' },
  TIMESTAMP: { type: 'string', format: 'date-time' },
};

/**
 * The JSON Schema of the records that these columns are read from, and of nothing else in them: the way back from
 * columns to a schema, so that a validator can judge independently. An object may be null if all of its columns
 * may, and has to be there if one of them has to.
 */
export function schemaOf(columns: readonly Column[], depth = 0): JsonSchema {
  const groups = Map.groupBy(
    columns.filter(({ path }) => path.length > depth),
    ({ path }) => path[depth] ?? '',
  );
  const properties = [...groups].map(([name, group]): [string, JsonSchema] => {
    const [first] = group;
    const isLeaf = first !== undefined && first.path.length === depth + 1;
    const schema = isLeaf ? leafOf(first) : schemaOf(group, depth + 1);
    return [name, group.every(({ nullable }) => nullable) ? orNull(schema) : schema];
  });
  const required = [...groups]
    .filter(([, group]) => group.some((each) => each.required))
    .map(([name]) => name);
  return { type: 'object', properties: Object.fromEntries(properties), required };
}

function leafOf({ type, mode, fields }: Column): JsonSchema {
  if (type === 'RECORD') return { type: 'array', items: schemaOf(fields ?? []) };
  if (type === 'JSON') return { type: ['object', 'array', 'string', 'number', 'boolean'] };
  return mode === 'REPEATED' ? { type: 'array', items: SCALARS[type] } : SCALARS[type];
}

function orNull(schema: JsonSchema): JsonSchema {
  return { ...schema, type: [schema.type, 'null'].flat() };
}
