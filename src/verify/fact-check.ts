/** One report of one period, against the rows of the same period. */
import type { Comparable, FactReport } from './facts.ts';
import type { Period } from './period.ts';
import type { ProjectFacts } from './projects.ts';
import { holdsRejected, leaveOutPeriod, type Cause } from './rejected.ts';
import { readTheirs } from './reports-of-facts.ts';
import type { Scope } from './scope.ts';
import { compareGroups, ourGroups, theirGroups, withoutMoney, type GroupDifference } from './sums.ts';

/** What the comparison of one kind of facts works with. */
export interface FactCheck {
  readonly comparable: Comparable;
  readonly projects: ReadonlyMap<string, ProjectFacts>;
  readonly scope: Scope;
}

/** Compares one report of one period with the rows that are ours. */
export async function comparePeriod(
  report: FactReport,
  period: Period,
  rows: readonly (readonly (string | null)[])[],
  { comparable, projects, scope }: FactCheck,
): Promise<readonly GroupDifference[]> {
  const records = await readTheirs(comparable, report, period, scope);
  const [ours, theirs] = [
    ourGroups(rows, projects, comparable),
    theirGroups(records, report.column, comparable),
  ];
  scope.findings.compared(theirs.size * comparable.measures.length);
  if (scope.context.account.isAdministrator) return compareGroups(ours, theirs);
  scope.findings.leaveOut(comparable.fact.stream, 'what is billed: this token may not see all projects');
  return compareGroups(withoutMoney(ours), withoutMoney(theirs));
}

/** Adds a sum of a year that no month of it explains, or that was not taken apart. */
export function addYear(
  report: FactReport,
  year: string,
  difference: GroupDifference,
  check: FactCheck,
): void {
  const isRejected = holdsRejected(check.comparable.fact.stream, year, check.scope);
  addSum(report, year, difference, check, isRejected ? 'rejected' : 'differs');
}

/** Adds a sum that differs to the findings. */
export function addSum(
  report: FactReport,
  month: string,
  { entity, currency, measure, ours, harvest }: GroupDifference,
  { comparable, scope }: FactCheck,
  cause: Cause,
): void {
  const { stream } = comparable.fact;
  if (cause === 'rejected') return leaveOutPeriod(stream, month, scope);
  scope.findings.add({
    kind: 'sum',
    cause,
    table: stream,
    month,
    group: `${report.entity} ${entity}${currency === '' ? '' : ` ${currency}`}`,
    column: measure,
    ours,
    harvest,
  });
}
