/** The text of views. Pure. */
import type { FlatView } from '../table.ts';
import { place, quote, type TableRef } from './sql.ts';

/** One row for each element of a REPEATED RECORD; rows that are marked as deleted are left out. */
export function flatViewQuery(view: FlatView, table: TableRef, hidesMarked: boolean): string {
  const columns = [
    ...view.columns.map(({ name, as }) => `document.${quote(name)} AS ${quote(as)}`),
    ...view.fields.map(({ name, as }) => `element.${quote(name)} AS ${quote(as)}`),
  ];
  return [
    'SELECT',
    `  ${columns.join(',\n  ')}`,
    `FROM ${place(table)} AS document, UNNEST(document.${quote(view.list)}) AS element`,
    ...(hidesMarked ? ['WHERE document.`_deleted_at` IS NULL'] : []),
  ].join('\n');
}
