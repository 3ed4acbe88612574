import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ERROR_TABLE } from '../../src/error-codes.ts';
import {
  configTopic,
  environmentTopic,
  errorsTopic,
  errorTopic,
  exitCodesTopic,
} from '../../src/cli/help-topics.ts';
import { helpOf, outputIn, parseCommandLine } from '../../src/cli/parse.ts';
import { cliReference, errorReference } from '../../src/cli/reference.ts';
import { expectGolden } from '../support/golden.ts';

const VERSION = '0.1.0';
const COMMANDS = [
  'plan',
  'report',
  'sync',
  'verify',
  'discover',
  'check',
  'status',
  'sandbox',
  'demo',
  'erase',
  'backfill',
  'state',
  'destroy',
  'init',
  'completion',
  'help',
];

describe('help', () => {
  it('shows the commands in groups', () => {
    expectGolden('test/golden/help/harvest-bq.txt', helpOf(null, VERSION) ?? '');
  });

  it.each(COMMANDS)('shows the flags of %s', (command) => {
    expectGolden(`test/golden/help/${command}.txt`, helpOf(command, VERSION) ?? '');
  });

  it('never is wider than 80 characters', () => {
    for (const command of [null, ...COMMANDS]) {
      for (const line of (helpOf(command, VERSION) ?? '').split('\n'))
        expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('has pages about errors, exit codes, the environment and the configuration', async () => {
    expectGolden('test/golden/help/topic-errors.txt', `${errorsTopic().text}\n`);
    expectGolden('test/golden/help/topic-exit-codes.txt', `${exitCodesTopic().text}\n`);
    expectGolden('test/golden/help/topic-environment.txt', `${environmentTopic().text}\n`);
    const { text, data } = await configTopic();
    expectGolden('test/golden/help/topic-config.txt', `${text}\n`);
    expect(data).toEqual(expect.arrayContaining([expect.objectContaining({ path: 'sync.overlap' })]));
  });

  it('names each variable that the program reads', async () => {
    const told = (environmentTopic().data as { name: string }[]).flatMap(({ name }) => name.split(', '));
    const families = told.filter((name) => name.endsWith('>')).map((name) => name.replace(/<.*/, ''));
    const files = (await readdir('src', { recursive: true })).filter((name) => name.endsWith('.ts'));
    const texts = await Promise.all(files.map((name) => readFile(join('src', name), 'utf8')));
    const reads =
      /\benv\['(\w+)'\]|\.env\('(\w+)'\)|'(CLOUD_RUN_\w+|MALLOC_\w+)'|\b((?:DUCKDB_JE_)?MALLOC_\w+):/g;
    const read = texts.flatMap((text) =>
      [...text.matchAll(reads)].map((found) => found.slice(1).find((name) => name !== undefined) ?? ''),
    );
    const isTold = (name: string): boolean =>
      told.some((one) => one.toLowerCase() === name.toLowerCase()) ||
      families.some((start) => name.startsWith(start));
    expect(read.length).toBeGreaterThan(20);
    expect(read.filter((name) => !isTold(name))).toEqual([]);
  });

  it.each(Object.keys(ERROR_TABLE))('explains %s', (code) => {
    const { text } = errorTopic(code);
    for (const label of ['Why', 'Do', 'Exit']) expect(text).toContain(label);
  });

  it('suggests the nearest code', () => {
    expect(() => errorTopic('HARVEST_FORBIDEN')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('HARVEST_FORBIDDEN') }),
    );
  });
});

describe('generated documentation', () => {
  it('docs/cli.md is what the program says', () => {
    expectGolden('docs/cli.md', cliReference(VERSION));
  });

  it('docs/errors.md is what the table says', () => {
    expectGolden('docs/errors.md', errorReference());
  });
});

describe('a command line', () => {
  const flagsOf = (line: string): Readonly<Record<string, unknown>> => {
    const parsed = parseCommandLine(line.split(' '), VERSION);
    return parsed.kind === 'command' ? parsed.invocation.flags : {};
  };

  it('may have global flags before and after the command', () => {
    expect(flagsOf('-o json sync clients -c x.yaml')).toMatchObject({ output: 'json', config: 'x.yaml' });
  });

  it('has streams as arguments and values in their types', () => {
    const line = 'sync clients invoice* --exclude a,b --exclude c --concurrency 4 --timeout 25m --run-id r1';
    const parsed = parseCommandLine(line.split(' '), VERSION);
    expect(parsed).toMatchObject({
      kind: 'command',
      invocation: {
        command: 'sync',
        args: ['clients', 'invoice*'],
        flags: { exclude: ['a', 'b', 'c'], concurrency: 4, timeout: 1_500_000, runId: 'r1' },
      },
    });
  });

  it.each([
    ['snyc', 'Did you mean sync?'],
    ['sync --concurency 4', 'Did you mean --concurrency?'],
    ['status --max-ages 2h', 'Did you mean --max-age?'],
  ])('%s gets a suggestion', (line, suggestion) => {
    expect(() => parseCommandLine(line.split(' '), VERSION)).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID', hint: expect.stringContaining(suggestion) }),
    );
  });

  it.each([
    'sync --concurrency 0',
    'sync --timeout soon',
    'sync --run-id a/b',
    'sync --limit 5',
    'sync --since 2026-01-01',
    'discover a b',
    'discover --limit none',
    'sandbox --port 70000',
    'sandbox --size huge',
    'status --max-age 0h',
    '-o xml sync',
    '--log-level loud sync',
  ])('%s is refused', (line) => {
    expect(() => parseCommandLine(line.split(' '), VERSION)).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }),
    );
  });

  it.each([
    [['-o', 'json', 'x'], {}, 'json'],
    [['x', '--output=jsonl'], {}, 'jsonl'],
    [['-ojson'], {}, 'json'],
    [['x'], { HARVEST_BQ_OUTPUT: 'json' }, 'json'],
    [['-o', 'xml'], {}, 'text'],
    [['json'], {}, 'text'],
  ] as const)('%j with %j asks for %s', (argv, env, output) => {
    expect(outputIn(argv, env)).toBe(output);
  });
});
