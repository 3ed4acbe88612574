/**
 * The beginning of a run: histories that may not fit their tables are brought to the rows as they are, before anything
 * else is written. That is so where a stream's history was switched on, anew or for the first time: what changed meanwhile
 * was seen by no history.
 *
 * `_history` in the checkpoints names those that fit. A name is taken out before a row is written without its history,
 * and goes in with the commit that brings the two together, so that a run that is killed leaves the next one the same to do.
 */
import { historyName } from '../catalog/history.ts';
import type { HistoryRepair } from '../warehouse/history-repair.ts';
import type { RunContext } from './context.ts';
import { historyOfStream } from './histories.ts';
import { HISTORY } from './state.ts';

/**
 * Sees to it that the histories of this run fit; `made` are the tables that were not there before it.
 * @throws ConnectorError STATE_CONFLICT, BIGQUERY_*
 */
export async function fitHistories(made: ReadonlySet<string>, context: RunContext): Promise<void> {
  const { config, histories, states, warehouse } = context;
  const known = new Set(states.historyNotes().streams);
  const isMade = (name: string): boolean => made.has(name) || made.has(historyName(name));
  const kept = [...known].filter((name) => config.sync.history.includes(name) && !isMade(name));
  const doubted = [...histories].filter((name) => !known.has(name) || isMade(name));
  if (doubted.length === 0 && kept.length === known.size) return;
  const rows = await warehouse.counts(doubted.flatMap((name) => [name, historyName(name)]));
  const there = doubted.filter((name) => rows.has(name) && rows.has(historyName(name)));
  const isEmpty = (name: string): boolean => rows.get(name) === 0;
  // nothing was stored yet: the rows of this run bring their versions
  const empty = there.filter((name) => isEmpty(name) && isEmpty(historyName(name)));
  // rows that were lost with their table are not gone from Harvest: the next run can tell
  const lost = there.filter((name) => made.has(name) && !empty.includes(name));
  const repaired = there.filter((name) => !empty.includes(name) && !lost.includes(name));
  const streams = [...kept, ...empty, ...repaired].toSorted();
  if (repaired.length === 0 && kept.length === known.size)
    return states.defer(states.change(HISTORY, null, { streams }));
  await commitRepairs(repaired, streams, context);
}

/**
 * Brings the histories of these streams to the rows as they are.
 * @throws ConnectorError STATE_CONFLICT, BIGQUERY_*
 */
export async function repairHistories(names: readonly string[], context: RunContext): Promise<void> {
  if (names.length === 0) return;
  const streams = [...new Set([...context.states.historyNotes().streams, ...names])].toSorted();
  await commitRepairs(names, streams, context);
}

async function commitRepairs(
  names: readonly string[],
  streams: readonly string[],
  context: RunContext,
): Promise<void> {
  const { states, warehouse, runId } = context;
  const change = states.change(HISTORY, null, { streams });
  const committedAt = context.now().toISOString();
  await warehouse.commit({
    runId,
    stream: null,
    committedAt,
    loads: [],
    renames: [],
    histories: names.flatMap((name) => repairOf(name, context)),
    rejects: [],
    drift: [],
    states: [change],
  });
  states.committed([change], runId, committedAt);
}

function repairOf(name: string, context: RunContext): readonly HistoryRepair[] {
  const chosen = context.configured.get(name);
  const history = chosen === undefined ? null : historyOfStream(chosen, context);
  if (chosen === undefined || history === null) return [];
  return [{ table: chosen.table, history, deletes: context.config.sync.deletes }];
}
