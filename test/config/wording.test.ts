import { describe, expect, it } from '@jest/globals';
import { minimalConfig, saidOf } from '../support/config-folder.ts';

const BROKEN_FILES = [
  ['an empty file', '', '1:1   is empty; begin with version: 1, or copy config/harvest-bq.example.yaml'],
  [
    'nothing but comments',
    '# later\n',
    '1:1   is empty; begin with version: 1, or copy config/harvest-bq.example.yaml',
  ],
  ['a list', '- a\n- b\n', '1:1   must be a mapping of settings that begins with version: 1'],
  ['a word', 'hello\n', '1:1   must be a mapping of settings that begins with version: 1'],
  ['a tab', 'version: 1\nsync:\n\toverlap: 10m\n', '3:1   is indented with a tab; YAML wants spaces'],
  [
    'an open quote',
    'version: 1\nconnector: "acme\n',
    '3:1   lacks a closing quote or bracket, or a colon or comma',
  ],
  [
    'wrong indentation',
    'version: 1\nsync:\n  overlap: 1m\n concurrency: 1\n',
    '4:1   is not indented like the lines around it',
  ],
  ['a second colon', 'version: 1\nconnector: a: b\n', '2:12   has a second colon; quote the value'],
  [
    'two documents',
    'version: 1\n---\nversion: 1\n',
    '2:1   begins a second document; a configuration is one',
  ],
  ['a tag', 'version: !int 1\n', '1:10   has a tag (!name), which is not used here'],
  ['bytes that are no text', new Uint8Array([0x76, 0xff, 0xfe]), 'file   is not UTF-8 text'],
  ['a huge file', `#${'x'.repeat(1_000_001)}`, 'file   is larger than 1 MB, which no configuration is'],
] as const;

const BASICS = [
  ['version', 'version: 1', 'version: 2', '1:1   version   is 2, must be 1'],
  ['no version', 'version: 1\n', '', '1:1   version   is missing, must be 1'],
  [
    'connector',
    'acme',
    'Acme-Corp',
    '2:1   connector   is "Acme-Corp", must be a name of small letters, digits and underscores such as acme',
  ],
  [
    'account',
    '123456',
    'acme',
    '4:3   harvest.account_id   is "acme", must be the number of the account such as 123456',
  ],
  [
    'no account',
    '  account_id: 123456\n',
    '',
    '3:1   harvest.account_id   is missing: give it here or as HARVEST_BQ_HARVEST_ACCOUNT_ID',
  ],
  [
    'no token',
    '  access_token: env://TOKEN\n',
    '',
    '3:1   harvest.access_token   is missing: give it here, or harvest.oauth, or HARVEST_BQ_HARVEST_ACCESS_TOKEN',
  ],
  [
    'bad reference',
    'env://TOKEN',
    'sm://a/b/c',
    '5:3   harvest.access_token   is not a reference of the form env://NAME, file:///path or sm://project/name#version',
  ],
  ['section', /harvest:[^]*/, 'harvest: yes\n', '3:1   harvest   is "yes", must be a mapping of settings'],
] as const;

