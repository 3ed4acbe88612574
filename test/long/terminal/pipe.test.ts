/** In a pipe whose other end never says anything: no command asks, draws, or tells the token, to anybody or any file. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildProgram } from '../../../src/cli/program.ts';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { environmentOf, linesOf } from '../../e2e/support/environment.ts';
import { BIN, ended, temporaryFolder, type CliRun } from '../../cli/support/run-cli.ts';

let sandbox: Sandbox;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** What every command has said, and the files that it left. */
const said: CliRun[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({ size: 'tiny', seed: 3 });
  folder = await temporaryFolder();
});

afterAll(async () => {
  await sandbox.close();
  await folder[Symbol.asyncDispose]();
});

/** A defect as soon as the run has begun. */
const BOMB = `data:text/javascript,const write=process.stderr.write;process.stderr.write=function(text,...rest){if(String(text).includes('run.started'))setImmediate(()=>{throw new TypeError(process.env.HARVEST_ACCESS_TOKEN)});return write.call(this,text,...rest)}`;

/** Command lines with their exit codes, in the order in which they are run on one warehouse. */
const LINES: readonly (readonly [line: string, code: number])[] = [
  ['', 0],
  ['--help', 0],
  ['--version', 0],
  ['help errors', 0],
  ['help init', 0],
  ['snyc', 2],
  ['init', 2],
  ['check --offline -v', 0],
  ['check', 0],
  ['discover', 0],
  ['discover clients --columns', 0],
  ['discover clients --preview', 0],
  ['discover --diff', 0],
  ['plan', 0],
  ['status', 3],
  ['verify', 3],
  ['demo', 0],
  ['sync --log-level debug', 0],
  ['sync clients --log-format pretty --progress live', 0],
  ['sync clients -o jsonl', 0],
  ['plan', 0],
  ['backfill time_entries --from 2026-10-01 --to 2026-10-31', 2],
  ['backfill time_entries --from 2026-10-01 --to 2026-10-31 --yes', 0],
  ['backfill --resume 01', 2],
  ['status -v', 0],
  ['status --runs 9', 0],
  ['status --watch', 2],
  ['report', 0],
  ['state show', 0],
  ['state export --file state.json', 0],
  ['state reset clients', 2],
  ['state reset clients --yes', 0],
  ['verify', 0],
  ['verify --full --repair -o json', 0],
  ['erase --user 1', 2],
  ['erase --user 1 --dry-run', 2],
  ['destroy --dry-run', 0],
  ['destroy', 2],
  ['completion bash', 0],
];

/** Lines of commands that this version does not have. */
const known = new Set(
  buildProgram('0.0.0', () => undefined, { out: () => undefined, error: () => undefined }).commands.map(
    (command) => command.name(),
  ),
);
const lines = LINES.filter(([line]) => /^(-|snyc|$)/.test(line) || known.has(line.split(' ')[0] ?? ''));

async function run(
  args: readonly string[],
  node: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const child = spawn(process.execPath, [...node, BIN, ...args], {
    cwd: folder.path,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder.path,
      TMPDIR: folder.path,
      ...environmentOf(sandbox),
      HARVEST_BQ_SYNC_HASH_KEY: '${HASH_KEY}',
      HASH_KEY: 'a key of thirty-two characters..',
      ...env,
    },
    // nobody answers, and nobody hangs up
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const result = await ended(child);
  child.stdin.destroy();
  said.push(result);
  return result;
}

describe('in a pipe', () => {
  it('every command has its line here', () => {
    const tried = new Set([...lines.map(([line]) => line.split(' ')[0]), 'sandbox']);
    expect([...known].filter((name) => !tried.has(name))).toEqual([]);
  });

  it.each(lines)(
    'harvest-bq %s asks nothing, draws nothing, and ends with %s',
    async (line, code) => {
      const words = line.split(' ').filter((word) => word !== '');
      const { stdout, stderr, code: found } = await run(words);
      if (found !== code) throw new Error(`exit ${found}: ${stderr}${stdout}`);
      // oxlint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
    },
    60_000,
  );

  it('on Cloud Run every command that tells of a run tells it as JSON lines', async () => {
    const { code, stderr } = await run(['verify', 'clients'], [], { CLOUD_RUN_JOB: 'harvest' });
    expect(code).toBe(0);
    const events = linesOf(stderr).map(({ event }) => event);
    expect(events[0]).toBe('run.started');
    expect(events.at(-1)).toBe('run.finished');
  }, 60_000);

  it('the sandbox serves without a word from anybody', async () => {
    const child = spawn(process.execPath, [BIN, 'sandbox', '--size', 'tiny'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const waiting = ended(child);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await waiting;
    expect(code).toBe(0);
    // oxlint-disable-next-line no-control-regex
    expect(stdout + stderr).not.toMatch(/[\u001b\r]/);
  }, 60_000);

  it('the token is told to nobody: not in what was said, not in a file that was left', async () => {
    const broken = await run(['sync', '--run-id', 'broken', '--log-format', 'json'], ['--import', BOMB]);
    expect(broken.code).toBe(1);
    await run(['sync', '--log-level', 'debug', '-o', 'jsonl']);
    const { administrator: token } = sandbox.tokens;
    // the message of that defect is the token: it is on the screen of whoever threw it, and nowhere else
    const all = said.filter((each) => each !== broken);
    expect(all.filter(({ stdout, stderr }) => (stdout + stderr).includes(token))).toEqual([]);
    const files = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    expect(paths.map((path) => path.slice(folder.path.length + 1))).toEqual(
      expect.arrayContaining(['state.json', join('.harvest-bq', 'crash-broken.txt')]),
    );
    for (const path of paths) {
      if ((await readFile(path, 'latin1')).includes(token)) throw new Error(`the token stands in ${path}`);
    }
  }, 60_000);
});
