/** What has to be emptied of a table. Pure. */
import { ConnectorError } from '../errors.ts';

/** Columns as they are named in a configuration, sorted by where they stand. */
export interface EmptiedColumns {
  /** Columns of the table itself, lists among them. */
  readonly whole: readonly string[];
  /** Fields of REPEATED RECORDs, by the name of the list. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** `telephone`, `line_items.description` → the column, and the field of the list. */
export function sortColumns(names: readonly string[]): EmptiedColumns {
  const whole = names.filter((name) => !name.includes('.'));
  const fields = new Map<string, string[]>();
  for (const name of names) {
    const [list = '', field] = name.split('.');
    if (field === undefined || whole.includes(list)) continue;
    fields.set(list, [...(fields.get(list) ?? []), field]);
  }
  return { whole, fields };
}

/** Tables that hold a stream's columns: its own, its history or snapshots. */
export function tablesOfStream(stream: string): readonly string[] {
  return [stream, `${stream}_history`];
}

/** @throws ConnectorError INTERNAL where a column of a key would be emptied */
export function refuseKeys(table: string, key: readonly string[], names: readonly string[]): void {
  const held = names.find((name) => key.some((column) => column.toLowerCase() === name.toLowerCase()));
  if (held !== undefined) throw new ConnectorError('INTERNAL', `${table}: ${held} is part of the key`);
}