const LINES = [
  ['start_date: 2023-02-29', '6:1   start_date   is "2023-02-29", a day that does not exist'],
  ['start_date: yesterday', '6:1   start_date   is "yesterday", must be a date such as 2020-01-31'],
  [
    'start_date: 2026-11-21',
    '6:1   start_date   is "2026-11-21", which lies in the future (today is 2026-11-20 in UTC)',
  ],
  ['sync: { overlap: 600 }', '6:9   sync.overlap   is 600, must be a duration such as 10m'],
  [
    'sync: { overlap: 99999999999999999d }',
    '6:9   sync.overlap   is "99999999999999999d", which is too large',
  ],
  ['sync: { timeout: 0m }', '6:9   sync.timeout   is "0m", must be a duration such as 50m'],
  ['sync: { concurrency: 0 }', '6:9   sync.concurrency   is 0, must be a whole number from 1 to 64'],
  ['sync: { concurrency: 2.5 }', '6:9   sync.concurrency   is 2.5, must be a whole number from 1 to 64'],
  ['sync: { concurrency: [1] }', '6:9   sync.concurrency   is a list, must be a whole number from 1 to 64'],
  ['sync: { restate_months: 0 }', '6:9   sync.restate_months   is 0, must be a whole number, 1 or more'],
  ['sync: { deletes: drop }', '6:9   sync.deletes   is "drop", must be remove, mark or keep'],
  ['sync: { on_invalid: false }', '6:9   sync.on_invalid   is false, must be reject or fail'],
  ['sync: { sweep_every: weekly }', '6:9   sync.sweep_every   is "weekly", must be a duration such as 7d'],
  [
    'sync: { sweep_children_every: 1 }',
    '6:9   sync.sweep_children_every   is 1, must be a duration such as 30d',
  ],
  [
    'sync: { history: users }',
    '6:9   sync.history   is "users", must be a list of streams such as [users, clients]',
  ],
  [
    'sync: { hash_key: 12 }',
    '6:9   sync.hash_key   must be a reference such as ${HARVEST_HASH_KEY}, env://NAME, file:///path or sm://project/name',
  ],
  [
    'destination: { type: bigquery }',
    '6:1   destination.project   is missing: BigQuery needs it, here or as HARVEST_BQ_DESTINATION_PROJECT',
  ],
  [
    'destination: { type: bigquery, project: acme, dataset: _tables }',
    '6:47   destination.dataset   is "_tables", which would hide the tables; begin with a letter or digit',
  ],
  [
    'destination: { type: bigquery, project: acme, dataset: same, staging_dataset: same }',
    '6:62   destination.staging_dataset   is "same", where the tables are; temporary ones need another dataset',
  ],
  [
    'destination: { type: bigquery, project: acme, staging_dataset: harvest_acme }',
    '6:47   destination.staging_dataset   is "harvest_acme", where the tables are; temporary ones need another dataset',
  ],
  [
    'destination: { api_endpoint: "http://bigquery.example" }',
    '6:16   destination.api_endpoint   is "http://bigquery.example", over which the token would travel in clear; use https, or an address of this machine',
  ],
  [
    'destination: { api_endpoint: "https://me:secret@bigquery.example" }',
    '6:16   destination.api_endpoint   must not hold a user name or password',
  ],
  [
    'destination: { maximum_bytes_billed: 99MB }',
    '6:16   destination.maximum_bytes_billed   is "99MB", must be 100MB or more: BigQuery bills every table that a job refers to with at least 10 MiB',
  ],
  ['destination: { type: postgres }', '6:16   destination.type   is "postgres", must be duckdb or bigquery'],
  [
    'destination: { path: [a] }',
    '6:16   destination.path   is a list, must be the path of a file such as harvest_acme.duckdb',
  ],
  [
    'destination: { maximum_bytes_billed: ten }',
    '6:16   destination.maximum_bytes_billed   is "ten", must be a size such as 10GB',
  ],
  [
    'streams: { include: clients }',
    '6:12   streams.include   is "clients", must be a list of streams such as [clients, "invoice*"]',
  ],
  [
    'streams: { include: [] }',
    '6:12   streams.include   is a list, must be a list of streams such as [clients, "invoice*"]',
  ],
  [
    'streams: { exclude: [a, 7] }',
    '6:25   streams.exclude[1]   is 7, must be the name of a stream or a pattern such as "estimate*"',
  ],
  [
    'streams: { overrides: { users: { columns: { only: [a] } } } }',
    '6:45   streams.overrides.users.columns.only   is not a setting',
  ],
  [
    'streams: { overrides: { users: { columns: { hash: [email] } } } }',
    '6:45   streams.overrides.users.columns.hash   needs a key: set sync.hash_key',
  ],
  ['concurrency: 4', '6:1   concurrency   is not a setting. Did you mean sync.concurrency?'],
  ['__proto__: { a: 1 }', '6:1   __proto__   is not a setting'],
  ['streams: *x', '6:10   streams   uses an alias (*name) for which there is no anchor (&name) before it'],
  ['1: a', '6:1   has a key that is not a word'],
  ['connector: b', '6:1   connector   is given twice, first in line 2'],
  [
    'start_date: ${START-2020}',
    '6:13   start_date   holds a ${ that begins neither ${NAME} nor ${NAME:-default}; write $${ for a literal one',
  ],
] as const;

const HARVEST_LINES = [
  [
    'base_url: api.harvestapp.com',
    'is "api.harvestapp.com", must be an address such as https://api.harvestapp.com/v2',
  ],
  [
    'base_url: http://harvest.example/v2',
    'is "http://harvest.example/v2", over which the token would travel in clear; use https, or an address of this machine',
  ],
  [
    'base_url: http://localhost.example/v2',
    'is "http://localhost.example/v2", over which the token would travel in clear; use https, or an address of this machine',
  ],
  ['base_url: https://u:geheim@harvest.example', 'must not hold a user name or password'],
  ['base_url: https://harvest.example/?a=1', 'must not hold a ? or #'],
  ['base_url: "https://"', 'is "https://", which is not an address'],
  [
    'identity_url: http://id.example',
    'is "http://id.example", over which the token would travel in clear; use https, or an address of this machine',
  ],
  [
    'user_agent: Büro',
    'is "Büro", must be a name and a contact in plain ASCII such as Acme data team (data@acme.example)',
  ],
  ['visibility: all', 'is "all", must be full or partial'],
  ['limits: 50', 'is 50, must be a mapping such as { general: 90, reports: 90 }'],
] as const;

const LIMITS = [
  ['general', 'off', 'is "off", must be a whole number from 1 to 100 for Harvest\'s own server'],
  ['reports', '101', "is 101, must be a whole number from 1 to 100 for Harvest's own server"],
  ['general', '0', "is 0, must be a whole number from 1 to 100, or off for a server that is not Harvest's"],
  [
    'reports',
    'none',
    'is "none", must be a whole number from 1 to 100, or off for a server that is not Harvest\'s',
  ],
] as const;

describe('a mistake in the file', () => {
  it.each(BROKEN_FILES)('is told plainly: %s', async (_name, content, said) => {
    expect(await saidOf(content)).toBe(said);
  });

  it.each(BASICS)('is told for the basic keys: %s', async (_name, from, to, said) => {
    expect(await saidOf(minimalConfig().replace(from, to))).toBe(said);
  });

  it.each(LINES)('is told for the line %s', async (line, said) => {
    expect(await saidOf(minimalConfig(`${line}\n`))).toBe(said);
  });

  it.each(HARVEST_LINES)('is told for harvest.%s', async (line, said) => {
    const key = line.slice(0, line.indexOf(':'));
    expect(await saidOf(minimalConfig(`  ${line}\n`))).toBe(`6:3   harvest.${key}   ${said}`);
  });

  it.each(LIMITS)('is told for harvest.limits.%s: %s', async (key, value, said) => {
    const text = minimalConfig(`  limits: { ${key}: ${value} }\n`);
    expect(await saidOf(text)).toBe(`6:13   harvest.limits.${key}   ${said}`);
  });
});
