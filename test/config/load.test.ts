import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_HISTORY } from '../../src/catalog/history.ts';
import { minimalConfig, openConfigFolder } from '../support/config-folder.ts';

const env = { TOKEN: 'a-token' };

describe('where the configuration is looked for', () => {
  it('takes the file that is named before any other', async () => {
    await using folder = await openConfigFolder({
      'own.yaml': minimalConfig().replace('acme', 'own'),
      'other.yaml': minimalConfig().replace('acme', 'other'),
      'config/harvest-bq.yaml': minimalConfig(),
    });
    const named = await folder.load({ file: 'own.yaml', env: { ...env, HARVEST_BQ_CONFIG: 'other.yaml' } });
    expect([named.connector, named.file]).toEqual(['own', join(folder.path, 'own.yaml')]);
    expect((await folder.load({ env: { ...env, HARVEST_BQ_CONFIG: 'other.yaml' } })).connector).toBe('other');
  });

  it('takes config/harvest-bq.yaml, else harvest-bq.yaml', async () => {
    await using both = await openConfigFolder({
      'config/harvest-bq.yaml': minimalConfig(),
      'harvest-bq.yaml': minimalConfig().replace('acme', 'root'),
    });
    expect((await both.load({ env })).connector).toBe('acme');
    await using root = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig().replace('acme', 'root') });
    expect((await root.load({ env })).connector).toBe('root');
  });
});

describe('without a file', () => {
  it('is content with the two variables where there is no file', async () => {
    await using folder = await openConfigFolder();
    const config = await folder.load({ env: { HARVEST_ACCOUNT_ID: '987', HARVEST_ACCESS_TOKEN: 'a-token' } });
    expect(config.file).toBeNull();
    expect(config.harvest.accountId).toBe('987');
    expect(config.harvest.login.kind === 'token' && config.harvest.login.accessToken.reveal()).toBe(
      'a-token',
    );
    expect(config.destination).toEqual({ type: 'duckdb', path: join(folder.path, 'harvest_987.duckdb') });
    expect(config.streams).toEqual({ include: ['*'], exclude: [], overrides: new Map() });
    expect(config.origins.get('harvest.account_id')).toBe('environment HARVEST_ACCOUNT_ID');
  });

  it('takes the twins of the keys without a file too, and before the two variables', async () => {
    await using folder = await openConfigFolder();
    const twins = {
      HARVEST_BQ_HARVEST_ACCOUNT_ID: '5',
      HARVEST_BQ_HARVEST_ACCESS_TOKEN: 'twin',
      HARVEST_BQ_HARVEST_BASE_URL: 'http://127.0.0.1:9/v2/',
      HARVEST_BQ_HARVEST_LIMITS_GENERAL: 'off',
      HARVEST_BQ_START_DATE: '2024-02-29',
    };
    const config = await folder.load({
      env: { ...twins, HARVEST_ACCOUNT_ID: '6', HARVEST_ACCESS_TOKEN: 'other' },
    });
    expect(config.harvest.accountId).toBe('5');
    expect(config.harvest.login.kind === 'token' && config.harvest.login.accessToken.reveal()).toBe('twin');
    expect(config.harvest.baseUrl).toBe('http://127.0.0.1:9/v2');
    expect(config.harvest.limits).toEqual({ general: null, reports: 90 });
    expect(config.startDate).toBe('2024-02-29');
  });

  it('follows a reference in HARVEST_ACCESS_TOKEN', async () => {
    await using folder = await openConfigFolder({ token: 'from-file\n' });
    const HARVEST_ACCESS_TOKEN = `file://${join(folder.path, 'token')}`;
    const config = await folder.load({ env: { HARVEST_ACCOUNT_ID: '1', HARVEST_ACCESS_TOKEN } });
    expect(config.harvest.login.kind === 'token' && config.harvest.login.accessToken.reveal()).toBe(
      'from-file',
    );
  });

  it('names every place where it looked, and what was there', async () => {
    await using folder = await openConfigFolder();
    const error = await folder.failure({ env: { HARVEST_ACCOUNT_ID: '1' } });
    expect([error.code, error.exitCode]).toEqual(['CONFIG_NOT_FOUND', 3]);
    expect(error.message).toBe(
      `there is no configuration in ${folder.path}\n\n` +
        'Looked for   config/harvest-bq.yaml (not found) · harvest-bq.yaml (not found) · HARVEST_BQ_CONFIG (not set) · ' +
        'HARVEST_ACCOUNT_ID (set) · HARVEST_ACCESS_TOKEN (not set) · .env (not found)',
    );
  });

  it('says that a file which is named does not exist, though others do', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig() });
    const error = await folder.failure({ file: 'nowhere.yaml', env });
    expect([error.code, error.message]).toEqual(['CONFIG_FILE_MISSING', 'nowhere.yaml does not exist']);
  });
});

