import { readdir, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOffice, type Office } from '../support/office.ts';
import { numberOf, pick } from '../support/pick.ts';
import { byHand } from '../verify/bench.ts';
import { say, type Said } from './support/in-process.ts';
import { environmentOfEngine } from '../e2e/support/environment.ts';

const STREAMS = ['clients', 'time_entries', 'invoices', 'invoice_messages', 'time_clients'];

let office: Office;
beforeAll(async () => {
  office = await openOffice({ now: '2026-03-10T09:00:00Z' });
  await office.sync({ streams: STREAMS });
});
afterAll(async () => {
  await office[Symbol.asyncDispose]();
});

/** A command on the office's file, in its folder. */
function state(line: string, env: Readonly<Record<string, string>> = {}): Promise<Said> {
  const { target, path } = office;
  return say(line, {
    cwd: dirname(path),
    env: {
      ...environmentOfEngine(target, path),
      ...env,
    },
  });
}

/** The newest checkpoint of a stream. */
async function checkpoint(
  stream: string,
): Promise<{ version: number; cursor: string | null; state: object }> {
  const { data } = await state(`state show ${stream} -o json`);
  const [found] = (data as { states: { version: number; cursor: string | null; state: object }[] }).states;
  if (found === undefined) throw new Error(`no checkpoint of ${stream}`);
  return found;
}

/** The command that a change names to go back. */
function undoOf({ text }: Said): string {
  const [, file = ''] = /state import --file (\S+)/.exec(text) ?? [];
  return `state import --file ${file} --yes`;
}

const STATES = 'SELECT count(*) FROM _sync_state';

describe('state show', () => {
  it('tells every checkpoint in a line, those that are no stream too', async () => {
    const { text } = await state('state show');
    for (const word of [...STREAMS, '_account', '_start_date']) expect(text).toContain(word);
    expect(text).toMatch(/time_entries .*2026-03-10T09:00:00Z .*months, listed whole 2026-03-10/);
    expect((await state('state show time_clients')).text).not.toContain('invoices');
  });
});

describe('a change by hand', () => {
  it('is refused without an answer, and touches nothing', async () => {
    const before = await numberOf(office, STATES);
    for (const line of ['state reset clients', 'state prune --history-before 2026-01-01']) {
      const { error, told } = await state(line);
      expect(error).toMatchObject({ code: 'USAGE_CONFIRMATION', exitCode: 2 });
      expect(told).not.toBe('');
    }
    expect(await numberOf(office, STATES)).toBe(before);
  });

  it('resets a stream and goes back, with versions that go on, and what is owed kept', async () => {
    const before = await checkpoint('time_entries');
    const reset = await state('state reset time_entries --yes');
    expect(reset.text).toContain(`✓ time_entries: cursor ${before.cursor} → none`);
    const after = await checkpoint('time_entries');
    expect(after).toMatchObject({ version: before.version + 1, cursor: null });
    expect(Object.keys(after.state)).toEqual(['months']);
    await state(undoOf(reset));
    expect(await checkpoint('time_entries')).toMatchObject({
      version: before.version + 2,
      cursor: before.cursor,
    });
    const noted = await office.query(
      "SELECT command, outcome FROM _sync_runs WHERE command LIKE 'state%' ORDER BY started_at",
    );
    expect(noted.slice(-2)).toEqual([
      ['state reset', 'ok'],
      ['state import', 'ok'],
    ]);
  });

  it('sets a cursor, after which the next sync asks for what changed since then', async () => {
    const set = await state('state set invoices --cursor 2026-02-01T10:00:00+01:00 --yes');
    expect(set.text).toContain('→ 2026-02-01T09:00:00Z');
    const run = await office.sync({ streams: ['invoices'] });
    expect(run.requests.some((url) => url.includes('updated_since=2026-02-01T08%3A50%3A00Z'))).toBe(true);
    expect(await office.differences({ streams: ['invoices'] })).toEqual([]);
  });

  it.each([
    ['state set invoices', 'takes one stream and --cursor'],
    ['state set invoices --cursor soon', 'is no instant'],
    ['state set invoices --cursor 2999-01-01', 'lies in the future'],
    ['state set invoice_messages --cursor 2026-01-01', 'is not read by what changed'],
    ['state reset', 'takes the streams'],
    ['state import', 'takes a file'],
    ['state prune', 'takes a day'],
    ['state export clients', 'writes all checkpoints'],
    ['state unlock clients', 'takes nothing beside it'],
    ['state rest', 'There is no action rest'],
  ])('%s is refused', async (line, told) => {
    const { error } = await state(`${line} --yes`);
    expect(error).toMatchObject({ code: 'USAGE_INVALID', message: expect.stringContaining(told) });
  });

  it('of a stream that was never loaded is refused', async () => {
    const { error } = await state('state set projects --cursor 2026-01-01 --yes');
    expect(error).toMatchObject({ code: 'STREAM_NOT_LOADED' });
  });
});

