/** docs/dbt/sources.yml in the hands of dbt itself, on the file that the demo fills. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { environmentWith, findPython, NO_PYTHON } from '../../bigquery/support/python.ts';
import { runCli, temporaryFolder } from '../../cli/support/run-cli.ts';

const run = promisify(execFile);

const SOURCES = fileURLToPath(new URL('../../../docs/dbt/sources.yml', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

const PROJECT = `name: harvest_example
version: 1.0.0
profile: harvest_example
flags: { send_anonymous_usage_stats: false, warn_error: true }
vars: { harvest_schema: main }
`;

const PROFILE = `harvest_example:
  target: demo
  outputs:
    demo: { type: duckdb, path: harvest_demo.duckdb, schema: marts, threads: 2 }
`;

/** What a model of one's own looks like. */
const MODEL = `select client_name, sum(hours) as hours
from {{ source('harvest', 'time_entries') }}
group by client_name
`;

/** How a call of dbt ended; everything that it says goes to stdout. */
interface Said {
  readonly code: number;
  readonly text: string;
}

const python = await findPython();
if (python === null) process.stderr.write(`\n*** THE TESTS WITH DBT WERE SKIPPED. ${NO_PYTHON} ***\n`);

(python === null ? describe.skip : describe)('the sources, in dbt', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let executable = '';

  /** Calls dbt; by its module, since a moved environment has no scripts that work. */
  const dbt = async (...args: readonly string[]): Promise<Said> => {
    const call = ['-c', 'from dbt.cli.main import cli; cli()', '--no-use-colors', ...args];
    const options = {
      cwd: folder.path,
      env: { ...process.env, DBT_PROFILES_DIR: folder.path },
      timeout: 300_000,
    };
    return run(executable, call, options).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      (error: { readonly code?: number; readonly stdout?: string; readonly stderr?: string }) => ({
        code: error.code ?? -1,
        text: `${error.stdout ?? ''}${error.stderr ?? ''}`,
      }),
    );
  };

  beforeAll(async () => {
    executable = await environmentWith(REQUIREMENTS, 'dbt');
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'models'));
    await Promise.all([
      writeFile(join(folder.path, 'dbt_project.yml'), PROJECT),
      writeFile(join(folder.path, 'profiles.yml'), PROFILE),
      writeFile(join(folder.path, 'models', 'hours.sql'), MODEL),
      copyFile(SOURCES, join(folder.path, 'models', 'sources.yml')),
    ]);
    expect(await runCli(['demo', '-q'], { cwd: folder.path })).toMatchObject({ code: 0 });
  }, 1_200_000);
  afterAll(async () => folder[Symbol.asyncDispose]());

  it.each([
    ['are understood without a warning', ['parse', '--no-partial-parse'], ''],
    ['are fresh, as _sync_runs says', ['source', 'freshness'], 'PASS freshness of harvest._sync_runs'],
    ['pass every test on the demo', ['test', '--select', 'source:harvest'], 'ERROR=0'],
    ['can be built upon', ['run'], 'Completed successfully'],
  ])('%s', async (_sentence, args, words) => {
    const { code, text } = await dbt(...args);
    expect({ code, text: code === 0 ? '' : text }).toEqual({ code: 0, text: '' });
    expect(text).toContain(words);
    expect(text).not.toMatch(/\bWARN=[1-9]/);
  });

  it('are stale, and dbt says so, where no run has gone well', async () => {
    const call =
      "import duckdb; duckdb.connect('harvest_demo.duckdb').execute(\"UPDATE _sync_runs SET outcome = 'failed'\")";
    await run(executable, ['-c', call], { cwd: folder.path });
    expect((await dbt('source', 'freshness')).code).toBe(1);
  });
});
