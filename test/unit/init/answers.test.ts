import { describe, expect, it } from '@jest/globals';
import { loadConfigSchema } from '../../../src/config/schema.ts';
import { streamLists } from '../../../src/cli/init/ask-streams.ts';
import { assertGiven, missingFlags, problemOf, readGiven } from '../../../src/cli/init/given.ts';
import { connectorName, hashKeySecret, tokenSecret } from '../../../src/cli/init/names.ts';
import { nextCommands } from '../../../src/cli/init/screen.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';

const schema = loadConfigSchema();
const now = new Date('2026-11-29T12:00:00Z');

function given(line: string, env: Readonly<Record<string, string>> = {}) {
  const parsed = parseCommandLine(['init', ...line.split(' ').filter((word) => word !== '')], '0.0.0');
  if (parsed.kind !== 'command') throw new Error(line);
  return readGiven(parsed.invocation.flags, new Map(Object.entries(env)));
}

describe('a name that is proposed', () => {
  it.each([
    ['Acme GmbH', 'acme'],
    ['Müller & Söhne AG', 'muller_and_sohne'],
    ['  Ærø/Straße 7 ', 'aero_strasse_7'],
    ['3M', 'm'],
    ['株式会社', 'account_77'],
    [null, 'account_77'],
    ['x'.repeat(60), 'x'.repeat(40)],
  ])('for the company %j is %s', (company, name) => {
    expect(connectorName(company, '77')).toBe(name);
    expect(problemOf('connector', name, schema, now)).toBeNull();
  });

  it('for a secret holds the project and the connector', () => {
    const token = tokenSecret('acme-data', 'acme_europe');
    expect(token).toBe('sm://acme-data/harvest-acme-europe-token');
    expect(hashKeySecret(token)).toBe('sm://acme-data/harvest-acme-europe-hash-key');
    expect(hashKeySecret('sm://p/own#3')).toBe('sm://p/own-hash-key');
  });
});

describe('what is missing where nobody can be asked', () => {
  it.each([
    ['', ['--account-id', '--token-reference', '--destination']],
    ['--destination bigquery', ['--account-id', '--token-reference', '--project', '--location']],
    ['--account-id 1 --token-reference env://T --destination duckdb', []],
    [
      '--account-id 1 --token-reference env://T --destination duckdb --store-token secret-manager',
      ['--secret'],
    ],
  ])('after init %s', (line, flags) => {
    expect(missingFlags(given(line)).map((flag) => flag.split(' ')[0])).toEqual(flags);
  });

  it('is not what the environment says, where it is asked for', () => {
    const env = { HARVEST_ACCOUNT_ID: '7', HARVEST_ACCESS_TOKEN: 'x' };
    expect(missingFlags(given('--destination duckdb --from-env', env))).toEqual([]);
    expect(missingFlags(given('--destination duckdb', env))).toHaveLength(2);
  });
});

describe('a flag of init', () => {
  const problems = (line: string): string => {
    try {
      assertGiven(given(line), schema, now);
      return '';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each([
    ['--account-id 12', ''],
    ['--account-id twelve', '--account-id is "twelve", must be the number of the account such as 123456.'],
    [
      '--start-date 2031-01-01',
      '--start-date is "2031-01-01", which lies in the future (today is 2026-11-29 in UTC).',
    ],
    [
      '--dataset _hidden',
      '--dataset is "_hidden", which would hide the tables; begin with a letter or digit.',
    ],
    [
      '--connector Acme',
      '--connector is "Acme", must be a name of small letters, digits and underscores such as acme.',
    ],
    [
      '--token-reference env://',
      '--token-reference is not a reference of the form env://NAME, file:///path or sm://project/name#version.',
    ],
    [
      '--secret harvest-token',
      '--secret must name a secret and its project, such as sm://acme-data/harvest-token.',
    ],
    ['--destination duckdb --location EU', '--location is only for --destination bigquery.'],
    ['--destination bigquery --path a.duckdb', '--path is only for --destination duckdb.'],
    ['--personal keep --hash-key-reference env://K', '--hash-key-reference is only for --personal hash.'],
    ['--store-token env --secret sm://a/b', '--secret is only for --store-token secret-manager.'],
  ])('%s is answered with: %s', (line, message) => {
    expect(problems(line)).toBe(message);
  });

  it('that holds a token is refused without repeating it', () => {
    expect(problems('--token-reference 123.pt.Geheim')).toMatch(/^--token-reference must be a reference/);
    expect(problems('--token-reference 123.pt.Geheim')).not.toContain('Geheim');
  });

  it('is judged together with all the others', () => {
    expect(problems('--account-id a --project A').split('\n')).toHaveLength(2);
  });
});

describe('streams that were ticked', () => {
  it('are written the shorter way', () => {
    const names = ['a', 'b', 'c', 'd'];
    expect(streamLists(names, names)).toEqual({ include: [], exclude: [] });
    expect(streamLists(['a', 'b', 'c'], names)).toEqual({ include: [], exclude: ['d'] });
    expect(streamLists(['a'], names)).toEqual({ include: ['a'], exclude: [] });
  });
});

describe('the next commands', () => {
  const text = 'access_token: ${HARVEST_ACCESS_TOKEN}\nhash_key: env://HARVEST_HASH_KEY\n';
  const facts = { program: 'harvest-bq', place: '', isTyped: false };

  it('set what is not set yet, and check', () => {
    const next = nextCommands({ text }, { ...facts, variables: new Map([['HARVEST_ACCESS_TOKEN', 'x']]) });
    expect(next).toEqual([
      'export HARVEST_HASH_KEY=$(openssl rand -hex 32)   # and keep it',
      'harvest-bq check',
    ]);
  });

  it('never hold the token, and ask for it again where it was typed', () => {
    const variables = new Map([
      ['HARVEST_ACCESS_TOKEN', 'an older one'],
      ['HARVEST_HASH_KEY', 'k'],
    ]);
    const next = nextCommands({ text }, { ...facts, place: ' -c a.yaml', isTyped: true, variables });
    expect(next).toEqual([
      'read -rs HARVEST_ACCESS_TOKEN && export HARVEST_ACCESS_TOKEN   # then paste the token',
      'harvest-bq check -c a.yaml',
    ]);
  });
});