describe('state import', () => {
  let good = '';
  let rows = 0;
  let kept: readonly string[] = [];

  it('brings back an older state, after which the tables equal Harvest again, what was owed since included', async () => {
    const { account } = office.sandbox;
    await state('state export --file old.json');
    const client = pick(office, 'clients').id;
    account.clock.advance(86_400_000);
    account.update('clients', client, { name: 'Renamed & Co' });
    const old = pick(office, 'time_entries', (entry) => String(entry['spent_date']) < '2025-12-01');
    account.update('time_entries', old.id, { hours: 1.25 });
    account.remove('invoices', pick(office, 'invoice_messages')['invoice_id'] as number);
    // the report and the messages are left with what they owe
    await office.sync({ streams: ['clients', 'time_entries', 'invoices'] });
    const imported = await state('state import --file old.json --yes');
    expect(imported.text).toContain('✓ time_entries');
    account.clock.advance(3_600_000);
    await office.sync({ streams: STREAMS });
    expect(await office.differences({ streams: STREAMS })).toEqual([]);
    good = (await state('state export')).text;
    rows = await numberOf(office, STATES);
    kept = await readdir(join(dirname(office.path), '.harvest-bq'));
  });

  it.each([
    ['of another connector', { HARVEST_BQ_CONNECTOR: 'other' }, (text: string) => text, 'STATE_FILE_FOREIGN'],
    [
      'of another account',
      {},
      (text: string) => text.replace(/"account_id": "\d+"/, '"account_id": "1"'),
      'STATE_FILE_FOREIGN',
    ],
    [
      'of a newer form',
      {},
      (text: string) => text.replace('"format_version": 1', '"format_version": 2'),
      'STATE_FILE_NEWER',
    ],
    ['that was cut', {}, (text: string) => text.slice(0, -20), 'STATE_FILE_INVALID'],
    ['of another kind', {}, () => '{"name": "x"}', 'STATE_FILE_INVALID'],
    [
      'with a cursor of another form',
      {},
      (text: string) => text.replace(/"cursor": "2026/, '"cursor": "26'),
      'STATE_FILE_INVALID',
    ],
    [
      'with a stream that does not exist',
      {},
      (text: string) => text.replace('"stream": "clients"', '"stream": "clinets"'),
      'STATE_FILE_INVALID',
    ],
    [
      'with notes of another form',
      {},
      (text: string) => text.replace(/"sweptAt": "[^"]+"/, '"sweptAt": 7'),
      'STATE_FILE_INVALID',
    ],
    [
      'with a stream twice',
      {},
      (text: string) => text.replace('"stream": "clients"', '"stream": "invoices"'),
      'STATE_FILE_INVALID',
    ],
  ] as const)('refuses a file %s', async (_name, env, change, code) => {
    const folder = dirname(office.path);
    await writeFile(join(folder, 'bad.json'), change(good));
    const { error } = await state('state import --file bad.json --yes', env);
    expect(error).toMatchObject({ code, exitCode: 2 });
  });

  it('that was refused has touched nothing', async () => {
    expect(await numberOf(office, STATES)).toBe(rows);
    expect(await readdir(join(dirname(office.path), '.harvest-bq'))).toEqual(kept);
  });

  it('leaves a stream alone whose first load is under way', async () => {
    await writeFile(join(dirname(office.path), 'good.json'), good);
    const { version } = await checkpoint('invoices');
    await byHand(office.path, [
      `INSERT INTO _sync_state SELECT stream, version + 1, NULL, '{"load": {"startedAt": "2026-03-10T09:00:00Z"}}', run_id, committed_at FROM _sync_state WHERE stream = 'invoices' AND version = ${version}`,
    ]);
    await state('state import --file good.json --yes');
    expect(await checkpoint('invoices')).toMatchObject({ version: version + 1, cursor: null });
    await byHand(office.path, [`DELETE FROM _sync_state WHERE stream = 'invoices' AND version > ${version}`]);
  });

  it('into a warehouse that is made anew takes the erasures, and leaves the loading to the next sync', async () => {
    const folder = dirname(office.path);
    const file = JSON.parse((await state('state export')).text) as { erasures: unknown[] };
    file.erasures.push({ kind: 'contact', recordId: '42', digests: ['0a1b'] });
    await writeFile(join(folder, 'erased.json'), JSON.stringify(file));
    const path = join(folder, 'new.duckdb');
    const { text } = await state('state import --file erased.json --yes', {
      HARVEST_BQ_DESTINATION_PATH: path,
    });
    expect(text).toContain('1 erasure taken over');
    const { data } = await state('state show -o json', { HARVEST_BQ_DESTINATION_PATH: path });
    expect((data as { states: { stream: string }[] }).states.map(({ stream }) => stream)).toEqual([
      '_account',
    ]);
  });
});

describe('state unlock', () => {
  const owner = {
    owner: 'harvest-bq sync (test)',
    started: '2026-03-10T09:00:00.000Z',
    run_id: 'lost',
    command: 'sync',
  };
  const lock = (pid: number): Promise<void> =>
    writeFile(`${office.path}.lock`, `${JSON.stringify({ ...owner, host: hostname(), pid })}\n`);

  it('gives back a lock whose owner is gone, and writes down that its run crashed', async () => {
    await lock(2 ** 22 + 1);
    expect((await state('state unlock')).text).toContain('The lock of run lost');
    expect(await office.query("SELECT outcome FROM _sync_runs WHERE run_id = 'lost'")).toEqual([['crashed']]);
    expect((await state('state unlock')).text).toContain('Nobody holds the lock');
  });

  it('leaves one alone whose owner is at work', async () => {
    await lock(process.ppid);
    expect((await state('state unlock')).error).toMatchObject({ code: 'RUN_LOCKED', exitCode: 7 });
    await rm(`${office.path}.lock`);
  });
});

describe('state prune', () => {
  it('forgets versions that had ended and checkpoints that others follow, and nothing that says how things are', async () => {
    const open = 'SELECT count(*) FROM clients_history WHERE _valid_to IS NULL';
    const ended = 'SELECT count(*) FROM clients_history WHERE _valid_to IS NOT NULL';
    const before = await checkpoint('time_entries');
    const count = await numberOf(office, open);
    expect(await numberOf(office, ended)).toBeGreaterThan(0);
    const { text } = await state('state prune --history-before 2999-01-01 --yes');
    expect(text).toMatch(/✓ clients_history: \d+ forgotten/);
    expect(text).toMatch(/✓ _sync_state: \d+ forgotten/);
    expect(await numberOf(office, ended)).toBe(0);
    expect(await numberOf(office, open)).toBe(count);
    expect(await checkpoint('time_entries')).toEqual(before);
    expect((await state('state prune --history-before 2020-01-01 --yes')).text).toContain(
      'Nothing had ended',
    );
  });
});

describe('backfill', () => {
  it('shows what it would read before it asks, and reads it once it may', async () => {
    const line = 'backfill time_entries time_clients --from 2026-01-01 --to 2026-02-28';
    const refused = await state(line);
    expect(refused.error).toMatchObject({ code: 'USAGE_CONFIRMATION' });
    expect(refused.told).toMatch(
      /time_entries · 2 slices \(2026-01 … 2026-02\) · \d+ records · cursor \S+ stays/,
    );
    expect(refused.told).toMatch(/time_clients · 2 months/);
    const done = await state(`${line} --yes -q`);
    expect(done.data).toMatchObject({ command: 'backfill', outcome: 'ok', backfill: { slice: 'month' } });
    const { backfill } = done.data as { backfill: { id: string } };
    expect((await state(`backfill --resume ${backfill.id}`)).text).toContain('is complete');
  });

  it.each([
    ['backfill time_entries', 'USAGE_INVALID', '--from and --to'],
    ['backfill --from 2026-01-01 --to 2026-01-31', 'USAGE_INVALID', 'takes the streams'],
    ['backfill time_entries --from 2026-02-01 --to 2026-01-31', 'USAGE_RANGE', 'upside down'],
    ['backfill time_entries --from 2026-02-30 --to 2026-03-31', 'USAGE_INVALID', 'must be a date'],
    [
      'backfill clients invoice_messages --from 2026-01-01 --to 2026-01-31',
      'USAGE_INVALID',
      'clients has no dates; invoice_messages is read for each',
    ],
    [
      'backfill time_entries --from 2000-01-01 --to 2026-01-31 --slice day',
      'USAGE_RANGE',
      'about 9527 slices',
    ],
    ['backfill --resume nothing', 'USAGE_INVALID', 'There is no backfill nothing'],
    ['backfill time_entries --resume x', 'USAGE_INVALID', 'nothing beside it'],
  ])('%s is refused with %s', async (line, code, told) => {
    const { error } = await state(`${line} --yes`);
    expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringContaining(told) });
  });

  it('is refused before start_date', async () => {
    const { error } = await state('backfill expenses --from 2025-01-01 --to 2026-01-31 --yes', {
      HARVEST_BQ_START_DATE: '2026-01-01',
    });
    expect(error).toMatchObject({
      code: 'USAGE_RANGE',
      message: expect.stringContaining('rows before 2026-01-01'),
    });
  });
});
