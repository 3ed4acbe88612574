/** Which windows make up a stream. */
import type { ChosenStream, RunContext } from '../sync/context.ts';
import { monthOf, monthsDown } from '../sync/month.ts';
import { restatedSince } from '../sync/window.ts';
import { childWindows } from './child-windows.ts';
import { listWindows, monthWindows, type FullWindow } from './read-window.ts';

/** All windows of a stream. */
export async function windowsOf(
  chosen: ChosenStream,
  context: RunContext,
): Promise<AsyncIterable<FullWindow> | Iterable<FullWindow>> {
  if (chosen.stream.parent !== undefined) return childWindows(chosen, context);
  if (chosen.stream.sync !== 'report') return listWindows(chosen, context);
  const months = await monthsOf(chosen, context);
  const [stream, count] = [chosen.stream.name, months.length];
  context.emit({ event: 'work.planned', stream, unit: 'months', count, requests: count });
  return monthWindows(chosen, months, context);
}

/**
 * Every month that has been read, or holds rows, and all that should have been. Months of `uninvoiced` that are not read
 * on every run keep what they said.
 */
async function monthsOf(chosen: ChosenStream, context: RunContext): Promise<readonly string[]> {
  const { name } = chosen.stream;
  const { startDate, sync } = context.config;
  const rows = await context.warehouse.checks.readSums(
    {
      of: { table: chosen.table.name, key: chosen.table.primaryKey, deletes: 'remove' },
      between: null,
      by: [{ column: 'period_start', part: 'month' }],
      sums: [{ kind: 'rows', where: null }],
    },
    name,
  );
  const current = monthOf(context.startedAt);
  const known = [
    ...Object.keys(context.states.reportNotes(name).months),
    ...rows.flatMap(([month]) => (month === null || month === undefined ? [] : [month])),
  ];
  const first = startDate === null ? (known.toSorted()[0] ?? current) : monthOf(startDate);
  const months = [...new Set([...known, ...monthsDown(current, first)])].toSorted().toReversed();
  if (name !== 'uninvoiced') return months;
  const since = restatedSince(current, sync.restateMonths);
  return months.filter((month) => month >= since && month <= current);
}
