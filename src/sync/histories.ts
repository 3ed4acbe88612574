/**
 * Which streams have a history, and that it fits its table: what was written while a stream had none is made up for
 * before anything else is written. `_history` in the checkpoints says which histories fit.
 */
import { mayHaveHistory } from '../catalog/history.ts';
import { historyOf } from '../catalog/tables.ts';
import type { Config } from '../config/config.ts';
import type { Table } from '../warehouse/table.ts';
import type { ChosenStream, RunContext } from './context.ts';

/** Names of the configured streams whose rows have a history. */
export function historiesOf(
  configured: ReadonlyMap<string, ChosenStream>,
  { sync }: Config,
): ReadonlySet<string> {
  const wanted = new Set(sync.history);
  const having = [...configured.values()].filter(
    ({ stream }) => wanted.has(stream.name) && mayHaveHistory(stream),
  );
  return new Set(having.map(({ stream }) => stream.name));
}

/** The table that keeps the versions of a stream's rows; null: none does. */
export function historyOfStream(
  { stream, columns }: ChosenStream,
  { histories }: Pick<RunContext, 'histories'>,
): Table | null {
  return histories.has(stream.name) ? historyOf(stream, columns) : null;
}
