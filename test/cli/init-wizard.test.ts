import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { expectGolden } from '../support/golden.ts';
import { json, startServer, type ScriptedServer } from '../support/http-server.ts';
import { startVault } from '../support/vault.ts';
import { converse, KEY, type Conversation } from './support/conversation.ts';
import { temporaryFolder } from './support/run-cli.ts';

const { enter, down, space, stop } = KEY;
const now = new Date('2026-11-29T12:00:00Z');

let sandbox: Sandbox;
let google: ScriptedServer;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
  google = await startServer(({ url }) => {
    const { pathname } = new URL(url, 'http://google');
    if (pathname === '/bigquery/v2/projects') {
      const projects = ['acme-data', 'acme-old'].map((projectId) => ({ projectReference: { projectId } }));
      return json({ projects });
    }
    if (pathname === '/bigquery/v2/projects/acme-data/datasets') {
      return json({
        datasets: [{ datasetReference: { datasetId: 'sales' }, location: 'europe-west3' }],
      });
    }
    return json({ error: { code: 403, message: 'bigquery.datasets.get denied' } }, 403);
  });
});

afterAll(async () => {
  await sandbox.close();
  await google[Symbol.asyncDispose]();
});

function start(line: string, cwd: string, more: Readonly<Record<string, string>> = {}): Conversation {
  const env = {
    HARVEST_BQ_HARVEST_BASE_URL: sandbox.baseUrl,
    HARVEST_BQ_HARVEST_IDENTITY_URL: sandbox.identityUrl,
    HARVEST_BQ_DESTINATION_API_ENDPOINT: google.origin,
    ...more,
  };
  return converse(line, { cwd, env, now });
}

async function read(folder: string): Promise<string> {
  return readFile(join(folder, 'config/harvest-bq.yaml'), 'utf8');
}

