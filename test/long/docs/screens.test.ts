/** The screens that the README and the picture show, from one account on days that stand still. */
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCatalog } from '../../../src/catalog/catalog.ts';
import { QUESTIONS } from '../../../src/cli/demo-questions.ts';
import { answerScreen, daySyncScreen, tablesScreen } from '../../../src/cli/demo-screen.ts';
import { openFileToRead } from '../../../src/cli/duckdb-file.ts';
import type { RunResult } from '../../../src/events.ts';
import { say } from '../../cli/support/in-process.ts';
import { expectGolden } from '../../support/golden.ts';
import { openOffice, type Office } from '../../support/office.ts';

const NOW = '2026-11-20T09:00:00Z';

/** How long runs take is another question. */
function timed(result: RunResult, seconds: number): RunResult {
  const streams = result.streams.map((stream) => ({ ...stream, seconds: 0.2 }));
  return { ...result, run_id: '01M7Y8NWRB7FX7K8', seconds, streams };
}

/** The demo, with its own account and its own questions. */
async function demoScreen(office: Office): Promise<string> {
  const { clock } = office.sandbox.account;
  const now = (): Date => new Date(clock.nowMs());
  const first = timed((await office.sync({ now })).result, 3.1);
  const names = [...loadCatalog().streams.keys()].toSorted();
  const counts = await Promise.all(
    names.map(async (table) => {
      const [row] = await office.query(`SELECT count(*) FROM "${table}"`);
      return { table, rows: Number(row?.[0]) };
    }),
  );
  const answers: string[] = [];
  {
    await using warehouse = await openFileToRead(office.path);
    for (const question of QUESTIONS) {
      const sql = question.sql.replaceAll('current_date', `DATE '${NOW.slice(0, 10)}'`);
      answers.push(answerScreen(question, await warehouse.query(sql)));
    }
  }
  const { happened } = office.sandbox.account.passDay();
  const second = timed((await office.sync({ now })).result, 1.2);
  const day = daySyncScreen(happened, first, second);
  return [tablesScreen(counts, first, 'harvest_demo.duckdb'), ...answers, '', day, ''].join('\n');
}

describe('screens', () => {
  it('of the demo are as the golden file and the picture show them; so are those of plan and status', async () => {
    await using office = await openOffice({ seed: 11, size: 'studio', now: NOW, clock: 'stands' });
    expectGolden('test/golden/screens/demo.txt', await demoScreen(office));
    office.sandbox.account.clock.advance(3 * 3_600_000);
    const { target, path } = office;
    const screenOf = async (line: string): Promise<string> => {
      const { text, error } = await say(`${line} --log-level error`, {
        cwd: dirname(path),
        env: {
          HARVEST_ACCOUNT_ID: String(target.accountId),
          HARVEST_ACCESS_TOKEN: target.token,
          HARVEST_BQ_HARVEST_BASE_URL: target.baseUrl,
          HARVEST_BQ_HARVEST_IDENTITY_URL: target.identityUrl,
          HARVEST_BQ_DESTINATION_PATH: join(dirname(path), 'test.duckdb'),
        },
        now: new Date(office.sandbox.account.clock.nowMs()),
      });
      expect(error).toBeNull();
      const steady = text
        .replaceAll('test.duckdb', 'acme.duckdb')
        .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '01M7Y8NWRB7FX7K8');
      return `${steady}\n`;
    };
    expectGolden('test/golden/screens/plan-acme.txt', await screenOf('plan'));
    expectGolden('test/golden/screens/status-acme.txt', await screenOf('status'));
  }, 120_000);
});
