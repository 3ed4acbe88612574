/**
 * Where `start_date` lies within a month, that month's reports hold facts that are not stored. Whether one of them went, or
 * was given a date in another month, only their count tells; edited ones come with the changes.
 */
import type { ChosenStream, RunContext } from '../context.ts';
import { FACTS } from '../follow-ups.ts';
import { addDays, firstDay, monthOf } from '../month.ts';

/** Notes the month of `start_date` as changed where the count of its facts before that day is another than last time. */
export async function lookBeforeStart(
  { stream }: ChosenStream,
  count: (query: Readonly<Record<string, string>>) => Promise<number>,
  { config, states, locks, startedAt }: RunContext,
): Promise<void> {
  const { startDate } = config;
  const isFact = FACTS.some((name) => name === stream.name);
  if (!isFact || startDate === null || startDate.endsWith('-01')) return;
  const month = monthOf(startDate);
  const now = await count({ from: firstDay(month), to: addDays(startDate, -1) });
  const { beforeStart } = states.listNotes(stream.name);
  if (beforeStart === now) return;
  await locks.with([stream.name], async () => {
    const { months = {}, ...notes } = states.listNotes(stream.name);
    const touched = beforeStart === undefined ? months : { ...months, [month]: startedAt };
    const changed = { ...notes, months: touched, beforeStart: now };
    states.defer(states.change(stream.name, states.cursor(stream.name), changed));
    await Promise.resolve();
  });
}
