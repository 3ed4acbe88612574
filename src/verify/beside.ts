/** What stands beside a cell: in its row, or in the element of the list that it is in. Pure. */
import type { Row, RowValue } from '../warehouse/table.ts';
import type { LaggingCell } from './evidence.ts';

/** A cell of the record as Harvest sends it, as differences name it. */
type SentCell = Pick<LaggingCell, 'column' | 'row'>;

/** The row, or the element of a list that a cell stands in. */
export function holderOf({ column, row }: SentCell): Row {
  const [, list = '', at = ''] = ELEMENT.exec(column) ?? [];
  const elements = row[list];
  const element = Array.isArray(elements) ? (elements as readonly RowValue[])[Number(at)] : undefined;
  return typeof element === 'object' && element !== null ? (element as Row) : row;
}

/** The same of the stored row: the text of a column beside the cell; null: there is none, or it is not stored. */
export function storedBeside(
  name: string,
  { column, stored }: Pick<LaggingCell, 'column' | 'stored'>,
): string | null {
  const [, list, at = ''] = ELEMENT.exec(column) ?? [];
  if (list === undefined) return stored.get(name) ?? null;
  const elements = JSON.parse(stored.get(list) ?? '[]') as readonly Readonly<Record<string, unknown>>[];
  const value = elements[Number(at)]?.[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** `line_items[2].project_code` */
const ELEMENT = /^(\w+)\[(\d+)\]/;
