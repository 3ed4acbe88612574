/**
 * Running timers: the hours of an entry whose timer runs grow without a newer `updated_at`, so that the changes since
 * the last run do not hold it. A timer that is stopped does get a newer one, and comes with the changes.
 */
import type { ChosenStream, RunContext } from './context.ts';
import { WHOLE } from './intake.ts';
import { listReader, listRequest } from './paging.ts';
import type { Window } from './stream.ts';

/** The stream whose records have timers. */
export const TIMED = 'time_entries';

/**
 * Reads the entries whose timer runs, with one request as a rule. To be read after the changes of a run. The
 * checkpoint stays where it is: what is complete up to an instant was read by others.
 *
 * @param isRepeat tells by its key whether the run has read an entry before
 *
 * @see Harvest API v2 docs, Time Entries: is_running (checked 2026-11-20); that hours grow without updated_at is not documented
 */
export function runningWindow(
  chosen: ChosenStream,
  isRepeat: (key: string) => boolean,
  context: RunContext,
): Window {
  const { stream } = chosen;
  const { states } = context;
  const { deletes } = context.config.sync;
  const read = listReader(listRequest(chosen, { is_running: 'true' }, context), chosen, context);
  return {
    mode: 'incremental',
    label: 'running timers',
    scope: { kind: 'merge' },
    how: 'moved',
    isRepeat,
    read: async (intake) => {
      const { content: remembered } = states.listNotes(stream.name);
      await intake.begin({ name: WHOLE, digest: { remembered, deletes } });
      return read(intake);
    },
    checkpoint: (intake) => {
      const { content: _, ...notes } = states.listNotes(stream.name);
      const content = intake.digests.get(WHOLE);
      return {
        cursor: states.cursor(stream.name),
        notes: content === undefined ? notes : { ...notes, content },
      };
    },
  };
}
