/** `verify` against tables in BigQuery: the quick form, every cell, and putting right. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyFully } from '../../src/verify/full.ts';
import { verifyQuickly } from '../../src/verify/quick.ts';
import { repairing } from '../../src/verify/repair.ts';
import type { EngineOptions } from '../support/engine.ts';
import { inWords } from '../verify/bench.ts';
import { ask, PROJECT, queryJob, type Bench } from './support/bench.ts';
import { Branch, openAccount, startStepBench } from './support/branch.ts';

const STREAMS = [
  'clients',
  'projects',
  'tasks',
  'users',
  'time_entries',
  'time_clients',
  'invoices',
  'invoice_payments',
];

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;

beforeAll(async () => {
  [bench, account] = await Promise.all([
    startStepBench(),
    openAccount({ now: '2026-03-10T09:00:00Z', clock: 'stands' }),
  ]);
  branch = new Branch(bench, 'verified', account, STREAMS);
  await branch.sync();
  account.sandbox.account.clock.advance(60_000);
}, 120_000);

afterAll(async () => {
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const VERIFY: EngineOptions = { onlyVerify: true, verify: true };

/** What a comparison finds, in words. */
async function found(options: EngineOptions = {}): Promise<readonly string[]> {
  const { result } = await branch.sync({ ...VERIFY, ...options });
  if (result.verification === undefined) throw new Error(result.failure?.message);
  return result.verification.found.map(inWords);
}

let statements = 0;

/** Runs a statement past the connector. */
async function byHand(sql: string): Promise<void> {
  statements += 1;
  const job = queryJob(`by_hand_${statements}`, sql.replaceAll('TABLE.', `\`${PROJECT}\`.verified.`));
  const answer = await ask(bench.emulator.url, 'POST', '/jobs', job);
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
}

const staged = async (): Promise<number> => {
  const { body } = await ask(bench.emulator.url, 'GET', '/datasets/_harvest_staging/tables');
  return ((body['tables'] as readonly unknown[] | undefined) ?? []).length;
};

describe('verify in BigQuery', () => {
  it('finds nothing in untouched tables, in either form, and leaves nothing staged', async () => {
    expect(await found()).toEqual([]);
    expect(await found({ verifier: verifyFully })).toEqual([]);
    expect(await staged()).toBe(0);
  }, 120_000);

  it('finds what was changed by hand, and puts it right', async () => {
    const [entry] = await branch.rows('time_entries');
    const id = String(entry?.['id']).slice(1);
    await byHand(
      `UPDATE TABLE.time_entries SET rounded_hours = rounded_hours + 0.25, updated_at = TIMESTAMP_ADD(updated_at, INTERVAL 400 DAY) WHERE id = ${id}`,
    );
    const [payment] = await branch.rows('invoice_payments');
    await byHand(`DELETE FROM TABLE.invoice_payments WHERE id = ${String(payment?.['id']).slice(1)}`);
    await byHand('INSERT INTO TABLE.clients (id, name) VALUES (7, "Nobody")');
    const quick = await found();
    expect(quick).toContainEqual(expect.stringMatching(/^clients count rows: 7 ≠ 6$/));
    expect(quick).toContainEqual(
      expect.stringMatching(new RegExp(`^time_entries cell .* ${id} rounded_hours: `)),
    );
    expect(quick).toContainEqual(
      expect.stringMatching(/^invoices balance \d+ amount - due_amount: .* ≠ payments /),
    );
    const full = await found({ verifier: verifyFully });
    expect(full).toEqual(
      expect.arrayContaining([
        'clients extra 7: – ≠ –',
        expect.stringMatching(/^invoice_payments missing \d+: – ≠ –$/),
        expect.stringMatching(new RegExp(`^time_entries cell .* ${id} updated_at: `)),
        expect.stringMatching(new RegExp(`^time_entries cell .* ${id} rounded_hours: `)),
      ]),
    );
    expect(await found({ verifier: repairing(verifyQuickly), fullRefresh: true })).toEqual([]);
    expect(await branch.differences()).toEqual([]);
    expect(await staged()).toBe(0);
  }, 240_000);
});
