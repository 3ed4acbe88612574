import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planScreen } from '../../src/cli/plan-screen.ts';
import type { SyncPlan } from '../../src/sync/plan/sync-plan.ts';
import { openDuckDb } from '../../src/warehouse/duckdb/warehouse.ts';
import { takeLockFile } from '../../src/warehouse/lock-file.ts';
import { expectGolden } from '../support/golden.ts';
import { openOffice, type Office } from '../support/office.ts';
import { say, type Said } from './support/in-process.ts';

const NOW = { now: '2026-03-10T09:00:00Z', clock: 'stands' } as const;
const STREAMS = 'clients projects tasks time_entries invoices invoice_payments time_clients';

let office: Office;
beforeAll(async () => {
  office = await openOffice(NOW);
});
afterAll(async () => office[Symbol.asyncDispose]());

function run(line: string): Promise<Said> {
  const { target, path } = office;
  return say(line, {
    cwd: dirname(path),
    now: new Date(NOW.now),
    env: {
      HARVEST_ACCOUNT_ID: String(target.accountId),
      HARVEST_ACCESS_TOKEN: target.token,
      HARVEST_BQ_CONNECTOR: 'test',
      HARVEST_BQ_HARVEST_BASE_URL: target.baseUrl,
      HARVEST_BQ_HARVEST_IDENTITY_URL: target.identityUrl,
      HARVEST_BQ_DESTINATION_PATH: path,
    },
  });
}

/** The screen of a plan at 80 columns. */
function screenOf({ data }: Said, over: Partial<Parameters<typeof planScreen>[1]> = {}): string {
  const view = {
    width: 80,
    isVerbose: false,
    restateMonths: 3,
    isRefresh: false,
    next: 'harvest-bq sync',
    ...over,
  };
  return `${planScreen(data as SyncPlan, view)}\n`;
}

describe('plan', () => {
  it('shows a first load, a quiet run and a day with news in 80 columns, and makes no file', async () => {
    const first = await run(`plan ${STREAMS}`);
    expect(await readdir(dirname(office.path))).toEqual([]);
    const streams = STREAMS.split(' ');
    await office.sync({ streams });
    office.sandbox.account.clock.advance(3_600_000);
    const quiet = await run(`sync ${STREAMS} --dry-run`);
    const { account } = office.sandbox;
    const [client] = [...account.data.tables.clients.all()];
    account.update('clients', client?.id ?? 0, { name: 'Another name' });
    const [invoice, gone] = [...account.data.tables.invoices.all()];
    account.update('invoices', invoice?.id ?? 0, { subject: 'Another subject' });
    account.remove('invoices', gone?.id ?? 0);
    account.clock.advance(3_600_000);
    const news = await run(`plan ${STREAMS}`);
    expect([first, quiet, news].map(({ code, told }) => [code, told])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const screens = [first, quiet, news].map((said) => screenOf(said));
    expect(
      screens
        .join('')
        .split('\n')
        .filter((text) => text.length > 80),
    ).toEqual([]);
    expectGolden('test/golden/screens/plan.txt', screens.join('\n————\n\n'));
    expect(quiet.text).toContain(`Nothing new. To sync all the same: harvest-bq sync ${STREAMS}`);
    expect(news.text).toContain('1 name of clients');
  }, 30_000);

  it('shows the statements alone under --sql, and says so where there are none', async () => {
    expect((await run('plan clients --sql')).text).toBe('-- Tables and columns are as they should be.');
    const { text } = await run('plan users --sql');
    expect(text).toContain('CREATE TABLE "main"."users" (');
    expect(text.endsWith(';')).toBe(true);
  });

  it('names the command that carries it out, quoted for a shell', async () => {
    const { text } = await run('plan invoice* --exclude invoice_messages --full-refresh');
    expect(text).toContain("Run it: harvest-bq sync 'invoice*' --exclude invoice_messages --full-refresh");
    const quiet = (await run('plan clients --full-refresh')).text;
    expect(quiet).toContain('Run it: harvest-bq sync clients --full-refresh');
    expect(quiet).toMatch(/^ *clients +full /m);
  });

  it('says which run is at work on the file', async () => {
    const { path } = office;
    const owner = { owner: 'harvest-bq sync (test)', host: 'here', pid: process.pid, command: 'sync' };
    const started = '2026-03-10T08:58:00Z';
    await using held = await openDuckDb({ path, mode: 'readwrite', create: false });
    const lock = await takeLockFile(path, { ...owner, started, run_id: '01RUN' });
    const { code, error } = await run('plan clients');
    await lock.release();
    expect([held.label, code, error?.code]).toEqual(['test.duckdb', 7, 'RUN_LOCKED']);
    expect(error?.message).toContain('run 01RUN (sync) has been at work for 2 min');
  });

  it('refuses streams that do not exist, and says why nothing can be planned without a login', async () => {
    expect((await run('plan tome_entries')).error?.code).toBe('USAGE_UNKNOWN_STREAM');
    office.sandbox.account.clock.advance(1);
    const { target, path } = office;
    const said = await say('plan', {
      cwd: dirname(path),
      env: {
        HARVEST_ACCOUNT_ID: String(target.accountId),
        HARVEST_ACCESS_TOKEN: 'nobody',
        HARVEST_BQ_HARVEST_BASE_URL: target.baseUrl,
        HARVEST_BQ_HARVEST_IDENTITY_URL: target.identityUrl,
        HARVEST_BQ_DESTINATION_PATH: path,
      },
    });
    expect([said.code, said.error?.code]).toEqual([4, 'HARVEST_UNAUTHORIZED']);
  });
});
