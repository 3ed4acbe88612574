/** Ranges that are read again, a start_date that is moved, and history that is forgotten, in BigQuery. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EngineOptions } from '../support/engine.ts';
import type { Bench } from './support/bench.ts';
import { Branch, failuresOf, openAccount, startStepBench } from './support/branch.ts';
import { openBigQuery } from './support/open.ts';
import { readAll } from './support/read-tables.ts';

const STREAMS = ['time_entries', 'invoices', 'invoice_messages', 'time_clients'];
const LATE = '2026-01-15';

let bench: Bench;
let account: Awaited<ReturnType<typeof openAccount>>;
let branch: Branch;
beforeEach(async () => {
  [bench, account] = await Promise.all([startStepBench(), openAccount({ now: '2026-03-10T09:00:00Z' })]);
  branch = new Branch(bench, 'again', account, STREAMS);
});
afterEach(async () => {
  await account[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const idsOf = (stream: string): readonly number[] =>
  [...account.sandbox.account.truth(stream)].map((record) => (record as unknown as { id: number }).id);

describe('in BigQuery', () => {
  it('a range that is read again is right afterwards, without the cursors having moved', async () => {
    expect(failuresOf(await branch.sync())).toEqual([]);
    const states = async () =>
      (await readAll(bench.emulator.url, 'again', '_sync_state')).filter(({ stream }) =>
        STREAMS.includes(String(stream)),
      );
    const cursors = new Set((await states()).map(({ cursor }) => cursor));
    const { account: harvest } = account.sandbox;
    harvest.clock.advance(86_400_000);
    const [gone, moved] = idsOf('time_entries');
    harvest.remove('time_entries', gone ?? 0);
    harvest.update('time_entries', moved ?? 0, { spent_date: '2025-12-24' });
    harvest.clock.advance(86_400_000);
    const order = { id: 'b1', from: '2025-11-01', to: '2026-03-31', slice: 'month' } as const;
    const run = await branch.sync({ streams: ['time_entries', 'time_clients'], backfill: order });
    expect(failuresOf(run)).toEqual([]);
    expect(run.result.totals.deleted).toBeGreaterThan(0);
    expect(new Set((await states()).map(({ cursor }) => cursor))).toEqual(cursors);
    expect(await branch.differences({ streams: ['time_entries', 'time_clients'] })).toEqual([]);
  });

  it('a start_date that is moved later and removed again is followed', async () => {
    const from = (startDate: string | null, more: EngineOptions = {}): EngineOptions => ({
      ...more,
      config: { startDate },
    });
    await branch.sync();
    const later = await branch.sync(from(LATE, { allowDeletes: true }));
    expect(failuresOf(later)).toEqual([]);
    expect(await branch.differences({ startDate: LATE, streams: STREAMS })).toEqual([]);
    expect(failuresOf(await branch.sync(from(null)))).toEqual([]);
    expect(await branch.differences({ streams: STREAMS })).toEqual([]);
    const before = await readAll(bench.emulator.url, 'again', '_sync_state');
    await using warehouse = await openBigQuery(bench.emulator.url, 'again');
    const known = await warehouse.readStates();
    const forgotten = await warehouse.pruneHistory('_sync_state', '2999-01-01T00:00:00Z');
    expect(forgotten).toBe(before.length - known.size);
    expect(await warehouse.readStates()).toEqual(known);
    expect(await warehouse.pruneHistory('_restatements', '2999-01-01T00:00:00Z')).toBe(0);
  });
});
