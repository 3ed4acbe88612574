/** Reports on histories that are long, old, or end with a run that was killed. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ReportFacts } from '../../../src/report/html/facts.ts';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { say, type Said } from '../../cli/support/in-process.ts';
import { temporaryFolder } from '../../cli/support/run-cli.ts';
import { environmentOf } from '../../e2e/support/environment.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
});
afterAll(() => sandbox.close());

const factsOf = (said: Said): ReportFacts => said.data as ReportFacts;

/** Changes a file past the connector. */
async function alter(path: string, statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

describe('report', () => {
  it('shows thirty of a thousand runs, knows the others by their id, and of an id given twice the later run', async () => {
    await using busy = await temporaryFolder();
    const options = { cwd: busy.path, env: environmentOf(sandbox) };
    await say('sync tasks --run-id twice', options);
    await say('sync tasks clients --run-id twice', options);
    await alter(join(busy.path, `harvest_${sandbox.accountId}.duckdb`), [
      `INSERT INTO _sync_runs (run_id, command, started_at, finished_at, outcome)
       SELECT 'run' || i, 'sync', now() - i * INTERVAL 1 HOUR, now() - i * INTERVAL 1 HOUR, 'ok' FROM range(1, 1000) AS t(i)`,
    ]);
    const newest = factsOf(await say('report', options));
    expect(newest.run?.run_id).toBe('twice');
    expect(newest.runs).toHaveLength(30);
    expect(newest.streams.map(({ stream }) => stream)).toEqual(['clients', 'tasks']);
    expect(factsOf(await say('report run999', options)).run).toMatchObject({
      run_id: 'run999',
      outcome: 'ok',
    });
  });

  it('is made of what an older version noted, and of a run that was killed', async () => {
    await using old = await temporaryFolder();
    const env = environmentOf(sandbox);
    const options = { cwd: old.path, env };
    await say('sync tasks --run-id one', options);
    const file = join(old.path, `harvest_${sandbox.accountId}.duckdb`);
    const added: Readonly<Record<string, readonly string[]>> = {
      _sync_runs: [
        'rows_inserted',
        'rows_updated',
        'requests_retried',
        'error_message',
        'next_step',
        'waits',
        'verification',
      ],
      _sync_streams: [
        'rows_inserted',
        'rows_updated',
        'started_at',
        'finished_at',
        'reason',
        'error_message',
        'next_step',
      ],
    };
    await alter(file, [
      ...Object.entries(added).flatMap(([table, columns]) =>
        columns.map((column) => `ALTER TABLE ${table} DROP COLUMN ${column}`),
      ),
      "INSERT INTO _sync_runs (run_id, command, started_at, finished_at, outcome) VALUES ('lost', 'sync', now(), now(), 'crashed')",
    ]);
    const screen = (await say('report', options)).text.split('\n');
    expect(screen[0]).toContain('sync lost · crashed');
    expect(screen[1]).toBe('');
    const lost = factsOf(await say('report', options));
    expect(lost.run).toMatchObject({ run_id: 'lost', outcome: 'crashed', seconds: null });
    expect(lost.failures).toMatchObject([{ code: 'CRASHED', streams: [] }]);
    const { text, data } = await say('report one --html -', options);
    expect(data).toMatchObject({ run: { run_id: 'one', rows_inserted: null }, waits: [] });
    expect(text).toContain('The version that made this run did not note when its streams were at work.');
  });
});
