/** The properties of a record as Harvest sent them, by column: for rejects, and for what is looked at before it is shaped. Pure. */
import type { Column } from '../catalog/column.ts';
import { isObject, type JsonObject } from '../harvest/json.ts';
import type { Row, RowValue } from '../warehouse/table.ts';
import { keyedHash } from './cast.ts';

/** The chosen properties of a record as they were sent, by column name; hashed columns hashed or left out. */
export function pick(record: JsonObject, chosen: readonly Column[], hashKey: string | null): Row {
  const picked: Record<string, RowValue> = {};
  for (const column of chosen) {
    if (column.path.length === 0) continue;
    let value: unknown = record;
    for (const name of column.path) value = isObject(value) ? value[name] : undefined;
    if (value === undefined) continue;
    if (column.fields !== undefined) {
      const { fields } = column;
      if (Array.isArray(value)) {
        picked[column.name] = value.filter(isObject).map((element) => pick(element, fields, hashKey));
      }
    } else if (column.hashed !== true) {
      picked[column.name] = value as RowValue;
    } else if (typeof value === 'string' && hashKey !== null) {
      picked[column.name] = keyedHash(hashKey, value);
    }
  }
  return picked;
}

/** The properties of these columns as they were sent, by column name. */
export function pickColumns(record: JsonObject, columns: readonly Column[]): Row {
  return pick(record, columns, null);
}
