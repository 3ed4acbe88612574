import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReportFacts } from '../../src/report/html/facts.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { environmentOf } from '../e2e/support/environment.ts';
import { say, type Said } from './support/in-process.ts';
import { temporaryFolder } from './support/run-cli.ts';

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

const run = (line: string, env: Readonly<Record<string, string>> = {}): Promise<Said> =>
  say(line, { cwd: folder.path, env: { ...environmentOf(sandbox), ...env } });

const factsOf = (said: Said): ReportFacts & { readonly file: string | null } =>
  said.data as ReportFacts & { readonly file: string | null };

beforeAll(async () => {
  [sandbox, folder] = await Promise.all([startSandbox({ size: 'tiny', seed: 3 }), temporaryFolder()]);
  const { faults } = sandbox;
  faults.add({ match: '/v2/clients\\?', do: 'malformed', field: 'vat', value: 'ATU1', times: 0 });
  faults.add({ match: '/v2/tasks\\?', do: 'malformed', field: 'name', value: 7, times: 1 });
  faults.add({ match: '/v2/roles\\?', do: 'status', status: 403, times: 0 });
  await run('sync clients tasks roles users --run-id first');
  await run('sync clients tasks users --run-id second --verify');
}, 60_000);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
  await sandbox.close();
});

describe('report', () => {
  it('is about the newest run, and tells on the screen how it went', async () => {
    const { code, text, data } = await run('report');
    expect(code).toBe(0);
    const [head = '', numbers = ''] = text.split('\n');
    expect(head).toMatch(
      /^harvest_\d+\.duckdb · sync second · ok · \d{4}-\d\d-\d\d \d\d:\d\d UTC · exit 0 \(done\)$/,
    );
    expect(numbers).toMatch(
      /^3 of 3 streams stored · \d+ rows? fetched \(\d+ new, \d+ changed, 0 deleted, 0 rejected\) · \d+ requests · /,
    );
    expect(text).toContain('last comparison with Harvest: equal (run second)');
    expect(text).toContain('1 new field: harvest-bq discover --diff');
    expect(text.split('\n').at(-1)).toBe('As a file   harvest-bq report --html report.html');
    expect(data).toMatchObject({ run: { run_id: 'second', outcome: 'ok', verified: 'equal' }, file: null });
  });

  it('has of an earlier run when its streams were at work, what failed, what was rejected and what is new', async () => {
    const facts = factsOf(await run('report first'));
    expect(facts.run).toMatchObject({ run_id: 'first', outcome: 'partial', exit_code: 5, rows_rejected: 1 });
    const clients = facts.streams.find(({ stream }) => stream === 'clients');
    expect(clients?.rows_inserted).toBe(clients?.rows_loaded);
    const { started_at: start, finished_at: end } = clients ?? {};
    expect(Date.parse(start ?? '')).toBeLessThanOrEqual(Date.parse(end ?? ''));
    expect(Date.parse(start ?? '')).toBeGreaterThanOrEqual(Date.parse(facts.run?.started_at ?? ''));
    expect(facts.failures).toMatchObject([{ code: 'HARVEST_FORBIDDEN', streams: ['roles'] }]);
    expect(facts.failures[0]?.message).toContain('403');
    expect(facts.failures[0]?.next_step).not.toBe('');
    expect(facts.rejects).toMatchObject([{ stream: 'tasks', path: 'name', records: 1 }]);
    expect(facts.drift).toMatchObject([{ stream: 'clients', path: 'vat', types: ['string'] }]);
    expect(facts.verification).toMatchObject({ run_id: 'second', outcome: 'equal', form: 'quick' });
    expect(facts.verification?.compared).toBeGreaterThan(0);
    expect(facts.freshness[0]).toMatchObject({ stream: 'roles', last_outcome: 'failed' });
    expect(facts.runs.map(({ run_id: id }) => id)).toEqual(['second', 'first']);
  });

  it('names what failed with its next step on the screen', async () => {
    const { text } = await run('report first');
    expect(text).toMatch(/\nHARVEST_FORBIDDEN {2}roles\n {2}Harvest answered 403 .*\n {2}Do {4}\S/);
  });

  it('is written as one file that leads nowhere else and holds no secret and no record', async () => {
    await mkdir(join(folder.path, 'out'));
    const { text, data } = await run('report first --html out/report.html');
    expect(text).toMatch(/^✓ out\/report\.html · \d+ kB$/);
    const page = await readFile(join(folder.path, 'out', 'report.html'), 'utf8');
    expect(data).toMatchObject({ file: join(folder.path, 'out', 'report.html') });
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/https?:|src=|<script|<link|@import/i);
    expect(page.match(/href="[^#]/g)).toBeNull();
    expect(page).not.toContain(sandbox.tokens.administrator);
    expect(page).toContain('HARVEST_FORBIDDEN');
    // the record that was rejected stands in _rejects; its values are not repeated
    expect(page).not.toContain('billable_by_default');
    const piped = await run('report first --html -');
    expect(piped.text).toMatch(/^<!doctype html>[^]*<\/html>$/);
  });

  it('is shown by the program that this machine has for it', async () => {
    const path = join(folder.path, 'programs');
    await mkdir(path);
    for (const name of ['xdg-open', 'open']) {
      await writeFile(join(path, name), `#!/bin/sh\nprintf %s "$1" > '${join(path, 'opened')}'\n`);
      await chmod(join(path, name), 0o755);
    }
    const PATH = `${path}${delimiter}${process.env['PATH'] ?? ''}`;
    const shown = await run('report --open', { PATH });
    expect(shown.text).toMatch(/^✓ \.harvest-bq\/report-second\.html · /);
    const file = factsOf(shown).file ?? '';
    expect(await readFile(join(path, 'opened'), 'utf8')).toBe(file);
    expect(await readFile(file, 'utf8')).toContain('<h1>');
  });

  it.each([
    ['report third', 2, 'USAGE_INVALID', 'knows of no run third'],
    ["report a'b", 2, 'USAGE_INVALID', "a'b cannot be the id of a run"],
    ['report --html - -o json', 2, 'USAGE_INVALID', '--html - and -o json both want stdout'],
    ['report --html - --open', 2, 'USAGE_INVALID', '--open needs a file'],
    ['report --html /dev/null/report.html', 2, 'USAGE_INVALID', 'cannot be written'],
  ])('%s ends with %d and says why', async (line, code, errorCode, words) => {
    const said = await run(line);
    expect(said).toMatchObject({ code, error: { code: errorCode } });
    expect(said.error?.message).toContain(words);
    expect(said.error?.hint).not.toBe('');
  });

  it('says which command fills a warehouse that is not there', async () => {
    await using empty = await temporaryFolder();
    const said = await say('report', { cwd: empty.path, env: environmentOf(sandbox) });
    expect(said.error?.code).toBe('WAREHOUSE_MISSING');
  });
});
