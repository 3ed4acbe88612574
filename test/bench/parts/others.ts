/** Part 4: other ways to read the same account: their requests, and dlt itself where Python is. */
import { linesOr } from '../support/attempt.ts';
import { runConnector } from '../support/connector.ts';
import { sumsOf } from '../support/counts.ts';
import { dltVersion, openDlt, runDlt } from '../support/dlt.ts';
import { earliestSeconds, limitSeconds } from '../support/limit.ts';
import { ACCOUNT, type BenchOptions, type Part } from '../support/part.ts';
import { noted, round, skipped, type Line } from '../support/result.ts';
import { replay } from '../support/replay.ts';
import { startServer, type BenchServer } from '../support/server.ts';

const WAY_SECONDS = 0.2;

/** All that Harvest allows: the others do not leave a part of it to anybody. */
const ALLOWED = { requests: 100, seconds: 15 };

const SHAPES = [
  { name: '50 per page, every child of every parent', perPage: 50, children: true },
  { name: '2,000 per page, one page at a time, no children', perPage: 2000, children: false },
] as const;

/** The requests of others, counted, and dlt measured. */
export const others: Part = {
  name: 'others',
  title: 'Others, on the same account',
  run: async (options) => {
    const sizes = options.quick ? [10_000] : [100_000, 500_000];
    const found: Line[] = [];
    for (const [at, entries] of sizes.entries()) {
      await using server = await startServer({
        sandbox: { ...ACCOUNT, size: entries, preparedEntries: true },
      });
      if (at === 0) found.push(...(await requestsOfOthers(server, entries, options)));
      found.push(...(await dltAlone(server, entries, options)));
    }
    return found;
  },
};

async function requestsOfOthers(
  server: BenchServer,
  entries: number,
  { say }: BenchOptions,
): Promise<readonly Line[]> {
  const found: Line[] = [];
  for (const shape of SHAPES) {
    say(shape.name);
    const { requests, seconds } = await replay(server, shape);
    // one after the other: the way there and back, or the limit, whichever is longer
    const least = Math.max(requests * WAY_SECONDS + seconds, earliestSeconds(requests, ALLOWED));
    found.push(
      noted(
        `${round(entries)} entries, ${shape.name}`,
        `${round(requests)} requests, ≥ ${round(least)} s at 200 ms`,
      ),
    );
  }
  await server.requests();
  say('the connector, all streams');
  const run = await runConnector(server);
  const sums = sumsOf(await server.requests());
  const lists = limitSeconds({ ...sums, reports: 0 }, WAY_SECONDS);
  found.push(
    noted(
      `${round(entries)} entries, harvest-bq, all children (reports apart)`,
      `${round(sums.general)} requests, ≥ ${round(Math.max(lists, run.seconds))} s at 200 ms`,
    ),
  );
  return found;
}

async function dltAlone(
  server: BenchServer,
  entries: number,
  { say }: BenchOptions,
): Promise<readonly Line[]> {
  const what = `${round(entries)} entries with dlt ${await dltVersion()}`;
  const dlt = await openDlt(say);
  if (typeof dlt === 'string') return [skipped(what, dlt)];
  say(what);
  return linesOr(what, 'skipped', say, async () => {
    const run = await runDlt(dlt, server);
    return [
      noted(`${what}: rows/s`, round(run.rows / run.seconds)),
      noted(`${what}: processor per 100,000 rows`, `${round((run.cpuSeconds / run.rows) * 1e5, 1)} s`),
      noted(`${what}: peak memory`, `${round(run.peakMb)} MB`),
    ];
  });
}
