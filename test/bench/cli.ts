/**
 * The benchmark: `node cli.ts [parts…] [--quick] [--write-docs]`. Prints goal, figure and verdict, and keeps the
 * figures in `results/`. A goal that is missed is a verdict, and so is a run that breaks; only a part that breaks as a whole
 * ends with an exit code other than 0.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { PARTS } from './parts.ts';
import { ROOT } from './support/measured.ts';
import type { Part } from './support/part.ts';
import type { PartResult } from './support/result.ts';
import { markdownOf, replaceMarked, screenOf, summaryOf } from './support/text.ts';

const RESULTS = join(ROOT, 'test/bench/results');
const DOCUMENT = join(ROOT, 'docs/performance.md');

/** How much of the processors others used just before the benchmark began; a load average still tells of what has ended. */
const BUSY = await busyShare(2_000);
const MUCH = 0.1;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => PARTS.every((part) => part.name !== name));
  if (unknown.length > 0) {
    process.stderr.write(
      `No such part: ${unknown.join(', ')}. There are: ${PARTS.map(({ name }) => name).join(', ')}\n`,
    );
    return 2;
  }
  if (values.quick && values['write-docs']) {
    process.stderr.write('What a quick run finds does not belong in the documentation.\n');
    return 2;
  }
  await mkdir(RESULTS, { recursive: true });
  const chosen = PARTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const results: PartResult[] = [];
  let broken = 0;
  for (const part of chosen) {
    try {
      const result = await runPart(part);
      results.push(result);
      await writeFile(join(RESULTS, `${part.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
      process.stdout.write(`\n${screenOf(result)}\n`);
      // at once, so that the figures stay when a later part is interrupted
      if (values['write-docs']) await writeDocument(result);
    } catch (error) {
      broken += 1;
      process.stdout.write(`\n${part.title}: broken\n`);
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }
  process.stdout.write(
    `\n${summaryOf(results)}${broken > 0 ? `, ${broken} broken` : ''}\nJSON: ${RESULTS}\n`,
  );
  return broken > 0 ? 1 : 0;
}

async function runPart(part: Part): Promise<PartResult> {
  const say = (text: string): boolean => process.stderr.write(`${part.name}: ${text}\n`);
  const startedAt = performance.now();
  const lines = await part.run({ quick: values.quick, say });
  return {
    part: part.name,
    title: part.title,
    command: `npm run bench -- ${part.name}${values.quick ? ' --quick' : ''}`,
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    quick: values.quick,
    seconds: (performance.now() - startedAt) / 1000,
    lines,
  };
}

function machine(): string {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const model = processors[0]?.model.trim() ?? 'unknown';
  const busy = BUSY > MUCH ? `, others used ${Math.round(BUSY * 100)} % of it` : '';
  return `${processors.length} × ${model}, ${memory}, ${platform()} ${release()}, Node.js ${process.versions.node}${busy}`;
}

async function busyShare(ms: number): Promise<number> {
  const spent = (): { readonly idle: number; readonly all: number } => {
    const times = cpus().map((processor) => processor.times);
    return {
      idle: times.reduce((sum, { idle }) => sum + idle, 0),
      all: times.reduce((sum, each) => sum + Object.values(each).reduce((a, b) => a + b, 0), 0),
    };
  };
  const before = spent();
  await sleep(ms);
  const after = spent();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

/** Puts a part's table in its place; what other parts have found stays. */
async function writeDocument(result: PartResult): Promise<void> {
  const text = replaceMarked(await readFile(DOCUMENT, 'utf8'), result.part, markdownOf(result));
  await writeFile(DOCUMENT, await format(text, { parser: 'markdown', singleQuote: true, printWidth: 110 }));
}

// ends what was started, too
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main();
