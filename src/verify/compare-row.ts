/** One row that differs: which of its cells do, and why. */
import { idColumnOf } from '../catalog/check-stream.ts';
import type { Column } from '../catalog/column.ts';
import type { ChosenStream } from '../sync/context.ts';
import { ASSIGNMENTS } from '../sync/follow-ups.ts';
import { monthOf } from '../sync/month.ts';
import type { DifferenceCause } from '../verification.ts';
import type { Row, RowValue } from '../warehouse/table.ts';
import { differingCells, type CellDifference } from './cells.ts';
import type { Scope } from './scope.ts';
import type { ChangedSince } from './since.ts';

/** What the rows of one stream are judged with. */
export interface Judge {
  readonly chosen: ChosenStream;
  readonly scope: Scope;
  readonly since: ChangedSince;
  /** Keys of rows that stand under another date than they should: they are missed there, but not too many. */
  readonly moved: Set<string>;
}

/** Adds what differs of one row to the findings. `stored` absent: there is no such row. */
export async function compareRow(
  key: string,
  row: Row,
  stored: ReadonlyMap<string, string | null> | undefined,
  judge: Judge,
): Promise<void> {
  const { chosen, scope, moved } = judge;
  const { stream, columns } = chosen;
  const place = { table: stream.name, key, month: monthOfRow(row, chosen) };
  const whole = await causeOfRow(row, judge);
  if (stored === undefined) {
    scope.findings.add({ ...place, kind: 'missing', cause: whole ?? 'differs' });
    return;
  }
  let isEqual = true;
  for (const column of columns) {
    for (const cell of differingCells(column, row[column.name], stored.get(column.name) ?? null)) {
      isEqual = false;
      if (column.name === stream.dated) moved.add(key);
      const cause = whole ?? (await causeOfCell(cell, row, stored, judge));
      scope.findings.add({ ...place, kind: 'cell', cause, column: cell.column, ...shown(cell) });
    }
  }
  // the warehouse takes it for gone, though nothing in it differs
  if (isEqual && scope.context.config.sync.deletes === 'keep')
    scope.findings.add({ ...place, kind: 'missing', cause: whole ?? 'differs', ours: 'noted as gone' });
}

function monthOfRow(row: Row, { stream }: ChosenStream): string | null {
  const date = row[stream.dated ?? 'period_start'];
  return typeof date === 'string' ? monthOf(date) : null;
}

/** Values of sensitive and hashed columns are not told. */
function shown({ of, ours, harvest }: CellDifference): Pick<CellDifference, 'ours' | 'harvest'> {
  const isHidden =
    of.hashed === true || of.sensitivity === 'personal' || of.sensitivity === 'secret' || hasHidden(of);
  return isHidden ? { ours: null, harvest: null } : { ours, harvest };
}

function hasHidden({ fields = [] }: Column): boolean {
  return fields.some(({ sensitivity, hashed }) => sensitivity !== 'none' || hashed === true);
}

/** Why the whole row may differ; null: it should not. */
async function causeOfRow(row: Row, { chosen, since }: Judge): Promise<DifferenceCause | null> {
  const { name, sync } = chosen.stream;
  const month = row['period_start'];
  if (sync === 'report')
    return typeof month === 'string' && (await since.isRestated(name, monthOf(month))) ? 'changed' : null;
  if (name === 'project_budget') return (await since.isBudgetMoved()) ? 'changed' : null;
  const lists = chosen.columns.flatMap((column) => (column.type === 'RECORD' ? [row[column.name]] : []));
  const elements = lists.flatMap((list) => (Array.isArray(list) ? (list as readonly RowValue[]) : []));
  const parts = [row, ...elements.filter((each) => typeof each === 'object' && each !== null)];
  return parts.some((part) => since.isNewer(name, part as Row)) ? 'changed' : null;
}

/** Why a row may be too many; a record that is gone leaves no trace of when it went. */
export async function causeOfExtra(key: string, { chosen, since }: Judge): Promise<DifferenceCause> {
  const { name, sync } = chosen.stream;
  const isChanged =
    (sync === 'report' && (await since.isRestated(name, monthOf(key)))) ||
    (name === 'project_budget' && (await since.isBudgetMoved())) ||
    (name === ASSIGNMENTS && (await since.isChanged('user_assignments', key)));
  return isChanged ? 'changed' : 'differs';
}

/** Why a single cell differs. */
async function causeOfCell(
  cell: CellDifference,
  row: Row,
  stored: ReadonlyMap<string, string | null>,
  { chosen, scope, since }: Judge,
): Promise<DifferenceCause> {
  const { nameOf } = cell.of;
  if (nameOf !== undefined && (await since.isChanged(nameOf.stream, idBeside(cell, row)))) return 'changed';
  const { column, harvest } = cell;
  const lags = await scope.evidence.explains({ table: chosen.stream.name, column, harvest, row, stored });
  return lags ? 'lag' : 'differs';
}

/** The id that stands beside a name, in the row or in the element of a list. */
function idBeside({ column, of }: CellDifference, row: Row): string {
  const [, list = '', at = ''] = /^(\w+)\[(\d+)\]/.exec(column) ?? [];
  const elements = row[list];
  const holder = Array.isArray(elements) ? (elements as readonly RowValue[])[Number(at)] : row;
  const id = (holder as Row | undefined)?.[idColumnOf(of.name)];
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}
