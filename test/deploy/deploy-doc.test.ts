/** docs/deploy.md against the program: what it pastes, names and asks of the logs has to be there. */
import { spawnSync } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { ConnectorError } from '../../src/errors.ts';
import { ERROR_TABLE, type ErrorCode } from '../../src/error-codes.ts';
import { plainPaint } from '../../src/report/paint.ts';
import { createReporter } from '../../src/report/reporter.ts';
import { PARTIAL_RUN } from '../cli/support/events.ts';
import { matches, type Entry } from './support/filter.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), 'utf8');

const text = await read('docs/deploy.md');
const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
const shell = blocks.join('\n');

/** What a `cat > … <<WORD` of the page writes. */
function written(name: string): string {
  const [, , content] =
    new RegExp(String.raw`cat > "\$FILES/${name}" <<'?(\w+)'?\n([\s\S]*?)^\1$`, 'm').exec(shell) ?? [];
  if (content === undefined) throw new Error(`the page writes no ${name}`);
  return content;
}

/** Values of the variables that the first block exports. */
const variables = Object.fromEntries(
  [...shell.matchAll(/^export (\w+)=(\S+)/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
);

describe('the commands of docs/deploy.md', () => {
  it('are sound shell', () => {
    for (const block of blocks) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: block, encoding: 'utf8' });
      expect([block.slice(0, 60), status, stderr]).toEqual([block.slice(0, 60), 0, '']);
    }
  });

  it('use no variable that is not set before', () => {
    const set = new Set(['HOME', 'PWD', 'TOKEN']);
    const missing = [...shell.matchAll(/^export (\w+)=|\$\{?([A-Z_]+)/gm)].flatMap(([, exported, used]) => {
      if (exported !== undefined) set.add(exported);
      return used !== undefined && !set.has(used) ? [used] : [];
    });
    expect(missing).toEqual([]);
  });

  it('give the program arguments that it knows', () => {
    const given = [...shell.matchAll(/--args=(\S+)/g)].map(([, words]) => (words ?? '').split(','));
    expect(given.length).toBeGreaterThan(4);
    for (const words of given) {
      expect([words, parseCommandLine(words, '0').kind]).toEqual([words, 'command']);
    }
  });

  it('write a configuration that has the form of one', async () => {
    const filled = written('harvest-bq.yaml').replaceAll(
      /\$(\w+)/g,
      (_, name: string) => variables[name] ?? '',
    );
    const schema = JSON.parse(await read('config/config.schema.json')) as object;
    const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    expect([validate(parse(filled)), validate.errors]).toEqual([true, null]);
  });

  it('give the image that was built to the job, and a run less time than its task', () => {
    expect(shell).toContain('--service-account="$RUNTIME"');
    const [, task] = /jobs create "\$JOB" [\s\S]*?--task-timeout=(\d+)m/.exec(shell) ?? [];
    const [, run] = /HARVEST_BQ_TIMEOUT=(\d+)m/.exec(shell) ?? [];
    expect(Number(run)).toBeLessThan(Number(task));
  });
});

describe('what docs/deploy.md names', () => {
  it('is there: codes of errors', () => {
    const named = [...text.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map(([, name]) => name ?? '');
    const codes = named.filter((name) => !/^(HARVEST_BQ_|GOOGLE_|HTTPS_|HARVEST_ACC|CLOUD_RUN|_)/.test(name));
    expect(codes).toContain('RUN_LOCKED');
    expect(codes.filter((code) => !(code in ERROR_TABLE))).toEqual([]);
  });

  it('is there: every exit code that the program has', async () => {
    const listed = [...(await read('docs/cli.md')).matchAll(/^- `(\d+)`:/gm)].map(([, code]) => code);
    const told = [...text.matchAll(/^\| +(\d+)[ ,|]/gm)].map(([, code]) => code);
    expect(told).toEqual(expect.arrayContaining(listed.filter((code) => code !== '0')));
  });

  it('is there: files', async () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path ?? '');
    for (const path of links) await access(new URL(path, new URL('docs/', ROOT)));
  });
});

describe('the filters of docs/deploy.md', () => {
  const failed = (JSON.parse(written('alert-failed.json')) as Policy).conditions[0]?.conditionMatchedLog;
  const [, good = ''] = /--log-filter='([^']+)'/.exec(shell) ?? [];

  it('are part of policies that are sound JSON', () => {
    for (const name of ['alert-failed.json', 'alert-execution.json', 'alert-absent.json']) {
      expect(JSON.parse(written(name))).toMatchObject({ combiner: 'OR', conditions: [expect.any(Object)] });
    }
  });

  it.each([
    ['a good run', 'ok', 0],
    ['a run with failures', 'partial', 5],
    ['a failed run', 'failed', 4],
    ['an interrupted run', 'interrupted', 143],
  ] as const)('tell %s from the others by its last line', async (_, outcome, exitCode) => {
    const [line] = await linesOf({ outcome, exit_code: exitCode });
    expect(matches(failed?.filter ?? '', entryOf(line))).toBe(outcome !== 'ok');
    expect(matches(good, entryOf(line))).toBe(outcome === 'ok');
  });

  it('tell of a command that could not begin', async () => {
    const line = await failureLine('CONFIG_INVALID');
    expect(matches(failed?.filter ?? '', entryOf(line))).toBe(true);
    expect(matches(good, entryOf(line))).toBe(false);
  });

  it('take out of the line what is there', async () => {
    const line = await failureLine('BIGQUERY_PERMISSION');
    const paths = Object.values(failed?.labelExtractors ?? {}).map(
      (extractor) => /^EXTRACT\(jsonPayload\.(\w+)\)$/.exec(extractor)?.[1] ?? '',
    );
    const [partial] = await linesOf({ outcome: 'partial', exit_code: 5 });
    expect(paths.filter((path) => !(path in (line ?? {})) && !(path in (partial ?? {})))).toEqual([]);
  });
});

interface Policy {
  readonly conditions: readonly {
    readonly conditionMatchedLog?: {
      readonly filter: string;
      readonly labelExtractors: Readonly<Record<string, string>>;
    };
  }[];
}

/** As Cloud Run hands a line on. */
function entryOf(line: Entry | undefined): Entry {
  return { resource: { type: 'cloud_run_job', labels: { job_name: 'harvest-bq' } }, jsonPayload: line };
}

async function linesOf(change: Partial<typeof PARTIAL_RUN>): Promise<readonly Entry[]> {
  return say((reporter) => reporter.emit({ event: 'run.finished', ...PARTIAL_RUN, ...change }));
}

async function failureLine(code: ErrorCode): Promise<Entry | undefined> {
  return (await say((reporter) => reporter.failed(new ConnectorError(code, 'why'))))[0];
}

async function say(
  speak: (reporter: Awaited<ReturnType<typeof createReporter>>) => void,
): Promise<readonly Entry[]> {
  const pieces: string[] = [];
  const reporter = await createReporter({
    kind: 'json',
    level: 'info',
    progress: true,
    write: (piece) => pieces.push(piece),
    paint: plainPaint,
    runId: 'r1',
    version: '0.1.0',
    env: {},
  });
  speak(reporter);
  reporter.close();
  return pieces.map((piece) => JSON.parse(piece) as Entry);
}
