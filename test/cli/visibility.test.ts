import { describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { documentOf, runCli, temporaryFolder } from './support/run-cli.ts';

function environment(sandbox: Sandbox, visibility: string): Readonly<Record<string, string>> {
  return {
    HARVEST_ACCOUNT_ID: sandbox.accountId,
    HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
    HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
    HARVEST_BQ_HARVEST_LIMITS_REPORTS: 'off',
    HARVEST_BQ_HARVEST_VISIBILITY: visibility,
  };
}

describe('a token that does not see everything', () => {
  it('is refused by check with the tables that would lack rows', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    sandbox.account.setRole('administrator', ['manager', 'estimates_manager']);
    const options = { cwd: folder.path, env: environment(sandbox, 'full') };
    const { code, stdout, stderr } = await runCli(['check'], options);
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /✗ harvest .* is not an administrator of account \d+ \(roles: manager, estimates_manager\), so/,
    );
    expect(stderr).toMatch(/\n {2}Rows or values would be missing in: .*\btime_entries\b/);
    expect(stderr).not.toMatch(/missing in: .*\bestimates\b/);
    const { error } = documentOf(await runCli(['check', '-o', 'json'], options));
    expect(error).toMatchObject({
      code: 'HARVEST_PARTIAL_VISIBILITY',
      details: { roles: ['manager', 'estimates_manager'] },
    });
  }, 30_000);

  it('is accepted under visibility: partial, which check, sync and status say', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    sandbox.account.setRole('administrator', ['manager', 'estimates_manager']);
    const options = { cwd: folder.path, env: environment(sandbox, 'partial') };
    const checked = await runCli(['check'], options);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(
      /✓ harvest .*, manager, estimates_manager, partial visibility accepted, deletions are not looked for · \d+ ms/,
    );
    const synced = await runCli(['sync', 'time_entries', 'estimates'], options);
    expect(synced.code).toBe(0);
    expect(synced.stderr).toContain(
      '  · deletions are not looked for in this run: the token sees only what a manager may see (visibility: partial)\n',
    );
    const again = await runCli(['check'], options);
    expect(again.stdout).toContain('2 streams synced so far');
    for (const line of [['status'], ['status', '--runs', '3']]) {
      const { stdout } = await runCli(line, options);
      expect(stdout.split('\n')[1]).toBe('partial visibility: manager; deletions are not looked for');
    }
    const { data } = documentOf(await runCli(['status', '-o', 'json'], options));
    expect(data).toMatchObject({
      last_run: {
        role: 'manager',
        visibility: 'partial',
        grants: 'estimates_manager, manager',
        modules: null,
      },
      sight: {
        visibility: 'partial',
        role: 'manager',
        grants: ['estimates_manager', 'manager'],
        modules: { expense: null, invoice: null, estimate: null },
      },
    });

    sandbox.account.setRole('administrator', ['manager']);
    const refused = await runCli(['sync'], options);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('VISIBILITY_REDUCED');
    expect(refused.stderr).toMatch(
      /lost estimates_manager; has manager\.\n {2}Rows or values would be missing in: estimates, estimate_messages\n/,
    );
    expect(refused.stderr).toContain('--allow-deletes');
    const allowed = await runCli(['sync', 'estimates', '--allow-deletes', '-o', 'json'], options);
    expect(documentOf(allowed)).toMatchObject({
      exit_code: 0,
      data: { streams: [{ stream: 'estimates', outcome: 'skipped' }] },
    });
  }, 60_000);
});

describe('status after a run that could not tell what is gone', () => {
  it('says why, and nothing when the next one could', async () => {
    await using sandbox = await startSandbox({ size: 'tiny', seed: 3 });
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environment(sandbox, 'full') };
    const second = async (): Promise<string | undefined> => {
      expect((await runCli(['sync', 'tasks', 'invoices'], options)).code).toBe(0);
      return (await runCli(['status'], options)).stdout.split('\n')[1];
    };
    expect(await second()).toBe('');
    sandbox.account.setModules({ invoice: false });
    expect(await second()).toBe(
      'deletions were not looked for in the last run: changed since the run before: the invoice module is off now',
    );
    expect(await second()).toBe('');
    const { stdout } = await runCli(['status', 'invoices'], options);
    expect(stdout).toMatch(/^ {2}invoices .* – switched off in Harvest /m);
    const { data } = documentOf(await runCli(['status', '-o', 'json'], options));
    expect(data).toMatchObject({
      last_run: { modules: 'expense, estimate', visibility: 'full', deletions_off: null },
      sight: { visibility: 'full', role: 'administrator', modules: { invoice: false } },
    });
  }, 60_000);
});
