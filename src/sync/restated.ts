/** Which differences of a load are restatements: report months that were read before say something else now. Pure. */
import type { Column } from '../catalog/column.ts';
import type { Restated, Scope } from '../warehouse/warehouse.ts';
import type { ChosenStream } from './context.ts';
import { monthOf } from './month.ts';
import type { ReportNotes } from './state.ts';

/** The column that tells which month a row of a report is of. */
const PERIOD = 'period_start';

/**
 * What of a load is to be noted in `_restatements`: the months of its scope that the checkpoint knows as read. Null where
 * there is none, and for streams that are no reports.
 *
 * @param isFilled whether a column is new in the table: that it gets its values says nothing of the month
 */
export function restatedBy(
  scope: Scope,
  { stream, columns }: Pick<ChosenStream, 'stream' | 'columns'>,
  { months }: Pick<ReportNotes, 'months'>,
  isFilled: (column: string) => boolean,
): Restated | null {
  if (stream.sync !== 'report' || scope.kind !== 'where' || scope.column !== PERIOD) return null;
  const periods = scope.values.filter((value) => monthOf(value) in months);
  const noted = columns
    .filter((column) => isNoted(column, stream.primary_key) && !isFilled(column.name))
    .map(({ name }) => name);
  return periods.length > 0 && noted.length > 0 ? { periods, columns: noted } : null;
}

/** Hours, money and capacity; not what the month is called, and not names and pictures, which say nothing of the month. */
function isNoted({ name, path, nameOf, sensitivity }: Column, key: readonly string[]): boolean {
  return !key.includes(name) && path.length > 0 && nameOf === undefined && sensitivity !== 'personal';
}
