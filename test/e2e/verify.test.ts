import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { documentOf, runCli, temporaryFolder } from '../cli/support/run-cli.ts';
import { byHand } from '../verify/bench.ts';
import { environmentOf } from './support/environment.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 5 });
});

afterAll(() => sandbox.close());

describe('verify by the program itself', () => {
  it('finds nothing, then what was changed by hand, and puts it right', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    const missing = documentOf(await runCli(['verify', 'clients', '-o', 'json'], options));
    expect(missing).toMatchObject({ ok: false, error: { code: 'WAREHOUSE_MISSING' } });
    const synced = documentOf(await runCli(['sync', 'clients', 'tasks', '--verify', '-o', 'json'], options));
    expect(synced).toMatchObject({ ok: true, data: { verification: { form: 'quick', outcome: 'equal' } } });

    const file = join(folder.path, `harvest_${sandbox.accountId}.duckdb`);
    await byHand(file, ['DELETE FROM tasks WHERE id = (SELECT max(id) FROM tasks)']);
    const screen = await runCli(['verify', 'clients', 'tasks'], options);
    expect(screen.code).toBe(8);
    expect(screen.stdout).toMatch(
      /^ {2}tasks +rows +rows +\d+ +\d+\n {2}tasks_history +history +\d+ .*\n\n2 differences from Harvest/m,
    );
    expect(screen.stderr).toContain('VERIFY_DIFFERS');
    expect(screen.stderr).toContain('harvest-bq verify --repair');
    const full = documentOf(await runCli(['verify', 'clients', 'tasks', '--full', '-o', 'json'], options));
    expect(full).toMatchObject({
      command: 'verify',
      ok: false,
      exit_code: 8,
      data: { verification: { form: 'full', differences: 2 } },
      error: { code: 'VERIFY_DIFFERS', kind: 'data' },
    });

    expect(full).toMatchObject({
      data: {
        verification: {
          found: expect.arrayContaining([
            expect.objectContaining({ kind: 'missing', table: 'tasks' }),
            expect.objectContaining({ kind: 'history', table: 'tasks_history' }),
          ]),
        },
      },
    });

    const repaired = await runCli(['verify', 'clients', 'tasks', '--repair'], options);
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toMatch(
      /^equal to Harvest · \d+ numbers compared\nrepaired: tasks, tasks_history$/m,
    );
    expect(documentOf(await runCli(['verify', 'tasks', '-o', 'json'], options)).ok).toBe(true);
  }, 60_000);
});