describe('the wizard', () => {
  it('needs a token and a few times Enter for a DuckDB file', async () => {
    await using folder = await temporaryFolder();
    const talk = start('init', folder.path);
    await talk.answer('Harvest access token', sandbox.tokens.administrator, enter);
    await talk.answer('signed in as');
    await talk.answer('Name of this connector', enter);
    await talk.answer('Where do the tables go?', enter);
    await talk.answer('File', enter);
    await talk.answer('Where should the token live?', enter);
    await talk.answer('First day', enter);
    await talk.answer('Streams', enter);
    await talk.answer('name or describe persons', enter);
    await talk.answer('are money', enter);
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    const { text, exitCode } = await talk.ended;
    expect(exitCode).toBe(0);
    expect(text).toContain('read -rs HARVEST_ACCESS_TOKEN && export HARVEST_ACCESS_TOKEN');
    expect(await read(folder.path)).toContain('access_token: ${HARVEST_ACCESS_TOKEN}');
    expectGolden('test/golden/screens/init.txt', `${talk.screen().join('\n')}\n\n${text}\n`);
    for (const shown of [talk.text(), text, await read(folder.path)])
      expect(shown).not.toContain(sandbox.tokens.administrator);
  });

  it('offers what Google shows, and stores the token in Secret Manager', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    const talk = start('init --connector acme', folder.path, {
      HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint,
    });
    await talk.answer('Harvest access token', sandbox.tokens.administrator, enter);
    await talk.answer('Where do the tables go?', down, enter);
    await talk.answer('BigQuery project', enter);
    await talk.answer('will be made by the first run', enter);
    await talk.answer('Location of the dataset', enter);
    await talk.answer('Where should the token live?', enter);
    await talk.answer('Secret to make', enter);
    await talk.answer('First day', '2020-01-01', enter);
    await talk.answer('Streams', down, enter);
    // billable_rates is the first of the list, and comes off it
    await talk.answer('Which?', space, enter);
    await talk.answer('name or describe persons', down, enter);
    await talk.answer('are money', down, enter);
    await talk.answer('the first run makes the dataset harvest_acme, unless it is there');
    await talk.answer('streams: all, without billable_rates');
    await talk.answer('from 2020-01-01 on');
    await talk.answer('the token goes into sm://acme-data/harvest-acme-token');
    await talk.answer('the hash key goes into sm://acme-data/harvest-acme-hash-key');
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    const { exitCode } = await talk.ended;
    expect(exitCode).toBe(0);
    expect(vault.valuesOf('acme-data/harvest-acme-token')).toEqual([sandbox.tokens.administrator]);
    const text = await read(folder.path);
    for (const line of [
      'project: acme-data',
      'dataset: harvest_acme',
      'location: EU',
      'start_date: 2020-01-01',
      'access_token: sm://acme-data/harvest-acme-token#latest',
      'exclude: [billable_rates]',
      'hash: [first_name, last_name, email, telephone, avatar_url]',
    ])
      expect(text).toContain(line);
  });

  it('writes variables into the file where Secret Manager refuses', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    vault.refuseWrites({ status: 403, word: 'PERMISSION_DENIED', message: 'secrets.create denied' });
    const line =
      'init --connector acme --destination duckdb --path a.duckdb --start-date 2020-01-01 --streams users --personal hash --commercial keep --from-env --store-token secret-manager --secret sm://acme-data/token';
    const talk = start(line, folder.path, {
      HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint,
      HARVEST_ACCOUNT_ID: sandbox.accountId,
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
    });
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.answer('sm://acme-data/token cannot be made: secrets.create denied');
    await talk.answer('Refer to environment variables instead?', enter);
    await talk.answer('token ← ${HARVEST_ACCESS_TOKEN}');
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    const { text } = await talk.ended;
    expect(text).toContain('export HARVEST_HASH_KEY=$(openssl rand -hex 32)');
    const file = await read(folder.path);
    expect(file).toContain('access_token: ${HARVEST_ACCESS_TOKEN}');
    expect(file).toContain('hash_key: ${HARVEST_HASH_KEY}');
    expect(await readdir(join(folder.path, 'config'))).toEqual(['config.schema.json', 'harvest-bq.yaml']);
  });

  it('keeps the token that was stored, and takes a variable for the hash key that could not be', async () => {
    await using folder = await temporaryFolder();
    await using vault = await startVault({});
    const denied = { status: 403, word: 'PERMISSION_DENIED', message: 'secrets.versions.add denied' };
    vault.whenAdded(() => vault.refuseWrites(denied, 'acme-data/token-hash-key'));
    const line =
      'init --connector acme --destination duckdb --path a.duckdb --start-date 2020-01-01 --streams users --personal hash --commercial keep --from-env --store-token secret-manager --secret sm://acme-data/token';
    const env = {
      HARVEST_BQ_SECRET_MANAGER_ENDPOINT: vault.endpoint,
      HARVEST_ACCOUNT_ID: sandbox.accountId,
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
    };
    const left = start(line, folder.path, env);
    await left.answer('Write config/harvest-bq.yaml?', enter);
    await left.answer('Refer to an environment variable for the rest instead?', stop);
    await expect(left.ended).rejects.toThrow('gcloud secrets delete token --project=acme-data');
    const talk = start(line, folder.path, env);
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.answer('The token is in sm://acme-data/token and stays there.');
    await talk.answer('Refer to an environment variable for the rest instead?', enter);
    await talk.answer('token ← sm://acme-data/token#latest');
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.ended;
    const file = await read(folder.path);
    expect(file).toContain('access_token: sm://acme-data/token#latest');
    expect(file).toContain('hash_key: ${HARVEST_HASH_KEY}');
    expect(vault.valuesOf('acme-data/token')).toEqual([sandbox.tokens.administrator]);
  });

  it('takes the location of a dataset that is there', async () => {
    await using folder = await temporaryFolder();
    const talk = start('init --connector acme --personal keep --commercial keep', folder.path, {
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
    });
    await talk.answer('the one in HARVEST_ACCESS_TOKEN', enter);
    await talk.answer('Where do the tables go?', down, enter);
    await talk.answer('BigQuery project', enter);
    await talk.answer('Dataset', down, enter);
    await talk.answer('acme-data.sales is there, in europe-west3');
    await talk.answer('First day', enter);
    await talk.answer('Streams', enter);
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.ended;
    expect(await read(folder.path)).toMatch(/dataset: sales\n.*\n {2}location: europe-west3/);
  });

  it('says why the datasets of a project cannot be seen', async () => {
    await using folder = await temporaryFolder();
    const talk = start('init --connector acme --personal keep --commercial keep --from-env', folder.path, {
      HARVEST_ACCOUNT_ID: sandbox.accountId,
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
    });
    await talk.answer('Where do the tables go?', down, enter);
    await talk.answer('BigQuery project', down, enter);
    await talk.answer('bigquery.datasets.get denied');
    await talk.answer('Names can be typed all the same');
    await talk.answer('Dataset', enter);
    await talk.answer('Location', enter);
    await talk.answer('First day', enter);
    await talk.answer('Streams', enter);
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.ended;
    expect(await read(folder.path)).toContain('project: acme-old');
  });

  it('takes typed names where Google shows none', async () => {
    await using folder = await temporaryFolder();
    const line =
      'init --connector acme --personal keep --commercial keep --start-date 2020-01-01 --streams clients --from-env';
    const talk = start(line, folder.path, {
      HARVEST_ACCOUNT_ID: sandbox.accountId,
      HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator,
      HARVEST_BQ_DESTINATION_API_ENDPOINT: 'http://127.0.0.1:1',
    });
    await talk.answer('Where do the tables go?', down, enter);
    await talk.answer('Names can be typed all the same');
    await talk.answer('BigQuery project', 'Not A Project', enter);
    await talk.answer('must be the id of a Google Cloud project', '\u0015', 'acme-own', enter);
    await talk.answer('Dataset', enter);
    await talk.answer('Location', down, down, enter);
    await talk.answer('Location', 'europe-west6', enter);
    await talk.answer('Write config/harvest-bq.yaml?', enter);
    await talk.ended;
    expect(await read(folder.path)).toMatch(/project: acme-own\n(.*\n)+ {2}location: europe-west6/);
  });

  it('asks again after a token that Harvest refuses, and three times at most', async () => {
    await using folder = await temporaryFolder();
    const talk = start('init', folder.path);
    const ended = expect(talk.ended).rejects.toMatchObject({ code: 'HARVEST_UNAUTHORIZED' });
    await talk.answer('Harvest access token', 'first-wrong', enter);
    await talk.answer('Create one at');
    await talk.answer('Harvest access token', 'second-wrong', enter);
    await talk.answer('Create one at');
    await talk.answer('Harvest access token', 'third-wrong', enter);
    await ended;
    expect(talk.text()).not.toContain('-wrong');
  });

  it('says what a member does not see, and stops where that is not enough', async () => {
    await using folder = await temporaryFolder();
    const talk = start('init', folder.path);
    const ended = expect(talk.ended).rejects.toMatchObject({ code: 'RUN_INTERRUPTED', exitCode: 130 });
    await talk.answer('Harvest access token', sandbox.tokens.member, enter);
    await talk.answer('It would refuse: ');
    await talk.answer('cost_rates');
    await talk.answer('Take what this token may see?', enter);
    await ended;
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ['Harvest access token', 0],
    ['Where do the tables go?', 1],
    ['Write config/harvest-bq.yaml?', 2],
  ])('writes nothing where it is left at: %s', async (question, place) => {
    await using folder = await temporaryFolder();
    const flags =
      '--connector acme --path a.duckdb --start-date 2020-01-01 --streams clients --personal keep';
    const given = place === 2 ? ' --destination duckdb --commercial keep' : '';
    const env =
      place === 0
        ? {}
        : { HARVEST_ACCOUNT_ID: sandbox.accountId, HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator };
    const talk = start(`init ${flags}${given} --from-env`, folder.path, env);
    const ended = expect(talk.ended).rejects.toMatchObject({
      code: 'RUN_INTERRUPTED',
      exitCode: 130,
      message: 'Stopped before the configuration was written.',
    });
    await talk.answer(question, stop);
    await ended;
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('writes nothing where the last question is answered with no', async () => {
    await using folder = await temporaryFolder();
    const line =
      'init --connector acme --destination duckdb --path a.duckdb --start-date 2020-01-01 --streams clients --personal keep --commercial keep --from-env';
    const env = { HARVEST_ACCOUNT_ID: sandbox.accountId, HARVEST_ACCESS_TOKEN: sandbox.tokens.administrator };
    const talk = start(line, folder.path, env);
    const ended = expect(talk.ended).rejects.toMatchObject({ exitCode: 130 });
    await talk.answer('Write config/harvest-bq.yaml?', 'n', enter);
    await ended;
    expect(await readdir(folder.path)).toEqual([]);
  });
});
