/** `demo`: the whole thing at work without any set-up, against a simulated account in this process. */
import { join } from 'node:path';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Config } from '../../config/config.ts';
import { startSandbox } from '../../sandbox/server.ts';
import { runSync } from '../../sync/run.ts';
import type { RunResult } from '../../events.ts';
import { openCatalog, openRun, openRunDeps, type CliContext } from '../context.ts';
import { demoConfig } from '../demo-config.ts';
import { clearDemoFile, DEMO_FILE, DEMO_RUN_PREFIX } from '../demo-file.ts';
import { QUESTIONS, type Question } from '../demo-questions.ts';
import {
  answerScreen,
  daySyncScreen,
  nextScreen,
  tablesScreen,
  type QueryAnswer,
  type TableCount,
} from '../demo-screen.ts';
import { openFileToRead } from '../duckdb-file.ts';
import { done, type Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';
import { programName } from '../program-name.ts';
import { newRunId } from '../run-id.ts';
import { runOutcome } from './sync.ts';

/** The demo's account is the same every time, but for its dates, which end today. */
const SEED = 11;

interface Demo {
  readonly config: Config;
  readonly catalog: Catalog;
  readonly context: CliContext;
}

interface Answered extends Question, QueryAnswer {}

export async function runDemo(_invocation: Invocation, context: CliContext): Promise<Outcome> {
  const path = join(context.cwd, DEMO_FILE);
  await clearDemoFile(path);
  await using sandbox = await startSandbox({ seed: SEED, size: 'studio' });
  const demo: Demo = { config: demoConfig(sandbox, path), catalog: await openCatalog(), context };
  const say = context.globals.output === 'text' ? context.stdout.write : ignore;

  const first = await syncOnce(demo);
  if (first.exit_code !== 0) return runOutcome(first, context);
  const { tables, answers } = await look(path, demo.catalog);
  say(`${tablesScreen(tables, first, DEMO_FILE)}\n`);
  for (const answer of answers) say(`${answerScreen(answer, answer)}\n`);
  say('\n');

  const day = sandbox.account.passDay();
  if (context.session.reporter?.kind !== 'json') context.session.reporter?.note('');
  const second = await syncOnce(demo);
  if (second.exit_code !== 0) return runOutcome(second, context);
  const text = [daySyncScreen(day.happened, first, second), nextScreen(programName(context), DEMO_FILE)];
  const data = { file: path, first, tables, answers, day: day.happened, second };
  return { ...done(data, text.join('\n')), isStreamed: context.globals.output === 'jsonl' };
}

/** One run, named so that the file can be told from a connector's. */
async function syncOnce({ config, catalog, context }: Demo): Promise<RunResult> {
  const { runId, emit } = await openRun(context, DEMO_RUN_PREFIX + newRunId(context.now()));
  const options = { command: 'demo', streams: [], exclude: [], runId, timeoutMs: null, failFast: false };
  const plainly = {
    fullRefresh: false,
    allowShrink: false,
    allowDeletes: false,
    verify: false,
    onlyVerify: false,
  };
  return runSync({ ...options, ...plainly }, await openRunDeps(context, config, catalog, emit));
}

async function look(
  path: string,
  catalog: Catalog,
): Promise<{ readonly tables: readonly TableCount[]; readonly answers: readonly Answered[] }> {
  await using warehouse = await openFileToRead(path);
  const names = [...catalog.streams.keys()].toSorted();
  const counts = await warehouse.counts(names);
  const answers: Answered[] = [];
  for (const question of QUESTIONS) answers.push({ ...question, ...(await warehouse.query(question.sql)) });
  return { tables: names.map((table) => ({ table, rows: counts.get(table) ?? 0 })), answers };
}

function ignore(): void {
  // machine-readable output is one document at the end
}
