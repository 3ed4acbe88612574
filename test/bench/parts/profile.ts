/** Part 7: where the time of the main thread goes, from V8's own profile of a first load. */
import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import { runConnector } from '../support/connector.ts';
import { ROOT } from '../support/measured.ts';
import { ACCOUNT, ENTRY_STREAMS, type Part } from '../support/part.ts';
import { hottest, readProfile } from '../support/profile.ts';
import { noted, round, type Line } from '../support/result.ts';
import { startServer } from '../support/server.ts';

const PLACES = 12;

/** The profiles stay, to be opened in a browser's developer tools. */
const FOLDER = join(ROOT, 'test/bench/results/profiles');

/** The places in the code with the largest shares, into DuckDB and up to BigQuery's uploads. */
export const profile: Part = {
  name: 'profile',
  title: 'Where the time of the main thread goes',
  run: async ({ quick, say }) => {
    const entries = quick ? 50_000 : 500_000;
    const sandbox = { ...ACCOUNT, size: entries, preparedEntries: true };
    await using server = await startServer({ sandbox, bigQuery: true });
    const found: Line[] = [];
    for (const into of ['duckdb', 'bigquery'] as const) {
      const folder = join(FOLDER, into);
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      say(`${round(entries)} entries → ${into}`);
      await runConnector(server, { streams: ENTRY_STREAMS, into, profileFolder: folder });
      const places = hottest(await readProfile(folder), PLACES);
      found.push(
        ...places.map(({ place, share }) => noted(`${into}: \`${place}\``, `${round(share * 100, 1)} %`)),
      );
    }
    return found;
  },
};
