/** The conformance suite and what only the real service can confirm; see README.md beside this file. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { conformance } from '../warehouse/conformance.ts';
import { CLIENTS, INVOICES, Workbench, client } from '../warehouse/workbench.ts';
import { bystander, cleanUp, datasetNamed, liveSession, openLive, PROJECT } from './live.ts';

let datasets = 0;
let current = '';

afterAll(async () => {
  if (PROJECT !== '') await cleanUp();
});

const asked = PROJECT === '' ? describe.skip : describe;
if (PROJECT === '') {
  process.stderr.write(
    '\nSKIPPED: set HARVEST_BQ_LIVE_PROJECT to a project of yours to ask the real BigQuery\n',
  );
}

asked('The real BigQuery', () => {
  conformance(
    'it',
    () => {
      current = datasetNamed(`c${++datasets}`);
      return openLive(current);
    },
    (table) => `\`${PROJECT}\`.\`${current}\`.\`${table}\``,
  );

  describe('only the real BigQuery can tell that', () => {
    it('checkpoints alone and loads bill nothing, a changed row little', async () => {
      const dataset = datasetNamed('cost');
      const jobs = { bytes: 0, kinds: [] as string[] };
      await using bench = await Workbench.open(() => openLive(dataset, liveSession(jobs)), [CLIENTS]);
      await bench.commit({ states: [{ stream: 'clients', expectedVersion: 0, cursor: null, state: {} }] });
      expect(jobs.bytes).toBe(0);
      await bench.load(CLIENTS, [client(1, 'a', 1)]);
      await bench.load(CLIENTS, [client(1, 'b', 2)]);
      expect(jobs.bytes).toBeGreaterThan(0);
      expect(jobs.bytes).toBeLessThanOrEqual(8 * 10 * 1024 * 1024);
    });

    it('a refresh keeps labels, descriptions, the key, clustering and a row access policy', async () => {
      const dataset = datasetNamed('kept');
      await using bench = await Workbench.open(() => openLive(dataset), [CLIENTS]);
      await bench.load(CLIENTS, [client(1, 'a', 1), client(2, 'b', 1)]);
      const table = bystander().dataset(dataset).table('clients');
      await table.setMetadata({ labels: { owner: 'finance' } });
      const policy = `CREATE ROW ACCESS POLICY everything ON \`${PROJECT}\`.\`${dataset}\`.clients GRANT TO ("allAuthenticatedUsers") FILTER USING (TRUE)`;
      await bystander().query(policy);
      const [before] = (await table.getMetadata()) as unknown as [Record<string, unknown>];
      await bench.load(CLIENTS, [client(1, 'A', 2)], { scope: { kind: 'all', allowShrink: false } });
      const [after] = (await table.getMetadata()) as unknown as [Record<string, unknown>];
      for (const kept of [
        'creationTime',
        'labels',
        'description',
        'clustering',
        'tableConstraints',
        'schema',
      ]) {
        expect(after[kept]).toEqual(before[kept]);
      }
    });

    it('a condition that fails within a transaction takes back what stood before it', async () => {
      const dataset = datasetNamed('fence');
      await using bench = await Workbench.open(() => openLive(dataset), [INVOICES]);
      const states = [{ stream: 'invoices', expectedVersion: 0, cursor: null, state: {} }];
      await bench.commit({ states });
      const loads = [await bench.prepare(INVOICES, [{ id: 1, client_id: 7, line_items: [], tags: [] }])];
      await expect(bench.commit({ loads, states })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      expect(await bench.rows(INVOICES)).toEqual({});
    });
  });
});
