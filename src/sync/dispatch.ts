/**
 * All streams of a run: each waits for the streams it depends on, is brought up to date by what fits its mode, and
 * ends as a result. The only place where a stream's failure becomes a result instead of going on.
 */
import { classify } from '../classify/classify.ts';
import type { ConnectorError } from '../errors.ts';
import { backfillStream } from './backfill/backfill.ts';
import { syncChildren } from './children.ts';
import { noteColumns } from './column-choice.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { failureOf, type StreamResult } from '../events.ts';
import { FACTS } from './follow-ups.ts';
import { firstFactDate } from './first-fact.ts';
import { syncList } from './lists.ts';
import { syncReport, type FactsOfRun } from './reports.ts';
import type { RunStop } from './run-stop.ts';
import { acceptsHidden } from './visibility.ts';

/** Streams besides the parent that have to be done before a stream: they point at what it has to read. */
const ALSO_AFTER: Readonly<Record<string, readonly string[]>> = {
  project_assignments: ['user_assignments', 'task_assignments'],
};

/** Syncs all chosen streams side by side; one result each, in their order. */
export async function syncStreams(context: RunContext, stop: RunStop): Promise<readonly StreamResult[]> {
  const { promise: allStarted, resolve: start } = Promise.withResolvers<void>();
  const tasks = new Map<string, Promise<StreamResult>>();
  const firsts = new Map<string, Promise<string | null>>();
  const firstOf = (fact: string): Promise<string | null> => {
    const known = firsts.get(fact) ?? firstFactDate(fact, context);
    firsts.set(fact, known);
    return known;
  };
  const facts: FactsOfRun = {
    done: allStarted.then(() => Promise.all(FACTS.map(async (name) => tasks.get(name)))),
    first: firstOf,
  };
  const projects = allStarted.then(() => tasks.get('projects'));
  for (const [name, chosen] of context.chosen) {
    const before = [chosen.stream.parent?.stream ?? '', ...(ALSO_AFTER[name] ?? [])].map(async (other) =>
      tasks.get(other),
    );
    const sync = async (): Promise<void> => {
      if (context.backfill !== null) await backfillStream(context.backfill, chosen, context, facts.done);
      else if (chosen.stream.parent !== undefined) await syncChildren(chosen, context);
      else if (chosen.stream.sync === 'report') await syncReport(chosen, context, facts);
      else await syncList(chosen, context, projects);
    };
    tasks.set(
      name,
      Promise.all(before).then(() => syncOne(chosen, sync, context, stop)),
    );
  }
  start();
  return Promise.all(tasks.values());
}

/** One stream, from start to result. */
async function syncOne(
  chosen: ChosenStream,
  sync: () => Promise<void>,
  context: RunContext,
  stop: RunStop,
): Promise<StreamResult> {
  const name = chosen.stream.name;
  const startedAt = context.now().getTime();
  const finish = (part: Pick<StreamResult, 'outcome' | 'failure' | 'reason'>): StreamResult => {
    const result: StreamResult = {
      stream: name,
      ...context.tally.counts(name),
      ...part,
      seconds: (context.now().getTime() - startedAt) / 1000,
      cursor: context.states.cursor(name),
      bytes_billed: context.tally.of(name).bytesBilled,
    };
    context.emit({ event: EVENT_OF[part.outcome], ...result });
    return result;
  };
  const skipped = (reason: string): StreamResult => finish({ outcome: 'skipped', failure: null, reason });
  const { module } = chosen.stream;
  if (module !== undefined && context.account.modules[module] === false) {
    return skipped(`${module}s are switched off in Harvest`);
  }
  if (stop.skipped !== null) return skipped(stop.skipped);
  context.emit({ event: 'stream.started', stream: name, bucket: chosen.stream.limit_class });
  try {
    context.signal.throwIfAborted();
    await sync();
    if (context.backfill === null) noteColumns(chosen, context);
    return finish({ outcome: 'ok', failure: null, reason: null });
  } catch (error) {
    const failure = classify(error).of(name);
    const reason = stop.skipped ?? hiddenReason(failure, context);
    if (reason !== null) return skipped(reason);
    stop.after(failure, name);
    return finish({ outcome: 'failed', failure: failureOf(failure), reason: null });
  }
}

const EVENT_OF = { ok: 'stream.finished', failed: 'stream.failed', skipped: 'stream.skipped' } as const;

/** Why a refusal is no failure: the role may not see it, and that was accepted. */
function hiddenReason(error: ConnectorError, context: RunContext): string | null {
  return acceptsHidden(error, context) ? 'not visible to this token (visibility: partial)' : null;
}
