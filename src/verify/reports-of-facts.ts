/** Asks both sides for the sums of facts: the warehouse for all periods at once, Harvest for one period. */
import type { JsonObject } from '../harvest/json.ts';
import { fetchPages } from '../harvest/pages.ts';
import type { SumsQuestion } from '../warehouse/checks.ts';
import type { Comparable, FactReport } from './facts.ts';
import type { Period } from './period.ts';
import { liveRowsOf, type Scope } from './scope.ts';

type Rows = readonly (readonly (string | null)[])[];

/** Rows of the warehouse by year or month: each project, entity and sums. */
export async function readOurs(
  { fact, chosen, sums }: Comparable,
  report: FactReport,
  part: 'year' | 'month',
  period: Period | null,
  scope: Scope,
): Promise<ReadonlyMap<string, Rows>> {
  const { loading, warehouse } = scope.context;
  const question: SumsQuestion = {
    of: liveRowsOf(chosen, scope),
    between: period === null ? null : { column: fact.date, ...period },
    by: [
      { column: fact.date, part },
      { column: 'project_id', part: 'value' },
      { column: report.column, part: 'value' },
    ],
    sums,
  };
  const rows = await loading.add(() => warehouse.checks.readSums(question, fact.stream));
  const byPart = new Map<string, Rows[number][]>();
  for (const [name, ...rest] of rows) {
    const known = byPart.get(name ?? '') ?? [];
    byPart.set(name ?? '', known);
    known.push(rest);
  }
  return byPart;
}

/** All rows of a report of Harvest's for a period of at most 365 days from its first to its last. */
export async function readTheirs(
  { fact }: Comparable,
  { path }: FactReport,
  { from, to }: Period,
  { context }: Scope,
): Promise<readonly JsonObject[]> {
  const { client, signal, pools } = context;
  const rows: JsonObject[] = [];
  await pools.reports.add(async () => {
    const pages = fetchPages(client, {
      path,
      query: { from: from.replaceAll('-', ''), to: to.replaceAll('-', '') },
      records: 'results',
      bucket: 'reports',
      stream: fact.stream,
      signal,
    });
    for await (const { records } of pages) rows.push(...records);
  });
  return rows;
}
