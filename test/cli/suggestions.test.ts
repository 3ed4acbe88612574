import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from './support/in-process.ts';
import { temporaryFolder } from './support/run-cli.ts';

const CONFIG = `version: 1
connector: acme
harvest:
  account_id: 123456
  access_token: env://TOKEN
`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'harvest-bq.yaml'), CONFIG);
  await writeFile(join(folder.path, 'key.yaml'), `${CONFIG}sync: { concurency: 4 }\n`);
  await writeFile(join(folder.path, 'deep.yaml'), `${CONFIG}overlap: 10m\n`);
  await writeFile(join(folder.path, 'stream.yaml'), `${CONFIG}streams: { exclude: [invoces] }\n`);
  await writeFile(
    join(folder.path, 'column.yaml'),
    `${CONFIG}streams: { overrides: { users: { columns: { exclude: [emial] } } } }\n`,
  );
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

describe('what was probably meant', () => {
  it.each([
    ['a command', 'snyc', 'sync'],
    ['a flag', 'sync --concurency 4', '--concurrency'],
    ['a flag of all commands', 'sync --log-levle info', '--log-level'],
    ['a stream', 'sync usres', 'users'],
    ['a stream that is left out', 'sync --exclude time_entrie', 'time_entries'],
    ['a stream to look at', 'discover clinets', 'clients'],
    ['a tag', 'sync tag:biling', 'billing'],
    ['a key of the file', 'check --offline -c key.yaml', 'concurrency'],
    ['a key that stands elsewhere', 'check --offline -c deep.yaml', 'sync.overlap'],
    ['a stream in the file', 'check --offline -c stream.yaml', 'invoices'],
    ['a column in the file', 'check --offline -c column.yaml', 'email'],
    ['an action of state', 'state rest users', 'reset'],
    ['a topic of help', 'help eror', 'errors'],
    ['a command in help', 'help verfy', 'verify'],
    ['a code of an error', 'help errors HARVEST_FORBIDEN', 'HARVEST_FORBIDDEN'],
  ])('is said of %s: %s', async (_what, line, meant) => {
    const { error, closing } = await say(line, { cwd: folder.path, env: { TOKEN: 'x' } });
    const said = [error?.message, error?.hint, closing].join('\n');
    expect(said).toContain(`Did you mean ${meant}?`);
  });

  it('is said of a variable, in the name of the setting', async () => {
    const env = { TOKEN: 'x', HARVEST_BQ_SYNC_OVERLAPP: '5m' };
    const { closing } = await say('check --offline', { cwd: folder.path, env });
    expect(closing).toContain('Did you mean HARVEST_BQ_SYNC_OVERLAP?');
  });

  it('is not said where nothing is near', async () => {
    const { error } = await say('help weather', { cwd: folder.path, env: {} });
    expect(error?.hint).toMatch(/^Topics: errors/);
  });
});
