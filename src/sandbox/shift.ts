/** Moving the list of time entries under the feet of a reader. */
import { dateOf } from './calendar.ts';
import type { SandboxAccount } from './sandbox-account.ts';

/** Deletes the first time entry of the list, or puts a new one before it. */
export function shiftEntries(account: SandboxAccount, insert: boolean): void {
  const { entries } = account.data;
  let day = entries.lastDay;
  if (entries.size === 0) return;
  while (entries.countOfDay(day) === 0) day -= 1;
  const row = entries.rowOfDay(day, entries.countOfDay(day) - 1);
  if (!insert) {
    account.remove('time_entries', entries.idOf(row));
    return;
  }
  account.create('time_entries', {
    project_id: entries.project[row],
    task_id: entries.task[row],
    spent_date: dateOf(day),
    hours: 0.5,
    notes: 'came in while the list was read',
  });
}
