/** A year whose sums differ, taken apart: which of its months differ, and which facts in them. */
import { distance, toUnits } from './decimal.ts';
import { addSum, addYear, comparePeriod, type FactCheck } from './fact-check.ts';
import { lookInto } from './look-into.ts';
import type { FactReport } from './facts.ts';
import { monthPeriod, monthsOfYear, type Period } from './period.ts';
import { readOurs } from './reports-of-facts.ts';
import type { GroupDifference } from './sums.ts';

/** A year and what differs in it, by report. */
export interface DifferingYear {
  readonly year: string;
  readonly reports: ReadonlyMap<FactReport, readonly GroupDifference[]>;
}

/** Finds the months of a year that differ, newest first, until they explain the year; names the facts behind them. */
export async function takeApart({ year, reports }: DifferingYear, check: FactCheck): Promise<void> {
  const months = new Map<string, Map<FactReport, readonly GroupDifference[]>>();
  for (const [report, expected] of reports) {
    const known = [...months.keys()];
    for (const [month, found] of await monthsOf(report, year, expected, known, check)) {
      const ofMonth = months.get(month) ?? new Map<FactReport, readonly GroupDifference[]>();
      months.set(month, ofMonth.set(report, found));
    }
  }
  if (months.size === 0) {
    for (const [report, found] of reports) for (const each of found) addYear(report, year, each, check);
    return;
  }
  for (const [month, found] of [...months].toSorted(([a], [b]) => (a < b ? 1 : -1))) {
    const cause = await lookInto(month, check.comparable, check.scope);
    for (const [report, differences] of found) {
      for (const each of differences) addSum(report, month, each, check, cause);
    }
  }
}

/** The months in which a report differs; those that another report has shown to differ are asked first. */
async function monthsOf(
  report: FactReport,
  year: string,
  expected: readonly GroupDifference[],
  known: readonly string[],
  check: FactCheck,
): Promise<ReadonlyMap<string, readonly GroupDifference[]>> {
  const { comparable, scope } = check;
  const period: Period = { from: `${year}-01-01`, to: `${year}-12-31` };
  const ours = await readOurs(comparable, report, 'month', period, scope);
  const left = new Map(expected.map((each) => [nameOf(each), gapOf(each)]));
  const months = new Map<string, readonly GroupDifference[]>();
  for (const month of new Set([...known, ...monthsOfYear(year, scope)])) {
    const found = await comparePeriod(report, monthPeriod(month, scope), ours.get(month) ?? [], check);
    if (found.length > 0) months.set(month, found);
    for (const each of found) left.set(nameOf(each), (left.get(nameOf(each)) ?? 0n) - gapOf(each));
    if (months.size > 0 && [...left.values()].every((gap) => distance(gap, 0n) <= ONE_CENT)) break;
  }
  return months;
}

/** Rounding makes the months of a year differ from it by so little. */
const ONE_CENT = toUnits('0.01');

function nameOf({ entity, currency, measure }: GroupDifference): string {
  return `${entity}|${currency}|${measure}`;
}

function gapOf({ ours, harvest }: GroupDifference): bigint {
  return toUnits(ours) - toUnits(harvest);
}
