/** Part 6: what a first load takes as an account grows in one way while it stays as it is in all others. */
import type { Scale } from '../../../src/sandbox/options.ts';
import { linesOr } from '../support/attempt.ts';
import { runConnector } from '../support/connector.ts';
import { sumsOf } from '../support/counts.ts';
import { ACCOUNT, type Part } from '../support/part.ts';
import { noted, round, type Line } from '../support/result.ts';
import { startServer } from '../support/server.ts';

const DAYS_PER_MONTH = 365 / 12;

/** What every account has that is not said to be otherwise. */
const BASE = { entries: 20_000, people: 30, invoices: 100, clients: 100, days: 3 * 365 };

/** The same for a quick run. */
const SMALL = { ...BASE, entries: 2_000, days: 365 };

/** Three sizes of each. */
const WAYS: readonly {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly scale: (size: number) => Partial<Scale>;
}[] = [
  { name: 'entries', sizes: [20_000, 80_000, 320_000], scale: (entries) => ({ entries }) },
  { name: 'people', sizes: [25, 100, 400], scale: (people) => ({ people }) },
  { name: 'invoices', sizes: [100, 400, 1_600], scale: (invoices) => ({ invoices }) },
  { name: 'months', sizes: [12, 36, 84], scale: (months) => ({ days: Math.round(months * DAYS_PER_MONTH) }) },
];

/** Requests, seconds and memory of first loads of all 32 streams, without limits. */
export const growth: Part = {
  name: 'growth',
  title: 'How cost grows: a first load of all 32 streams',
  run: async ({ quick, say }) => {
    const found: Line[] = [];
    for (const { name, sizes, scale } of WAYS) {
      for (const size of quick ? sizes.slice(0, 2) : sizes) {
        const what = `${round(size)} ${name}`;
        say(what);
        const { entries, ...rest } = { ...(quick ? SMALL : BASE), ...scale(size) };
        const lines = await linesOr(what, 'missed', say, async () => {
          await using server = await startServer({
            sandbox: { ...ACCOUNT, size: entries, scale: rest, preparedEntries: true },
          });
          const run = await runConnector(server);
          const { general, reports } = sumsOf(await server.requests());
          const figure = `${round(general)} general, ${round(reports)} reports, ${round(run.seconds, 1)} s, ${round(run.peakMb)} MB`;
          return [noted(what, figure)];
        });
        found.push(...lines);
      }
    }
    return found;
  },
};
