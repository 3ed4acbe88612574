import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { BIN, documentOf, runCli, temporaryFolder, type Envelope } from '../cli/support/run-cli.ts';
import { withFile } from '../support/tables.ts';
import { environmentOf } from './support/environment.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 5 });
});

afterAll(() => sandbox.close());

const HARVEST = 'version: 1\nconnector: acme\nharvest: { account_id: 1, access_token: env://TOKEN }\n';

/** What is written, and the code, exit code and words that come back. */
const FILES: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['nothing at all', '', 'CONFIG_INVALID', []],
  ['only blanks and a comment', '  \n# later\n', 'CONFIG_INVALID', []],
  ['wrong YAML', 'version: 1\nharvest: [\n', 'CONFIG_INVALID', ['harvest-bq.yaml']],
  ['a key with a slip', `${HARVEST}strems: {}\n`, 'CONFIG_INVALID', ['strems', 'streams']],
  [
    'a nested key with a slip',
    `${HARVEST}sync: { concurency: 2 }\n`,
    'CONFIG_INVALID',
    ['4:', 'concurrency'],
  ],
  ['a word for a number', `${HARVEST}sync: { concurrency: many }\n`, 'CONFIG_INVALID', ['sync.concurrency']],
  ['a list for a mapping', `${HARVEST}sync: [1]\n`, 'CONFIG_INVALID', ['sync']],
  [
    'a start date to come',
    `${HARVEST}start_date: 2999-01-01\n`,
    'CONFIG_INVALID',
    ['start_date', '2999-01-01'],
  ],
  [
    'a stream with a slip',
    `${HARVEST}streams: { include: [time_entris] }\n`,
    'CONFIG_INVALID',
    ['streams.include[0]', 'time_entries'],
  ],
  ['a glob for nothing', `${HARVEST}streams: { include: ["zzz*"] }\n`, 'CONFIG_INVALID', ['zzz*']],
  [
    'an override of no stream',
    `${HARVEST}streams: { overrides: { usrs: {} } }\n`,
    'CONFIG_INVALID',
    ['overrides', 'usrs', 'Did you mean users?'],
  ],
  [
    'a key that is excluded',
    `${HARVEST}streams:\n  overrides:\n    users: { columns: { exclude: [email, id] } }\n`,
    'CONFIG_INVALID',
    ['6:42', 'streams.overrides.users.columns.exclude[1]', 'id is needed'],
  ],
  [
    'a cursor that is hashed',
    `${HARVEST}sync: { hash_key: env://TOKEN }\nstreams: { overrides: { users: { columns: { hash: [updated_at] } } } }\n`,
    'CONFIG_INVALID',
    ['5:52', 'users.columns.hash[0]', 'updated_at is needed as it is'],
  ],
  [
    'a number that is hashed',
    `${HARVEST}sync: { hash_key: env://TOKEN }\nstreams: { overrides: { users: { columns: { hash: [weekly_capacity] } } } }\n`,
    'CONFIG_INVALID',
    ['users.columns.hash[0]', 'only single text values can be hashed'],
  ],
  [
    'a hash without its key',
    `${HARVEST}streams: { overrides: { users: { columns: { hash: [email] } } } }\n`,
    'CONFIG_INVALID',
    ['4:45', 'users.columns.hash', 'needs a key: set sync.hash_key'],
  ],
  [
    'a column with a slip',
    `${HARVEST}streams: { overrides: { users: { columns: { exclude: [emial], include: [frist_name] } } } }\n`,
    'CONFIG_INVALID',
    ['2 problems', 'exclude[0]', 'Did you mean email?', 'include[0]', 'Did you mean first_name?'],
  ],
  [
    'a property to add that is there, of another type, or no place for one',
    `${HARVEST}streams:\n  overrides:\n    clients: { columns: { add: { currency: INT64, name.x: BOOL, 'lines[].x': DATE, a b: STRING } } }\n`,
    'CONFIG_INVALID',
    [
      '4 problems',
      '6:34',
      'add.currency',
      'is the column currency already',
      'no properties',
      'no list of records',
    ],
  ],
  [
    'a property to add as something unheard of',
    `${HARVEST}streams: { overrides: { clients: { columns: { add: { vat: TEXT } } } } }\n`,
    'CONFIG_INVALID',
    ['clients.columns.add.vat', 'STRING, INT64, NUMERIC, BOOL, DATE or TIMESTAMP'],
  ],
  ['a variable that is not set', HARVEST.replace('1,', '"${NO_SUCH}",'), 'CONFIG_ENV_MISSING', ['NO_SUCH']],
  [
    'a token in clear text',
    HARVEST.replace('env://TOKEN', 'abc.def'),
    'CONFIG_PLAIN_SECRET',
    ['access_token'],
  ],
];

