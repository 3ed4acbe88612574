import { describe, expect, it } from '@jest/globals';
import { minimalConfig, openConfigFolder, saidOf } from '../support/config-folder.ts';

const env = { TOKEN: 'a-token' };

describe('mistakes in the file', () => {
  it('are listed all at once, in the order of the file, with line, column and a suggestion', async () => {
    await using folder = await openConfigFolder({
      'config/harvest-bq.yaml': `version: 1
harvest: { account_id: 1, access_token: "env://TOKEN" }
sync:
  restate_months: 3
  overlap: two
  concurency: 4
`,
    });
    const error = await folder.failure({ env });
    expect(error.message).toBe(`2 problems in config/harvest-bq.yaml

  5:3   sync.overlap      is "two", must be a duration such as 10m
  6:3   sync.concurency   is not a setting. Did you mean concurrency?`);
    expect(error.hint).toBe('Correct them and run: harvest-bq check --offline');
    expect(error.details['problems']).toEqual([
      {
        line: 5,
        column: 3,
        place: '5:3',
        path: 'sync.overlap',
        message: 'is "two", must be a duration such as 10m',
      },
      {
        line: 6,
        column: 3,
        place: '6:3',
        path: 'sync.concurency',
        message: 'is not a setting. Did you mean concurrency?',
      },
    ]);
  });

  it('do not include limits beyond a hundred of servers that are not Harvest’s', async () => {
    const rest = '  base_url: http://[::1]:1/v2\n  limits: { general: 1000, reports: off }\n';
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig(rest) });
    expect((await folder.load({ env })).harvest.limits).toEqual({ general: 1000, reports: null });
  });

  it('include two logins, and half of one', async () => {
    const both = minimalConfig('  oauth: { client_id: a, client_secret: env://A, refresh_token: env://B }\n');
    expect(await saidOf(both)).toBe(
      '6:3   harvest.oauth   and harvest.access_token exclude each other: keep one',
    );
    const half = minimalConfig().replace('access_token: env://TOKEN', 'oauth: { client_id: a }');
    expect(await saidOf(half)).toBe(`2 problems in harvest-bq.yaml

  5:3   harvest.oauth.client_secret   is missing: an OAuth client needs all three keys
  5:3   harvest.oauth.refresh_token   is missing: an OAuth client needs all three keys`);
  });
});

describe('mistakes outside the file', () => {
  it('are listed beside those of the file', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('sync: { overlap: two }\n'),
    });
    const variables = { HARVEST_BQ_SYNC_DELETES: 'drop', HARVEST_BQ_SYNC_CONCURENCY: '4' };
    const error = await folder.failure({
      env: { ...env, ...variables },
      flags: { 'sync.concurrency': 'many' },
    });
    expect(error.message).toBe(`4 problems in harvest-bq.yaml, the flags and the environment

  6:9                       sync.overlap                 is "two", must be a duration such as 10m
  --concurrency             sync.concurrency             is "many", must be a whole number from 1 to 64
  HARVEST_BQ_SYNC_DELETES   sync.deletes                 is "drop", must be remove, mark or keep
  environment               HARVEST_BQ_SYNC_CONCURENCY   is not a setting. Did you mean HARVEST_BQ_SYNC_CONCURRENCY?`);
  });

  it('are told without a file too', async () => {
    await using folder = await openConfigFolder();
    const variables = { HARVEST_ACCOUNT_ID: 'acme', HARVEST_ACCESS_TOKEN: 't' };
    expect((await folder.failure({ env: variables })).message).toBe(`1 problem in the environment

  HARVEST_ACCOUNT_ID   harvest.account_id   is "acme", must be the number of the account such as 123456`);
  });
});

describe('aliases', () => {
  it('are stopped where they multiply or stand for themselves', async () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const items = level === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${level - 1}`).join(',');
      return `a${level}: &a${level} [${items}]`;
    });
    expect(await saidOf(minimalConfig(levels.join('\n')))).toContain(
      'uses more than 100 aliases; write the values out',
    );
    expect(await saidOf(minimalConfig('streams: &s { include: *s }\n'))).toContain(
      'uses more than 100 aliases',
    );
  });

  it('are taken for the values that they stand for', async () => {
    const rest = 'streams: { include: &list [clients], exclude: *list }\n';
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig(rest) });
    expect((await folder.load({ env })).streams.exclude).toEqual(['clients']);
  });
});
