/** The stored report months against the entries and expenses that are stored beside them. No report is asked for. */
import { addMonths, monthOf } from '../sync/month.ts';
import type { ChosenStream } from '../sync/context.ts';
import { comparableOf, EXPENSES, TIME, type Comparable, type Fact, type Measure } from './facts.ts';
import { lookInto } from './look-into.ts';
import type { ProjectFacts } from './projects.ts';
import { leaveOutPeriod } from './rejected.ts';
import { complete, hasPlain, liveRowsOf, type Scope } from './scope.ts';
import { compareGroups, ourGroups, withoutMoney, type Groups } from './sums.ts';
import { toUnits } from './decimal.ts';

/**
 * Compares hours and expenses month by month, over all rows of a report. Money that was worked out from hours is left to
 * the comparison with Harvest: the rates of entries are as of their last delivery, those of a report month are not.
 */
export async function compareReportTables(scope: Scope): Promise<void> {
  for (const fact of [TIME, EXPENSES]) {
    const reports = fact.reports.flatMap(({ stream }) => scope.streams.get(stream) ?? []);
    const chosen = complete(fact.stream, scope);
    if (reports.length === 0 || chosen === null) continue;
    const comparable = comparableOf(fact, chosen, scope.context.account.isAdministrator);
    if (comparable === null) continue;
    const projects = await scope.projects();
    const ours = await sumsOfFacts(comparable, projects, scope);
    for (const report of reports) await compareTable(report, comparable, ours, scope);
  }
}

/** What is summed over a month: hours, or money that is no product. */
function measuresOf({ rate }: Fact): readonly Measure[] {
  return rate === null ? ['total_amount', 'billable_amount'] : ['total_hours', 'billable_hours'];
}

/** The sums of the facts, by month and currency. */
async function sumsOfFacts(
  { fact, chosen, sums, ...rest }: Comparable,
  projects: ReadonlyMap<string, ProjectFacts>,
  scope: Scope,
): Promise<Groups> {
  const rows = await scope.context.warehouse.checks.readSums(
    {
      of: liveRowsOf(chosen, scope),
      between: null,
      by: [
        { column: 'project_id', part: 'value' },
        { column: fact.date, part: 'month' },
      ],
      sums,
    },
    fact.stream,
  );
  const measures = measuresOf(fact).filter((measure) => rest.measures.includes(measure));
  return ourGroups(rows, projects, { fact, chosen, sums, ...rest, measures });
}

async function compareTable(
  report: ChosenStream,
  comparable: Comparable,
  facts: Groups,
  scope: Scope,
): Promise<void> {
  const { fact, measures: known } = comparable;
  const { name } = report.stream;
  const measures = measuresOf(fact).filter((each) => hasPlain(report, each) && known.includes(each));
  const rows = await scope.context.warehouse.checks.readSums(
    {
      of: liveRowsOf(report, scope),
      between: null,
      by: [
        { column: 'period_start', part: 'month' },
        { column: 'currency', part: 'value' },
      ],
      sums: measures.map((column) => ({ kind: 'sum', column, where: null })),
    },
    name,
  );
  const tables: Groups = new Map(
    rows.map(([month, currency, ...values]) => [
      `${month ?? ''}|${currency ?? ''}`,
      { values: new Map(measures.map((measure, at) => [measure, toUnits(values[at])])), tolerance: 0n },
    ]),
  );
  const whole = wholeMonths(scope);
  const within = (groups: Groups): Groups => onlyMeasures(groups, measures, whole);
  const hasMoney = scope.context.account.isAdministrator;
  const [one, other] = [within(facts), within(tables)];
  const found = hasMoney ? compareGroups(other, one) : compareGroups(withoutMoney(other), withoutMoney(one));
  scope.findings.compared(other.size * measures.length);
  for (const { entity: month, currency, measure, ours, harvest } of found) {
    const group = currency === '' ? `${fact.stream} beside it` : `${fact.stream} beside it, ${currency}`;
    const cause = await lookInto(month, comparable, scope);
    if (cause === 'rejected') leaveOutPeriod(name, month, scope);
    else
      scope.findings.add({
        kind: 'report',
        cause,
        table: name,
        month,
        group,
        column: measure,
        ours,
        harvest,
      });
  }
}

/** The first month of which all facts are stored: report months are whole, whatever day start_date is. */
function wholeMonths({ context }: Scope): string {
  const { startDate } = context.config;
  if (startDate === null) return '0001-01';
  return startDate.endsWith('-01') ? monthOf(startDate) : addMonths(monthOf(startDate), 1);
}

function onlyMeasures(groups: Groups, measures: readonly Measure[], first: string): Groups {
  return new Map(
    [...groups]
      .filter(([key]) => key >= first)
      .map(([key, { values }]) => [
        key,
        {
          values: new Map([...values].filter(([measure]) => measures.includes(measure))),
          tolerance: 0n,
        },
      ]),
  );
}
