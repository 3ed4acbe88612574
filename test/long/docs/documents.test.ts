/** What `-o json` says, command by command, against the schemas in schemas/cli/. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelopeText } from '../../../src/cli/envelope.ts';
import { factsOf } from '../../../src/cli/outcome.ts';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { documentOf, runCli, startCli } from '../../cli/support/run-cli.ts';
import { say } from '../../cli/support/in-process.ts';
import { DOCUMENTS, expectDocument, expectEvent, steadied } from '../../support/documents.ts';
import { expectGolden } from '../../support/golden.ts';
import { openOffice, type Office } from '../../support/office.ts';
import { pick } from '../../support/pick.ts';
import { environmentOfEngine } from '../../e2e/support/environment.ts';

const NOW = '2026-03-10T09:00:00Z';

let office: Office;
beforeAll(async () => {
  office = await openOffice({ now: NOW, clock: 'stands' });
}, 60_000);
afterAll(async () => office[Symbol.asyncDispose]());

function environment(): Readonly<Record<string, string>> {
  const { target, path } = office;
  return {
    ...environmentOfEngine(target, path),
    HARVEST_BQ_SYNC_HASH_KEY: '${HASH_KEY}',
    HASH_KEY: 'a key of thirty-two characters..',
  };
}

/** The document of a command. */
async function document(line: string): Promise<unknown> {
  const { code, data, error, failure } = await say(`${line} -o json --log-level error`, {
    cwd: dirname(office.path),
    env: environment(),
    now: new Date(NOW),
  });
  const parsed = parseCommandLine(line.split(' '), '0.0.0');
  const command = parsed.kind === 'command' ? parsed.invocation.command : null;
  const answer = {
    command,
    version: '0.0.0',
    exitCode: code,
    data,
    warnings: [],
    failure: error === null ? failure : factsOf(error),
  };
  return JSON.parse(envelopeText(answer, 'json'));
}

/** A document as its golden file has it. */
function textOf(said: unknown): string {
  return `${JSON.stringify(steadied(said), null, 2)}\n`;
}

const person = (): string => String(pick(office, 'users').id);

/** In the order in which they are run on one warehouse. */
const LINES: readonly (readonly [string, () => string])[] = [
  ['discover', () => 'discover'],
  ['discover-stream', () => 'discover clients'],
  ['discover-preview', () => 'discover clients --preview --limit 1'],
  ['check', () => 'check'],
  ['plan', () => 'plan clients roles time_clients'],
  ['init', () => 'init --from-env --connector acme --destination duckdb --path acme.duckdb -c made.yaml'],
  ['sync', () => 'sync clients users roles time_entries time_clients'],
  ['discover-diff', () => 'discover clients --diff'],
  ['status', () => 'status clients roles'],
  ['status-runs', () => 'status --runs 2'],
  ['plan-again', () => 'plan clients --sql'],
  ['report', () => 'report'],
  ['verify', () => 'verify clients time_entries'],
  ['backfill', () => 'backfill time_entries --from 2026-02-01 --to 2026-02-28 --yes'],
  ['backfill-unconfirmed', () => 'backfill time_entries --from 2026-02-01 --to 2026-02-28'],
  ['state-show', () => 'state show clients'],
  ['state-export', () => 'state export --file states.json'],
  ['state-set', () => 'state set clients --cursor 2026-03-01T00:00:00Z --yes'],
  ['state-import', () => 'state import --file states.json --yes'],
  ['state-unlock', () => 'state unlock'],
  ['state-prune', () => 'state prune --history-before 2025-01-01 --yes'],
  ['erase-dry-run', () => `erase --user ${person()} --dry-run`],
  ['erase', () => `erase --user ${person()} --yes`],
  ['erase-failed', () => 'erase --user 1 --yes'],
  ['destroy-dry-run', () => 'destroy --dry-run'],
  ['help-errors', () => 'help errors'],
  ['help-error', () => 'help errors RUN_LOCKED'],
  ['help-config', () => 'help config'],
  ['help-environment', () => 'help environment'],
  ['completion', () => 'completion bash'],
  ['help-exit-codes', () => 'help exit-codes'],
];

describe('the document of', () => {
  it.each(LINES)('%s is as its schema and its golden file say', async (name, line) => {
    const said = await document(line());
    expectDocument(said);
    expectGolden(`test/golden/documents/${name}.txt`, textOf(said));
  });

  it.each([
    ['--version', 'version'],
    ['', 'none'],
    ['help', 'help'],
    ['sync --help', 'help-flag'],
    ['snyc', 'none-failed'],
    ['demo -q', null],
    ['destroy --yes', 'destroy'],
  ])(
    'the program itself for %j is as its schema says',
    async (line, name) => {
      const words = line.split(' ').filter((word) => word !== '');
      const options = { cwd: dirname(office.path), env: environment() };
      const said = documentOf(await runCli([...words, '-o', 'json'], options));
      expectDocument(said);
      // the days of a demo end today
      if (name !== null)
        expectGolden(`test/golden/documents/${name}.txt`, textOf(said).replaceAll(said.version, '0.0.0'));
    },
    120_000,
  );

  it('a sandbox is there as soon as it serves', async () => {
    const child = startCli(['sandbox', '--size', 'tiny', '-o', 'json']);
    let text = '';
    for await (const piece of child.stdout ?? []) {
      text += String(piece);
      if (text.endsWith('}\n')) break;
    }
    child.kill('SIGTERM');
    const said = JSON.parse(text) as object;
    expectDocument(said);
    expectGolden('test/golden/documents/sandbox.txt', textOf({ ...said, version: '0.0.0' }));
    expect(said).toMatchObject({ data: { base_url: expect.stringMatching(/^http:/) } });
  }, 60_000);
});

describe('the events of', () => {
  it.each(['sync', 'verify', 'sync --full-refresh', 'sync nonsense'])(
    '%s are as schemas/cli/events.json says, and run.finished is the last',
    async (line) => {
      const cwd = dirname(office.path);
      const run = await runCli([...line.split(' '), '-o', 'jsonl'], { cwd, env: environment() });
      if (run.stdout === '') throw new Error(run.stderr);
      const events = run.stdout
        .trimEnd()
        .split('\n')
        .map((text) => JSON.parse(text) as { readonly event?: string });
      if (events[0]?.event === undefined) {
        expect(events).toHaveLength(1);
        expectDocument(events[0]);
        return;
      }
      for (const event of events) expectEvent(event);
      expect(events.filter(({ event }) => event === 'run.finished')).toHaveLength(1);
      expect(events.at(-1)?.event).toBe('run.finished');
    },
    120_000,
  );

  it('all kinds that the program has are described', async () => {
    const files = ['src/events.ts', 'src/work-events.ts'].map(
      (path) => new URL(`../../../${path}`, import.meta.url),
    );
    const source = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
    const schema = await readFile(new URL('../../../schemas/cli/events.json', import.meta.url), 'utf8');
    const inCode = [...source.matchAll(/event: '([\w.]+)'/g)].map(([, name]) => name);
    const described = [...schema.matchAll(/"const": "([\w.]+)"/g)].map(([, name]) => name);
    expect(described.toSorted()).toEqual([...new Set(inCode)].toSorted());
  });
});

describe('every document', () => {
  it('has an example among these or is made elsewhere', () => {
    const here = new Set(LINES.map(([name]) => name.split('-')[0]));
    const elsewhere = ['demo', 'destroy', 'none', 'sandbox', 'version'];
    expect(DOCUMENTS.filter((name) => !here.has(name) && !elsewhere.includes(name))).toEqual([]);
  });
});
