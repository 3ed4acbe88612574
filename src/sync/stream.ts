/**
 * The way of the records of ONE window, top to bottom:
 *
 * | step         | where                          | in → out                                             |
 * | ------------ | ------------------------------ | ---------------------------------------------------- |
 * | 1 choose     | window.ts, via lists/children/reports | checkpoint → what to ask for                  |
 * | 2 fetch      | harvest/pages.ts               | query → pages of records                             |
 * | 3 check      | row.ts                         | record → row, or reject                              |
 * | 4 shape      | row.ts, cast.ts                | only the chosen columns, exact values                |
 * | 5 spool      | intake.ts, warehouse/spool.ts  | rows → NDJSON file                                   |
 * | 6 stage      | loads.ts, warehouse: prepare   | file → staged rows, compared with the table          |
 * | 7 follow up  | follow-ups.ts                  | what changed → months, children, names to look after |
 * | 8 commit     | warehouse: commit              | rows, rejects and checkpoints in one transaction     |
 * | 9 report     | counting.ts, events.ts         | events → screen, JSON lines, run history             |
 */
import { ConnectorError } from '../errors.ts';
import type { Scope, StateChange, TableLoad } from '../warehouse/warehouse.ts';
import type { ChosenStream, RunContext } from './context.ts';
import { countWindow } from './counting.ts';
import type { SyncEvent } from '../events.ts';
import { childChanges, followUps, touchedCheckpoints, withFollowUps, type FollowUps } from './follow-ups.ts';
import { Intake } from './intake.ts';
import { discardLoads, prepareLoads, type WindowLoads } from './loads.ts';
import { allowDeletions } from './settle/guard.ts';
import { isCounted, rejectsWithoutRow, withRejects } from './settle/note-rejects.ts';
import type { SeenRejects } from './settle/rejected.ts';
import { assertStillSees } from './settle/still-sees.ts';
import type { ChildNotes, ListNotes, ReportNotes } from './state.ts';

/** Where a stream stands after a window: worked out when it is committed, from the newest checkpoint. */
export interface Checkpoint {
  readonly cursor: string | null;
  readonly notes: ListNotes | ChildNotes | ReportNotes;
}

/** What a commit notes beside the checkpoints of its streams. */
export interface Along {
  /** Whose checkpoint it is. */
  readonly state: string;
  /** Worked out when the commit is made; null: nothing after all. */
  readonly change: () => StateChange | null;
}

/** Something to read, stage and commit as one. */
export interface Window {
  readonly mode: Extract<SyncEvent, { event: 'window.chosen' }>['mode'];
  /** What is asked for, in words. */
  readonly label: string;
  /**
   * Reads the pages into the intake. Answers false if the list moved meanwhile and has to be read again. May say before
   * its end that others can as well read beside it, since it only waits for what it has asked for.
   */
  readonly read: (intake: Intake, onAllAsked?: () => void) => Promise<boolean>;
  readonly scope: Scope;
  /** How rows that the scope does not hold any more are noted in `_deletions`. */
  readonly how: TableLoad['how'];
  /**
   * Takes the keys of rows that the scope does not hold any more, in place of letting them go. Absent: they go.
   * Called before the commit.
   */
  readonly onMissing?: (keys: readonly (readonly string[])[]) => void;
  /** Takes note of records that were rejected and have no row. Called before the commit. */
  readonly onRejects?: (without: SeenRejects['without']) => void;
  /** Whether the run has read a record before, by its key: one that is unchanged then counts as skipped. */
  readonly isRepeat?: (key: string) => boolean;
  /** Whether the rows go since they lie before `start_date`: they are not deleted in Harvest, and leave the table in any case. */
  readonly isOutside?: boolean;
  readonly along?: Along;
  /** Waits until everything is stored that has to be before this is, once it is read. Throws if that failed. */
  readonly turn?: () => Promise<void>;
  /** Works out the checkpoint for a commit that may still fail: it changes nothing. */
  readonly checkpoint: (intake: Intake) => Checkpoint;
  /** Called once the window is stored, before another one works out its checkpoint. */
  readonly onStored?: () => void;
}

/** How often a list that moves is read before the stream gives up. */
const READ_ATTEMPTS = 4;

/**
 * Brings one window into the warehouse.
 *
 * @throws ConnectorError with everything left as it was: what the client, the shaper or the warehouse throw, and
 * PAGES_UNSETTLED when the list does not hold still
 */
export async function syncWindow(window: Window, chosen: ChosenStream, context: RunContext): Promise<void> {
  const { stream } = chosen;
  context.emit({ event: 'window.chosen', stream: stream.name, mode: window.mode, window: window.label });
  await using intake = await readSettled(window, chosen, context);
  context.emit({ event: 'rows.staged', stream: stream.name, rows: intake.rows });
  await window.turn?.();
  await context.loading.add(() => loadWindow(window, chosen, intake, context));
}

/** Steps 6 to 9. */
async function loadWindow(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  context: RunContext,
): Promise<void> {
  const without = await rejectsWithoutRow(intake, chosen, context);
  const loads = await prepareLoads(window, chosen, intake, context);
  try {
    window.onMissing?.(loads.own?.missing ?? []);
    window.onRejects?.(without);
    await guardDeletions(window, chosen, intake, loads, context);
    const touched = touchedCheckpoints(chosen.stream, context.catalog);
    const names = window.along === undefined ? touched : [...touched, window.along.state];
    await context.locks.with(names, () =>
      commitWindow(window, chosen, intake, { ...loads, without }, context),
    );
  } finally {
    await discardLoads(loads);
  }
}