describe('a configuration file with', () => {
  it.each(FILES)('%s is refused with its place and left as it was', async (_name, text, code, words) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'harvest-bq.yaml');
    await writeFile(file, text);
    const run = await runCli(['sync', '-o', 'json'], { cwd: folder.path, env: { TOKEN: 'a-token' } });
    const { error, exit_code } = documentOf(run);
    expect([run.code, exit_code, error?.code]).toEqual([3, 3, code]);
    for (const word of words) expect(error?.message).toContain(word);
    expect(error?.hint).not.toBe('');
    expect(error?.message).not.toContain('abc.def');
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(folder.path)).toEqual(['harvest-bq.yaml']);
  });
});

describe('a word on the command line', () => {
  it.each([
    ['sync time_entris', 'time_entries'],
    ['sync zzz*', 'zzz*'],
    ['sync --exclude usrs', 'users'],
    ['discover time_entris', 'time_entries'],
  ])('that names no stream is refused with what may be meant: %s', async (line, told) => {
    await using folder = await temporaryFolder();
    const run = await runCli([...line.split(' '), '-o', 'json'], {
      cwd: folder.path,
      env: environmentOf(sandbox),
    });
    expect(documentOf(run)).toMatchObject({ exit_code: 2, error: { code: 'USAGE_UNKNOWN_STREAM' } });
    expect(documentOf(run).error?.message).toContain(told);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe('a destination', () => {
  it.each([
    ['below a file', 'file/x.duckdb', 'WAREHOUSE_UNWRITABLE'],
    ['that is a folder', 'folder', 'WAREHOUSE_UNWRITABLE'],
    ['that is a text', 'file', 'WAREHOUSE_NOT_DUCKDB'],
  ])('%s is refused, and everything is left as it was', async (_name, path, code) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, 'something else');
    await mkdir(join(folder.path, 'folder'));
    const before = await stat(file);
    const env = { ...environmentOf(sandbox), HARVEST_BQ_DESTINATION_PATH: path };
    const run = documentOf(await runCli(['sync', 'roles', '-o', 'json'], { cwd: folder.path, env }));
    expect(run).toMatchObject({ exit_code: 3, error: { code } });
    expect(run.error?.message).toContain(path);
    expect(await readFile(file, 'utf8')).toBe('something else');
    expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(folder.path)).toEqual(['file', 'folder']);
    expect(await readdir(join(folder.path, 'folder'))).toEqual([]);
  });
});

describe('a disk without room', () => {
  /** Runs the program with files limited to so many blocks of 512 bytes. */
  const limited = async (blocks: number, cwd: string, args: readonly string[]): Promise<Envelope> => {
    const command = `ulimit -f ${blocks} && exec "$@"`;
    const words = ['-c', command, 'sh', process.execPath, BIN, ...args, '-o', 'json'];
    const env = { PATH: process.env['PATH'] ?? '', TMPDIR: cwd, ...environmentOf(sandbox) };
    const outcome = await promisify(execFile)('sh', words, { cwd, env }).catch((error: unknown) => error);
    return JSON.parse((outcome as { stdout: string }).stdout) as Envelope;
  };

  it('is told as such on the first load', async () => {
    await using folder = await temporaryFolder();
    const run = await limited(100, folder.path, ['sync', 'time_entries', 'clients']);
    expect(run).toMatchObject({ exit_code: 6, error: { code: 'DISK_FULL' } });
    expect(run.error?.hint).not.toBe('');
  }, 30_000);

  it('leaves the rows and checkpoints of a file that is there', async () => {
    await using folder = await temporaryFolder();
    const options = { cwd: folder.path, env: environmentOf(sandbox) };
    expect((await runCli(['sync', 'clients'], options)).code).toBe(0);
    const path = join(folder.path, `harvest_${sandbox.accountId}.duckdb`);
    const seen = async (): Promise<unknown> =>
      withFile(path, async (rows) => [
        await rows('SELECT * FROM clients ORDER BY id'),
        await rows('SELECT * FROM _sync_state ORDER BY stream'),
      ]);
    const before = await seen();
    // what is there can be written over, as on a full disk; it cannot grow
    const blocks = Math.ceil((await stat(path)).size / 512);
    const run = await limited(blocks, folder.path, ['sync']);
    expect(run).toMatchObject({ exit_code: 6, error: { code: 'DISK_FULL' } });
    expect(await seen()).toEqual(before);
    expect((await runCli(['sync', 'time_entries', 'users'], options)).code).toBe(0);
  }, 60_000);
});
