import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { environmentOf } from '../e2e/support/environment.ts';
import { expectGolden } from '../support/golden.ts';
import { withFile } from '../support/tables.ts';
import { documentOf, runCli, temporaryFolder } from './support/run-cli.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
  const { faults } = sandbox;
  faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'vat', value: 'ATU1', times: 0 });
  faults.add({ match: '/v2/tasks\\?', do: 'malformed', field: 'marks', value: [1], times: 0 });
  faults.add({ match: '/v2/roles\\?', do: 'status', status: 403, times: 0 });
});

afterAll(() => sandbox.close());

describe('discover --diff', () => {
  it('shows what is new and what is not sent, and needs no warehouse', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    const all = await runCli(['discover', '--diff', '-o', 'json'], options);
    const { data, warnings } = documentOf(all);
    const { streams } = data as { streams: readonly { stream: string; new_fields: readonly object[] }[] };
    expect(streams).toHaveLength(31);
    expect(streams.filter(({ new_fields: fields }) => fields.length > 0)).toMatchObject([
      { stream: 'clients', new_fields: [{ path: 'vat', types: ['string'], add_as: 'STRING' }] },
      { stream: 'tasks', new_fields: [{ path: 'marks', add_as: null }] },
    ]);
    expect(warnings).toEqual(['roles could not be read: HARVEST_FORBIDDEN']);
    const screens = await Promise.all(
      ['clients', 'tasks', 'users'].map((stream) => runCli(['discover', stream, '--diff'], options)),
    );
    expectGolden('test/golden/screens/discover-diff.txt', screens.map(({ stdout }) => stdout).join('\n'));
  }, 60_000);

  it('leads to a column with one line of configuration, which ends what status and it have to say', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    await runCli(['sync', 'clients', '-q'], options);
    const before = documentOf(await runCli(['status', '-o', 'json'], options));
    expect(before.data).toMatchObject({ drift: { fields: 1, streams: ['clients'] } });
    expect((await runCli(['status'], options)).stdout).toContain(
      '1 new field in clients in the last 30 days: harvest-bq discover --diff',
    );
    const diff = documentOf(await runCli(['discover', 'clients', '--diff', '-o', 'json'], options));
    const { streams } = diff.data as {
      streams: readonly { line: string; new_fields: readonly { in_runs: number }[] }[];
    };
    expect(streams[0]?.new_fields[0]?.in_runs).toBe(1);
    const file = [
      'version: 1',
      'connector: acme',
      'harvest:',
      '  account_id: ${HARVEST_ACCOUNT_ID}',
      '  access_token: ${HARVEST_ACCESS_TOKEN}',
      `destination: { type: duckdb, path: harvest_${sandbox.accountId}.duckdb }`,
      `streams: { overrides: { ${streams[0]?.line ?? ''} } }`,
    ];
    await writeFile(join(folder.path, 'harvest-bq.yaml'), file.join('\n'));
    const synced = await runCli(['sync', 'clients'], options);
    expect(synced.stderr).toContain('clients: vat was switched on; the stream is read again');
    const after = documentOf(await runCli(['status', '-o', 'json'], options));
    expect(after.data).toMatchObject({ drift: { fields: 0, streams: [] } });
    const stored = await withFile(join(folder.path, `harvest_${sandbox.accountId}.duckdb`), (rows) =>
      rows('SELECT vat FROM clients WHERE vat IS NOT NULL'),
    );
    expect(stored).toEqual([['ATU1']]);
    const nothing = documentOf(await runCli(['discover', 'clients', '--diff', '-o', 'json'], options));
    expect(nothing.data).toMatchObject({ streams: [{ new_fields: [], line: null }] });
  }, 60_000);

  it('does not go together with --preview', async () => {
    const run = await runCli(['discover', 'clients', '--diff', '--preview', '-o', 'json']);
    expect(documentOf(run)).toMatchObject({ exit_code: 2, error: { code: 'USAGE_INVALID' } });
  });
});