/**
 * Whether rows may go; the role is looked at once more before. Rows that moved are no deletions, and a refresh that
 * shrinks a table by half is refused by the warehouse.
 */
async function guardDeletions(
  { mode, how }: Window,
  { stream }: ChosenStream,
  { gone }: Intake,
  { own }: WindowLoads,
  context: RunContext,
): Promise<void> {
  // their documents went since start_date was moved, which was asked about
  if (how === 'parent' && context.states.childNotes(stream.name).parentsLeave === true) return;
  const rows = own?.gone ?? 0;
  if (rows === 0 || how === null || how === 'moved') return;
  await assertStillSees(context);
  const stored = (await context.warehouse.counts([stream.name])).get(stream.name) ?? 0;
  const live = stored - (context.states.listNotes(stream.name).apart ?? 0);
  if (mode === 'full' && (context.allowShrink || rows * 2 > live)) return;
  allowDeletions({ stream: stream.name, rows, live, keys: gone.map((key) => key.join('|')) }, context);
}

/** Steps 2 to 5. A list that moved while it was read is thrown away and read again. */
async function readSettled(window: Window, chosen: ChosenStream, context: RunContext): Promise<Intake> {
  for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
    const intake = new Intake(chosen, context);
    try {
      if (await window.read(intake)) {
        await intake.close();
        return intake;
      }
    } catch (error) {
      await intake[Symbol.asyncDispose]();
      throw error;
    }
    await intake[Symbol.asyncDispose]();
    context.emit({ event: 'window.moved', stream: chosen.stream.name, attempt });
  }
  throw new ConnectorError(
    'PAGES_UNSETTLED',
    `${chosen.stream.name} (${window.label}) moved each of the ${READ_ATTEMPTS} times it was read`,
    { stream: chosen.stream.name },
  );
}

/**
 * Steps 7 to 9, while no other commit may touch the same checkpoints. Where nothing differs from what is stored there
 * is nothing to commit but the checkpoint, and that can wait: whoever loses it only reads the window again.
 */
async function commitWindow(
  window: Window,
  chosen: ChosenStream,
  intake: Intake,
  { own, snapshot, without }: WindowLoads & Pick<SeenRejects, 'without'>,
  context: RunContext,
): Promise<void> {
  const { stream } = chosen;
  const { catalog, states, runId, startedAt: runStartedAt } = context;
  const { seenAt: readAt, fresh, rejects, drift } = intake;
  const follow = followUps(stream, own?.load.watch ?? [], own?.transitions ?? [], {
    runStartedAt,
    namesSince: context.namesSince.get(stream.name) ?? runStartedAt,
    readAt,
    fresh,
    monthsOutside: intake.monthsOutside,
  });
  // a first load meets old facts: they count as changed when they were, not when they were met
  const noticedAt = states.cursor(stream.name) === null ? null : readAt;
  const { cursor, notes: known } = window.checkpoint(intake);
  const bounds = { startDate: context.config.startDate, undated: stream.undated === true };
  const notes = isCounted(stream) ? withRejects(known as ListNotes, window, intake, without, bounds) : known;
  const change = states.change(stream.name, cursor, withFollowUps(notes, follow, noticedAt));
  const elsewhere = [...childChanges(stream, follow, catalog, states), ...changesAlong(window)];
  const loads = [own, snapshot].filter((load) => load !== null);
  const isWanted = loads.some(({ willWrite }) => willWrite);
  if (!isWanted && elsewhere.length + rejects.length + drift.length === 0) {
    states.defer(change);
    window.onStored?.();
    countWindow(window, intake, own?.result ?? null, stream.name, context);
    return;
  }
  const changes = [change, ...elsewhere];
  const committedAt = context.now().toISOString();
  const parts = { loads, renames: [], rejects, drift, states: changes };
  const result = await context.warehouse.commit({ runId, stream: stream.name, committedAt, ...parts });
  states.committed(changes, runId, committedAt);
  noteStored(window, stream.name, noticedAt, follow, context);
  countWindow(window, intake, own === null ? null : (result.loads[0] ?? null), stream.name, context);
  context.emit({ event: 'checkpoint.saved', stream: stream.name, cursor });
}

function changesAlong({ along }: Window): readonly StateChange[] {
  const change = along?.change() ?? null;
  return change === null ? [] : [change];
}

/** Tells that the window is stored, and what changed, for the rest of the run. What a first load or a refresh brings is no change of a payment. */
function noteStored(
  { mode, onStored }: Window,
  stream: string,
  noticedAt: string | null,
  { months, invoices }: Pick<FollowUps, 'months' | 'invoices'>,
  { changedMonths, paymentsMoved }: RunContext,
): void {
  onStored?.();
  keepNewestMonths(changedMonths, stream, months);
  if (noticedAt === null || mode === 'full') return;
  for (const id of invoices) paymentsMoved.add(id);
}

function keepNewestMonths(
  changed: Map<string, Map<string, string>>,
  stream: string,
  months: ReadonlyMap<string, string>,
): void {
  const known = changed.get(stream) ?? new Map<string, string>();
  changed.set(stream, known);
  for (const [month, at] of months) if (at > (known.get(month) ?? '')) known.set(month, at);
}
