import { assertChoice } from '../../catalog/check-choice.ts';
import { selectStreams } from '../../catalog/select.ts';
import { exitText, failureText, mainFailure, summaryText } from '../../report/summary.ts';
import type { RunResult } from '../../events.ts';
import { whoToAsk } from '../ask.ts';
import { openCatalog, openConfig, openRun, openRunDeps, type CliContext } from '../context.ts';
import { listOf, numberOf, textOf } from '../flags.ts';
import type { Outcome } from '../outcome.ts';
import type { Invocation } from '../program.ts';

/** `sync [streams…]`: one run; its closing table is the result. */
export async function runSyncCommand(invocation: Invocation, context: CliContext): Promise<Outcome> {
  const { flags, args } = invocation;
  if (flags['dryRun'] === true) {
    const { runPlan } = await import('./plan.ts');
    return runPlan(invocation, context);
  }
  const { runId, emit } = await openRun(context, textOf(flags, 'runId'));
  const concurrency = numberOf(flags, 'concurrency');
  const config = await openConfig(context, {
    flags: concurrency === null ? {} : { 'sync.concurrency': concurrency },
  });
  const catalog = await openCatalog();
  const exclude = listOf(flags, 'exclude');
  const { include, exclude: left } = config.streams;
  // a wrong word ends the command before anything is locked or asked
  assertChoice(config, catalog);
  selectStreams(catalog, { include, exclude: left, only: args, except: exclude });
  const { runSync } = await import('../../sync/run.ts');
  const result = await runSync(
    {
      command: 'sync',
      streams: args,
      exclude,
      fullRefresh: flags['fullRefresh'] === true,
      allowShrink: flags['allowShrink'] === true,
      allowDeletes: flags['allowDeletes'] === true,
      verify: flags['verify'] === true || config.sync.verify,
      onlyVerify: false,
      failFast: flags['failFast'] === true,
      runId,
      timeoutMs: numberOf(flags, 'timeout') ?? config.sync.timeoutMs,
    },
    { ...(await openRunDeps(context, config, catalog, emit)), ...whoToAsk(context) },
  );
  return runOutcome(result, context);
}

/** A finished run as the result of a command. */
export function runOutcome(result: RunResult, context: CliContext): Outcome {
  const { globals, stdout, stderr, session } = context;
  const failure = mainFailure(result);
  const isForPeople = session.reporter !== null && session.reporter.kind !== 'json';
  const summary = summaryText(result, { width: stdout.width, isVerbose: globals.verbose });
  const ending = stderr.paint('red', exitText(result.exit_code));
  const closing = result.exit_code === 0 ? '' : `\n${failureText(result)}\n\n${ending}`;
  return {
    exitCode: result.exit_code,
    data: result,
    text: summary === '' || !stdout.isTerminal ? summary : `\n${summary}`,
    ...(failure === null ? {} : { failure }),
    ...(isForPeople ? { closing } : {}),
    isStreamed: globals.output === 'jsonl',
  };
}
