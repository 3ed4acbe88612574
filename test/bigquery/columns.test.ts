/** Columns in BigQuery: what is left out reaches no request, and a choice that changes reaches all rows. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ColumnChoice } from '../../src/config/config.ts';
import { Secret } from '../../src/config/secret.ts';
import { bigQueryDoor } from '../../src/warehouse/bigquery/warehouse.ts';
import { runEngine, type EngineOptions, type EngineRun, type Target } from '../support/engine.ts';
import { startPlanting, wordsIn } from '../support/planting.ts';
import { failuresOf, openAccount } from './support/branch.ts';
import { startEmulator, type Emulator } from './support/emulator.ts';
import { localOptions } from './support/open.ts';
import { readAll, type Row } from './support/read-tables.ts';
import { startRecorder, type Recorder } from './support/recorder.ts';

let emulator: Emulator;
let recorder: Recorder;
let account: Awaited<ReturnType<typeof openAccount>>;
beforeEach(async () => {
  [emulator, account] = await Promise.all([startEmulator(), openAccount()]);
  recorder = await startRecorder(emulator.url);
});
afterEach(async () => {
  await recorder[Symbol.asyncDispose]();
  await emulator[Symbol.asyncDispose]();
  await account[Symbol.asyncDispose]();
});

const HASH_KEY = new Secret('k3y', 'test');

function sync(
  target: Target,
  streams: readonly string[],
  overrides: ReadonlyMap<string, ColumnChoice>,
  over: EngineOptions = {},
): Promise<EngineRun> {
  return runEngine(target, '', {
    streams,
    door: bigQueryDoor(localOptions(recorder.url, 'columns')),
    config: { sync: { hashKey: HASH_KEY, history: ['users', 'invoices'] }, streams: { overrides } },
    ...over,
  });
}

const rows = (table: string): Promise<readonly Row[]> => readAll(emulator.url, 'columns', table);

describe('a value that is not chosen', () => {
  it('is in no request to BigQuery: not in files, statements, parameters or descriptions', async () => {
    await using planting = await startPlanting(account.sandbox);
    const { faults } = account.sandbox;
    faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'is_active', value: 'no', times: 1 });
    faults.add({
      match: '/v2/users\\?',
      do: 'malformed',
      field: 'novelty',
      value: 'ZZ0123456789acZZ',
      times: 0,
    });
    const streams = ['users', 'clients', 'invoices', 'invoice_messages', 'company'];
    const run = await sync(planting.target, streams, planting.overrides);
    expect(failuresOf(run)).toEqual([]);
    const sent = recorder.sent.join('\n');
    expect(planting.words.size).toBeGreaterThan(50);
    const hashes = [...planting.words].filter((word) =>
      sent.includes(createHmac('sha256', 'k3y').update(word).digest('hex')),
    );
    expect(hashes.length).toBeGreaterThan(10);
    expect(sent.includes('novelty')).toBe(true);
    expect(run.result.totals.rejected).toBe(1);
    expect(wordsIn(sent)).toEqual([]);
  }, 120_000);
});

describe('a choice of columns that changes', () => {
  it('empties what is not wanted in rows, versions and rejects, and fills what is', async () => {
    const choice = (of: Partial<ColumnChoice>): ReadonlyMap<string, ColumnChoice> =>
      new Map([['users', { include: null, exclude: [], hash: [], ...of }]]);
    const emails = async (table: string): Promise<readonly unknown[]> =>
      (await rows(table)).map(({ email }) => email).toSorted();
    const sent = [...account.sandbox.account.data.tables.users.all()].map(({ email }) => email).toSorted();
    const hashed = sent.map((email) => createHmac('sha256', 'k3y').update(email).digest('hex')).toSorted();
    const { target } = account;
    account.sandbox.faults.add({
      match: '/v2/users\\?',
      do: 'malformed',
      field: 'is_active',
      value: 'no',
      times: 1,
    });
    expect(failuresOf(await sync(target, ['users'], choice({})))).toEqual([]);
    expect(JSON.stringify(await rows('_rejects'))).toContain('email');

    expect(failuresOf(await sync(target, ['users'], choice({ exclude: ['email', 'roles'] })))).toEqual([]);
    expect(new Set(await emails('users'))).toEqual(new Set([null]));
    expect(new Set(await emails('users_history'))).toEqual(new Set([null]));
    expect((await rows('users')).every(({ roles }) => JSON.stringify(roles) === '[]')).toBe(true);
    expect(JSON.stringify(await rows('_rejects'))).not.toContain('email');

    expect(failuresOf(await sync(target, ['users'], choice({ hash: ['email'] })))).toEqual([]);
    expect(await emails('users')).toEqual(hashed);

    expect(failuresOf(await sync(target, ['users'], choice({})))).toEqual([]);
    expect(await emails('users')).toEqual(sent);
    const before = recorder.sent.length;
    await sync(target, ['users'], choice({}));
    expect(recorder.sent.slice(before).filter((each) => each.includes('UPDATE'))).toEqual([]);
  }, 240_000);
});
