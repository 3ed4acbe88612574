/** Part 3: what a run takes when hardly anything has changed, over all 32 streams of a large account. */
import { join } from 'node:path';
import { runEngineApart, type MeasuredEngineRun } from '../support/engine.ts';
import { ACCOUNT, type Part } from '../support/part.ts';
import { atMost, noted, round, skipped, type Line } from '../support/result.ts';
import { openScratch } from '../support/scratch.ts';
import { startServer, type BenchServer } from '../support/server.ts';

const CHANGED = { invoices: 3, entries: 100 };
const MOST_GENERAL = 40;
const MOST_REPORTS = 30;

/** Endpoints that get a line of their own. */
const LISTED = 40;

/** Hourly runs, each after three invoices and a hundred entries were changed. */
export const steady: Part = {
  name: 'steady',
  title: 'Steady state of all 32 streams',
  run: async ({ quick, say }) => {
    const entries = quick ? 20_000 : 1_000_000;
    const scale = quick
      ? { people: 30, invoices: 500, clients: 40, days: 730 }
      : { people: 300, invoices: 10_000, clients: 150, days: 2_555 };
    await using folder = await openScratch('steady');
    await using server = await startServer({ sandbox: { ...ACCOUNT, size: entries, scale } });
    const order = {
      target: { ...server, identityUrl: server.url },
      path: join(folder.path, 'bench.duckdb'),
      timeLapse: null,
    };
    say('the first load');
    const first = await runEngineApart(order);
    const runs: MeasuredEngineRun[] = [];
    for (let hour = 1; hour <= 3; hour += 1) {
      await change(server, hour);
      say(`hour ${hour}`);
      runs.push(await runEngineApart(order));
    }
    return linesOf(
      first,
      runs,
      `${round(entries)} entries, ${round(scale.invoices)} invoices, ${scale.people} people`,
    );
  },
};

/** An hour at the office; what is changed is stamped with its last minute. */
async function change(server: BenchServer, hour: number): Promise<void> {
  await server.advance(3_540);
  const invoices = await idsOf(server, 'invoices', `per_page=${CHANGED.invoices}&page=${hour}`);
  for (const id of invoices)
    await server.write('PATCH', `invoices/${id}`, { subject: `changed in hour ${hour}` });
  const entries = await idsOf(server, 'time_entries', `per_page=${CHANGED.entries}&page=${hour}`);
  for (const id of entries)
    await server.write('PATCH', `time_entries/${id}`, { notes: `changed in hour ${hour}` });
  await server.advance(60);
}

async function idsOf(server: BenchServer, list: string, query: string): Promise<readonly number[]> {
  const page = await server.read(`${list}?${query}`);
  return (page[list] as readonly { readonly id: number }[]).map(({ id }) => id);
}

function linesOf(
  first: MeasuredEngineRun,
  runs: readonly MeasuredEngineRun[],
  account: string,
): readonly Line[] {
  const most = (of: (run: MeasuredEngineRun) => number): number => Math.max(...runs.map(of));
  const { general, reports } = first.requests;
  const [one] = runs;
  const endpoints = Object.entries(one?.requests.endpoints ?? {}).toSorted(([, a], [, b]) => b - a);
  const changed = `${CHANGED.invoices} invoices and ${CHANGED.entries} entries changed`;
  return [
    noted(
      `${account}: first load`,
      `${round(general)} general, ${round(reports)} reports, ${round(first.seconds)} s, ${round(first.peakMb)} MB`,
    ),
    atMost(
      `${changed}: general requests`,
      most(({ requests }) => requests.general),
      MOST_GENERAL,
      '',
    ),
    atMost(
      `${changed}: report requests`,
      most(({ requests }) => requests.reports),
      MOST_REPORTS,
      '',
    ),
    noted('requests of the rolling sweep', round(most(({ requests }) => requests.sweep))),
    noted(
      'seconds',
      round(
        most(({ seconds }) => seconds),
        1,
      ),
    ),
    noted('peak memory', `${round(most(({ peakMb }) => peakMb))} MB`),
    ...endpoints.slice(0, LISTED).map(([endpoint, count]) => noted(`requests to ${endpoint}`, round(count))),
    skipped(
      'bytes billed',
      'only BigQuery can tell: npm run live; what is sent: npm run test:bigquery -- quiet',
    ),
  ];
}
