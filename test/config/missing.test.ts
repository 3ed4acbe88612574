import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { minimalConfig, openConfigFolder, saidOf } from '../support/config-folder.ts';

const env = { TOKEN: 'a-token' };

describe('files that are none', () => {
  it('are refused: a folder', async () => {
    await using folder = await openConfigFolder();
    await mkdir(join(folder.path, 'harvest-bq.yaml'));
    const error = await folder.failure({ env });
    expect(error.message).toBe('1 problem in harvest-bq.yaml\n\n  file   is a folder, not a file');
  });

  it('are refused: a link to itself', async () => {
    await using folder = await openConfigFolder();
    await symlink('harvest-bq.yaml', join(folder.path, 'harvest-bq.yaml'));
    const error = await folder.failure({ env });
    expect(error.message).toBe('1 problem in harvest-bq.yaml\n\n  file   cannot be read (ELOOP)');
  });

  it('do not include a folder .env, which other tools make', async () => {
    await using folder = await openConfigFolder({ 'harvest-bq.yaml': minimalConfig(), '.env/bin/x': '' });
    expect((await folder.load({ env })).connector).toBe('acme');
  });
});

describe('variables without a value', () => {
  it('are told with their place and where they were looked for', async () => {
    await using folder = await openConfigFolder({
      'config/harvest-bq.yaml':
        'version: 1\nharvest:\n  account_id: ${HARVEST_ACCOUNT_ID}\n  access_token: env://TOKEN\n',
    });
    const error = await folder.failure({ env });
    expect([error.code, error.exitCode]).toEqual(['CONFIG_ENV_MISSING', 3]);
    expect(error.message).toBe(`config/harvest-bq.yaml:3:15 uses \${HARVEST_ACCOUNT_ID}, which is not set

Looked in   environment · .env (not found) · default in \${…:-…} (none given)`);
    expect(error.hint).toBe(
      'export HARVEST_ACCOUNT_ID=<number>, found at https://id.getharvest.com/developers',
    );
  });

  it('are told all at once', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('sync: { concurrency: "${N}" }\nstart_date: ${START}\n'),
      '.env': 'START=\n',
    });
    const error = await folder.failure({ env });
    expect(error.message).toBe(`harvest-bq.yaml uses 2 variables that have no value

  6:22   \${N} is not set
  7:13   \${START} is empty

Looked in   environment · .env (has no value for it) · default in \${…:-…} (none given)`);
  });

  it('are listed among other mistakes where there are such', async () => {
    expect(await saidOf(minimalConfig('sync: { overlap: two }\nstart_date: ${START}\n')))
      .toBe(`2 problems in harvest-bq.yaml

  6:9    sync.overlap   is "two", must be a duration such as 10m
  7:13   start_date     uses \${START}, which is not set`);
  });

  it('do not matter where a flag or the environment gives the value', async () => {
    await using folder = await openConfigFolder({
      'harvest-bq.yaml': minimalConfig('start_date: ${START}\n'),
    });
    const config = await folder.load({ env: { ...env, HARVEST_BQ_START_DATE: '2020-01-01' } });
    expect(config.startDate).toBe('2020-01-01');
  });
});
