/**
 * Hours and amounts of the facts by client, project, task (category) and person, against Harvest's own reports: year by
 * year, and month by month inside a year that differs.
 */
import { addYear, comparePeriod, type FactCheck } from './fact-check.ts';
import { comparableOf, EXPENSES, TIME, type Fact, type FactReport } from './facts.ts';
import { takeApart, type DifferingYear } from './months.ts';
import { yearPeriod } from './period.ts';
import { readOurs } from './reports-of-facts.ts';
import { asVisible, liveRowsOf, type Scope } from './scope.ts';
import type { GroupDifference } from './sums.ts';

/** Years that are taken apart into months, the newest ones; each takes up to 48 requests of a budget of 100 in 15 minutes. */
const YEARS_TAKEN_APART = 3;

/** Compares the sums of time entries and expenses, as far as these streams are looked at. */
export async function compareFactSums(scope: Scope): Promise<void> {
  for (const fact of [TIME, EXPENSES]) {
    if (scope.streams.has(fact.stream)) await asVisible(fact.stream, scope, () => compareSumsOf(fact, scope));
  }
}

async function compareSumsOf(fact: Fact, scope: Scope): Promise<void> {
  const chosen = scope.streams.get(fact.stream);
  const { isAdministrator } = scope.context.account;
  const comparable = chosen === undefined ? null : comparableOf(fact, chosen, isAdministrator);
  if (comparable === null)
    return scope.findings.leaveOut(fact.stream, 'sums: the columns they need are not chosen');
  for (const reason of comparable.leftOut) scope.findings.leaveOut(fact.stream, reason);
  const check = { comparable, projects: await scope.projects(), scope };
  const years = await compareYears(check);
  const older = years.slice(YEARS_TAKEN_APART);
  if (older.length > 0) {
    scope.findings.leaveOut(
      fact.stream,
      `months of ${older.map(({ year }) => year).join(', ')}: only named by year`,
    );
  }
  for (const year of years.slice(0, YEARS_TAKEN_APART)) await takeApart(year, check);
  for (const { year, reports } of older) {
    for (const [report, found] of reports) for (const each of found) addYear(report, year, each, check);
  }
}

/** The years that differ, newest first, with what differs in them by report. */
async function compareYears(check: FactCheck): Promise<readonly DifferingYear[]> {
  const { comparable, scope } = check;
  const years = await yearsOf(check);
  const compared = await Promise.all(
    comparable.reports.map(async (report) => {
      const ours = await readOurs(comparable, report, 'year', null, scope);
      return Promise.all(
        years.map((year) => comparePeriod(report, yearPeriod(year, scope), ours.get(year) ?? [], check)),
      );
    }),
  );
  const differing = new Map<string, Map<FactReport, readonly GroupDifference[]>>();
  for (const [nth, year] of years.entries()) {
    for (const [at, report] of comparable.reports.entries()) {
      const found = compared[at]?.[nth] ?? [];
      const known = differing.get(year) ?? new Map<FactReport, readonly GroupDifference[]>();
      if (found.length > 0) differing.set(year, known.set(report, found));
    }
  }
  return [...differing]
    .map(([year, reports]) => ({ year, reports }))
    .toSorted((a, b) => (a.year < b.year ? 1 : -1));
}

/** Every year from that of the first stored fact (or of start_date) to that of the last, or the current one. */
async function yearsOf({ comparable, scope }: FactCheck): Promise<readonly string[]> {
  const { fact, chosen } = comparable;
  const rows = await scope.context.warehouse.checks.readSums(
    {
      of: liveRowsOf(chosen, scope),
      between: null,
      by: [{ column: fact.date, part: 'year' }],
      sums: [{ kind: 'rows', where: null }],
    },
    fact.stream,
  );
  const stored = rows.flatMap(([year]) => (year === null || year === undefined ? [] : [Number(year)]));
  const { startedAt, config } = scope.context;
  const current = Number(startedAt.slice(0, 4));
  const first =
    config.startDate === null ? Math.min(current, ...stored) : Number(config.startDate.slice(0, 4));
  const last = Math.max(current, ...stored);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    String(first + at).padStart(4, '0'),
  );
}
