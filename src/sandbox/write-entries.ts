/** Writing time entries: made, edited, stopped, restarted, deleted. */
import type { Account } from './account.ts';
import { notFound, unprocessable } from './answer.ts';
import { dayOf } from './calendar.ts';
import { type EntryOverlay, type ExternalReference, FLAG } from './entries.ts';
import { type Fields, readFields } from './fields.ts';
import type { Rec } from './model.ts';

const FIELDS: Fields = {
  user_id: 'users',
  project_id: 'projects',
  task_id: 'tasks',
  spent_date: 'date',
  hours: 'number',
  started_time: 'text?',
  ended_time: 'text?',
  notes: 'text?',
  external_reference: 'object?',
};

/**
 * Adds an entry of `by` (or of `user_id`); without hours and end it is a running timer.
 * @returns its row
 * @throws Refusal 422
 */
export function createEntry(account: Account, body: Rec, by: number): number {
  const given = readFields(account, FIELDS, body, ['project_id', 'task_id', 'spent_date']);
  const user = typeof given['user_id'] === 'number' ? given['user_id'] : by;
  const hundredths = hoursGiven(given);
  const running = hundredths === null && typeof given['ended_time'] !== 'string';
  if (running) stopOthers(account, user, -1);
  const now = account.clock.seconds();
  const row = account.entries.add({
    user,
    ...workOf(account, Number(given['project_id']), Number(given['task_id'])),
    invoice: 0,
    day: dayOf(String(given['spent_date'])),
    hundredths: hundredths ?? 0,
    flags: 0,
    createdAt: now,
    updatedAt: now,
  });
  placeWork(account, row);
  account.entries.overlay.set(row, { notes: null, external_reference: null, ...textOf(given) });
  if (running) start(account, row);
  return row;
}

/** Changes the fields that are given. @throws Refusal 404, 422 */
export function updateEntry(account: Account, id: number, body: Rec): number {
  const row = rowOf(account, id);
  const { entries } = account;
  const given = readFields(account, FIELDS, body, []);
  const project = Number(given['project_id'] ?? entries.project[row]);
  const task = Number(given['task_id'] ?? entries.task[row]);
  const work = workOf(account, project, task);
  entries.project[row] = work.project;
  entries.task[row] = work.task;
  if (given['project_id'] !== undefined || given['task_id'] !== undefined) placeWork(account, row);
  if (typeof given['user_id'] === 'number') entries.user[row] = given['user_id'];
  const hundredths = hoursGiven(given);
  if (hundredths !== null) entries.hundredths[row] = hundredths;
  if (typeof given['spent_date'] === 'string') entries.move(row, dayOf(given['spent_date']));
  entries.overlay.set(row, { ...entries.overlay.get(row), ...textOf(given) });
  touchEntry(account, row);
  return row;
}

/** @throws Refusal 404 */
export function removeEntry(account: Account, id: number): void {
  account.entries.remove(rowOf(account, id));
}

/** Stops a running timer: its time becomes hours. @throws Refusal 404, 422 */
export function stopEntry(account: Account, id: number): number {
  const row = rowOf(account, id);
  if (!account.entries.has(row, FLAG.running)) throw unprocessable('The timer is not running');
  stop(account, row);
  return row;
}

/** Starts the timer of an entry again; another one of the person stops. @throws Refusal 404, 422 */
export function restartEntry(account: Account, id: number): number {
  const row = rowOf(account, id);
  if (account.entries.has(row, FLAG.running)) throw unprocessable('The timer is running already');
  stopOthers(account, account.entries.user[row] ?? 0, row);
  start(account, row);
  touchEntry(account, row);
  return row;
}

/** Stamps an entry as changed now. */
export function touchEntry(account: Account, row: number): void {
  account.entries.updatedAt[row] = account.clock.seconds();
  account.entries.version += 1;
}

function rowOf(account: Account, id: number): number {
  const row = account.entries.rowOf(id);
  if (row === undefined) throw notFound();
  return row;
}

function hoursGiven(given: Rec): number | null {
  const hours = given['hours'];
  if (typeof hours !== 'number') return null;
  if (hours < 0 || hours > 655) throw unprocessable('hours is invalid');
  return Math.round(hours * 100);
}

/** The pair of project and task; time can only be tracked where the task is assigned. */
function workOf(account: Account, project: number, task: number): { project: number; task: number } {
  if (account.taskAssignment(project, task) === undefined)
    throw unprocessable('The task is not assigned to the project');
  return { project, task };
}

/** Sets what follows from project and task: whether the time is billable and counts against a budget. */
function placeWork(account: Account, row: number): void {
  const { entries, tables } = account;
  const project = tables.projects.get(entries.project[row] ?? 0);
  const assignment = account.taskAssignment(project?.id ?? 0, entries.task[row] ?? 0);
  entries.setFlag(row, FLAG.billable, assignment?.billable ?? false);
  entries.setFlag(row, FLAG.budgeted, project !== undefined && project.budget_by !== 'none');
}

function textOf(given: Rec): EntryOverlay {
  const overlay: EntryOverlay = {};
  for (const name of ['notes', 'started_time', 'ended_time'] as const) {
    const value = given[name];
    if (value === null || typeof value === 'string') overlay[name] = value;
  }
  const reference = given['external_reference'];
  if (reference !== undefined) overlay.external_reference = referenceOf(reference as Rec | null);
  return overlay;
}

function referenceOf(given: Rec | null): ExternalReference | null {
  if (given === null) return null;
  const text = (name: string): string | null => (typeof given[name] === 'string' ? given[name] : null);
  const permalink = text('permalink');
  return {
    id: text('id') ?? '',
    group_id: text('group_id'),
    account_id: text('account_id'),
    permalink,
    service: permalink !== null && URL.canParse(permalink) ? new URL(permalink).hostname : null,
    service_icon_url: null,
  };
}

function start(account: Account, row: number): void {
  account.entries.setFlag(row, FLAG.running, true);
  const text = account.entries.overlay.get(row);
  account.entries.overlay.set(row, { ...text, timer_started_at: account.clock.instant() });
}

function stop(account: Account, row: number): void {
  const { entries, clock } = account;
  const text = { ...entries.overlay.get(row) };
  const since = typeof text.timer_started_at === 'string' ? Date.parse(text.timer_started_at) : clock.nowMs();
  const more = Math.max(0, Math.floor((clock.nowMs() - since) / 36_000));
  entries.hundredths[row] = Math.min(2400, (entries.hundredths[row] ?? 0) + more);
  delete text.timer_started_at;
  entries.overlay.set(row, text);
  entries.setFlag(row, FLAG.running, false);
  touchEntry(account, row);
}

/** One person has one running timer at most. */
function stopOthers(account: Account, user: number, but: number): void {
  for (const row of account.entries.running) {
    if (row !== but && account.entries.user[row] === user) stop(account, row);
  }
}