describe('which value counts', () => {
  it('lets a flag win over the environment, that over the file, and the file over the default', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('sync: { concurrency: 2, overlap: 1h, restate_months: 5 }\n'),
    });
    const config = await folder.load({
      env: { ...env, HARVEST_BQ_SYNC_CONCURRENCY: '3', HARVEST_BQ_SYNC_OVERLAP: '2h' },
      flags: { 'sync.concurrency': '4', 'sync.timeout': '50m', 'sync.overlap': undefined },
    });
    expect(config.sync).toEqual({
      concurrency: 4,
      overlapMs: 7_200_000,
      restateMonths: 5,
      deletes: 'remove',
      onInvalid: 'reject',
      history: DEFAULT_HISTORY,
      timeoutMs: 3_000_000,
      hashKey: null,
      sweepEveryMs: 604_800_000,
      sweepChildrenEveryMs: 2_592_000_000,
      maxDeleteShare: 0.1,
      verify: false,
    });
    const origins = ['concurrency', 'overlap', 'restate_months', 'deletes'].map((key) =>
      config.origins.get(`sync.${key}`),
    );
    expect(origins).toEqual(['flag', 'environment HARVEST_BQ_SYNC_OVERLAP', 'file', 'default']);
  });

  it('counts an empty variable as not set', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('sync: { concurrency: 2 }\n'),
    });
    const config = await folder.load({ env: { ...env, HARVEST_BQ_SYNC_CONCURRENCY: '' } });
    expect(config.sync.concurrency).toBe(2);
  });

  it('reads .env below the environment', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('start_date: ${START}\n'),
      '.env': '# ours\nTOKEN="from .env"\nSTART=2020-01-01\nexport HARVEST_BQ_SYNC_CONCURRENCY=6\n',
    });
    const config = await folder.load({ env });
    expect([config.startDate, config.sync.concurrency]).toEqual(['2020-01-01', 6]);
    expect(config.harvest.login.kind === 'token' && config.harvest.login.accessToken.reveal()).toBe(
      'a-token',
    );
  });
});

describe('values of the file', () => {
  it('fills variables in as the type that the key wants', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': `version: 1
harvest:
  account_id: \${ACCOUNT}
  access_token: \${TOKEN}
  user_agent: Acme $\${team} (\${MAIL:-data@acme.example})
  limits: { general: "\${LIMIT}" }
sync: { concurrency: "\${N:-2}" }
streams: { include: ["\${STREAM}"] }
`,
    });
    const config = await folder.load({ env: { ...env, ACCOUNT: '42', LIMIT: '50', STREAM: 'clients' } });
    expect([config.connector, config.harvest.accountId]).toEqual(['42', '42']);
    expect(config.harvest.userAgent).toBe('Acme ${team} (data@acme.example)');
    expect([config.harvest.limits.general, config.sync.concurrency, config.streams.include]).toEqual([
      50,
      2,
      ['clients'],
    ]);
  });

  it('takes a key without a value as absent', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig(
        'start_date:\nsync:\nstreams:\n  overrides:\n    users:\ndestination:\n  path:\n',
      ),
    });
    const config = await folder.load({ env });
    expect([config.startDate, config.sync.concurrency]).toEqual([null, 8]);
    expect(config.destination).toMatchObject({ path: join(folder.path, 'harvest_acme.duckdb') });
  });

  it('keeps choices of columns as they were written', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig(`
sync: { hash_key: env://KEY }
streams:
  exclude: ["estimate*"]
  overrides:
    time_entries: { columns: { exclude: [notes] } }
    users: { columns: { include: [first_name], hash: [email] } }
`),
    });
    const config = await folder.load({ env: { ...env, KEY: 'k' } });
    expect(config.streams.exclude).toEqual(['estimate*']);
    expect([...config.streams.overrides]).toEqual([
      ['time_entries', { include: null, exclude: ['notes'], hash: [] }],
      ['users', { include: ['first_name'], exclude: [], hash: ['email'] }],
    ]);
    expect(config.sync.hashKey?.reveal()).toBe('k');
  });

  it('loads the example as it is shipped', async () => {
    await using folder = await openConfigFolder();
    const file = join(process.cwd(), 'config/harvest-bq.example.yaml');
    const config = await folder.load({ file, env: { HARVEST_ACCOUNT_ID: '1', HARVEST_ACCESS_TOKEN: 't' } });
    expect(config.harvest.userAgent).toBe('Acme data team (data@acme.example)');
    expect(config.origins.get('sync.history')).toBe('file');
  });

  it('refuses a flag for a key that does not exist as a defect of the program', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig() });
    expect((await folder.failure({ env, flags: { 'sync.speed': 1 } })).code).toBe('INTERNAL');
  });
});
