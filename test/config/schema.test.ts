import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { DEFAULT_HISTORY } from '../../src/catalog/history.ts';
import { listEnvironmentVariables, renderConfigReference } from '../../src/config/describe.ts';
import {
  findSchemaProblems,
  listConfigKeys,
  loadConfigSchema,
  type SchemaNode,
} from '../../src/config/schema.ts';
import type { Tree } from '../../src/config/tree.ts';
import { expectGolden } from '../support/golden.ts';

const schema = loadConfigSchema();
const keys = listConfigKeys(schema);

describe('config.schema.json', () => {
  it('has a title, a description, a default, examples and a sentence for mistakes on every key', () => {
    const incomplete = keys.filter(({ node }) => {
      const hasDefault = node.default !== undefined || node['x-default'] !== undefined;
      const texts = [node.title, node.description, node['x-expected']];
      return !hasDefault || (node.examples ?? []).length === 0 || texts.some((text) => (text ?? '') === '');
    });
    expect(incomplete.map(({ path }) => path)).toEqual([]);
  });

  it('accepts every default and every example of its own', () => {
    const ajv = new Ajv({ allowUnionTypes: true });
    ajv.addVocabulary(['x-secret', 'x-expected', 'x-default', 'x-key']);
    for (const { path, node } of keys) {
      const values = [...(node.default === undefined ? [] : [node.default]), ...(node.examples ?? [])];
      const validate = ajv.compile(node as object);
      const refused = values.filter((value) => !isReference(value) && !isSection(node) && !validate(value));
      expect({ path, refused }).toEqual({ path, refused: [] });
    }
  });

  it('accepts every key at once, of both kinds of destination', () => {
    const document = parse(DOCUMENTED) as Tree;
    expect(publishedProblems(document)).toEqual([]);
    const filled = { ...document, harvest: { ...(document['harvest'] as Tree), account_id: 123456 } };
    expect(findSchemaProblems(schema, filled)).toEqual([]);
  });

  it('says plainly which keys do nothing yet', () => {
    const later = keys
      .filter(({ node }) => /not in effect yet/i.test(node.description ?? ''))
      .map(({ path }) => path);
    expect(later).toEqual([]);
  });

  it('keeps a history of the streams that are said to have one', () => {
    expect(keys.find(({ path }) => path === 'sync.history')?.node.default).toEqual(DEFAULT_HISTORY);
  });

  it('gives every scalar key but the version its own environment variable', () => {
    const twins = keys.flatMap(({ twin }) => (twin === null ? [] : [twin]));
    expect(new Set(twins).size).toBe(twins.length);
    expect(twins).toContain('HARVEST_BQ_HARVEST_BASE_URL');
    expect(twins).toContain('HARVEST_BQ_HARVEST_LIMITS_GENERAL');
    expect(twins).toContain('HARVEST_BQ_DESTINATION_PATH');
    expect(twins).toContain('HARVEST_BQ_START_DATE');
    const without = keys
      .filter(({ twin, types }) => twin === null && !types.includes('object'))
      .map(({ path }) => path);
    expect(without).toEqual([
      'version',
      'sync.history',
      'streams.include',
      'streams.exclude',
      'streams.overrides.<stream>.columns.include',
      'streams.overrides.<stream>.columns.exclude',
      'streams.overrides.<stream>.columns.add.<property>',
      'streams.overrides.<stream>.columns.hash',
    ]);
  });
});

describe('harvest-bq.example.yaml', () => {
  it('passes the schema and opens with the line that gives editors completion', async () => {
    const text = await readFile('config/harvest-bq.example.yaml', 'utf8');
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/config\.schema\.json\n/);
    expect(publishedProblems(parse(text))).toEqual([]);
  });

  it('mentions every key', async () => {
    const text = await readFile('config/harvest-bq.example.yaml', 'utf8');
    const names = new Set(keys.map(({ path }) => path.slice(path.lastIndexOf('.') + 1)));
    for (const free of ['<stream>', '<property>']) names.delete(free);
    expect([...names].filter((name) => !new RegExp(`\\b${name}:`).test(text))).toEqual([]);
  });
});

describe('renderConfigReference', () => {
  it('is what docs/configuration.md says', () => {
    expectGolden('docs/configuration.md', renderConfigReference(keys));
  });

  it('lists the variables of the program before the twins of the keys', () => {
    const variables = listEnvironmentVariables(keys);
    expect(variables.slice(0, 5).map(({ name }) => name)).toEqual([
      'HARVEST_BQ_CONFIG',
      'HARVEST_ACCOUNT_ID',
      'HARVEST_ACCESS_TOKEN',
      'HARVEST_BQ_SECRET_MANAGER_ENDPOINT',
      'HARVEST_BQ_CONNECTOR',
    ]);
  });
});

/** What an editor would underline: the file as it is written, against the schema as it is published. */
function publishedProblems(document: unknown): unknown {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  ajv.addVocabulary(['x-secret', 'x-expected', 'x-default', 'x-key']);
  const validate = ajv.compile(JSON.parse(readFileSync('config/config.schema.json', 'utf8')) as object);
  validate(document);
  return validate.errors ?? [];
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('${');
}

function isSection(node: SchemaNode): boolean {
  return node.type === 'object';
}

const DOCUMENTED = `
version: 1
connector: acme
harvest:
  account_id: \${HARVEST_ACCOUNT_ID}
  access_token: sm://acme-data/harvest-token#latest
  oauth: { client_id: a, client_secret: env://A, refresh_token: env://B }
  base_url: https://api.harvestapp.com/v2
  identity_url: https://id.getharvest.com
  user_agent: Acme data team (data@acme.example)
  limits: { general: off, reports: 90 }
  visibility: full
start_date: 2020-01-01
destination:
  type: bigquery
  project: acme-data
  dataset: harvest_acme
  location: EU
  staging_dataset: _harvest_staging
  maximum_bytes_billed: 10GB
  impersonate_service_account:
  api_endpoint:
  path: harvest_acme.duckdb
sync:
  concurrency: 8
  overlap: 10m
  sweep_every: 7d
  sweep_children_every: 30d
  restate_months: 3
  deletes: remove
  on_invalid: reject
  history: [users, clients]
  hash_key: sm://acme-data/harvest-hash-key
streams:
  include: ["*"]
  exclude: [cost_rates, "estimate*"]
  overrides:
    time_entries: { columns: { exclude: [notes] } }
    users: { columns: { include: [first_name], hash: [email] } }
`;
